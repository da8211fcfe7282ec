/**
 * @file The loss by segment: where in a turn the model is still wrong.
 */
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { Batch } from './types';

/**
 * Mean negative log-probability of the targets whose weight is not 0, by the segment of the target. Every such token
 * counts once, whatever its weight; a segment without one is absent.
 *
 * @param logProbs one array a batch, [rows · length]
 */
export function meanNllByKind(
  batches: readonly Batch[],
  logProbs: readonly Float32Array[],
): Partial<Record<SegmentKind, number>> {
  const sums = new Map<SegmentKind, { nll: number; count: number }>();
  batches.forEach((batch, b) => {
    batch.weights.forEach((weight, i) => {
      const kind = SEGMENT_KINDS[batch.kind[i] ?? 0];
      if (weight === 0 || !kind) return;
      const sum = sums.get(kind) ?? { nll: 0, count: 0 };
      sum.nll -= logProbs[b]?.[i] ?? NaN;
      sum.count++;
      sums.set(kind, sum);
    });
  });
  return Object.fromEntries([...sums].map(([kind, { nll, count }]) => [kind, nll / count]));
}
