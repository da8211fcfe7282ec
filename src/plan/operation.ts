/**
 * @file An entry of a plan: what it reads and writes, and how each executor computes it.
 */
import type { KernelCall } from './simd-module';

export type { KernelCall };
import type { Tensor } from './tensor';

/** Numbers on the CPU executor: 32 bits in use, 64 bits to check derivatives with. */
export type FloatArray = Float32Array | Float64Array;

export interface Operation {
  /** For messages and profiles: what is computed, and where in the model. */
  readonly name: string;
  readonly reads: readonly Tensor[];
  /** Written, wholly or in part; may be read too. */
  readonly writes: readonly Tensor[];
  /** Roughly how many floating-point operations; decides where submits are split. */
  readonly work: number;
  /** Elements of working memory that `cpu` needs. */
  readonly cpuScratch?: number;
  /** The dispatches for a device, in order. */
  wgsl(target: WgslTarget): readonly Dispatch[];
  /** Binds the operation to memory; the result computes it, any number of times. */
  cpu(context: CpuContext): () => void;
}

/** What WGSL builders may know of the device. */
export interface WgslTarget {
  /**
   * Invocations that share a row in row-wise kernels: 1 where barriers cost more than they save, as on software devices,
   * else a power of two.
   */
  readonly lanes: number;
  /** Optional features that the device was opened with, such as `subgroups`. */
  readonly features?: readonly string[];
  /** Whether products may multiply in 16 bits where the device can; sums stay in 32. */
  readonly lowPrecision?: boolean;
  /** Whether attention of these sizes is faster here with tiles in workgroup memory, where that was measured. */
  tilesAttention?(sizes: AttentionSizes): boolean | undefined;
  /**
   * Working memory of so many floats, shared by all dispatches of a plan: its content lasts from one dispatch of an
   * operation to its next.
   */
  scratch?(elements: number): Tensor;
  /** Name of the variant of the matrix product that is fastest here for such a product, where that was measured. */
  productVariant?(
    sizes: { m: number; n: number; k: number },
    form: { transposeA: boolean; transposeB: boolean; accumulate: boolean },
  ): string | undefined;
}

/** Of an attention over a batch. */
export interface AttentionSizes {
  tokens: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
}

/** One compute shader; the code is its identity, so that equal code is compiled once. */
export interface Kernel {
  readonly name: string;
  readonly code: string;
  /** Storage buffers at bindings 1, 2, …; binding 0 is the uniforms. What is written may be read too. */
  readonly buffers: readonly { readonly name: string; readonly access: 'read' | 'write' }[];
  /** Members of the uniforms' structure, in order, 4 bytes each. */
  readonly uniforms: readonly { readonly name: string; readonly type: 'u32' | 'f32' }[];
}

export interface Dispatch {
  readonly kernel: Kernel;
  /** In the order of `kernel.buffers`. */
  readonly tensors: readonly Tensor[];
  /** In the order of `kernel.uniforms`. */
  readonly uniforms: readonly number[];
  readonly groups: readonly [number, number, number];
}

/** C = A · B or C += A · B for matrices anywhere in the executor's memory; all places and strides count elements. */
export interface ProductCall {
  m: number;
  n: number;
  k: number;
  /** [m, k]: element (i, s) is at a + i · aRow + s · aColumn. */
  a: number;
  aRow: number;
  aColumn: number;
  /** [k, n] */
  b: number;
  bRow: number;
  bColumn: number;
  /** [m, n], columns side by side; must not overlap A or B. */
  c: number;
  cRow: number;
  accumulate: boolean;
}

/** The CPU executor's memory, as an operation sees it. */
export interface CpuContext {
  floats(tensor: Tensor): FloatArray;
  ints(tensor: Tensor): Int32Array;
  /** Where a tensor begins, in elements: for `product`, and for `kernels`, whose addresses are 4 times that. */
  place(tensor: Tensor): number;
  /** Working memory of `cpuScratch` elements, shared by all operations: its content lasts for one run of one of them. */
  readonly scratch: FloatArray;
  readonly scratchPlace: number;
  product(call: ProductCall): void;
  /** The same loops in vector instructions, where the machine has them and numbers have 32 bits. */
  readonly kernels?: Kernels;
}

/** Calls of kernels that one thread makes, in order. */
export type Strand = readonly KernelCall[];

/** Vector kernels on one or several threads; see simd-module.ts for what there is. */
export interface Kernels {
  /**
   * Computes all strands and returns when they are done. What a strand writes, no other may touch: they run side by side,
   * in any order.
   */
  run(strands: readonly Strand[]): void;
}
