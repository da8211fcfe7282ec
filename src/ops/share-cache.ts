/**
 * @file Tokens of one sequence's cache copied to another's: texts that begin alike compute their beginning once.
 *
 * Shapes: caches [S, C, W]; for each of the S places, i32: `from`, the place to copy of, −1 for none; `begins` and `ends`,
 * the tokens to copy. cache[s, begins … ends) ← cache[from[s], begins … ends). No token may be copied of and to in one run.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { expectShape, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';

const KERNEL = makeKernel({
  name: 'share of a cache',
  buffers: {
    cache: 'write array<f32>',
    origins: 'read array<i32>',
    begins: 'read array<i32>',
    ends: 'read array<i32>',
  },
  uniforms: { places: 'u32', capacity: 'u32', width: 'u32' },
  body: `
  let line = index / sizes.width;
  let place = line / sizes.capacity;
  if (place >= sizes.places || origins[place] < 0) { return; }
  let token = i32(line % sizes.capacity);
  if (token < begins[place] || token >= ends[place]) { return; }
  let source = u32(origins[place]) * sizes.capacity + u32(token);
  cache[index] = cache[source * sizes.width + index % sizes.width];`,
});

/** Which tokens of which place go to each place; all [S] i32. */
export interface Shares {
  from: Tensor;
  begins: Tensor;
  ends: Tensor;
}

function share(cache: Tensor, { from, begins, ends }: Shares): Operation {
  const [places = 0, capacity = 0, width = 0] = cache.shape;
  const size = places * capacity * width;
  return {
    name: `share ${cache.buffer.name}`,
    reads: [from, begins, ends],
    writes: [cache],
    work: size,
    wgsl: () => [
      makeDispatch(
        KERNEL,
        { cache, origins: from, begins, ends },
        { places, capacity, width },
        elementwise(size),
      ),
    ],
    cpu: (context) => {
      const values = context.floats(cache);
      const [origins, first, last] = [context.ints(from), context.ints(begins), context.ints(ends)];
      const line = capacity * width;
      return () => {
        for (let place = 0; place < places; place++) {
          const origin = origins[place] as number;
          if (origin < 0) continue;
          const [start, end] = [(first[place] as number) * width, (last[place] as number) * width];
          values.copyWithin(place * line + start, origin * line + start, origin * line + end);
        }
      };
    },
  };
}

/**
 * Appends the copying within one cache.
 *
 * @throws RangeError where sizes do not fit.
 */
export function shareCache(plan: PlanBuilder, cache: Tensor, shares: Shares): void {
  const [places = 0] = cache.shape;
  for (const tensor of Object.values(shares) as Tensor[]) expectShape('The cache', tensor, [places]);
  plan.append(share(cache, shares));
}
