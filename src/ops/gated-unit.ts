/**
 * @file Activations, alone and gated: y = f(x), and SwiGLU or GeGLU, y = f(gate) · up.
 * Shazeer 2020, https://arxiv.org/abs/2002.05202; GELU: Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 *
 * Shapes: all the same. Backward: ∂x = f′(x) · ∂y; ∂gate = f′(gate) · up · ∂y, ∂up = f(gate) · ∂y.
 */
import type { PlanBuilder } from '../plan/builder';
import type { FloatArray, Operation } from '../plan/operation';
import type { KernelName } from '../plan/simd-module';
import { strandsOf } from '../plan/strands';
import { expectShape, sizeOf, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';

export type ActivationName = 'silu' | 'gelu' | 'gelu-tanh';

/** f and f′ as functions of x and of `inner`, the expensive part that they share; `wgsl` defines the same three. */
interface Activation {
  inner(x: number): number;
  f(x: number, inner: number): number;
  slope(x: number, inner: number): number;
  wgsl: string;
}

/** √(2/π) and the cubic's factor of the tanh form, as transformers has them. */
const TANH_SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** erf to 1.5e-7: Abramowitz & Stegun 7.1.26. */
const ERF = { p: 0.3275911, a: [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429] } as const;

function erf(x: number): number {
  const t = 1 / (1 + ERF.p * Math.abs(x));
  const sum = ERF.a.reduceRight((rest, a) => (rest + a) * t, 0);
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

const ACTIVATIONS: Record<ActivationName, Activation> = {
  silu: {
    inner: (x) => 1 / (1 + Math.exp(-x)),
    f: (x, s) => x * s,
    slope: (x, s) => s * (1 + x * (1 - s)),
    wgsl: `
fn inner(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }
fn value(x: f32, s: f32) -> f32 { return x * s; }
fn slope(x: f32, s: f32) -> f32 { return s * (1.0 + x * (1.0 - s)); }`,
  },
  gelu: {
    inner: (x) => erf(x / Math.SQRT2),
    f: (x, e) => 0.5 * x * (1 + e),
    slope: (x, e) => 0.5 * (1 + e) + 0.5 * x * TANH_SCALE * Math.exp((-x * x) / 2),
    wgsl: `
fn inner(x: f32) -> f32 {
  let y = x * ${Math.SQRT1_2};
  let t = 1.0 / (1.0 + ${ERF.p} * abs(y));
  let sum = ${ERF.a.reduceRight((rest, a) => `(${a} + ${rest}) * t`, '0.0')};
  return sign(y) * (1.0 - sum * exp(-y * y));
}
fn value(x: f32, e: f32) -> f32 { return 0.5 * x * (1.0 + e); }
fn slope(x: f32, e: f32) -> f32 { return 0.5 * (1.0 + e) + 0.5 * x * ${TANH_SCALE} * exp(-0.5 * x * x); }`,
  },
  'gelu-tanh': {
    inner: (x) => Math.tanh(TANH_SCALE * (x + CUBIC * x ** 3)),
    f: (x, t) => 0.5 * x * (1 + t),
    slope: (x, t) => 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * TANH_SCALE * (1 + 3 * CUBIC * x * x),
    // Beyond ±15, tanh is ±1 in 32 bits; the exponentials in it would overflow on some devices.
    wgsl: `
fn inner(x: f32) -> f32 { return tanh(clamp(${TANH_SCALE} * (x + ${CUBIC} * x * x * x), -15.0, 15.0)); }
fn value(x: f32, t: f32) -> f32 { return 0.5 * x * (1.0 + t); }
fn slope(x: f32, t: f32) -> f32 {
  return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * ${TANH_SCALE} * (1.0 + ${3 * CUBIC} * x * x);
}`,
  },
};

type Tensors = Readonly<Record<string, Tensor>>;

/** Kernels of the same loops, by activation; the others have none. */
const KERNELS: Partial<Record<ActivationName, 'silu' | 'geluTanh'>> = {
  silu: 'silu',
  'gelu-tanh': 'geluTanh',
};

/** Which kernel computes it in vectors, and its arguments after the size: whether targets are added to. */
interface VectorForm {
  form: '' | 'Backward' | 'Gated' | 'GatedBackward';
  adds: readonly boolean[];
}

/** An operation on elements: tensors by their names in the WGSL statements, which compute element `index`. */
function overElements(
  kind: ActivationName,
  what: string,
  reads: Tensors,
  writes: Tensors,
  statements: string,
  loop: (f: Activation, arrays: Readonly<Record<string, FloatArray>>) => void,
  { form, adds }: VectorForm,
): Operation {
  const size = sizeOf((Object.values(reads)[0] as Tensor).shape);
  const access = (tensors: Tensors, type: 'read array<f32>' | 'write array<f32>') =>
    Object.fromEntries(Object.keys(tensors).map((key) => [key, type]));
  return {
    name: `${kind}${what} ${Object.values(writes)[0]?.buffer.name ?? ''}`,
    reads: Object.values(reads),
    writes: Object.values(writes),
    work: 10 * size,
    wgsl: () => {
      const kernel = makeKernel({
        name: kind + what,
        buffers: { ...access(reads, 'read array<f32>'), ...access(writes, 'write array<f32>') },
        uniforms: { size: 'u32' },
        declarations: ACTIVATIONS[kind].wgsl,
        body: `if (index >= sizes.size) { return; }\n${statements}`,
      });
      return [makeDispatch(kernel, { ...reads, ...writes }, { size }, elementwise(size))];
    },
    cpu: (context) => {
      const { kernels } = context;
      const vectors = KERNELS[kind];
      if (kernels && vectors) {
        const name: KernelName = `${vectors}${form}`;
        const places = Object.values({ ...reads, ...writes }).map((tensor) => context.place(tensor));
        const strands = strandsOf(size, 25, (start, count) => [
          ...([name, ...places.map((place) => 4 * (place + start)), count] as const),
          ...adds.map((yes) => (yes ? -1 : 0)),
        ]);
        return () => kernels.run(strands);
      }
      const arrays = Object.fromEntries(
        Object.entries({ ...reads, ...writes }).map(([key, tensor]) => [key, context.floats(tensor)]),
      );
      return () => loop(ACTIVATIONS[kind], arrays);
    },
  };
}

const sign = (adds: boolean) => (adds ? '+=' : '=');

/** Appends y = f(x). */
export function activate(plan: PlanBuilder, x: Tensor, kind: ActivationName, name: string = kind): Tensor {
  const y = plan.activation(name, x.shape);
  plan.append(
    overElements(
      kind,
      '',
      { x },
      { y },
      'y[index] = value(x[index], inner(x[index]));',
      (f, arrays) => {
        const [from, to] = [arrays['x'] as FloatArray, arrays['y'] as FloatArray];
        for (let i = 0; i < to.length; i++) {
          const value = from[i] as number;
          to[i] = f.f(value, f.inner(value));
        }
      },
      { form: '', adds: [] },
    ),
  );
  plan.record([x], [y], () => {
    const dy = plan.gradientOf(y);
    const target = plan.gradientTarget(x);
    if (!dy || !target) return;
    const { tensor: dx, accumulate } = target;
    const statements = `dx[index] ${sign(accumulate)} slope(x[index], inner(x[index])) * dy[index];`;
    plan.append(
      overElements(
        kind,
        `, backward${accumulate ? ', adds' : ''}`,
        { x, dy },
        { dx },
        statements,
        (f, arrays) => {
          const [from, slopes] = [arrays['x'] as FloatArray, arrays['dy'] as FloatArray];
          const to = arrays['dx'] as FloatArray;
          if (!accumulate) to.fill(0);
          for (let i = 0; i < to.length; i++) {
            const value = from[i] as number;
            (to[i] as number) += f.slope(value, f.inner(value)) * (slopes[i] as number);
          }
        },
        { form: 'Backward', adds: [accumulate] },
      ),
    );
  });
  return y;
}

/** Appends y = f(gate) · up: SwiGLU with `silu`, GeGLU with one of the GELUs. */
export function gatedUnit(
  plan: PlanBuilder,
  gate: Tensor,
  up: Tensor,
  kind: ActivationName,
  name = 'gated unit',
): Tensor {
  expectShape('A gated unit', up, gate.shape);
  const y = plan.activation(name, gate.shape);
  plan.append(
    overElements(
      kind,
      ', gated',
      { gate, up },
      { y },
      'y[index] = value(gate[index], inner(gate[index])) * up[index];',
      (f, arrays) => {
        const [gates, factors] = [arrays['gate'] as FloatArray, arrays['up'] as FloatArray];
        const to = arrays['y'] as FloatArray;
        for (let i = 0; i < to.length; i++) {
          const value = gates[i] as number;
          to[i] = f.f(value, f.inner(value)) * (factors[i] as number);
        }
      },
      { form: 'Gated', adds: [] },
    ),
  );
  plan.record([gate, up], [y], () => {
    const dy = plan.gradientOf(y);
    // Both at once, which share the expensive part; what is not wanted is thrown away.
    const toGate = plan.gradientTarget(gate);
    const toUp = plan.gradientTarget(up);
    if (!dy) return;
    const dGate = toGate?.tensor ?? plan.activation('unused', gate.shape);
    const dUp = toUp?.tensor ?? plan.activation('unused', up.shape);
    const [addsGate, addsUp] = [toGate?.accumulate ?? false, toUp?.accumulate ?? false];
    plan.append(
      overElements(
        kind,
        `, gated, backward${addsGate ? ', adds to gate' : ''}${addsUp ? ', adds to up' : ''}`,
        { gate, up, dy },
        { dGate, dUp },
        `let x = gate[index];
  let shared_part = inner(x);
  dGate[index] ${sign(addsGate)} slope(x, shared_part) * up[index] * dy[index];
  dUp[index] ${sign(addsUp)} value(x, shared_part) * dy[index];`,
        (f, arrays) => {
          const [gates, factors] = [arrays['gate'] as FloatArray, arrays['up'] as FloatArray];
          const slopes = arrays['dy'] as FloatArray;
          const [ofGate, ofUp] = [arrays['dGate'] as FloatArray, arrays['dUp'] as FloatArray];
          if (!addsGate) ofGate.fill(0);
          if (!addsUp) ofUp.fill(0);
          for (let i = 0; i < gates.length; i++) {
            const x = gates[i] as number;
            const inner = f.inner(x);
            const slope = slopes[i] as number;
            (ofGate[i] as number) += f.slope(x, inner) * (factors[i] as number) * slope;
            (ofUp[i] as number) += f.f(x, inner) * slope;
          }
        },
        { form: 'GatedBackward', adds: [addsGate, addsUp] },
      ),
    );
  });
  return y;
}
