/**
 * @file Log-probabilities of sequences, several batches of them.
 */
import type { Engine, Which } from '../model/engine';
import { toBatch, toTokens } from '../sequence/batch';
import type { TrainingSequence } from '../sequence/types';
import { nextTask } from '../tensor/task';
import { MICRO_BATCH_TOKENS, microGroups } from './micro-batches';

/**
 * Log-probability of every token of each sequence, in their order; 0 at the first token of a document. Logits are divided by
 * `temperature`, which is 1 where it is left out.
 */
export type Scorer = (
  sequences: readonly TrainingSequence[],
  which: Which,
  temperature?: number,
) => Promise<Float32Array[]>;

/** Scores with an engine, as many sequences at a time as one forward pass takes. */
export function scorerOf(engine: Pick<Engine, 'score'>): Scorer {
  return async (sequences, which, temperature = 1) => {
    const found = new Map<TrainingSequence, Float32Array>();
    for (const group of microGroups([...new Set(sequences)], MICRO_BATCH_TOKENS)) {
      const batch = toBatch(group, 1);
      const tokens = toTokens(await engine.score(batch, which, temperature), batch, group);
      group.forEach((sequence, i) => found.set(sequence, tokens[i] ?? new Float32Array()));
      await nextTask();
    }
    return sequences.map((sequence) => found.get(sequence) ?? new Float32Array());
  };
}

/** Σ weight · log-probability of a sequence's tokens, in 64 bits: of a mask of zeros and ones, that of the trained tokens. */
export function weightedSum({ weights }: TrainingSequence, logProbs: Float32Array): number {
  // The first token is never predicted, and a scorer gives 0 for it.
  return logProbs.reduce((sum, value, i) => sum + (weights[i] ?? 0) * value, 0);
}
