/**
 * @file How the losses of a step's tokens become one number: a weight on each token, and one norm for all micro-batches.
 * Formulas as `loss_type` in TRL 1.16, `trl/trainer/grpo_trainer.py`; dr_grpo is https://arxiv.org/abs/2503.20783, dapo
 * https://arxiv.org/abs/2503.14476.
 */
import type { Reduction } from '../../settings/objective';

/** What a reduction needs to know of a sequence. A completion may have several. */
export interface ReducedSequence {
  /** Number of its completion. */
  completion: number;
  /** Tokens of it that are trained. */
  tokens: number;
  /** Number of the micro-batch that it is computed in; of bnpo alone. */
  part: number;
}

export interface Reduced {
  /** The weight of every trained token of each sequence; the loss is Σ weight · loss / norm. */
  weights: number[];
  norm: number;
}

/**
 * `grpo`: the mean over completions of the mean over their tokens. `bnpo`: the mean over micro-batches of the mean over their
 * tokens. `dapo`: the mean over all tokens. `dr_grpo`: the sum divided by completions · longest.
 *
 * @param completions how many there are, those without a trained token among them
 * @param longest most tokens of a message
 */
export function reduce(
  reduction: Reduction,
  sequences: readonly ReducedSequence[],
  completions: number,
  longest: number,
): Reduced {
  if (reduction === 'grpo' || reduction === 'bnpo') {
    const key = reduction === 'grpo' ? 'completion' : 'part';
    const tokens = sums(sequences, key);
    return {
      weights: sequences.map((sequence) => 1 / Math.max(1, tokens.get(sequence[key]) ?? 0)),
      norm: reduction === 'grpo' ? completions : tokens.size,
    };
  }
  const all = sequences.reduce((sum, { tokens }) => sum + tokens, 0);
  return {
    weights: sequences.map(() => 1),
    norm: reduction === 'dapo' ? Math.max(1, all) : completions * longest,
  };
}

function sums(sequences: readonly ReducedSequence[], key: 'completion' | 'part'): Map<number, number> {
  const tokens = new Map<number, number>();
  for (const sequence of sequences) {
    tokens.set(sequence[key], (tokens.get(sequence[key]) ?? 0) + sequence.tokens);
  }
  return tokens;
}
