/**
 * @file Advantage-weighted regression (Peng et al., arXiv 1910.00177, equation 8 with the weight clipping of its section 5).
 */
import type { TrainingSequence } from '../../sequence/types';
import type { ObjectiveSettings } from '../../settings/objective';
import type { RecordedObjective } from './objective';
import { expectDifferences, rewardedGroups } from './rewarded';
import { weightedCompletions } from './weighted';

/** min(exp(A/β), w_max) with A = r − mean of the completions of the same prompt, which stands for the value of the prompt. */
export function advantageWeights(
  rewards: readonly number[],
  temperature: number,
  maxWeight: number,
): number[] {
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  return rewards.map((reward) => Math.min(Math.exp((reward - mean) / temperature), maxWeight));
}

/**
 * @param toLearn false where its loss is only measured, which needs no differences
 * @throws LosslightError `no-rewards`, `flat-rewards`.
 */
export function awr(
  sequences: readonly TrainingSequence[],
  { rewardTemperature, maxWeight }: Pick<ObjectiveSettings, 'rewardTemperature' | 'maxWeight'>,
  toLearn = true,
): RecordedObjective {
  const found = rewardedGroups(sequences);
  if (toLearn) expectDifferences(found, 'AWR');
  const weights = found.groups.flatMap((group) => {
    const rewards = group.map(({ reward }) => reward);
    const all = advantageWeights(rewards, rewardTemperature, maxWeight);
    return group.map((completion, i) => [completion, all[i] ?? 0] as const);
  });
  return weightedCompletions(new Map(weights), { dropped: found.dropped, flatGroups: found.flat });
}
