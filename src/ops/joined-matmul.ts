/**
 * @file x · Wᵀ for several matrices W in one: on a device a single dispatch that reads x once, where the matrices follow
 * each other in memory, as those of a layer do in their pool. Queries, keys and values come from one such product, and so
 * do gate and up. Where they do not follow each other, and on the CPU, it is one product after the other.
 *
 * Shapes: x [N, in], weights [outᵢ, in]; results [N, outᵢ]. Backward: that of each product, see matmul.ts.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { sizeOf, type Tensor } from '../plan/tensor';
import { product, recordProduct } from './matmul';
import { chooseProduct } from './matmul-wgsl';

/** Most results of a dispatch: with x and the weights they stay within what every device binds. */
export const MOST_RESULTS = 4;

/** The weights as one matrix, if they are one in memory. */
function joined(weights: readonly Tensor[]): Tensor | undefined {
  const [first] = weights;
  if (!first || weights.length > MOST_RESULTS) return undefined;
  const [, inner = 0] = first.shape;
  let end = first.offset;
  let rows = 0;
  for (const { buffer, offset, shape } of weights) {
    if (buffer !== first.buffer || offset !== end || shape[1] !== inner) return undefined;
    end += sizeOf(shape);
    rows += shape[0] ?? 0;
  }
  return { buffer: first.buffer, offset: first.offset, shape: [rows, inner] };
}

/**
 * Appends the products.
 *
 * @param names of the results, one for each matrix
 */
export function joinedMatmul(
  plan: PlanBuilder,
  x: Tensor,
  weights: readonly Tensor[],
  names: readonly string[],
): Tensor[] {
  const [m = 0, k = 0] = x.shape;
  const results = weights.map(({ shape }, i) => plan.activation(names[i] ?? 'product', [m, shape[0] ?? 0]));
  const single = weights.map((weight, i): Operation =>
    product(x, weight, results[i] as Tensor, { transposeB: true }),
  );
  const matrix = joined(weights);
  plan.append({
    name: `matmul ${names.join(', ')}`,
    reads: [x, ...weights],
    writes: results,
    work: single.reduce((sum, { work }) => sum + work, 0),
    wgsl: (target) => {
      if (!matrix) return single.flatMap((operation) => operation.wgsl(target));
      const columns = results.map(({ shape }) => shape[1] ?? 0);
      const sizes = { m, n: matrix.shape[0] ?? 0, k };
      const form = { transposeA: false, transposeB: true, accumulate: false, results: columns };
      return chooseProduct(target, sizes, form)({ a: x, b: matrix, c: results });
    },
    cpu: (context) => {
      const runs = single.map((operation) => operation.cpu(context));
      return () => {
        for (const run of runs) run();
      };
    },
  });
  weights.forEach((weight, i) => recordProduct(plan, x, weight, results[i] as Tensor, { transposeB: true }));
  return results;
}
