/**
 * @file How far a step's completions are from the model as loaded.
 */
import { policyTokenLoss } from '../ops/token-loss';
import type { TrainingSequence } from '../sequence/types';

/** A sequence with one log-probability a token, under the model and under the one that was loaded. */
export interface Compared {
  sequence: Pick<TrainingSequence, 'weights'>;
  logProbs: ArrayLike<number>;
  /** Where it is absent, the divergence is not a number. */
  reference?: ArrayLike<number>;
}

/**
 * The mean over all trained tokens of k3 = exp(r − ℓ) − (r − ℓ) − 1, in nats: an estimate of the KL divergence that has its mean
 * where the tokens were drawn from ℓ (http://joschu.net/blog/kl-approx.html), as TRL logs it.
 *
 * @returns undefined where no token is trained
 */
export function meanKl(all: readonly Compared[]): number | undefined {
  let [sum, count] = [0, 0];
  for (const { sequence, logProbs, reference } of all) {
    sequence.weights.forEach((weight, i) => {
      if (weight === 0) return;
      const token = { advantage: 0, oldLogProb: 0, referenceLogProb: reference?.[i] ?? NaN };
      sum += policyTokenLoss({ clipLow: 0, clipHigh: 0, kl: 1 }, token, logProbs[i] ?? NaN).kl;
      count++;
    });
  }
  return count > 0 ? sum / count : undefined;
}
