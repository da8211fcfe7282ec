/**
 * @file Sums, means, maxima and softmax for tfjs on software devices: one invocation a result, no barriers. There a
 * barrier costs more than the row; on a real GPU tfjs's own kernels, with a workgroup a row, are the better ones.
 */
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from './tf';

/** Longest row for one invocation; beyond, tfjs's own kernel. */
const LONGEST = 4096;

type Kind = 'Sum' | 'Mean' | 'Max';

/** What the running value begins with, how it takes in an element, and how it ends. */
const REDUCTIONS: Record<Kind, { take: string; finish: string }> = {
  Sum: { take: 'value + next', finish: 'value' },
  Mean: { take: 'value + next', finish: 'value / f32(uniforms.reduced)' },
  // A comparison would lose a NaN.
  Max: { take: 'select(max(value, next), next, isnan(next) || isnan(value))', finish: 'value' },
};

let registered = false;

/** Puts these kernels in the place of tfjs's on WebGPU; tfjs's stay as the way out. */
export function registerRows(): void {
  if (registered) return;
  for (const kind of ['Sum', 'Mean', 'Max'] as const) {
    replace(kind, (call) => {
      const x = call.inputs['x'] as tf.TensorInfo;
      const { axis, reductionIndices, keepDims } = call.attrs as unknown as ReductionAttributes;
      const axes = tf.util.parseAxisParam(kind === 'Max' ? reductionIndices : axis, x.shape);
      const sizes = contiguous(x.shape, axes);
      if (!sizes) return undefined;
      const { before, reduced, after } = sizes;
      const out = run(call, x, reduction(kind, before * after), [reduced, after]);
      const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
      return { ...out, shape: keepDims ? kept : kept.filter((_, i) => !axes.includes(i)) };
    });
  }
  replace('Softmax', (call) => {
    const x = call.inputs['logits'] as tf.TensorInfo;
    const columns = x.shape.at(-1) ?? 0;
    if (columns === 0 || columns > LONGEST) return undefined;
    const size = tf.util.sizeFromShape(x.shape);
    return { ...run(call, x, softmax(size, size / columns), [columns]), shape: x.shape };
  });
  registered = true;
}

interface ReductionAttributes {
  axis: number | number[];
  reductionIndices: number | number[];
  keepDims: boolean;
}

type Call = Parameters<tf.KernelFunc>[0];

/** Registers a kernel that may decline by giving nothing; then tfjs's own runs. */
function replace(name: string, kernelFunc: (call: Call) => tf.TensorInfo | undefined): void {
  const own = tf.getKernel(name, 'webgpu');
  if (!own) throw new RangeError(`tfjs has no kernel ${name} for WebGPU.`);
  tf.unregisterKernel(name, 'webgpu');
  tf.registerKernel({
    ...own,
    kernelFunc: (call) => {
      const backend = call.backend as WebGPUBackend;
      const floats = Object.values(call.inputs).every(
        (input) => backend.tensorMap.get((input as tf.TensorInfo).dataId).dtype === 'float32',
      );
      return (floats ? kernelFunc(call) : undefined) ?? own.kernelFunc(call);
    },
  });
}

/** Sizes before, within and after the axes where these lie side by side and are not too long. */
function contiguous(
  shape: number[],
  axes: number[],
): { before: number; reduced: number; after: number } | undefined {
  const first = Math.min(...axes);
  const last = Math.max(...axes);
  if (axes.length === 0 || last - first + 1 !== axes.length) return undefined;
  const [before, reduced, after] = [
    shape.slice(0, first),
    shape.slice(first, last + 1),
    shape.slice(last + 1),
  ].map((part) => tf.util.sizeFromShape(part)) as [number, number, number];
  return before * reduced * after === 0 || reduced > LONGEST ? undefined : { before, reduced, after };
}

function run({ backend }: Call, x: tf.TensorInfo, program: WebGPUProgram, uniforms: number[]): tf.TensorInfo {
  const flat = { dataId: x.dataId, dtype: x.dtype, shape: [tf.util.sizeFromShape(x.shape)] };
  return (backend as WebGPUBackend).runWebGPUProgram(
    program,
    [flat],
    'float32',
    uniforms.map((value) => ({ type: 'int32', data: [value] })),
  );
}

function makeProgram(
  name: string,
  size: number,
  invocations: number,
  uniforms: string,
  code: string,
): WebGPUProgram {
  return {
    variableNames: ['x'],
    uniforms,
    outputShape: [size],
    workgroupSize: [64, 1, 1],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(invocations / 64), 1, 1],
    size: true,
    shaderKey: `rows_${name}`,
    getUserCode: () => `fn main(index : i32) { ${code} }`,
  };
}

function reduction(kind: Kind, size: number): WebGPUProgram {
  const { take, finish } = REDUCTIONS[kind];
  const code = `
    if (index >= uniforms.size) { return; }
    let start = (index / uniforms.after) * uniforms.reduced * uniforms.after + index % uniforms.after;
    var value = x[start];
    for (var k = 1; k < uniforms.reduced; k++) {
      let next = x[start + k * uniforms.after];
      value = ${take};
    }
    result[index] = ${finish};`;
  return makeProgram(kind, size, size, 'reduced : i32, after : i32,', code);
}

function softmax(size: number, rows: number): WebGPUProgram {
  const code = `
    let start = index * uniforms.columns;
    if (start >= uniforms.size) { return; }
    var top = x[start];
    for (var k = 1; k < uniforms.columns; k++) { top = max(top, x[start + k]); }
    var sum = 0.0;
    for (var k = 0; k < uniforms.columns; k++) {
      let part = exp(x[start + k] - top);
      sum += part;
      result[start + k] = part;
    }
    for (var k = 0; k < uniforms.columns; k++) { result[start + k] = result[start + k] / sum; }`;
  return makeProgram('Softmax', size, rows, 'columns : i32,', code);
}
