/**
 * @file From the roles `system, user, assistant_think, assistant_tool, assistant_answer` to messages.
 *
 * The roles annotate *steps*; a chat template wants *messages*. A thinking step, the answer or the calls that follow it,
 * are one assistant message; what comes after a call's result is the next one. The data of the format's author holds no
 * results: then the answer still becomes a message of its own, and `validate.ts` says that the result is missing.
 */
import type { MessageOrigin } from './draft';
import { readCallText, type CallSource } from './call-text';
import type { Reporter } from './report';
import type { Place } from './source-text';
import type { Message } from './types';

type Step = 'system' | 'user' | 'think' | 'call' | 'answer' | 'result';

const STEPS: Record<string, Step | undefined> = {
  system: 'system',
  user: 'user',
  assistant_think: 'think',
  assistant_tool: 'call',
  assistant_answer: 'answer',
  assistant: 'answer',
  tool: 'result',
  tool_result: 'result',
  assistant_tool_result: 'result',
  observation: 'result',
};

export const THREAD_ROLES: readonly string[] = Object.keys(STEPS);

export const ROLES_REMEDY =
  'Use one of system, user, assistant_think, assistant_tool, assistant_answer, and tool_result for what a tool returned.';

/** Whether a role is one that only this format has. */
export function isThreadRole(role: string): boolean {
  return role.startsWith('assistant_');
}

export function reportUnknownRole(place: Place, role: string, report: Reporter): void {
  report.error(place, `the role ${JSON.stringify(role.slice(0, 60))} is unknown`, ROLES_REMEDY);
}

export interface ThreadEntry extends Place, CallSource {
  role: string;
  /** For results. */
  toolCallId?: string;
  name?: string;
}

/** Messages of a conversation, with their origins; errors are reported, and then the result must not be used. */
export function assembleThread(
  entries: readonly ThreadEntry[],
  report: Reporter,
): { messages: Message[]; origins: MessageOrigin[] } {
  const messages: Message[] = [];
  const origins: MessageOrigin[] = [];
  /** The assistant message that later steps may still join. */
  let open: Message | undefined;

  const push = (message: Message, entry: ThreadEntry): Message => {
    messages.push(message);
    origins.push({ field: entry.field, line: entry.line, calls: [] });
    return message;
  };
  const assistant = (entry: ThreadEntry): Message => push({ role: 'assistant', content: '' }, entry);

  for (const entry of entries) {
    const { text } = entry.content;
    const step = Object.hasOwn(STEPS, entry.role) ? STEPS[entry.role] : undefined;
    switch (step) {
      case undefined:
        reportUnknownRole(entry, entry.role, report);
        break;
      case 'system':
      case 'user':
        push({ role: step, content: text }, entry);
        open = undefined;
        break;
      case 'result':
        push({ role: 'tool', content: text, ...result(entry) }, entry);
        open = undefined;
        break;
      case 'think':
        if (!open || open.content !== '' || open.toolCalls) open = assistant(entry);
        if (open.reasoning === undefined) open.reasoning = text;
        else {
          open.reasoning += `\n${text}`;
          const remedy = 'Write them as one assistant_think.';
          report.warn(entry, 'two steps of thinking in a row were joined by a line break', remedy);
        }
        break;
      case 'call': {
        open ??= assistant(entry);
        open.toolCalls ??= [];
        for (const { call, place } of readCallText(entry, report)) {
          open.toolCalls.push(call);
          origins.at(-1)?.calls.push(place);
        }
        break;
      }
      case 'answer':
        if (!open || open.content !== '' || open.toolCalls) open = assistant(entry);
        open.content = text;
        break;
    }
  }
  return { messages, origins };
}

function result(entry: ThreadEntry): Pick<Message, 'toolCallId' | 'name'> {
  return {
    ...(entry.toolCallId !== undefined && { toolCallId: entry.toolCallId }),
    ...(entry.name !== undefined && { name: entry.name }),
  };
}
