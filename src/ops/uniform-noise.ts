/**
 * @file x[n, i] ← x[n, i] + size[n] · u, in place, with u uniform in [−1, 1): a draw by place, so that it is the same on
 * every device, in any order, and however rows are padded. Backward: the gradient passes as it is.
 *
 * Shapes: x [N, D]; streams, places and sizes [N]; seed [1]. u = 2 · draw(seed, streams[n], places[n] · D + i) − 1.
 */
import type { PlanBuilder } from '../plan/builder';
import { describeTensor, expectShape, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';
import { DRAW_WGSL, randomDraw } from './random-draw';

const KERNEL = makeKernel({
  name: 'uniform noise',
  buffers: {
    x: 'write array<f32>',
    streams: 'read array<i32>',
    places: 'read array<i32>',
    amounts: 'read array<f32>',
    seed: 'read array<i32>',
  },
  uniforms: { tokens: 'u32', width: 'u32' },
  declarations: DRAW_WGSL,
  body: `
  let token = index / sizes.width;
  if (token >= sizes.tokens) { return; }
  let place = u32(places[token]) * sizes.width + index % sizes.width;
  let u = 2.0 * draw(bitcast<u32>(seed[0]), bitcast<u32>(streams[token]), place) - 1.0;
  x[index] += amounts[token] * u;`,
});

/** What the noise of each token is made of. */
export interface NoiseInputs {
  /** [N] i32: which sequence of draws. */
  streams: Tensor;
  /** [N] i32, from 0: where in it, in vectors. */
  places: Tensor;
  /** [N]: how large; 0 leaves the token as it is. */
  sizes: Tensor;
  /** [1] i32. */
  seed: Tensor;
}

/** u for component i of a vector of width D. */
export function uniformNoise(seed: number, stream: number, place: number, width: number, i: number): number {
  return 2 * randomDraw(seed, stream, place * width + i) - 1;
}

/**
 * Appends the noise: from here on x holds the sum.
 *
 * @throws RangeError where x is no activation, or sizes do not fit.
 */
export function addUniformNoise(plan: PlanBuilder, x: Tensor, noise: NoiseInputs): void {
  if (x.buffer.role !== 'activation') {
    throw new RangeError(`Noise would change ${describeTensor(x)}, which is kept between runs.`);
  }
  const [tokens = 0, width = 0] = x.shape;
  const { streams, places, sizes, seed } = noise;
  for (const tensor of [streams, places, sizes]) expectShape('noise', tensor, [tokens]);
  expectShape('noise', seed, [1]);
  plan.append({
    name: `noise on ${x.buffer.name}`,
    reads: [streams, places, sizes, seed],
    writes: [x],
    work: 16 * tokens * width,
    wgsl: () => [
      makeDispatch(
        KERNEL,
        { x, streams, places, amounts: sizes, seed },
        { tokens, width },
        elementwise(tokens * width),
      ),
    ],
    cpu: (context) => {
      const [values, large] = [context.floats(x), context.floats(sizes)];
      const [which, where, begin] = [context.ints(streams), context.ints(places), context.ints(seed)];
      return () => {
        for (let n = 0; n < tokens; n++) {
          const size = large[n] as number;
          if (size === 0) continue;
          for (let i = 0; i < width; i++) {
            const u = uniformNoise(begin[0] as number, which[n] as number, where[n] as number, width, i);
            (values[n * width + i] as number) += Math.fround(size * u);
          }
        }
      };
    },
  });
}
