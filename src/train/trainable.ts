/**
 * @file What of sequences can be trained or measured within a limit of tokens.
 */
import { absoluteWeight, cut } from '../sequence/batch';
import type { TrainingSequence } from '../sequence/types';

/** The sequences, cut at `limit` tokens, without those that then have no token with a weight. */
export function trainable(sequences: readonly TrainingSequence[], limit: number): TrainingSequence[] {
  return sequences
    .map((sequence) => cut(sequence, limit))
    .filter((sequence) => absoluteWeight([sequence]) !== 0);
}
