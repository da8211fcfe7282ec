/**
 * @file RAFT, or rejection sampling (arXiv 2304.06767): supervised training on the completions that were rewarded enough.
 */
import { LosslightError } from '../../errors';
import type { TrainingSequence } from '../../sequence/types';
import type { ObjectiveSettings } from '../../settings/objective';
import type { RecordedObjective } from './objective';
import { rewardedGroups } from './rewarded';
import { weightedCompletions } from './weighted';

/** @throws LosslightError `no-rewards`; `nothing-kept` where no reward reaches the threshold. */
export function raft(
  sequences: readonly TrainingSequence[],
  { keepFrom }: Pick<ObjectiveSettings, 'keepFrom'>,
): RecordedObjective {
  const { groups, dropped } = rewardedGroups(sequences);
  const all = groups.flat();
  const kept = all.filter(({ reward }) => reward >= keepFrom);
  if (kept.length === 0) {
    const highest = all.reduce((most, { reward }) => Math.max(most, reward), -Infinity);
    throw new LosslightError(
      'nothing-kept',
      `No completion has a reward of ${keepFrom} or more: the highest is ${highest}.`,
      `Keep completions from a reward of ${highest}, or give other rewards.`,
    );
  }
  return weightedCompletions(new Map(kept.map((completion) => [completion, 1])), { dropped });
}
