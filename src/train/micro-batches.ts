/**
 * @file The sequences of one update as batches that fit through the model at once.
 */
import type { BatchShape } from '../model/engine';
import { bucketLength } from '../plan/buckets';
import { absoluteWeight, toBatch } from '../sequence/batch';
import { groupByLength, MICRO_BATCH_TOKENS } from '../sequence/row-groups';
import type { Batch, TrainingSequence } from '../sequence/types';

export { MICRO_BATCH_TOKENS };

/**
 * Batches of at most `limit` tokens, padding included, that together are one step: all carry the norm of the whole. A
 * sequence longer than the limit has a batch of its own.
 *
 * @param norm what the loss is divided by; Σ |weight| where nothing is said
 */
export function microBatches(
  sequences: readonly TrainingSequence[],
  limit: number,
  norm = absoluteWeight(sequences),
): Batch[] {
  return microGroups(sequences, limit).map((group) => toBatch(group, norm));
}

/** The sequences of each micro-batch, shortest first. */
export const microGroups = (sequences: readonly TrainingSequence[], limit: number): TrainingSequence[][] =>
  groupByLength(sequences, ({ ids }) => ids.length, limit);

/** Shapes of the micro-batches of many batches, the most frequent first. */
export function shapesOf(batches: Iterable<readonly TrainingSequence[]>): BatchShape[] {
  const found = new Map<string, BatchShape & { count: number }>();
  for (const sequences of batches) {
    for (const group of microGroups(sequences, MICRO_BATCH_TOKENS)) {
      const rows = group.length;
      const length = bucketLength(group.at(-1)?.ids.length ?? 1);
      const shape = found.get(`${rows} ${length}`) ?? { rows, length, count: 0 };
      found.set(`${rows} ${length}`, { ...shape, count: shape.count + 1 });
    }
  }
  return [...found.values()].sort((a, b) => b.count - a.count).map(({ rows, length }) => ({ rows, length }));
}
