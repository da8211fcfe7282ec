/**
 * @file Rewards of completions that the data holds, by functions among which is the person's own: that one runs on the page's
 * side, in its sandbox. Functions of this project alone are run by the text worker, see `sequences` of its protocol.
 */
import { runData as words } from '$strings/run-data';
import type { Conversation } from '../conversation/types';
import { recordedReaction } from '../reward/expected-turns';
import { recordedCompletion, rewardInput } from '../reward/recorded';
import type { RewardInput } from '../reward/types';
import type { TextService } from '../worker/text-client';
import type { RewardScorer } from './reward-source';
import { countGenerated } from './token-counts';

/** Completions that are scored in one go: what they say together is held in memory. */
const SLICE = 100;

export interface RewardedRecords {
  conversations: Conversation[];
  /** Of those without a reward, why they have none. */
  problems: { conversation: string; reason: string }[];
}

/**
 * Each conversation with the reward of its completion, which is the reaction to the last user's message before `completionFrom`, or
 * to the last one at all. What the record itself said is left out, its label and preference too, which would stand in for a reward;
 * a reward that cannot be told is missing, never 0.
 *
 * @param texts counts tokens; of its own, since a newer request of another would end this one's
 */
export async function rewardRecords(
  texts: Pick<TextService, 'inspect'>,
  conversations: readonly Conversation[],
  score: RewardScorer,
): Promise<RewardedRecords> {
  const rewarded: Conversation[] = [];
  const problems: RewardedRecords['problems'] = [];
  for (let at = 0; at < conversations.length; at += SLICE) {
    const inputs: (RewardInput | undefined)[] = [];
    const part = conversations.slice(at, at + SLICE);
    for (const conversation of part) inputs.push(await inputOf(texts, conversation));
    const known = inputs.flatMap((input) => input ?? []);
    const scores = new Map((await score(known)).map((found, i) => [known[i], found]));
    part.forEach(({ reward: _, label: __, preference: ___, ...rest }, i) => {
      const found = scores.get(inputs[i]);
      const total = found?.total;
      rewarded.push({ ...rest, ...(total !== undefined && { reward: total }) });
      if (total !== undefined) return;
      const why = inputs[i] ? (found?.problem ?? words.unrewarded.notGiven) : words.unrewarded.nothingReacts;
      problems.push({ conversation: rest.id, reason: words.unrewarded.leftOut(why) });
    });
  }
  return { conversations: rewarded, problems };
}

/** Undefined where nothing reacts to a user. */
async function inputOf(
  texts: Pick<TextService, 'inspect'>,
  conversation: Conversation,
): Promise<RewardInput | undefined> {
  const { messages, completionFrom = messages.length } = conversation;
  const user = messages.findLastIndex(({ role }, i) => role === 'user' && i < completionFrom);
  const reaction = recordedReaction(conversation, user);
  if (reaction.length === 0) return undefined;
  // One that cannot be rendered has no counts; whoever divides it says why.
  const counts = await texts.inspect({ conversation }).then(
    ({ encoded }) => countGenerated(encoded, user + 1, user + 1 + reaction.length),
    () => undefined,
  );
  return rewardInput(conversation, user, recordedCompletion(reaction, counts));
}
