/**
 * @file What a token's log-probability ℓ costs beside plain −ℓ, in 64 bits, and the numbers that kernels take for it.
 *
 * Shaped: f · (−(1 − ε)·ℓ − ε·mean of log p over the vocabulary), with f = 1 or, probability-weighted (DFT,
 * https://arxiv.org/abs/2508.05629), f = exp ℓ held constant. ε spreads over the vocabulary as in torch's `cross_entropy`.
 * Policy: −min(ρA, clip(ρ, 1 − clipLow, 1 + clipHigh)·A) + kl·k3 with ρ = exp(ℓ − old), k3 = exp(ref − ℓ) − (ref − ℓ) − 1:
 * PPO's clipped objective, https://arxiv.org/abs/1707.06347, and the k3 estimate of the KL divergence,
 * http://joschu.net/blog/kl-approx.html, as in GRPO, https://arxiv.org/abs/2402.03300.
 */

export interface ShapedLoss {
  /** ε, from 0 to below 1; 0 by default. */
  labelSmoothing?: number;
  probabilityWeighted?: boolean;
}

export interface PolicyLoss {
  /** The ratio counts from 1 − clipLow to 1 + clipHigh; Infinity for no limit. */
  clipLow: number;
  clipHigh: number;
  /** Factor of the KL divergence to the reference. */
  kl: number;
}

/** What the policy loss takes of a token. */
export interface PolicyToken {
  advantage: number;
  oldLogProb: number;
  referenceLogProb: number;
}

export interface PolicyTokenLoss {
  loss: number;
  /** dloss / dℓ, at ties and at the borders of the clip as PyTorch's `min` and `clamp` have it. */
  slope: number;
  /** ρ */
  ratio: number;
  /** k3, in nats, never negative; of no use where there is no reference. */
  kl: number;
  /** The clip holds the token back: its ratio left the range in the direction in which the advantage pushes it. */
  clipped?: 'low' | 'high';
}

/** Numbers that a kernel takes for a loss; see `shapedSettings` and `policySettings`. */
export const LOSS_SETTINGS = 4;
/** Of a token, side by side: advantage, old and reference log-probability. */
export const TERMS = 3;
/** Close to the largest 32-bit float: WGSL knows no infinity. */
const NO_LIMIT = 3e38;
/** Differences of log-probabilities count up to here in 32 bits, where e⁸⁰ is still finite. */
export const MOST_DIFFERENCE = 80;
/** And here up to where 64 bits stay finite. */
const MOST_EXPONENT = 700;

/** ε, whether the loss is weighted by the probability, and the shares of the target, 1 − ε, and of each token, ε / V. */
export function shapedSettings(
  { labelSmoothing = 0, probabilityWeighted = false }: ShapedLoss,
  vocabulary: number,
): Float32Array {
  return Float32Array.of(
    labelSmoothing,
    probabilityWeighted ? 1 : 0,
    1 - labelSmoothing,
    labelSmoothing / vocabulary,
  );
}

/** The borders of the ratio, and the factor of k3. */
export function policySettings({ clipLow, clipHigh, kl }: PolicyLoss): Float32Array {
  return Float32Array.of(Math.max(1 - clipLow, -NO_LIMIT), Math.min(1 + clipHigh, NO_LIMIT), kl, 0);
}

/**
 * @param logProb ℓ
 * @param mean of log p over the vocabulary; of no use where nothing is smoothed
 */
export function shapedTokenLoss(
  { labelSmoothing = 0, probabilityWeighted = false }: ShapedLoss,
  logProb: number,
  mean: number,
): number {
  const smoothed = labelSmoothing > 0 ? labelSmoothing * mean : 0;
  const plain = -(1 - labelSmoothing) * logProb - smoothed;
  return probabilityWeighted ? Math.exp(logProb) * plain : plain;
}

/**
 * @param logProb ℓ
 */
export function policyTokenLoss(
  { clipLow, clipHigh, kl }: PolicyLoss,
  { advantage, oldLogProb, referenceLogProb }: PolicyToken,
  logProb: number,
): PolicyTokenLoss {
  const ratio = Math.exp(Math.min(logProb - oldLogProb, MOST_EXPONENT));
  const [low, high] = [1 - clipLow, 1 + clipHigh];
  const free = ratio * advantage;
  const held = Math.min(Math.max(ratio, low), high) * advantage;
  const away = referenceLogProb - logProb;
  const apart = Math.exp(Math.min(away, MOST_EXPONENT));
  const k3 = apart - away - 1;
  // Where both are equal, PyTorch gives half the slope to each; a ratio at or beyond a border passes none on.
  const share = ratio > low && ratio < high ? 1 : free < held ? 1 : free === held ? 0.5 : 0;
  return {
    loss: -Math.min(free, held) + (kl === 0 ? 0 : kl * k3),
    slope: -free * share + (kl === 0 ? 0 : kl * (1 - apart)),
    ratio,
    kl: k3,
    ...(ratio < low && advantage < 0 && { clipped: 'low' as const }),
    ...(ratio > high && advantage > 0 && { clipped: 'high' as const }),
  };
}
