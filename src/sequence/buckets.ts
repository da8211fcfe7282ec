/**
 * @file Batches of like length, so that little of them is padding.
 */
import { Random } from '../conversation/practice/prng';

/** Batches that are sorted together: enough to find like lengths, few enough to leave the order random. */
const WINDOW = 50;

/**
 * One epoch as batches of indices, each index once: shuffled, then sorted by length within windows of 50 batches, cut into
 * batches, and the batches shuffled again (the length-grouped sampling of transformers, with the order of batches random
 * too). One batch, the last of the last window, may be smaller. The same seed gives the same batches.
 *
 * @param lengths of the sequences, in tokens
 * @throws RangeError where the batch size is not a whole number from 1.
 */
export function lengthBuckets(lengths: readonly number[], batchSize: number, seed: number): number[][] {
  if (!(Number.isSafeInteger(batchSize) && batchSize > 0))
    throw new RangeError(`A batch of ${batchSize} sequences cannot be made: choose a whole number from 1.`);
  const random = new Random(seed);
  const order = shuffle(
    lengths.map((_, i) => i),
    random,
  );
  const batches: number[][] = [];
  for (let from = 0; from < order.length; from += WINDOW * batchSize) {
    const window = order.slice(from, from + WINDOW * batchSize);
    window.sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0));
    for (let i = 0; i < window.length; i += batchSize) batches.push(window.slice(i, i + batchSize));
  }
  return shuffle(batches, random);
}

/** Fisher and Yates, in place: `Random.shuffle` takes quadratic time, which a data set is too long for. */
function shuffle<T>(list: T[], random: Random): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.int(0, i);
    [list[i], list[j]] = [list[j] as T, list[i] as T];
  }
  return list;
}
