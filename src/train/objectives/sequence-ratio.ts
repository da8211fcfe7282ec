/**
 * @file Policy losses whose ratio belongs to a whole completion: GSPO and RLOO. They take two passes: one gives every token's
 * log-probability ℓ, from which loss and gradient with regard to ℓ follow here; a second one, with those as weights, carries
 * the gradient to the parameters. That is exact, since parameters enter the loss through ℓ alone.
 */
import { policyTokenLoss, type PolicyLoss } from '../../ops/token-loss';

/** A completion's tokens, those of all its sequences in a row; only the trained ones. */
export interface CompletionTokens {
  advantage: number;
  /** ℓ now, when it was written, and under the reference, which counts only where β is not 0. */
  logProbs: readonly number[];
  oldLogProbs: readonly number[];
  referenceLogProbs: readonly number[];
  /** Of each token in the reduction, its norm divided out. */
  weights: readonly number[];
}

export interface CompletionLoss {
  loss: number;
  /** dloss / dℓ of each token. */
  slopes: number[];
  ratio: number;
  clipped: boolean;
}

/**
 * GSPO (https://arxiv.org/abs/2507.18071): ρ = exp of the mean of ℓ − old over the completion, in every token's loss, as TRL
 * 1.16 has it with `importance_sampling_level="sequence"`; k3 stays a matter of each token.
 */
export function sequenceMeanLoss(settings: PolicyLoss, tokens: CompletionTokens): CompletionLoss {
  const count = tokens.weights.length;
  const share = total(tokens.weights);
  const moved = ratioLoss(settings, tokens, 1 / Math.max(1, count));
  const slopes = tokens.weights.map(() => (share * moved.slope) / Math.max(1, count));
  let loss = share * moved.loss;
  if (settings.kl !== 0) {
    tokens.weights.forEach((weight, i) => {
      const apart = (tokens.referenceLogProbs[i] ?? 0) - (tokens.logProbs[i] ?? 0);
      loss += weight * settings.kl * (Math.exp(apart) - apart - 1);
      slopes[i] = (slopes[i] ?? 0) + weight * settings.kl * (1 - Math.exp(apart));
    });
  }
  return { loss, slopes, ratio: moved.ratio, clipped: moved.clipped !== undefined };
}

/**
 * RLOO as TRL 1.16 has it (`trl/trainer/rloo_trainer.py`): ρ = exp of the sum of ℓ − old over the completion, once a completion;
 * the mean over completions. The KL divergence is in the reward.
 *
 * @param completions how many there are
 */
export function sequenceSumLoss(
  settings: PolicyLoss,
  tokens: Omit<CompletionTokens, 'weights'>,
  completions: number,
): CompletionLoss {
  const moved = ratioLoss({ ...settings, kl: 0 }, tokens, 1);
  return {
    loss: moved.loss / completions,
    slopes: tokens.logProbs.map(() => moved.slope / completions),
    ratio: moved.ratio,
    clipped: moved.clipped !== undefined,
  };
}

/** The clipped loss of ρ = exp(factor · Σ(ℓ − old)), and its slope by that exponent. */
function ratioLoss(
  settings: PolicyLoss,
  { advantage, logProbs, oldLogProbs }: Omit<CompletionTokens, 'weights'>,
  factor: number,
) {
  const moved = factor * (total(logProbs) - total(oldLogProbs));
  const token = { advantage, oldLogProb: 0, referenceLogProb: 0 };
  return policyTokenLoss({ ...settings, kl: 0 }, token, moved);
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
