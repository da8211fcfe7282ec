/**
 * @file RMSNorm, with the residual sum before it: s = x + residual, y = s · r · (offset + scale), r = 1 / √(mean(s²) + ε).
 * Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467
 *
 * Shapes: x, residual, s, y [N, D]; scale [D]; r [N]. Where the scale is shorter, each D numbers of a row are a row of
 * their own: queries and keys of Qwen3 and Gemma 3 are normed head by head. Gemma keeps its scales less one: `offset`.
 * Backward: ∂s = r · g − s · r³ · mean(g · s) with g = ∂y · (offset + scale); ∂scale = Σₙ ∂y · s · r; x and residual both
 * get ∂s.
 */
import type { PlanBuilder } from '../plan/builder';
import type { KernelCall, Operation } from '../plan/operation';
import { strandsOf } from '../plan/strands';
import { describeTensor, expectShape, sizeOf, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel, makeRowKernel, rowGroups } from '../plan/wgsl';
import { addTo } from './add';
import { zero } from './zero';

/** Rows that one invocation sums up for the gradient of the scale, before the sums are summed. */
const ROWS_PER_SUM = 64;

const forwardKernel = (lanes: number, residual: boolean) =>
  makeRowKernel(
    {
      name: `RMSNorm${residual ? ' of a sum' : ''}`,
      buffers: {
        x: 'read array<f32>',
        scale: 'read array<f32>',
        y: 'write array<f32>',
        inverse: 'write array<f32>',
        ...(residual ? { residual: 'read array<f32>', s: 'write array<f32>' } : {}),
      },
      uniforms: { rows: 'u32', width: 'u32', epsilon: 'f32', offset: 'f32' },
      body: `
  let start = row * sizes.width;
  var squares = 0.0;
  for (var i = lane; i < sizes.width; i += LANES) {
    let value = x[start + i]${residual ? ' + residual[start + i]' : ''};
    ${residual ? 's[start + i] = value;' : ''}
    squares += value * value;
  }
  let r = inverseSqrt(total(squares, lane) / f32(sizes.width) + sizes.epsilon);
  if (lane == 0u) { inverse[row] = r; }
  for (var i = lane; i < sizes.width; i += LANES) {
    y[start + i] = ${residual ? 's' : 'x'}[start + i] * r * (sizes.offset + scale[i]);
  }`,
    },
    lanes,
  );

const backwardKernel = (lanes: number, accumulate: boolean) =>
  makeRowKernel(
    {
      name: `RMSNorm, backward${accumulate ? ', adds' : ''}`,
      buffers: {
        s: 'read array<f32>',
        scale: 'read array<f32>',
        inverse: 'read array<f32>',
        dy: 'read array<f32>',
        ds: 'write array<f32>',
      },
      uniforms: { rows: 'u32', width: 'u32', offset: 'f32' },
      body: `
  let start = row * sizes.width;
  var sum = 0.0;
  for (var i = lane; i < sizes.width; i += LANES) { sum += dy[start + i] * (sizes.offset + scale[i]) * s[start + i]; }
  let r = inverse[row];
  let shift = total(sum, lane) / f32(sizes.width) * r * r * r;
  for (var i = lane; i < sizes.width; i += LANES) {
    ds[start + i] ${accumulate ? '+' : ''}= dy[start + i] * (sizes.offset + scale[i]) * r - s[start + i] * shift;
  }`,
    },
    lanes,
  );

const SCALE_PARTS = makeKernel({
  name: 'RMSNorm, backward of the scale, parts',
  buffers: {
    s: 'read array<f32>',
    inverse: 'read array<f32>',
    dy: 'read array<f32>',
    parts: 'write array<f32>',
  },
  uniforms: { rows: 'u32', width: 'u32' },
  body: `
  let first = index / sizes.width * ${ROWS_PER_SUM}u;
  let column = index % sizes.width;
  if (first >= sizes.rows) { return; }
  var sum = 0.0;
  for (var row = first; row < min(first + ${ROWS_PER_SUM}u, sizes.rows); row++) {
    let place = row * sizes.width + column;
    sum += dy[place] * s[place] * inverse[row];
  }
  parts[index] = sum;`,
});

const SCALE_SUM = makeKernel({
  name: 'RMSNorm, backward of the scale',
  buffers: { parts: 'read array<f32>', dScale: 'write array<f32>' },
  uniforms: { count: 'u32', width: 'u32' },
  body: `
  if (index >= sizes.width) { return; }
  var sum = 0.0;
  for (var i = 0u; i < sizes.count; i++) { sum += parts[i * sizes.width + index]; }
  dScale[index] += sum;`,
});

interface Sizes {
  rows: number;
  width: number;
}

/** The tensors of one norm: `s` is x itself where there is no residual. */
interface Norm extends Sizes {
  name: string;
  x: Tensor;
  residual: Tensor | undefined;
  s: Tensor;
  scale: Tensor;
  y: Tensor;
  inverse: Tensor;
  offset: number;
}

function forward(
  { name, x, residual, s, scale, y, inverse, offset, rows, width }: Norm,
  epsilon: number,
): Operation {
  return {
    name: `RMSNorm ${name}`,
    reads: residual ? [x, residual, scale] : [x, scale],
    writes: residual ? [s, y, inverse] : [y, inverse],
    work: 4 * rows * width,
    wgsl: ({ lanes }) => [
      makeDispatch(
        forwardKernel(lanes, residual !== undefined),
        residual ? { x, scale, y, inverse, residual, s } : { x, scale, y, inverse },
        { rows, width, epsilon, offset },
        rowGroups(lanes, rows),
      ),
    ],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels) {
        const [from, to, out] = [context.place(x), context.place(s), context.place(y)];
        const [factors, roots] = [context.place(scale), context.place(inverse)];
        const more = residual && context.place(residual);
        const strands = strandsOf(rows, 8 * width, (start, count) => [
          ...(['rmsForward', 4 * (from + start * width)] as const),
          more === undefined ? 0 : 4 * (more + start * width),
          ...[4 * (to + start * width), 4 * factors, 4 * (out + start * width), 4 * (roots + start)],
          ...[count, width, offset, epsilon],
        ]);
        return () => kernels.run(strands);
      }
      const [input, sum, out] = [context.floats(x), context.floats(s), context.floats(y)];
      const [factors, roots] = [context.floats(scale), context.floats(inverse)];
      const other = residual && context.floats(residual);
      return () => {
        if (other) for (let i = 0; i < sum.length; i++) sum[i] = (input[i] as number) + (other[i] as number);
        for (let row = 0; row < rows; row++) {
          const start = row * width;
          let squares = 0;
          for (let i = 0; i < width; i++) squares += (sum[start + i] as number) ** 2;
          const r = 1 / Math.sqrt(squares / width + epsilon);
          roots[row] = r;
          for (let i = 0; i < width; i++)
            out[start + i] = (sum[start + i] as number) * r * (offset + (factors[i] as number));
        }
      };
    },
  };
}

function backwardOfSum(
  { name, s, scale, inverse, offset, rows, width }: Norm,
  dy: Tensor,
  ds: Tensor,
  accumulate: boolean,
): Operation {
  return {
    name: `RMSNorm, backward ${name}`,
    reads: [s, scale, inverse, dy],
    writes: [ds],
    work: 7 * rows * width,
    wgsl: ({ lanes }) => [
      makeDispatch(
        backwardKernel(lanes, accumulate),
        { s, scale, inverse, dy, ds },
        { rows, width, offset },
        rowGroups(lanes, rows),
      ),
    ],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels) {
        const [value, factor, root] = [context.place(s), context.place(scale), context.place(inverse)];
        const [slope, to] = [context.place(dy), context.place(ds)];
        const strands = strandsOf(rows, 10 * width, (start, count) => [
          ...(['rmsBackward', 4 * (value + start * width), 4 * factor, 4 * (root + start)] as const),
          ...[4 * (slope + start * width), 4 * (to + start * width)],
          ...[count, width, offset, accumulate ? -1 : 0],
        ]);
        return () => kernels.run(strands);
      }
      const [sum, factors, roots] = [context.floats(s), context.floats(scale), context.floats(inverse)];
      const [from, to] = [context.floats(dy), context.floats(ds)];
      return () => {
        if (!accumulate) to.fill(0);
        for (let row = 0; row < rows; row++) {
          const start = row * width;
          let dot = 0;
          for (let i = 0; i < width; i++) {
            dot +=
              (from[start + i] as number) * (offset + (factors[i] as number)) * (sum[start + i] as number);
          }
          const r = roots[row] as number;
          const shift = (dot / width) * r ** 3;
          for (let i = 0; i < width; i++) {
            (to[start + i] as number) +=
              (from[start + i] as number) * (offset + (factors[i] as number)) * r -
              (sum[start + i] as number) * shift;
          }
        }
      };
    },
  };
}

function backwardOfScale(
  { name, s, inverse, rows, width }: Norm,
  dy: Tensor,
  dScale: Tensor,
  parts: Tensor,
): Operation {
  const count = parts.shape[0] ?? 0;
  return {
    name: `RMSNorm, backward of the scale ${name}`,
    reads: [s, inverse, dy],
    writes: [dScale, parts],
    work: 3 * rows * width,
    wgsl: () => [
      makeDispatch(SCALE_PARTS, { s, inverse, dy, parts }, { rows, width }, elementwise(count * width)),
      makeDispatch(SCALE_SUM, { parts, dScale }, { count, width }, elementwise(width)),
    ],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels) {
        const [value, root, slope] = [context.place(s), context.place(inverse), context.place(dy)];
        const [to, part] = [context.place(dScale), context.place(parts)];
        const sums = Array.from({ length: count }, (_, i): KernelCall => {
          const start = i * ROWS_PER_SUM;
          const at = [4 * (value + start * width), 4 * (root + start), 4 * (slope + start * width)];
          const many = Math.min(ROWS_PER_SUM, rows - start);
          return ['rmsScale', ...at, 4 * (part + i * width), many, width];
        });
        const total = sums.map((_, i): KernelCall => ['addTo', 4 * to, 4 * (part + i * width), width]);
        return () => {
          kernels.run(sums.map((call) => [call]));
          kernels.run([total]);
        };
      }
      const [sum, roots, from] = [context.floats(s), context.floats(inverse), context.floats(dy)];
      const [to, part] = [context.floats(dScale), context.floats(parts).subarray(0, width)];
      return () => {
        part.fill(0);
        for (let row = 0; row < rows; row++) {
          const start = row * width;
          const r = roots[row] as number;
          for (let i = 0; i < width; i++) {
            (part[i] as number) += (from[start + i] as number) * (sum[start + i] as number) * r;
          }
        }
        for (let i = 0; i < width; i++) (to[i] as number) += part[i] as number;
      };
    },
  };
}

/**
 * Appends the norm of x, or of x + residual.
 *
 * @param options.offset what is added to the scale; 0 by default
 * @returns `sum`, x + residual (x itself without a residual), and `y`, its norm
 * @throws RangeError where sizes do not fit.
 */
export function rmsNorm(
  plan: PlanBuilder,
  x: Tensor,
  scale: Tensor,
  epsilon: number,
  { residual, offset = 0, name = 'norm' }: { residual?: Tensor; offset?: number; name?: string } = {},
): { sum: Tensor; y: Tensor } {
  const [width = 0] = scale.shape;
  const rows = sizeOf(x.shape) / width;
  if ((x.shape.at(-1) ?? 0) % width !== 0) {
    throw new RangeError(`RMSNorm cannot scale ${describeTensor(x)} by ${describeTensor(scale)}.`);
  }
  if (residual) expectShape('RMSNorm', residual, x.shape);
  const s = residual ? plan.activation(`${name}, sum`, x.shape) : x;
  const y = plan.activation(name, x.shape);
  const inverse = plan.activation(`${name}, inverse`, [rows]);
  const norm: Norm = { name, x, residual, s, scale, y, inverse, offset, rows, width };
  plan.append(forward(norm, epsilon));
  const inputs = residual ? [x, residual, scale] : [x, scale];
  plan.record(inputs, residual ? [s, y] : [y], () => {
    const dy = plan.gradientOf(y);
    if (dy) {
      const dScale = plan.gradientTarget(scale);
      if (dScale) {
        const parts = plan.activation(`${name}, parts`, [Math.ceil(rows / ROWS_PER_SUM), width]);
        if (!dScale.accumulate) plan.append(zero(dScale.tensor));
        plan.append(backwardOfScale(norm, dy, dScale.tensor, parts));
      }
      const ds = plan.gradientTarget(s);
      if (ds) plan.append(backwardOfSum(norm, dy, ds.tensor, ds.accumulate));
    }
    if (!residual) return;
    for (const term of plan.passGradient(s, [x, residual])) {
      const target = plan.gradientTarget(term);
      const ds = plan.gradientOf(s);
      if (target && ds) plan.append(addTo(target.tensor, ds));
    }
  });
  return { sum: s, y };
}
