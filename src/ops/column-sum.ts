/**
 * @file Sums over the rows of a matrix, added to a vector: target[d] += Σₙ x[n, d]. The gradient of what was added to
 * every row.
 *
 * Shapes: x [N, D], target [D]. A few rows are summed by one invocation, then the sums are summed: no atomics, and the
 * same order every time.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { expectShape, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';

/** Rows that one invocation sums up before the sums are summed. */
export const ROWS_PER_SUM = 64;

const PARTS = makeKernel({
  name: 'sum of rows, parts',
  buffers: { x: 'read array<f32>', parts: 'write array<f32>' },
  uniforms: { rows: 'u32', width: 'u32' },
  body: `
  let first = index / sizes.width * ${ROWS_PER_SUM}u;
  let column = index % sizes.width;
  if (first >= sizes.rows) { return; }
  var sum = 0.0;
  for (var row = first; row < min(first + ${ROWS_PER_SUM}u, sizes.rows); row++) {
    sum += x[row * sizes.width + column];
  }
  parts[index] = sum;`,
});

/** Adds `count` rows of parts to a vector: the second half of every sum over rows. */
export const SUM_OF_PARTS = makeKernel({
  name: 'sum of rows',
  buffers: { parts: 'read array<f32>', result: 'write array<f32>' },
  uniforms: { count: 'u32', width: 'u32' },
  body: `
  if (index >= sizes.width) { return; }
  var sum = 0.0;
  for (var i = 0u; i < sizes.count; i++) { sum += parts[i * sizes.width + index]; }
  result[index] += sum;`,
});

/** A place for the parts of a sum over so many rows. */
export function makeParts(plan: PlanBuilder, rows: number, width: number, name: string): Tensor {
  return plan.activation(`${name}, parts`, [Math.ceil(rows / ROWS_PER_SUM), width]);
}

/**
 * The sum as an operation.
 *
 * @param parts see `makeParts`
 */
export function columnSum(x: Tensor, target: Tensor, parts: Tensor): Operation {
  const [rows = 0, width = 0] = x.shape;
  const [count = 0] = parts.shape;
  expectShape('A sum of rows', target, [width]);
  return {
    name: `sum of rows of ${x.buffer.name}`,
    reads: [x],
    writes: [target, parts],
    work: rows * width,
    wgsl: () => [
      makeDispatch(PARTS, { x, parts }, { rows, width }, elementwise(count * width)),
      makeDispatch(SUM_OF_PARTS, { parts, result: target }, { count, width }, elementwise(width)),
    ],
    cpu: (context) => {
      const [from, to] = [context.floats(x), context.floats(target)];
      const sums = context.floats(parts).subarray(0, width);
      return () => {
        sums.fill(0);
        for (let row = 0, at = 0; row < rows; row++) {
          for (let i = 0; i < width; i++, at++) (sums[i] as number) += from[at] as number;
        }
        for (let i = 0; i < width; i++) (to[i] as number) += sums[i] as number;
      };
    },
  };
}
