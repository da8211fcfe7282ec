/**
 * @file The loss of a batch from what an engine read back, in 64 bits, for every kind of token loss.
 */
import { policyTokenLoss, shapedTokenLoss } from '../ops/token-loss';
import type { Batch } from '../sequence/types';
import type { TokenLoss } from './engine';

export const PLAIN_LOSS: TokenLoss = { kind: 'nll' };

/** Whether a loss is plain −ℓ: it then takes the plan that everything else takes, too. */
export function isPlain(loss: TokenLoss): boolean {
  return loss.kind === 'nll' && (loss.labelSmoothing ?? 0) === 0 && loss.probabilityWeighted !== true;
}

/**
 * Σ weights · loss of each target / norm.
 *
 * @param logProbs of the targets, [rows · length]
 * @param means of the log-probabilities of the vocabulary, likewise; only label smoothing needs them
 */
export function batchLoss(
  batch: Batch,
  logProbs: ArrayLike<number>,
  loss: TokenLoss = PLAIN_LOSS,
  means?: ArrayLike<number>,
): number {
  const { weights, norm, policy } = batch;
  if (isPlain(loss)) {
    return -weights.reduce((sum, weight, n) => sum + weight * (logProbs[n] ?? NaN), 0) / norm;
  }
  let sum = 0;
  weights.forEach((weight, n) => {
    if (weight === 0) return;
    const logProb = logProbs[n] ?? NaN;
    sum +=
      weight *
      (loss.kind === 'nll'
        ? shapedTokenLoss(loss, logProb, means?.[n] ?? NaN)
        : policyTokenLoss(loss, policyTokenAt(policy, n), logProb).loss);
  });
  return sum / norm;
}

/** What a batch's policy terms say of one target; NaN where they say nothing. */
export function policyTokenAt(policy: Batch['policy'], n: number) {
  return {
    advantage: policy?.advantages[n] ?? NaN,
    oldLogProb: policy?.oldLogProbs[n] ?? NaN,
    referenceLogProb: policy?.referenceLogProbs[n] ?? NaN,
  };
}
