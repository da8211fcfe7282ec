/**
 * @file What both executors of a plan offer.
 */
import type { Plan } from './builder';
import type { LogicalBuffer, Role, Tensor } from './tensor';

/** Bytes by what they are for. */
export type Held = Record<Role, number>;

/** Bytes that an executor can hold, as far as that is known before they are asked for. */
export interface MemoryLimits {
  /** In one buffer. */
  block: number;
  /** In all; unknown on a device. */
  total?: number;
}

export interface Executor {
  readonly kind: 'cpu' | 'wgsl';
  /** Bytes held at present: buffers that are kept, and the blocks of activations. */
  readonly bytes: number;
  readonly limits: MemoryLimits;
  /** What would be held once these plans were prepared too, in this order. */
  foresee(plans: readonly Plan[]): Held;
  /**
   * Puts values into a tensor of a buffer that is kept between runs; elements never written are 0.
   *
   * @throws RangeError where the number of values differs from the tensor's, or it is an activation.
   */
  write(tensor: Tensor, values: Float32Array | Int32Array): void;
  /** The values of a tensor of floats in a buffer that is kept between runs. */
  read(tensor: Tensor): Promise<Float32Array>;
  /**
   * Makes a plan ready to run: memory, and on a device pipelines and bind groups.
   *
   * @param onProgress gets the kernels compiled so far, and all that were not before; not called where there are none
   */
  prepare(plan: Plan, onProgress?: (done: number, total: number) => void): Promise<PreparedPlan>;
  /** Only compiles what the plan takes, so that `prepare` has less to wait for; absent where nothing is compiled. */
  compile?(plan: Plan, onProgress?: (done: number, total: number) => void): Promise<void>;
  /** Kernels that are compiled by now; absent where nothing is compiled. */
  readonly compiled?: number;
  /** Gives up the memory of buffers that are kept between runs. No plan that uses them may run afterwards. */
  release(buffers: Iterable<LogicalBuffer>): void;
  dispose(): void;
}

/** A plan with its memory. One plan of an executor runs at a time: they share blocks. */
export interface PreparedPlan {
  readonly plan: Plan;
  /** Shader dispatches of a run; 0 on the CPU. */
  readonly dispatches: number;
  /** Computes all operations in order. On a device: resolves once all is submitted; reading waits for it. */
  run(): Promise<void>;
  /** Gives up the activations' memory where no other plan uses it. */
  dispose(): void;
}
