/**
 * @file The order of the data: shuffled anew each epoch, the same for the same seed.
 */
import { seededRandom } from '../model/random';

/**
 * Indices of sequences, endlessly: every epoch is a permutation of 0 … count − 1. Steps take as many as they need, so a
 * batch may span two epochs.
 *
 * @throws RangeError where count is not a whole number from 1.
 */
export function* shuffledForever(count: number, seed: number): Generator<number, never, void> {
  if (!(Number.isSafeInteger(count) && count > 0))
    throw new RangeError(`There are ${count} sequences to order.`);
  const random = seededRandom(seed);
  for (;;) {
    const order = Array.from({ length: count }, (_, i) => i);
    // Fisher–Yates.
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
    }
    yield* order;
  }
}

/** The next `size` items. */
export function take<T>(source: Generator<T, never, void>, size: number): T[] {
  return Array.from({ length: size }, () => source.next().value);
}
