/**
 * @file Reward-weighted regression (Peters & Schaal, “Reinforcement learning by reward-weighted regression”, ICML 2007).
 */
import type { TrainingSequence } from '../../sequence/types';
import type { ObjectiveSettings } from '../../settings/objective';
import type { RecordedObjective } from './objective';
import { expectDifferences, rewardedGroups } from './rewarded';
import { weightedCompletions } from './weighted';

/**
 * Weights of the G completions of a prompt: G · exp(r/β) / Σ exp(r/β), whose mean is 1. The optimum for a prompt is the
 * distribution of its completions, tilted by exp(r/β).
 */
export function rewardWeights(rewards: readonly number[], temperature: number): number[] {
  const most = Math.max(...rewards);
  const parts = rewards.map((reward) => Math.exp((reward - most) / temperature));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => (rewards.length * part) / sum);
}

/**
 * @param toLearn false where its loss is only measured, which needs no differences
 * @throws LosslightError `no-rewards`, `flat-rewards`.
 */
export function rwr(
  sequences: readonly TrainingSequence[],
  { rewardTemperature }: Pick<ObjectiveSettings, 'rewardTemperature'>,
  toLearn = true,
): RecordedObjective {
  const found = rewardedGroups(sequences);
  if (toLearn) expectDifferences(found, 'RWR');
  const weights = found.groups.flatMap((group) => {
    const all = rewardWeights(
      group.map(({ reward }) => reward),
      rewardTemperature,
    );
    return group.map((completion, i) => [completion, all[i] ?? 0] as const);
  });
  return weightedCompletions(new Map(weights), { dropped: found.dropped, flatGroups: found.flat });
}
