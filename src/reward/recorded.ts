/**
 * @file What the data says of a user's turn: what is right there, and the recorded reaction as a completion to be rewarded.
 */
import type { Expected } from '../conversation/practice/compose';
import type { Conversation, Message } from '../conversation/types';
import { readReaction, type Reaction } from './reaction';
import type { Completion, RewardInput } from './types';

/** The messages after a user's message, up to the next one; none where the data ends there or a message is no user's. */
export function recordedReaction({ messages }: Conversation, message: number): Message[] {
  if (messages[message]?.role !== 'user') return [];
  const rest = messages.slice(message + 1);
  const end = rest.findIndex(({ role }) => role === 'user');
  return end < 0 ? rest : rest.slice(0, end);
}

/**
 * What is right for a user's message. A practice record says so itself, in `extra.expected`. For any other conversation its
 * recorded reaction is taken for right: its calls, or, where it does not call, that an answer is right.
 *
 * @param message index of the user's message
 * @returns undefined where neither says it
 */
export function expectedAt(conversation: Conversation, message: number): Expected | undefined {
  const { extra } = conversation;
  const written: unknown = extra['expected'];
  if (Array.isArray(written)) {
    const entry = written.find((item) => isExpected(item) && item.message === message);
    if (entry) return entry as unknown as Expected;
  }
  const first = recordedReaction(conversation, message).find(({ role }) => role === 'assistant');
  if (!first) return undefined;
  const calls = (first.toolCalls ?? []).map(({ name, arguments: args }) => ({ name, arguments: args }));
  const decision = calls.length > 0 ? 'call' : 'answer';
  return { message, intent: 'recorded', decision, calls, contested: false, written: decision };
}

function isExpected(item: unknown): item is Expected {
  return typeof item === 'object' && item !== null && 'decision' in item && 'calls' in item;
}

/**
 * What reward functions are given for a completion of a turn, with all that the data knows of that turn.
 *
 * @param conversation whole, as imported
 * @param message index of the user's message
 */
export function rewardInput(
  conversation: Conversation,
  message: number,
  completion: Completion,
): RewardInput {
  const expected = expectedAt(conversation, message);
  const recorded = recordedReaction(conversation, message);
  return {
    conversation: { ...conversation, messages: conversation.messages.slice(0, message + 1) },
    completion,
    ...(expected && { expected }),
    ...(recorded.length > 0 && { recorded }),
  };
}

/** Tokens that the assistant's messages take, and those of them inside thinking. */
export interface TokenCounts {
  tokens: number;
  thinkTokens: number;
}

/** The end-of-turn token that a recorded message is written with; any would do, since nothing is tokenized. */
const END = '<|im_end|>';
/** A length is unknown where nobody counted: what depends on it is then undefined, never 0. */
const UNCOUNTED: TokenCounts = { tokens: NaN, thinkTokens: NaN };

/**
 * A recorded reaction as if the model had written it, in the format of reaction.ts.
 *
 * @param messages of the reaction: what the assistant says, and results
 */
export function recordedCompletion(
  messages: readonly Message[],
  counts: TokenCounts = UNCOUNTED,
): Completion {
  const texts = messages.filter(({ role }) => role === 'assistant').map(writtenText);
  return {
    messages: [...messages],
    reactions: texts.map((text): Reaction => readReaction(text, [END])),
    text: texts.join(''),
    ...counts,
    ended: texts.length > 0,
  };
}

function writtenText({ reasoning, content, toolCalls = [] }: Message): string {
  const think = reasoning === undefined ? '' : `<think>\n${reasoning}\n</think>\n\n`;
  const calls = toolCalls.map(
    ({ name, rawArguments }) =>
      `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${rawArguments}}\n</tool_call>`,
  );
  return `${think}${[content, ...calls].filter(Boolean).join('\n')}${END}`;
}
