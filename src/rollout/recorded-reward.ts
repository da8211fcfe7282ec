/**
 * @file Rewards for completions that a data set already holds, so that objectives learn from what was recorded.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { checkRewardParts, composeRewards } from '../reward/compose';
import { recordedReaction } from '../reward/expected-turns';
import { recordedCompletion, rewardInput } from '../reward/recorded';
import type { RewardPart, RewardScore } from '../reward/types';
import type { Inspector } from '../sequence/inspector';
import { SEGMENT_KINDS } from '../template/rendered';

/** Why there is no completion to reward. */
export const NOTHING = 'Nothing reacts to a user’s message.';
const THINK = SEGMENT_KINDS.indexOf('think');

/**
 * The conversation with the reward of its completion, which is the reaction to the last user's message before
 * `completionFrom`, or to the last one at all. A total that cannot be told leaves it without a reward, whatever the record
 * said, and `score.problem` says why.
 *
 * @returns `score` is undefined where nothing reacts to a user
 * @throws LosslightError `bad-reward`; what the template and the tokenizer throw.
 */
export function withRecordedReward(
  inspector: Pick<Inspector, 'inspect'>,
  conversation: Conversation,
  parts: readonly RewardPart[],
): { conversation: Conversation; score: RewardScore | undefined } {
  // A label or a preference would stand in for a reward that cannot be told.
  const { reward: _, label: __, preference: ___, ...rest } = conversation;
  const { messages, completionFrom = messages.length } = conversation;
  const user = messages.findLastIndex(({ role }, i) => role === 'user' && i < completionFrom);
  const reaction = recordedReaction(conversation, user);
  if (reaction.length === 0) return { conversation: rest, score: undefined };
  const counts = countTokens(inspector, conversation, user + 1, user + 1 + reaction.length);
  const score = composeRewards(parts, rewardInput(conversation, user, recordedCompletion(reaction, counts)));
  const reward = score.total;
  return { conversation: { ...rest, ...(reward !== undefined && { reward }) }, score };
}

/**
 * Several conversations, each with the reward of its completion. One that cannot be rendered keeps what it has: whoever
 * divides it says why.
 *
 * @returns `problems` says of those without a reward why they have none
 * @throws LosslightError `bad-reward`.
 */
export function withRecordedRewards(
  inspector: Pick<Inspector, 'inspect'>,
  conversations: readonly Conversation[],
  parts: readonly RewardPart[],
): { conversations: Conversation[]; problems: { conversation: string; reason: string }[] } {
  checkRewardParts(parts);
  const problems: { conversation: string; reason: string }[] = [];
  const rewarded = conversations.map((conversation) => {
    try {
      const found = withRecordedReward(inspector, conversation, parts);
      if (found.conversation.reward === undefined) {
        const reason = found.score?.problem ?? NOTHING;
        problems.push({ conversation: conversation.id, reason: `It has no reward. ${reason}` });
      }
      return found.conversation;
    } catch (error) {
      if (error instanceof LosslightError) return conversation;
      throw error;
    }
  });
  return { conversations: rewarded, problems };
}

/** Tokens that the model itself would write of some messages, and those of them inside thinking. */
function countTokens(
  inspector: Pick<Inspector, 'inspect'>,
  conversation: Conversation,
  from: number,
  to: number,
): { tokens: number; thinkTokens: number } {
  const { message, generated, kind } = inspector.inspect(conversation).encoded;
  const own = Array.from(message, (index, i) => index >= from && index < to && generated[i] === 1);
  const count = (test: (i: number) => boolean) => own.filter((is, i) => is && test(i)).length;
  return { tokens: count(() => true), thinkTokens: count((i) => kind[i] === THINK) };
}
