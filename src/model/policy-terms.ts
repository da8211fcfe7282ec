/**
 * @file What a step with a policy loss did, from the log-probabilities that it read back: loss, ratio, how much was
 * clipped, and the distance to the reference. In 64 bits. Definitions as TRL logs them (`trl/trainer/grpo_trainer.py`).
 */
import { policyTokenLoss, type PolicyLoss } from '../ops/token-loss';
import type { Batch } from '../sequence/types';
import { policyTokenAt } from './batch-loss';

export interface PolicyFigures {
  /** Σ weights · loss / norm over all batches. */
  loss: number;
  /** Tokens with a weight, over which all that follows is a mean; 0 where there are none, and all means are 0. */
  tokens: number;
  /** ρ, the probability now against when the token was written. */
  ratio: number;
  /** Share of tokens that the clip holds back: below its range with a negative advantage, above it with a positive one. */
  clipFraction: number;
  clipLowFraction: number;
  clipHighFraction: number;
  /** k3 in nats; of no use where the batches have no reference. */
  kl: number;
}

/**
 * @param batches of one step, with policy terms
 * @param logProbs of their targets, one array a batch, as `StepResult.logProbs`
 */
export function policyTerms(
  loss: PolicyLoss,
  batches: readonly Batch[],
  logProbs: readonly ArrayLike<number>[],
): PolicyFigures {
  let [total, tokens, ratio, low, high, kl] = [0, 0, 0, 0, 0, 0];
  batches.forEach(({ weights, norm, policy }, i) => {
    weights.forEach((weight, n) => {
      if (weight === 0) return;
      const token = policyTokenLoss(loss, policyTokenAt(policy, n), logProbs[i]?.[n] ?? NaN);
      total += (weight * token.loss) / norm;
      tokens++;
      ratio += token.ratio;
      kl += token.kl;
      if (token.clipped === 'low') low++;
      if (token.clipped === 'high') high++;
    });
  });
  const mean = (sum: number) => (tokens > 0 ? sum / tokens : 0);
  return {
    loss: total,
    tokens,
    ratio: mean(ratio),
    clipFraction: mean(low + high),
    clipLowFraction: mean(low),
    clipHighFraction: mean(high),
    kl: mean(kl),
  };
}
