/**
 * @file The end of a step over pools of parameters: the global norm of the gradient, clipping, and AdamW, as
 * torch.nn.utils.clip_grad_norm_ and torch.optim.AdamW compute them.
 * Decoupled weight decay: Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101
 *
 * Shapes: parameters θ, gradients g and moments m, v are [pool]; settings [9], see `updateSettings`; norm [4].
 * g ← g · min(1, clip / (‖g‖ + 1e-6)); m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²;
 * θ ← θ(1 − ηλ) − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε). Where the norm is not finite, nothing is changed.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { strandsOf } from '../plan/strands';
import { expectShape, sizeOf, type Tensor } from '../plan/tensor';
import {
  elementwise,
  makeDispatch,
  makeKernel,
  makeRowKernel,
  rowGroups,
  vectors,
  vectorType,
  type VectorType,
} from '../plan/wgsl';

/** Partial sums of a pool's squares: as many as keep a large GPU busy, and no more than one for so many elements. */
const MOST_SUMS = 16_384;
const LEAST_PER_SUM = 256;

const squaresKernel = (type: VectorType) =>
  makeKernel({
    name: `sum of squares of ${type}`,
    buffers: { gradient: `read array<${type}>`, sums: 'write array<f32>' },
    uniforms: { size: 'u32', count: 'u32' },
    // Neighbouring invocations read neighbouring elements.
    body: `
  if (index >= sizes.count) { return; }
  var sum = ${type}();
  for (var i = index; i < sizes.size; i += sizes.count) { sum += gradient[i] * gradient[i]; }
  sums[index] = ${type === 'vec4f' ? 'dot(sum, vec4f(1.0))' : 'sum'};`,
  });

const normKernel = (lanes: number) =>
  makeRowKernel(
    {
      name: 'gradient norm',
      buffers: { sums: 'read array<f32>', settings: 'read array<f32>', norm: 'write array<f32>' },
      uniforms: { rows: 'u32', count: 'u32', begins: 'u32', ends: 'u32' },
      // WGSL may assume that there are no infinities and NaNs, so the exponent's bits are looked at.
      body: `
  var part = 0.0;
  for (var i = lane; i < sizes.count; i += LANES) { part += sums[i]; }
  let squares = total(part, lane);
  if (lane != 0u) { return; }
  let sum = select(norm[0] + squares, squares, sizes.begins == 1u);
  norm[0] = sum;
  if (sizes.ends == 0u) { return; }
  let finite = (bitcast<u32>(sum) & 0x7f800000u) != 0x7f800000u;
  let length = sqrt(sum);
  norm[1] = length;
  norm[2] = min(1.0, settings[8] / (length + 1e-6));
  norm[3] = select(0.0, 1.0, finite);`,
    },
    lanes,
  );

const updateKernel = (type: VectorType) =>
  makeKernel({
    name: `AdamW of ${type}`,
    buffers: {
      gradient: `read array<${type}>`,
      settings: 'read array<f32>',
      norm: 'read array<f32>',
      parameters: `write array<${type}>`,
      first: `write array<${type}>`,
      second: `write array<${type}>`,
    },
    uniforms: { size: 'u32', decays: 'u32' },
    body: `
  if (index >= sizes.size || norm[3] == 0.0) { return; }
  let g = gradient[index] * norm[2];
  let m = settings[1] * first[index] + settings[2] * g;
  let v = settings[3] * second[index] + settings[4] * g * g;
  first[index] = m;
  second[index] = v;
  let kept = parameters[index] * select(1.0, settings[7], sizes.decays == 1u);
  parameters[index] = kept - settings[0] * m / (sqrt(v) / settings[6] + settings[5]);`,
  });

/** What one step's update takes. */
export interface UpdateSettings {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Infinity for no clipping. */
  clipNorm: number;
}

/** Length of the tensor `settings`. */
export const SETTINGS = 9;
/** Close to the largest 32-bit float: WGSL knows no infinity. */
const NO_CLIPPING = 3e38;

/**
 * Values of the tensor `settings` for step t, from 1: η / (1 − β₁ᵗ), β₁, 1 − β₁, β₂, 1 − β₂, ε, √(1 − β₂ᵗ), 1 − ηλ, clip.
 * The differences are taken here, in 64 bits: in 32, 1 − 0.999 is off by 5e-5 of itself.
 */
export function updateSettings(settings: UpdateSettings, t: number): Float32Array {
  const { learningRate, beta1, beta2, epsilon, weightDecay, clipNorm } = settings;
  return Float32Array.of(
    learningRate / (1 - beta1 ** t),
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    epsilon,
    Math.sqrt(1 - beta2 ** t),
    1 - learningRate * weightDecay,
    Math.min(clipNorm, NO_CLIPPING),
  );
}

/** Parameters that are updated together, each tensor [pool]. */
export interface PoolTensors {
  parameters: Tensor;
  gradient: Tensor;
  first: Tensor;
  second: Tensor;
  /** Whether weight decay applies. */
  decays: boolean;
}

/** Adds the squares of a pool's gradient to norm[0]; after the last pool norm is complete: [‖g‖², ‖g‖, factor, finite]. */
function addSquares(
  { gradient }: PoolTensors,
  settings: Tensor,
  norm: Tensor,
  sums: Tensor,
  place: { first: boolean; last: boolean },
): Operation {
  const size = sizeOf(gradient.shape);
  const count = sizeOf(sums.shape);
  return {
    name: `norm of ${gradient.buffer.name}`,
    reads: [gradient, settings],
    writes: [sums, norm],
    work: 2 * size,
    wgsl: ({ lanes }) => [
      makeDispatch(
        squaresKernel(vectorType(size)),
        { gradient, sums },
        { size: vectors(size), count },
        elementwise(count),
      ),
      makeDispatch(
        normKernel(lanes),
        { sums, settings, norm },
        { rows: 1, count, begins: place.first ? 1 : 0, ends: place.last ? 1 : 0 },
        rowGroups(lanes, 1),
      ),
    ],
    cpu: (context) => {
      const [values, out, given] = [context.floats(gradient), context.floats(norm), context.floats(settings)];
      const { kernels } = context;
      const [from, to] = [context.place(gradient), context.place(sums)];
      const each = Math.ceil(size / count);
      const used = Math.ceil(size / each);
      const parts = context.floats(sums).subarray(0, used);
      const strands = strandsOf(used, 2 * each, (start, some) => [
        ...(['sumSquares', 4 * (from + start * each), 4 * (to + start)] as const),
        ...[each, Math.min(some * each, size - start * each)],
      ]);
      return () => {
        let sum = place.first ? 0 : (out[0] as number);
        if (kernels) {
          kernels.run(strands);
          for (const part of parts) sum += part;
        } else {
          for (let i = 0; i < size; i++) sum += (values[i] as number) ** 2;
        }
        out[0] = sum;
        if (!place.last) return;
        out[1] = Math.sqrt(sum);
        out[2] = Math.min(1, (given[8] as number) / ((out[1] as number) + 1e-6));
        out[3] = Number.isFinite(out[0]) ? 1 : 0;
      };
    },
  };
}

type Eight = [number, number, number, number, number, number, number, number];

function update(pool: PoolTensors, settings: Tensor, norm: Tensor): Operation {
  const { parameters, gradient, first, second, decays } = pool;
  const size = sizeOf(parameters.shape);
  return {
    name: `AdamW ${parameters.buffer.name}`,
    reads: [gradient, settings, norm],
    writes: [parameters, first, second],
    work: 16 * size,
    wgsl: () => [
      makeDispatch(
        updateKernel(vectorType(size)),
        { gradient, settings, norm, parameters, first, second },
        { size: vectors(size), decays: decays ? 1 : 0 },
        elementwise(vectors(size)),
      ),
    ],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels) {
        const places = [parameters, gradient, first, second].map((tensor) => context.place(tensor));
        const [given, total] = [4 * context.place(settings), 4 * context.place(norm)];
        const strands = strandsOf(size, 20, (start, count) => [
          ...(['adamW', ...places.map((place) => 4 * (place + start))] as const),
          ...[given, total, count, decays ? 1 : 0],
        ]);
        return () => kernels.run(strands);
      }
      const [theta, g, m, v] = [parameters, gradient, first, second].map((t) => context.floats(t)) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const [given, total] = [context.floats(settings), context.floats(norm)];
      return () => {
        const [step, beta1, rest1, beta2, rest2, epsilon, root, keep] = given as Iterable<number> as Eight;
        const [, , clip, finite] = total as Iterable<number> as [number, number, number, number];
        if (finite === 0) return;
        const kept = decays ? keep : 1;
        const inverseRoot = 1 / root;
        for (let i = 0; i < size; i++) {
          const slope = (g[i] as number) * clip;
          const mean = beta1 * (m[i] as number) + rest1 * slope;
          const square = beta2 * (v[i] as number) + rest2 * slope * slope;
          m[i] = mean;
          v[i] = square;
          theta[i] =
            (theta[i] as number) * kept - (step * mean) / (Math.sqrt(square) * inverseRoot + epsilon);
        }
      };
    },
  };
}

/**
 * Appends clipping and the update of all pools.
 *
 * @param settings [9], see `updateSettings`
 * @param norm [4], receives ‖g‖², ‖g‖ before clipping, the factor of clipping, and 1 where ‖g‖² is finite, else 0: then
 * nothing was updated
 */
export function adamW(
  plan: PlanBuilder,
  pools: readonly PoolTensors[],
  settings: Tensor,
  norm: Tensor,
): void {
  expectShape('AdamW', settings, [SETTINGS]);
  expectShape('AdamW', norm, [4]);
  pools.forEach((pool, i) => {
    const count = Math.min(MOST_SUMS, Math.ceil(sizeOf(pool.gradient.shape) / LEAST_PER_SUM));
    const sums = plan.activation('sums of squares', [count]);
    plan.append(addSquares(pool, settings, norm, sums, { first: i === 0, last: i === pools.length - 1 }));
  });
  for (const pool of pools) plan.append(update(pool, settings, norm));
}
