/**
 * @file Changes of a conversation by hand, a message at a time. What else in the conversation counts or quotes its
 * messages follows: where the completion begins, the chosen completion, weights of characters, what is right for a turn.
 */
import { onlySpace, toJson } from './json';
import { scanJson } from './json-scanner';
import { SourceText } from './source-text';
import type { CharacterRange, Conversation, Json, Message, Role, ToolCall } from './types';

/** The conversation with another message at `index`. */
export function withMessage(conversation: Conversation, index: number, message: Message): Conversation {
  const before = conversation.messages[index];
  if (!before) return conversation;
  const detail = before.detail && rangesAfter(before.detail, before.content, message.content);
  const { detail: _, ...rest } = message;
  const changed = detail?.length ? { ...rest, detail } : rest;
  const messages = conversation.messages.map((other, i) => (i === index ? changed : other));
  return rebuilt(conversation, messages, (i) => i);
}

/**
 * The conversation with a message put in before the one at `index`; at `messages.length` it comes last. At the border
 * between prompt and completion, it belongs to the completion.
 */
export function withMessageAt(conversation: Conversation, index: number, message: Message): Conversation {
  const messages = conversation.messages.toSpliced(index, 0, message);
  const { completionFrom } = conversation;
  const border = completionFrom !== undefined && index === completionFrom;
  return rebuilt(
    conversation,
    messages,
    (i) => (i >= index ? i + 1 : i),
    border ? completionFrom : undefined,
  );
}

/** The conversation without the message at `index`. */
export function withoutMessage(conversation: Conversation, index: number): Conversation {
  const messages = conversation.messages.toSpliced(index, 1);
  return rebuilt(conversation, messages, (i) => (i === index ? undefined : i > index ? i - 1 : i));
}

/** The conversation with the message at `index` and its neighbour before (−1) or behind (1) it exchanged. */
export function withMessageMoved(conversation: Conversation, index: number, by: -1 | 1): Conversation {
  const to = index + by;
  const [message, other] = [conversation.messages[index], conversation.messages[to]];
  if (!message || !other) return conversation;
  const messages = conversation.messages.with(to, message).with(index, other);
  const { completionFrom } = conversation;
  return rebuilt(
    conversation,
    messages,
    (i) => (i === index ? to : i === to ? index : i),
    // The border stays between the same places.
    completionFrom,
  );
}

/** A message with another role. What the new role has no place for goes: thinking and calls, or the name of a tool. */
export function withRole(message: Message, role: Role): Message {
  const { reasoning, toolCalls, toolCallId, name, ...rest } = message;
  return {
    ...rest,
    role,
    ...(role === 'assistant' && reasoning !== undefined && { reasoning }),
    ...(role === 'assistant' && toolCalls && { toolCalls }),
    ...(role === 'tool' && toolCallId !== undefined && { toolCallId }),
    ...(role === 'tool' && name !== undefined && { name }),
    ...(role !== 'tool' && role === message.role && name !== undefined && { name }),
  };
}

/** An empty message that would follow the one before it. */
export function emptyMessage(before: Message | undefined): Message {
  if (before?.role === 'assistant' && before.toolCalls?.length) {
    const [call] = before.toolCalls;
    return {
      role: 'tool',
      content: '',
      name: call?.name,
      ...(call?.id !== undefined && { toolCallId: call.id }),
    };
  }
  const role = before?.role === 'user' || before?.role === 'tool' ? 'assistant' : 'user';
  return { role, content: '' };
}

/** The arguments of a call as typed, or what is wrong with them, where, and what to do. */
export type ReadArguments =
  | { ok: true; arguments: ToolCall['arguments']; warning?: string }
  | { ok: false; reason: string; remedy: string };

/** Reads the arguments of a call from their JSON text. */
export function readArgumentsText(text: string): ReadArguments {
  const remedy = 'Write one JSON object, such as {"city": "Oslo"}; without arguments {}.';
  if (!text.trim()) return { ok: false, reason: 'There are no arguments.', remedy };
  const source = new SourceText(text);
  const place = (offset: number) => `line ${source.line(offset)}, column ${source.column(offset)}`;
  const start = text.length - text.trimStart().length;
  const scan = scanJson(text, start);
  if (!scan.ok) {
    const { offset, reason } = scan.error;
    return { ok: false, reason: `Not valid JSON at ${place(offset)}: ${reason}.`, remedy };
  }
  if (!onlySpace(text, scan.next))
    return { ok: false, reason: `There is more text after the object, at ${place(scan.next)}.`, remedy };
  if (scan.node.kind !== 'object') return { ok: false, reason: 'The arguments are not an object.', remedy };
  const [note] = scan.notes;
  return {
    ok: true,
    arguments: toJson(scan.node) as ToolCall['arguments'],
    ...(note && { warning: `At ${place(note.offset)}: ${note.reason}. ${note.remedy}` }),
  };
}

/**
 * Everything in the conversation that counts or quotes messages, made to fit the new ones.
 *
 * @param to where a message went, by its old index; undefined where it is gone
 * @param completionFrom where the completion begins now; unless told, where its first message went
 */
function rebuilt(
  conversation: Conversation,
  messages: Message[],
  to: (index: number) => number | undefined,
  completionFrom?: number,
): Conversation {
  const { completionFrom: from, preference, extra, ...rest } = conversation;
  const changed: Conversation = { ...rest, messages, extra: extraAfter(extra, messages, to) };
  if (from !== undefined) {
    // The first message of the completion, or the first behind it that is still there.
    let first: number | undefined = completionFrom;
    for (let i = from; first === undefined && i < conversation.messages.length; i++) first = to(i);
    changed.completionFrom = Math.min(first ?? messages.length, messages.length);
  }
  if (preference) {
    changed.preference = { ...preference, chosen: messages.slice(changed.completionFrom ?? 0) };
  }
  return changed;
}

/** Practice data says in `expected` what is right for each message of the user, by its index. */
function extraAfter(
  extra: Conversation['extra'],
  messages: readonly Message[],
  to: (index: number) => number | undefined,
): Conversation['extra'] {
  const { expected } = extra;
  if (!Array.isArray(expected) || !expected.every(hasMessage)) return extra;
  const moved = expected.flatMap((entry) => {
    const message = to(entry.message);
    return message !== undefined && messages[message]?.role === 'user' ? [{ ...entry, message }] : [];
  });
  moved.sort((a, b) => a.message - b.message);
  const same =
    moved.length === expected.length && moved.every((entry, i) => entry.message === expected[i]?.message);
  return same ? extra : { ...extra, expected: moved };
}

type TurnEntry = { [key: string]: Json } & { message: number };

function hasMessage(entry: Json): entry is TurnEntry {
  return (
    typeof entry === 'object' && entry !== null && !Array.isArray(entry) && Number.isInteger(entry['message'])
  );
}

/** Weights of characters after the text was changed in one place: what was typed inside of a range or right behind it belongs to it. */
function rangesAfter(ranges: readonly CharacterRange[], before: string, after: string): CharacterRange[] {
  if (before === after) return [...ranges];
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const behind = before.length - tail;
  const grown = after.length - before.length;
  return ranges.flatMap(({ start, end, weight }) => {
    const moved = {
      start: start >= behind ? start + grown : Math.min(start, head),
      end: end >= behind ? end + grown : Math.min(end, head),
      weight,
    };
    return moved.start < moved.end ? [moved] : [];
  });
}
