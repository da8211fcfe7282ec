/**
 * @file The engine's worker in Node: a host, and a function that asks it as the page does.
 */
import { LosslightError } from '../../src/errors';
import { serveEngine } from '../../src/worker/engine-host';
import type { EngineEvent, EngineRequests, HostMessage } from '../../src/worker/protocol';

/** A host, and a function that asks it. */
export function openHost() {
  const events: EngineEvent[] = [];
  const replies = new Map<number, (message: HostMessage<EngineEvent> & { id: number }) => void>();
  let listener: (event: MessageEvent) => void = () => undefined;
  serveEngine({
    postMessage: (message: unknown) => {
      const data = message as HostMessage<EngineEvent>;
      if ('event' in data) events.push(data.event);
      else replies.get(data.id)?.(data);
    },
    addEventListener: (_type: string, heard: (event: MessageEvent) => void) => (listener = heard),
  } as Parameters<typeof serveEngine>[0]);
  let last = 0;
  const ask = <Name extends keyof EngineRequests>(
    name: Name,
    request: EngineRequests[Name]['request'],
  ): Promise<EngineRequests[Name]['reply']> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      replies.set(id, (message) => {
        if (!('ok' in message)) return;
        // Its closure holds the request.
        replies.delete(id);
        if (message.ok) resolve(message.reply as EngineRequests[Name]['reply']);
        else reject(new LosslightError(message.error.code, message.error.message, message.error.remedy));
      });
      listener({ data: { id, name, request } } as MessageEvent);
    });
  return { ask, events };
}
