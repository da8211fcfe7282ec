/**
 * @file C = A · W or A · Wᵀ for a packed matrix W that is not trained (see frozen-format.ts). Its weights become floats where
 * they are used: in registers on a device, a panel of rows at a time on the CPU. W is never in memory as floats.
 *
 * Shapes: W [rows, columns] as stored; A · Wᵀ: A [m, columns], C [m, rows]; A · W: A [m, rows], C [m, columns]. Any size.
 * Backward: of A · Wᵀ it is ∂A = ∂C · W, of A · W it is ∂A = ∂C · Wᵀ; W has none. So a matrix that is applied transposed
 * ([out, in], Hugging Face's own) and one that is applied as it is ([in, out], GPT-2's) take the same two kernels.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Kernel, Operation } from '../plan/operation';
import { describeTensor, expectShape, type Tensor } from '../plan/tensor';
import { makeDispatch, makeKernel } from '../plan/wgsl';
import type { FrozenLayout } from './frozen-format';
import {
  frozenBuffers,
  frozenReads,
  frozenSizes,
  frozenTensors,
  FROZEN_UNIFORMS,
  quadWgsl,
  rowReader,
  type FrozenMatrix,
} from './frozen-matrix';
import { each } from './matmul-variant';

export interface FrozenProductOptions {
  /** Multiply by Wᵀ instead of W. */
  transposeB?: boolean;
  /** C += instead of C =. */
  accumulate?: boolean;
  name?: string;
}

/** Invocations along each side of a workgroup. */
const GROUP = 8;
/** Elements of a panel of W on the CPU: 512 KiB, which stay in the second cache while they are multiplied. */
const PANEL = 2 ** 17;
/** Least rows of a panel: each panel reads A anew. */
const LEAST_ROWS = 32;

/** What changes the code of a kernel. */
interface Variant {
  layout: FrozenLayout;
  transposeB: boolean;
  accumulate: boolean;
  /** Rows of C that an invocation computes: each weight that it unpacks serves so many. */
  rows: 1 | 8;
  /** Rows of A can be read as vectors of four; for A · Wᵀ alone. */
  vectors: boolean;
}

const KERNELS = new Map<string, Kernel>();

/** A block of `rows` × 4 results an invocation. No barriers, which cost software devices dearly. */
function kernelOf(variant: Variant): Kernel {
  const { layout, transposeB, accumulate, rows, vectors } = variant;
  const { format, group } = layout;
  const kind = `${format}${group ? ` by ${group}` : ''} ${transposeB ? 'NT' : 'NN'}`;
  const name = `frozen matmul ${kind}${vectors ? ' in vectors' : ''}, ${rows}×4${accumulate ? ', adds' : ''}`;
  const known = KERNELS.get(name);
  if (known) return known;
  const row = (i: number) => `min(row + ${i}u, sizes.m - 1u)`;
  const term = (i: number) =>
    vectors
      ? `a[${row(i)} * quads + s]`
      : `vec4f(${each(4, (j) => `select(0.0, a[${row(i)} * sizes.k + min(4u * s + ${j}u, sizes.k - 1u)], 4u * s + ${j}u < sizes.k)`, ', ')})`;
  // NT: four rows of W, a sum over quads of columns. NN: a quad of columns, a sum over the rows of W.
  const sum = transposeB
    ? `let quads = (sizes.k + 3u) / 4u;
  ${each(4, (j) => `let w${j} = min(column + ${j}u, sizes.n - 1u);`)}
  for (var s = 0u; s < quads; s++) {
    ${each(4, (j) => `let b${j} = quad(w${j}, s);`, '\n    ')}
    ${each(rows, (i) => `{ let t = ${term(i)}; s${i} += vec4f(dot(t, b0), dot(t, b1), dot(t, b2), dot(t, b3)); }`, '\n    ')}
  }`
    : `for (var s = 0u; s < sizes.k; s++) {
    let b = quad(s, column / 4u);
    ${each(rows, (i) => `s${i} = fma(vec4f(a[${row(i)} * sizes.k + s]), b, s${i});`, '\n    ')}
  }`;
  const kernel = makeKernel({
    name,
    buffers: {
      a: vectors ? 'read array<vec4f>' : 'read array<f32>',
      ...frozenBuffers(layout),
      c: 'write array<f32>',
    },
    uniforms: { m: 'u32', n: 'u32', k: 'u32', ...FROZEN_UNIFORMS },
    workgroup: [GROUP, GROUP],
    declarations: `${quadWgsl(layout)}
fn put(row: u32, column: u32, value: f32) {
  if (row < sizes.m && column < sizes.n) { c[row * sizes.n + column] ${accumulate ? '+' : ''}= value; }
}`,
    body: `
  let row = global.y * ${rows}u;
  let column = global.x * 4u;
  if (row >= sizes.m || column >= sizes.n) { return; }
  ${each(rows, (i) => `var s${i} = vec4f(0.0);`)}
  ${sum}
  ${each(rows, (i) => each(4, (j) => `put(row + ${i}u, column + ${j}u, s${i}[${j}]);`, ' '))}`,
  });
  KERNELS.set(name, kernel);
  return kernel;
}

/**
 * The product as an operation that writes, or adds to, `c`.
 *
 * @throws RangeError where the shapes do not fit.
 */
export function frozenProduct(
  a: Tensor,
  w: FrozenMatrix,
  c: Tensor,
  options: FrozenProductOptions = {},
): Operation {
  const { transposeB = false, accumulate = false, name = c.buffer.name } = options;
  const { layout } = w;
  const [rows, columns] = w.shape;
  const [m = 0] = a.shape;
  const [n, k] = transposeB ? [rows, columns] : [columns, rows];
  checkFactor(a, w, k);
  expectShape('matmul', c, [m, n]);
  const panel = Math.min(rows, Math.max(LEAST_ROWS, Math.floor(PANEL / columns / 8) * 8));
  return {
    name: `matmul ${name}`,
    reads: [a, ...frozenReads(w)],
    writes: [c],
    work: 2 * m * n * k,
    cpuScratch: panel * columns,
    wgsl: () => {
      const tall = m < 4 ? 1 : 8;
      const vectors = transposeB && k % 4 === 0;
      const kernel = kernelOf({ layout, transposeB, accumulate, rows: tall, vectors });
      const groups = [Math.ceil(n / (4 * GROUP)), Math.ceil(m / (tall * GROUP)), 1] as const;
      const tensors = { a, ...frozenTensors(w), c };
      return [makeDispatch(kernel, tensors, { m, n, k, ...frozenSizes(layout) }, groups)];
    },
    cpu: (context) => {
      const read = rowReader(w, context);
      const { scratch, scratchPlace: b } = context;
      const [from, to] = [context.place(a), context.place(c)];
      const call = (first: number, count: number) =>
        transposeB
          ? {
              ...{ m, n: count, k, a: from, aRow: k, aColumn: 1, b, bRow: 1, bColumn: columns },
              ...{ c: to + first, cRow: n, accumulate },
            }
          : {
              ...{ m, n, k: count, a: from + first, aRow: k, aColumn: 1, b, bRow: columns, bColumn: 1 },
              ...{ c: to, cRow: n, accumulate: accumulate || first > 0 },
            };
      return () => {
        for (let first = 0; first < rows; first += panel) {
          const count = Math.min(panel, rows - first);
          read(first, count, scratch, b);
          context.product(call(first, count));
        }
      };
    },
  };
}

function checkFactor(a: Tensor, w: FrozenMatrix, k: number): void {
  if (a.shape.length === 2 && a.shape[1] === k) return;
  throw new RangeError(
    `matmul cannot multiply ${describeTensor(a)} and the packed [${w.shape.join(', ')}] “${w.name}”.`,
  );
}

/** Appends C = A · W, or A · Wᵀ, and gives C. */
export function frozenMatmul(
  plan: PlanBuilder,
  a: Tensor,
  w: FrozenMatrix,
  { transposeB = false, name = 'product' }: Omit<FrozenProductOptions, 'accumulate'> = {},
): Tensor {
  const c = plan.activation(name, [a.shape[0] ?? 0, w.shape[transposeB ? 0 : 1]]);
  plan.append(frozenProduct(a, w, c, { transposeB, name }));
  plan.record([a], [c], () => {
    const dc = plan.gradientOf(c);
    const da = plan.gradientTarget(a);
    if (!dc || !da) return;
    const options = { transposeB: !transposeB, accumulate: da.accumulate, name: `∂${a.buffer.name}` };
    plan.append(frozenProduct(dc, w, da.tensor, options));
  });
  return c;
}
