/**
 * @file The CPU executor's kernels as one WebAssembly module: the matrix product, and the loops of operations.
 */
import { ATTENTION_KERNELS } from './simd-attention';
import { DECODE_KERNELS } from './simd-decode';
import { DOT_KERNELS } from './simd-dots';
import { ELEMENT_KERNELS } from './simd-elements';
import { LOSS_KERNELS } from './simd-loss';
import { PRODUCT_BYTES, productFunctions } from './simd-product';
import { ROW_KERNELS } from './simd-rows';
import { UNPACK_KERNELS } from './simd-unpack';
import { makeModule } from './wasm-code';

const KERNELS = [
  ...productFunctions(),
  ...ELEMENT_KERNELS,
  ...ROW_KERNELS,
  ...LOSS_KERNELS,
  ...ATTENTION_KERNELS,
  ...DOT_KERNELS,
  ...DECODE_KERNELS,
  ...UNPACK_KERNELS,
] as const;

export type KernelName = (typeof KERNELS)[number]['name'];

/** A kernel and its arguments: addresses in bytes, sizes, and constants, as its docstring names them. */
export type KernelCall = readonly [kernel: KernelName, ...args: number[]];

/** Working memory that each thread needs for itself, in bytes. */
export const WORK_BYTES = PRODUCT_BYTES;

/** Kernels by their place in the list, as threads call them. */
export const KERNEL_PLACES: ReadonlyMap<KernelName, number> = new Map(
  KERNELS.map(({ name }, place) => [name, place]),
);
export const KERNEL_NAMES: readonly KernelName[] = KERNELS.map(({ name }) => name);

const compiled: { shared?: Uint8Array<ArrayBuffer>; own?: Uint8Array<ArrayBuffer> } = {};

/** The bytes of the module, for a memory that threads share or for one of one's own. */
export function kernelModule(shared: boolean): Uint8Array<ArrayBuffer> {
  if (shared) return (compiled.shared ??= makeModule(KERNELS, true));
  return (compiled.own ??= makeModule(KERNELS));
}

/** Whether this machine's WebAssembly has vector instructions. */
export function hasSimd(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(kernelModule(false));
}

/** What the module imports. */
export function kernelImports(memory: WebAssembly.Memory, work: number): WebAssembly.Imports {
  const place = new WebAssembly.Global({ value: 'i32' }, work);
  return { host: { log: Math.log, memory, work: place } };
}
