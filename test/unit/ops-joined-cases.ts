/**
 * @file Several products with one x, in sizes that fill vectors of four and in others, with the same in tfjs.
 */
import { joinedMatmul } from '../../src/ops/joined-matmul';
import type { Tensor } from '../../src/plan/tensor';
import * as tf from '../../src/tensor/tf';
import type { OperationCase } from './ops-run';

/** Rows of x, terms of the sums, and the columns of each result. */
const SIZES: [m: number, k: number, ...columns: number[]][] = [
  [1, 1, 1, 1],
  [1, 64, 1, 2],
  [2, 4, 16, 16],
  [3, 64, 1, 1, 1],
  [4, 16, 4, 8, 4],
  [5, 8, 8, 16],
  [5, 64, 3, 5],
  [7, 32, 2, 4, 6],
  [8, 64, 8, 4, 4],
  [9, 12, 16, 16, 16],
  [10, 128, 7, 9],
  [12, 16, 12, 4],
  [13, 64, 11, 2, 3],
  [16, 16, 8],
  [17, 64, 64, 32, 32],
  [20, 36, 16, 16],
  [31, 128, 1, 4],
  [33, 64, 36, 40],
  [40, 20, 16, 32, 48],
  [64, 64, 10, 3, 5, 7],
  [65, 8, 8, 24, 8],
  [70, 192, 33, 2],
  [70, 192, 32, 68],
];

/** Of each size twice: matrices one after the other in memory, as parts of a pool, and each on its own. */
export const JOINED_CASES: OperationCase[] = SIZES.flatMap(([m, k, ...columns]) => {
  const total = columns.reduce((sum, count) => sum + count, 0);
  const names = columns.map((_, i) => `result ${i}`);
  const multiply = (x: tf.Tensor, weight: tf.Tensor) =>
    tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D, false, true);
  const apart: OperationCase = {
    name: `joined, apart, ${m}×${k} by ${columns.join(', ')}`,
    inputs: {
      x: { shape: [m, k], trained: true },
      ...Object.fromEntries(columns.map((count, i) => [`w${i}`, { shape: [count, k], trained: true }])),
    },
    build: (plan, t) =>
      joinedMatmul(
        plan,
        t['x'] as Tensor,
        columns.map((_, i) => t[`w${i}`] as Tensor),
        names,
      ),
    reference: (t) => columns.map((_, i) => multiply(t['x'] as tf.Tensor, t[`w${i}`] as tf.Tensor)),
  };
  // Only the forward pass: a pool's ranges have gradients of their own, which the golden models test.
  const together: OperationCase = {
    name: `joined, together, ${m}×${k} by ${columns.join(', ')}`,
    inputs: { x: { shape: [m, k], trained: true }, pool: { shape: [total, k] } },
    build: (plan, t) => {
      const { buffer } = t['pool'] as Tensor;
      let start = 0;
      const weights = columns.map((count): Tensor => {
        const offset = start * k;
        start += count;
        return { buffer, offset, shape: [count, k] };
      });
      return joinedMatmul(plan, t['x'] as Tensor, weights, names);
    },
    reference: (t) => {
      let start = 0;
      return columns.map((count) => {
        const weight = tf.slice(t['pool'] as tf.Tensor, [start, 0], [count, k]);
        start += count;
        return multiply(t['x'] as tf.Tensor, weight);
      });
    },
  };
  // Ranges begin at multiples of 64 elements.
  const aligned = columns.slice(0, -1).every((count) => (count * k) % 64 === 0);
  return aligned ? [apart, together] : [apart];
});
