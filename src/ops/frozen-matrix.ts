/**
 * @file A matrix that is not trained, packed in an executor's memory (see frozen-format.ts), and how kernels and loops read
 * it: four columns of a row at a time on a device, a few whole rows on the CPU.
 */
import type { CpuContext, FloatArray } from '../plan/operation';
import type { KernelCall } from '../plan/simd-module';
import { strandsOf } from '../plan/strands';
import { makeTensor, type Tensor } from '../plan/tensor';
import {
  frozenLayout,
  unpackRows,
  type FrozenFormat,
  type FrozenLayout,
  type GroupSize,
} from './frozen-format';
import { HALF_WGSL } from './half';

export interface FrozenMatrix {
  readonly name: string;
  readonly layout: FrozenLayout;
  /** [rows, columns], as it is stored. */
  readonly shape: readonly [number, number];
  /** i32 [rows · words] */
  readonly words: Tensor;
  /** [rows · groups]: f32 for int8, i32 for int4; none for F16. */
  readonly scales?: Tensor;
}

/** A matrix in 32-bit floats, which may be trained, or a packed one. */
export type Weight = Tensor | FrozenMatrix;

export function isFrozen(weight: Weight): weight is FrozenMatrix {
  return 'layout' in weight;
}

/** A packed matrix whose buffers an executor keeps between runs; see `packMatrix` for what is written to them. */
export function makeFrozen(
  name: string,
  shape: readonly [number, number],
  format: FrozenFormat,
  group?: GroupSize,
): FrozenMatrix {
  const layout = frozenLayout(format, shape, group);
  const { rows, words, groups } = layout;
  const scales =
    groups > 0
      ? makeTensor(`${name}, scales`, [rows * groups], 'parameter', format === 'int8' ? 'f32' : 'i32')
      : undefined;
  return {
    name,
    layout,
    shape: [...shape],
    words: makeTensor(`${name}, ${format}`, [rows * words], 'parameter', 'i32'),
    ...(scales && { scales }),
  };
}

/** The tensors that an operation reads of a packed matrix. */
export function frozenReads({ words, scales }: FrozenMatrix): Tensor[] {
  return scales ? [words, scales] : [words];
}

/** Bindings of a kernel that reads the matrix, for `makeKernel`. */
export function frozenBuffers({ format }: FrozenLayout): Record<string, `read array<${string}>`> {
  return {
    packed: 'read array<u32>',
    ...(format === 'int8' && { scales: 'read array<f32>' as const }),
    ...(format === 'int4' && { scales: 'read array<u32>' as const }),
  };
}

/** What those bindings are given. */
export function frozenTensors({ words, scales }: FrozenMatrix): Record<string, Tensor> {
  return { packed: words, ...(scales && { scales }) };
}

/** Members of the uniforms that such a kernel needs. */
export const FROZEN_UNIFORMS = { rowWords: 'u32', rowGroups: 'u32' } as const;

export function frozenSizes({ words, groups }: FrozenLayout): Record<keyof typeof FROZEN_UNIFORMS, number> {
  return { rowWords: words, rowGroups: groups };
}

/**
 * WGSL: `quad(row, s)`, the weights of columns 4s to 4s + 3 of a row; those beyond the last column are not to be used.
 * Needs the bindings and uniforms above.
 */
export function quadWgsl({ format, group }: FrozenLayout): string {
  if (format === 'f16') {
    return `${HALF_WGSL}
fn quad(row: u32, s: u32) -> vec4f {
  let at = row * sizes.rowWords + 2u * s;
  let first = packed[at];
  let second = packed[at + 1u];
  return vec4f(half(first & 0xffffu), half(first >> 16u), half(second & 0xffffu), half(second >> 16u));
}`;
  }
  const quads = group / 4;
  if (format === 'int8') {
    return `
fn quad(row: u32, s: u32) -> vec4f {
  let word = bitcast<i32>(packed[row * sizes.rowWords + s]);
  let q = vec4i(word << 24u, word << 16u, word << 8u, word) >> vec4u(24u);
  return vec4f(q) * scales[row * sizes.rowGroups + s / ${quads}u];
}`;
  }
  return `${HALF_WGSL}
fn quad(row: u32, s: u32) -> vec4f {
  let word = packed[row * sizes.rowWords + s / 2u] >> (16u * (s % 2u));
  let q = (vec4u(word) >> vec4u(0u, 4u, 8u, 12u)) & vec4u(15u);
  let ends = scales[row * sizes.rowGroups + s / ${quads}u];
  return vec4f(half(ends >> 16u)) + half(ends & 0xffffu) * vec4f(q);
}`;
}

/**
 * On the CPU: a function that puts rows `first` to `first + count`, as floats, into `target`, which begins at `place` in the
 * executor's memory.
 */
export function rowReader(
  { layout, words, scales }: FrozenMatrix,
  context: CpuContext,
): (first: number, count: number, target: FloatArray, place: number) => void {
  const { columns } = layout;
  const { kernels } = context;
  // The kernels write eight columns at a time.
  if (kernels && columns % 8 === 0) {
    const from = context.place(words);
    const scalesAt = scales && context.place(scales);
    const call = unpackCall(layout, from, scalesAt ?? 0);
    return (first, count, _, place) =>
      kernels.run(
        strandsOf(count, 4 * columns, (start, rows) => call(first + start, rows, place + start * columns)),
      );
  }
  const packed = {
    words: context.ints(words),
    ...(scales && { scales: scales.buffer.dtype === 'i32' ? context.ints(scales) : context.floats(scales) }),
  };
  return (first, count, target) => unpackRows(layout, packed, first, count, target);
}

/** The kernel for some rows; places count elements. */
function unpackCall(
  { format, columns, group, words, groups }: FrozenLayout,
  from: number,
  scales: number,
): (row: number, rows: number, to: number) => KernelCall {
  if (format === 'f16') {
    return (row, rows, to) => ['unpackHalves', 4 * (from + row * words), 4 * to, rows * columns];
  }
  const name = format === 'int8' ? 'unpackBytes' : 'unpackNibbles';
  return (row, rows, to) => [
    ...([name, 4 * (from + row * words), 4 * (scales + row * groups), 4 * to] as const),
    ...[rows, columns, group],
  ];
}
