/**
 * @file What is said of a conversation's advantage: how it comes about, or why it has none.
 */
import { advantage as words } from '$strings/advantage';
import type { Conversation } from '../conversation/types';
import type { RecordedAdvantage } from '../sequence/recorded-advantages';
import { samplesOf } from '../sequence/samples';
import type { ErrorReport } from '../worker/protocol';

export interface AdvantageFacts {
  conversation: Conversation | undefined;
  found: RecordedAdvantage | undefined;
  /** False while rewards are looked at. */
  fresh: boolean;
  /** Why the rewards could not be read. */
  error: ErrorReport | undefined;
  /** Completions of this conversation that a run wrote. */
  completions: number;
}

/** Why a conversation has no advantage; undefined where it has one. */
export function advantageBlock({
  conversation,
  found,
  fresh,
  error,
  completions,
}: AdvantageFacts): string | undefined {
  if (!conversation) return words.nothingChosen;
  if (found) return undefined;
  const rewarded = samplesOf(conversation, 'reward').some(
    ({ recorded, facts }) => recorded && facts.reward !== undefined,
  );
  if (!rewarded) return completions ? words.onlyCompletions(completions) : words.noReward;
  if (error) return words.notRead(error);
  return fresh ? words.notTaken : words.looking;
}

/** How an advantage comes about, in one sentence. */
export function advantageNote({ reward, advantage, compared, samePrompt }: RecordedAdvantage): string {
  if (compared < 2) return words.alone(reward);
  return samePrompt
    ? words.samePrompt(advantage, reward, compared, reward - advantage)
    : words.otherPrompts(advantage, reward, compared, reward - advantage);
}
