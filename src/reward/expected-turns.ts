/**
 * @file What is right for each user turn of a conversation: as its record says, or else as the recorded reaction shows.
 */
import type { Expected } from '../conversation/practice/compose';
import type { Conversation, Message } from '../conversation/types';

/** The messages after a user's message, up to the next one; none where the data ends there or a message is no user's. */
export function recordedReaction({ messages }: Conversation, message: number): Message[] {
  if (messages[message]?.role !== 'user') return [];
  const rest = messages.slice(message + 1);
  const end = rest.findIndex(({ role }) => role === 'user');
  return end < 0 ? rest : rest.slice(0, end);
}

/**
 * What is right for a user's message. A record may say so itself, in `extra.expected`, as practice data does. Otherwise the
 * recorded reaction is taken for right: its calls, or, where it does not call, that an answer is right; nothing certain is
 * then known of what the answer must say.
 *
 * @param message index of the user's message
 * @returns undefined where neither says it
 */
export function expectedAt(conversation: Conversation, message: number): Expected | undefined {
  const { extra, messages } = conversation;
  if (messages[message]?.role !== 'user') return undefined;
  const told: unknown = extra['expected'];
  const own: unknown = Array.isArray(told) ? told.find((entry) => isFor(entry, message)) : undefined;
  if (isExpected(own)) return own;
  const first = recordedReaction(conversation, message).find(({ role }) => role === 'assistant');
  if (!first) return undefined;
  const calls = (first.toolCalls ?? []).map(({ name, arguments: args }) => ({ name, arguments: args }));
  const decision = calls.length > 0 ? 'call' : 'answer';
  return { message, intent: 'recorded', decision, calls, contested: false, written: decision };
}

/** What is right for every user turn of which that is known, in order. */
export const expectedTurns = (conversation: Conversation): Expected[] =>
  conversation.messages.flatMap((_, message) => expectedAt(conversation, message) ?? []);

/**
 * The entries of a record's `expected` that are meant as what is right and cannot be read, so that the recorded reaction
 * counts instead: each with its field and what it needs. Somebody's other field of that name is none of ours.
 */
export function unreadExpected({ extra, messages }: Conversation): { field: string; remedy: string }[] {
  const told: unknown = extra['expected'];
  if (!Array.isArray(told)) return [];
  return told.flatMap((entry: unknown, i) => {
    if (typeof entry !== 'object' || entry === null || !('decision' in entry)) return [];
    const message: unknown = 'message' in entry ? entry.message : undefined;
    const isUser = typeof message === 'number' && messages[message]?.role === 'user';
    if (isUser && isExpected(entry)) return [];
    const remedy =
      'Give “message” (index of a user message, from 0), “decision” (call, answer, ask or decline), “calls” (a list of name and arguments) and “contested” (true or false).';
    return [{ field: `expected[${i}]`, remedy }];
  });
}

const isFor = (entry: unknown, message: number): boolean =>
  typeof entry === 'object' && entry !== null && 'message' in entry && entry.message === message;

/** Fields of a file are anybody's: what is not of our form counts as not there. */
function isExpected(value: unknown): value is Expected {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { decision, calls, contested, states = [] } = value as Partial<Record<keyof Expected, unknown>>;
  return (
    ['call', 'answer', 'ask', 'decline'].includes(String(decision)) &&
    typeof contested === 'boolean' &&
    Array.isArray(states) &&
    states.every((text) => typeof text === 'string') &&
    Array.isArray(calls) &&
    calls.every((call: unknown) => {
      if (typeof call !== 'object' || call === null) return false;
      const { name, arguments: args } = call as { name?: unknown; arguments?: unknown };
      return typeof name === 'string' && typeof args === 'object' && args !== null && !Array.isArray(args);
    })
  );
}
