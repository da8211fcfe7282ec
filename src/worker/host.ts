/**
 * @file What both workers share: requests in, one reply each, events out, and errors as plain data.
 */
import { LosslightError } from '../errors';
import type { ErrorReport, HostMessage } from './protocol';

/** The side of a worker (or of a MessagePort) that a host talks through; `self` in a worker is one. */
export interface HostPort<Event> {
  postMessage(message: HostMessage<Event>): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void;
}

/** Requests by name with what they carry and what is replied. */
type RequestTable<Names extends PropertyKey> = Record<Names, { request: unknown; reply: unknown }>;

/** One function a request. `id` is the request's number, for events that belong to it. */
export type Handlers<Requests extends RequestTable<keyof Requests>> = {
  [Name in keyof Requests]: (
    request: Requests[Name]['request'],
    id: number,
  ) => Requests[Name]['reply'] | Promise<Requests[Name]['reply']>;
};

/**
 * Answers every request that arrives at `port` with exactly one reply: what its handler returns, or the error that it
 * threw as an `ErrorReport`. Requests run side by side; a handler that needs order keeps it itself.
 */
export function serve<Requests extends RequestTable<keyof Requests>, Event = never>(
  port: HostPort<Event>,
  handlers: Handlers<Requests>,
): void {
  port.addEventListener('message', ({ data }) => {
    if (!isRequest(data)) return;
    void answer(handlers, data).then((message) => post(port, message));
  });
}

/** An error as plain data: a `LosslightError` as it is, anything else under the code `internal`. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof LosslightError) {
    const { code, message, remedy, place } = error;
    return { code, message, remedy, ...(place && { place }) };
  }
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    remedy:
      'This is a mistake in the program; please report it with what you did before. Reloading the page may help.',
  };
}

interface AnyRequest {
  id: number;
  name: string;
  request: unknown;
}

function isRequest(data: unknown): data is AnyRequest {
  if (typeof data !== 'object' || data === null) return false;
  return 'id' in data && typeof data.id === 'number' && 'name' in data && typeof data.name === 'string';
}

async function answer<Requests extends RequestTable<keyof Requests>>(
  handlers: Handlers<Requests>,
  { id, name, request }: AnyRequest,
): Promise<HostMessage<never>> {
  try {
    if (!Object.hasOwn(handlers, name)) {
      throw new LosslightError(
        'unknown-request',
        `The worker knows no request “${name}”.`,
        'Reload the page.',
      );
    }
    const handler = handlers[name as keyof Requests];
    return { id, ok: true, reply: await handler(request as Requests[keyof Requests]['request'], id) };
  } catch (error) {
    return { id, ok: false, error: reportError(error) };
  }
}

/** A reply that cannot be copied to the other side becomes an error there, not a request that waits forever. */
function post<Event>(port: HostPort<Event>, message: HostMessage<Event>): void {
  try {
    port.postMessage(message);
  } catch (error) {
    if ('id' in message) port.postMessage({ id: message.id, ok: false, error: reportError(error) });
  }
}
