/**
 * @file Cross-entropy in which whole completions count more or less: what RWR, AWR and RAFT are once the weights are known.
 */
import { absoluteWeight } from '../../sequence/batch';
import type { TrainingSequence } from '../../sequence/types';
import type { StepMetrics } from '../../worker/protocol';
import { scaled, type RecordedObjective } from './objective';
import { meanReward, type Rewarded } from './rewarded';

/**
 * Σ w·m·nll / Σ |m|, with m the weights of the mask and w one factor a completion. The norm is that of SFT, without w:
 * divided by Σ |w·m|, a batch of one completion would learn the same whatever its reward. All w = 1 is SFT.
 *
 * @param weights a factor for each completion
 */
export function weightedCompletions(
  weights: ReadonlyMap<Rewarded, number>,
  metrics: StepMetrics,
): RecordedObjective {
  const factors = new Map<TrainingSequence, number>();
  for (const [{ sequences }, weight] of weights) {
    for (const sequence of sequences) factors.set(sequence, weight);
  }
  return {
    units: [...factors.keys()].map((sequence) => [sequence]),
    metrics,
    update: (units) => {
      const chosen = units.flat();
      const reward = meanReward(chosen);
      return {
        sequences: chosen.map((sequence) => scaled(sequence, factors.get(sequence) ?? 0)),
        norm: absoluteWeight(chosen),
        metrics: reward === undefined ? {} : { reward },
      };
    },
  };
}
