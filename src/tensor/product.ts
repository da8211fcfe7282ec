/**
 * @file A matrix product for tfjs that keeps a block of the result in registers. It uses no barriers, which cost a
 * software GPU dearly (there it is several times faster than tfjs's own tiled product), and no atomics, so that the same
 * inputs give the same bits. Sizes that do not fit its vectors go to tfjs's tiled product.
 */
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from './tf';

/** Rows of the result that one invocation computes: many, or one where there is hardly more than one. */
const BLOCK_ROWS = 8;
/** Below this many rows an invocation computes one. */
const FEW_ROWS = 4;

let registered = false;

/** Puts the product in the place of tfjs's kernel `BatchMatMul` on WebGPU; tfjs's stays as the way out. */
export function registerProduct(): void {
  if (registered) return;
  const own = tf.getKernel('BatchMatMul', 'webgpu');
  if (!own) throw new RangeError('tfjs has no matrix product for WebGPU.');
  tf.unregisterKernel('BatchMatMul', 'webgpu');
  tf.registerKernel({
    ...own,
    kernelFunc: (call) => {
      const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
      const { transposeA, transposeB } = call.attrs as unknown as Transposes;
      const backend = call.backend as WebGPUBackend;
      // What is stored, not what the tensor claims: a boolean that was cast to float is still stored as integers.
      const stored = [a, b].every(({ dataId }) => backend.tensorMap.get(dataId).dtype === 'float32');
      const sizes = stored ? fit(a, b, { transposeA, transposeB }) : undefined;
      if (!sizes) return own.kernelFunc(call);
      const { batch, m, n } = sizes;
      const flat = ({ dataId, dtype, shape }: tf.TensorInfo) => ({
        dataId,
        dtype,
        shape: [batch, ...shape.slice(-2)],
      });
      const out = backend.runWebGPUProgram(
        makeProgram(sizes, transposeA, transposeB),
        [flat(a), flat(b)],
        'float32',
      );
      return { ...out, shape: [...a.shape.slice(0, -2), m, n] };
    },
  });
  registered = true;
}

interface Transposes {
  transposeA: boolean;
  transposeB: boolean;
}

interface Sizes {
  batch: number;
  m: number;
  n: number;
}

/** Sizes of the product where the program can compute it: the same batch on both sides, whole vectors of 4. */
function fit(a: tf.TensorInfo, b: tf.TensorInfo, { transposeA, transposeB }: Transposes): Sizes | undefined {
  if (transposeA && transposeB) return undefined;
  const batches = [a, b].map(({ shape }) => shape.slice(0, -2));
  if (batches[0]?.join() !== batches[1]?.join()) return undefined;
  const [rows = 0, columns = 0] = a.shape.slice(-2);
  const [m, k] = transposeA ? [columns, rows] : [rows, columns];
  const n = b.shape.at(transposeB ? -2 : -1) ?? 0;
  const vectors = transposeA ? [m, n] : [k, n];
  if (vectors.some((size) => size % 4 !== 0) || m * n * k === 0) return undefined;
  return { batch: (batches[0] ?? []).reduce((x, y) => x * y, 1), m, n };
}

function makeProgram({ batch, m, n }: Sizes, transposeA: boolean, transposeB: boolean): WebGPUProgram {
  const rows = m < FEW_ROWS && !transposeA ? 1 : BLOCK_ROWS;
  const columns = n % 8 === 0 ? 2 : 1;
  const workgroupSize: [number, number, number] = rows === 1 ? [64, 1, 1] : [8, 8, 1];
  return {
    variableNames: ['A', 'B'],
    variableComponents: [4, 4],
    outputComponent: 4,
    outputShape: [batch, m, n],
    workgroupSize,
    dispatchLayout: { x: [2], y: [1], z: [0] },
    dispatch: [Math.ceil(n / 4 / columns / workgroupSize[0]), Math.ceil(m / rows / workgroupSize[1]), batch],
    shaderKey: `product_${transposeA}_${transposeB}_${rows}_${columns}`,
    getUserCode: () => makeCode(rows, columns, transposeA, transposeB),
  };
}

const PARTS = ['x', 'y', 'z', 'w'];

/**
 * WGSL for a block of `rows` × 4 · `columns` of the result. All matrices are arrays of vec4; M, N and K come from the
 * shapes that tfjs passes as uniforms. Rows beyond M repeat the last one and are not written.
 */
function makeCode(rows: number, columns: number, transposeA: boolean, transposeB: boolean): string {
  const each = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join('\n');
  const loadA = transposeA
    ? each(rows / 4, (i) => `let a${i} = A[(batch * K + k) * aWidth + min(row / 4 + ${i}, aWidth - 1)];`)
    : each(rows, (i) => `let a${i} = A[(batch * M + min(row + ${i}, M - 1)) * aWidth + k];`);
  const loadB = (j: number, t: number, k: string) =>
    transposeB
      ? `let r${j}${t} = B[(batch * N + (column + ${j}) * 4 + ${t}) * bWidth + k];`
      : `let b${j}${t} = B[(batch * K + ${k}) * bWidth + column + ${j}];`;
  const turn = (j: number) =>
    each(
      4,
      (t) => `let b${j}${t} = vec4<f32>(${[0, 1, 2, 3].map((s) => `r${j}${s}.${PARTS[t]}`).join(', ')});`,
    );
  const multiply = transposeA
    ? each(rows, (i) =>
        each(columns, (j) => `s${i}${j} = fma(vec4<f32>(a${i >> 2}.${PARTS[i & 3]}), b${j}0, s${i}${j});`),
      )
    : each(rows, (i) =>
        each(columns, (j) =>
          each(4, (t) => `s${i}${j} = fma(vec4<f32>(a${i}.${PARTS[t]}), b${j}${t}, s${i}${j});`),
        ),
      );
  // Transposed A is read along M, one k at a time; otherwise along K, four at a time.
  const steps = transposeA ? 'K' : 'K / 4';
  const vectors = transposeA ? 1 : 4;
  return `
    fn main() {
      let batch = i32(globalId.z);
      let row = i32(globalId.y) * ${rows};
      let column = i32(globalId.x) * ${columns};
      let M = uniforms.outShape[1];
      let N = uniforms.outShape[2];
      let K = uniforms.aShape[${transposeA ? 1 : 2}];
      if (row >= M || column >= N / 4) { return; }
      let aWidth = uniforms.aShape[2] / 4;
      let bWidth = uniforms.bShape[2] / 4;
      ${each(rows, (i) => each(columns, (j) => `var s${i}${j} = vec4<f32>(0.0);`))}
      for (var k = 0; k < ${steps}; k++) {
        ${loadA}
        ${each(columns, (j) => each(vectors, (t) => loadB(j, t, transposeA ? 'k' : `k * 4 + ${t}`)))}
        ${transposeB ? each(columns, turn) : ''}
        ${multiply}
      }
      ${each(rows, (i) => `if (row + ${i} < M) { ${each(columns, (j) => `result[(batch * M + row + ${i}) * (N / 4) + column + ${j}] = s${i}${j};`)} }`)}
    }
  `;
}
