/**
 * @file Lengths in steps, so that few plans serve all batches: a plan is built, and on a device compiled and bound, for one
 * number of rows of one length.
 */

/** Shortest step between lengths. */
const LEAST = 16;

/**
 * The length that rows are padded to: a multiple of 16 up to 256, then of an eighth of the power of two below. At most one
 * eighth of a long row is padding, and there are eight lengths between one power of two and the next.
 *
 * @throws RangeError where the length is not a whole number from 1.
 */
export function bucketLength(length: number): number {
  if (!(Number.isSafeInteger(length) && length > 0))
    throw new RangeError(`A row cannot have ${length} tokens.`);
  const step = Math.max(LEAST, 2 ** Math.floor(Math.log2(length)) / 8);
  return Math.ceil(length / step) * step;
}
