/**
 * @file What reward functions are given: a completion of a turn, written or recorded, with all that the data says of that turn.
 */
import type { Conversation, Message } from '../conversation/types';
import { expectedAt, recordedReaction } from './expected-turns';
import { readReaction, type Reaction } from './reaction';
import type { Completion, RewardInput } from './types';

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
