/**
 * @file What is right for each user turn of a conversation: as a practice record says, or else as its own recorded reaction
 * shows.
 */
import type { Expected } from '../conversation/practice/compose';
import type { Conversation, Message } from '../conversation/types';

/**
 * One entry a user turn that a reaction is recorded for. The recorded calls are the right ones; where the record answers
 * without a call, that is the right decision, and nothing certain is known of what the answer must say.
 */
export function expectedTurns(conversation: Conversation): Expected[] {
  const { extra, messages } = conversation;
  if (saysWhatIsRight(conversation)) return extra['expected'] as unknown as Expected[];
  return messages.flatMap((message, index) => {
    const next = messages[index + 1];
    return message.role === 'user' && next?.role === 'assistant' ? [recorded(index, next)] : [];
  });
}

/** True where a record says itself what is right. */
export const saysWhatIsRight = ({ extra, messages }: Conversation): boolean => {
  const told = extra['expected'];
  return Array.isArray(told) && told.length > 0 && told.every((entry) => isExpected(entry, messages));
};

function recorded(message: number, { toolCalls = [] }: Message): Expected {
  const decision = toolCalls.length > 0 ? 'call' : 'answer';
  return {
    message,
    intent: 'recorded',
    decision,
    calls: toolCalls.map(({ name, arguments: args }) => ({ name, arguments: args })),
    contested: false,
    written: decision,
  };
}

/** Fields of a file are anybody's: what is not of our form counts as not there. */
function isExpected(value: unknown, messages: readonly Message[]): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const {
    message,
    decision,
    calls,
    contested,
    states = [],
  } = value as Partial<Record<keyof Expected, unknown>>;
  return (
    typeof message === 'number' &&
    messages[message]?.role === 'user' &&
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
