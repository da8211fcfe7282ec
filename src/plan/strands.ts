/**
 * @file Cutting an operation into strands for several threads. No cut goes through a sum, so that results do not depend on
 * the number of threads.
 */
import type { ProductCall, Strand } from './operation';
import { DOTS_ROWS } from './simd-dots';
import type { KernelCall } from './simd-module';

/** Floating-point operations, roughly, of a strand: below this, handing it over takes longer than it does. */
const LEAST_WORK = 100_000;
/** More than there are threads, so that a thread which is held up delays the others little. */
const MOST_STRANDS = 16;

/**
 * Strands of one call each for ranges of `count` things.
 *
 * @param work of each thing, in floating-point operations; memory and exponentials count for several
 * @param call the kernel for `size` things from `start`
 * @param unit ranges begin at multiples of this
 */
export function strandsOf(
  count: number,
  work: number,
  call: (start: number, size: number) => KernelCall,
  unit = 1,
): Strand[] {
  const pieces = Math.max(1, Math.min(MOST_STRANDS, Math.floor((count * work) / LEAST_WORK)));
  const step = Math.max(1, Math.ceil(count / pieces / unit)) * unit;
  const strands: Strand[] = [];
  for (let start = 0; start < count; start += step) {
    strands.push([call(start, Math.min(step, count - start))]);
  }
  return strands;
}

/** Floating-point operations of a piece of a product: less is done before another thread has begun. */
const LEAST_PRODUCT = 1_000_000;
/** Rows and columns of a product are cut at multiples of this, which the kernel's tiles divide. */
const UNIT = 8;

/** A product as one call a piece: rows, or columns, of C, whichever there are more of. */
export function productStrands(call: ProductCall, threads: number): Strand[] {
  const { m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, accumulate } = call;
  const pieces = threads > 1 ? Math.min(2 * threads, Math.floor((2 * m * n * k) / LEAST_PRODUCT)) : 1;
  const byRows = m > n;
  const inPlace = m <= DOTS_ROWS && aColumn === 1 && bRow === 1;
  const size = byRows ? m : n;
  const step = Math.max(1, Math.ceil(size / Math.max(1, pieces) / UNIT)) * UNIT;
  const strands: Strand[] = [];
  for (let start = 0; start < size; start += step) {
    const part = Math.min(step, size - start);
    const [rows, columns] = byRows ? [part, n] : [m, part];
    const [fromA, fromB] = byRows ? [start * aRow, 0] : [0, start * bColumn];
    const target = [4 * (c + (byRows ? start * cRow : start)), 4 * cRow, accumulate ? 1 : 0];
    const [left, right] = [4 * (a + fromA), 4 * (b + fromB)];
    strands.push([
      inPlace
        ? ['dots', rows, columns, k, left, 4 * aRow, right, 4 * bColumn, ...target]
        : ['product', rows, columns, k, left, 4 * aRow, 4 * aColumn, right, 4 * bRow, 4 * bColumn, ...target],
    ]);
  }
  return strands;
}
