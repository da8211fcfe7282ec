/**
 * @file RoPE: each pair (x[i], x[i + R/2]) of a head is turned by the angle of its token, so that a query and a key fit by
 * their distance. Su et al. 2021, https://arxiv.org/abs/2104.09864, in the order of halves that Hugging Face's weights use.
 *
 * Shapes: x [N, heads · h], changed in place; cos and sin [N, R/2] with R ≤ h; components from R on stay as they are.
 * Backward: the same with the angle's sign turned. Where the tables carry a factor, as YaRN's do, so does the backward.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { strandsOf } from '../plan/strands';
import { describeTensor, expectShape, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';

const KERNEL = makeKernel({
  name: 'RoPE',
  buffers: { x: 'write array<f32>', cosines: 'read array<f32>', sines: 'read array<f32>' },
  uniforms: { tokens: 'u32', heads: 'u32', width: 'u32', pairs: 'u32', sign: 'f32' },
  body: `
  let pair = index % sizes.pairs;
  let head = index / sizes.pairs;
  let token = head / sizes.heads;
  if (token >= sizes.tokens) { return; }
  let place = head * sizes.width + pair;
  let c = cosines[token * sizes.pairs + pair];
  let s = sizes.sign * sines[token * sizes.pairs + pair];
  let a = x[place];
  let b = x[place + sizes.pairs];
  x[place] = a * c - b * s;
  x[place + sizes.pairs] = b * c + a * s;`,
});

/** cos and sin of every angle, [N, R/2]. */
export interface Rotation {
  cos: Tensor;
  sin: Tensor;
}

function turn(x: Tensor, { cos, sin }: Rotation, heads: number, sign: 1 | -1): Operation {
  const [tokens = 0, columns = 0] = x.shape;
  const pairs = cos.shape[1] ?? 0;
  const width = columns / heads;
  const invocations = tokens * heads * pairs;
  return {
    name: `RoPE${sign < 0 ? ', backward' : ''} ${x.buffer.name}`,
    reads: [cos, sin],
    writes: [x],
    work: 6 * invocations,
    wgsl: () => [
      makeDispatch(
        KERNEL,
        { x, cosines: cos, sines: sin },
        { tokens, heads, width, pairs, sign },
        elementwise(invocations),
      ),
    ],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels) {
        const [at, c, s] = [context.place(x), context.place(cos), context.place(sin)];
        const strands = strandsOf(tokens, 8 * heads * pairs, (start, count) => [
          ...(['turn', 4 * (at + start * columns)] as const),
          ...[4 * (c + start * pairs), 4 * (s + start * pairs)],
          ...[count * heads, heads, 4 * width, pairs, sign],
        ]);
        return () => kernels.run(strands);
      }
      const [values, cosines, sines] = [context.floats(x), context.floats(cos), context.floats(sin)];
      return () => {
        for (let head = 0; head < tokens * heads; head++) {
          const angles = Math.floor(head / heads) * pairs;
          const first = head * width;
          for (let i = 0; i < pairs; i++) {
            const c = cosines[angles + i] as number;
            const s = sign * (sines[angles + i] as number);
            const a = values[first + i] as number;
            const b = values[first + i + pairs] as number;
            values[first + i] = a * c - b * s;
            values[first + i + pairs] = b * c + a * s;
          }
        }
      };
    },
  };
}

/**
 * Appends the turning of x, in place: from here on x holds the turned values.
 *
 * @throws RangeError where heads or pairs do not fit, or x is no activation.
 */
export function rope(plan: PlanBuilder, x: Tensor, rotation: Rotation, heads: number): void {
  const [tokens = 0, columns = 0] = x.shape;
  const pairs = rotation.cos.shape[1] ?? 0;
  expectShape('RoPE', rotation.cos, [tokens, pairs]);
  expectShape('RoPE', rotation.sin, [tokens, pairs]);
  if (x.buffer.role !== 'activation') {
    throw new RangeError(`RoPE would change ${describeTensor(x)}, which is kept between runs.`);
  }
  if (columns % heads !== 0 || 2 * pairs > columns / heads) {
    throw new RangeError(`RoPE cannot turn ${pairs} pairs of ${heads} heads in ${describeTensor(x)}.`);
  }
  plan.append(turn(x, rotation, heads, 1));
  plan.record([x], [x], () => {
    // The gradient of what x is now becomes that of what it was.
    const target = plan.gradientTarget(x);
    if (target) plan.append(turn(target.tensor, rotation, heads, -1));
  });
}
