/**
 * @file What a person's own reward function is given, as JSON: `reward({ conversation, completion, toolCalls, tools, expected })`.
 */
import { finalAnswer } from './right-answer';
import type { RewardInput } from './types';

/**
 * - `conversation`: `{ id, messages }`, up to and with the user's message.
 * - `completion`: `{ text, answer, messages, tokens, thinkTokens, ended, wellFormed }`; `answer` is the final visible text, ''
 *   where there is none; `messages` has results too; token counts are null where nobody counted.
 * - `toolCalls`: every call that the model made and that can be read, `{ name, arguments }`.
 * - `tools`: the listed tools, `{ name, description, parameters }`.
 * - `expected`: `{ decision, calls, states? }`, or null where nothing says what is right.
 */
export function ownInput({ conversation, completion, expected }: RewardInput): string {
  const { messages, reactions, text, tokens, thinkTokens, ended } = completion;
  return JSON.stringify({
    conversation: { id: conversation.id, messages: conversation.messages },
    completion: {
      text,
      answer: finalAnswer(completion) ?? '',
      messages,
      tokens,
      thinkTokens,
      ended,
      wellFormed: reactions.length > 0 && reactions.every((reaction) => reaction.wellFormed),
    },
    toolCalls: reactions.flatMap(({ calls }) =>
      calls.map(({ name, arguments: args }) => ({ name, arguments: args })),
    ),
    tools: (conversation.tools ?? []).map(({ function: { name, description, parameters } }) => ({
      name,
      description,
      parameters,
    })),
    expected: expected
      ? { decision: expected.decision, calls: expected.calls, states: expected.states }
      : null,
  });
}
