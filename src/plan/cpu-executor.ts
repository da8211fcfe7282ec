/**
 * @file A plan on the CPU: matrix products in WebAssembly with vectors where the machine has them, and plain loops.
 */
import { nextTask } from '../tensor/task';
import { Arena } from './arena';
import type { Plan } from './builder';
import { CpuKernels } from './cpu-kernels';
import { CpuMemory, PlainBytes, WasmBytes, type Bytes } from './cpu-memory';
import { availableThreads, canShareMemory } from './cpu-threads';
import type { Executor, Held, MemoryLimits, PreparedPlan } from './executor';
import { keptBytes } from './memory';
import type { CpuContext, FloatArray, Operation, ProductCall } from './operation';
import { scalarProduct } from './scalar-product';
import { hasSimd } from './simd-module';
import { sizeOf, type LogicalBuffer, type Tensor } from './tensor';
import { Turns } from './turns';

/** How long operations run before messages and events get their turn. */
const TURN_MILLISECONDS = 30;

export interface CpuOptions {
  /** Whether to use WebAssembly's vector instructions; by default where the machine has them. */
  simd?: boolean;
  /** 64 bits are for checks of derivatives; they exclude `simd`. */
  bits?: 32 | 64;
  /**
   * Threads that compute, this one included: so many, where memory can be shared, or as many as a short test finds faster.
   * 1 by default. Results do not depend on it.
   */
  threads?: number | 'measured';
}

/** A place in memory and its size, in bytes. */
interface Block {
  start: number;
  bytes: number;
}

export class CpuExecutor implements Executor {
  readonly kind = 'cpu';
  readonly #memory: CpuMemory;
  readonly #kept = new Map<LogicalBuffer, Block>();
  readonly #arena: Arena<Block>;
  readonly #plans = new Set<PreparedCpuPlan>();
  /** A run gives way to messages in between, which may ask for another run. */
  readonly #turns = new Turns();

  private constructor(
    readonly bytesOfMemory: Bytes,
    memory: CpuMemory,
    readonly floatBytes: 4 | 8,
    /** Loops in vector instructions, where the machine has them. */
    readonly kernels: CpuKernels | undefined,
    readonly product: (call: ProductCall) => void,
  ) {
    this.#memory = memory;
    this.#arena = new Arena<Block>(
      (bytes) => this.#allocate(bytes),
      ({ start, bytes }) => this.#memory.free(start, bytes),
    );
  }

  /** @throws RangeError where vectors are asked for and the machine has none, or together with 64 bits. */
  static async create({ bits = 32, simd, threads = 1 }: CpuOptions = {}): Promise<CpuExecutor> {
    if (simd && (bits === 64 || !hasSimd())) {
      throw new RangeError(`There are no vector products of ${bits} bits on this machine.`);
    }
    if (simd ?? (bits === 32 && hasSimd())) {
      const most = availableThreads();
      const wanted = threads === 'measured' || !canShareMemory() ? most : threads;
      const bytes = wasmBytes(wanted > 1);
      const memory = new CpuMemory(bytes);
      try {
        const count = bytes.buffer instanceof ArrayBuffer ? 1 : wanted;
        const kernels = await CpuKernels.create(bytes.memory, memory, count, threads === 'measured');
        return new CpuExecutor(bytes, memory, 4, kernels, (call) => kernels.product(call));
      } catch (error) {
        // A host may send a stricter policy than the page's own, under which WebAssembly does not compile. Loops do.
        if (simd || !(error instanceof WebAssembly.CompileError)) throw error;
      }
    }
    const bytes = new PlainBytes();
    // A view for each call: one that is kept would keep the memory as it was before it grew.
    const product = (call: ProductCall) =>
      scalarProduct(bits === 64 ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer), call);
    return new CpuExecutor(bytes, new CpuMemory(bytes), bits === 64 ? 8 : 4, undefined, product);
  }

  /** Whether products run in vector instructions. */
  get simd(): boolean {
    return this.kernels !== undefined;
  }

  /** Threads that compute. */
  get threads(): number {
    return this.kernels?.threads ?? 1;
  }

  get bytes(): number {
    return [...this.#kept.values()].reduce((sum, { bytes }) => sum + bytes, this.#arena.bytes);
  }

  get limits(): MemoryLimits {
    const most = this.bytesOfMemory.most;
    return { block: most, total: most };
  }

  foresee(plans: readonly Plan[]): Held {
    const kept = new Map([...this.#kept].map(([buffer, { bytes }]) => [buffer, bytes]));
    const held = keptBytes(kept, plans, (buffer) => this.#bytesOf(buffer));
    return { ...held, activation: this.#arena.foresee(plans.map((plan) => this.#sizesOf(plan))) };
  }

  /** Bytes of the memory that everything is in; it grows and does not shrink. */
  get memoryBytes(): number {
    return this.bytesOfMemory.buffer.byteLength;
  }

  write(tensor: Tensor, values: Float32Array | Float64Array | Int32Array): void {
    if (values.length !== sizeOf(tensor.shape) || tensor.buffer.role === 'activation') {
      throw new RangeError(`${values.length} values cannot be written to “${tensor.buffer.name}”.`);
    }
    this.#view(tensor, this.#place(tensor.buffer)).set(values);
  }

  async read(tensor: Tensor): Promise<Float32Array> {
    return Float32Array.from(this.readExactly(tensor));
  }

  /** A copy of the values with all their bits. */
  readExactly(tensor: Tensor): FloatArray | Int32Array {
    if (tensor.buffer.role === 'activation') {
      throw new RangeError(`“${tensor.buffer.name}” is not kept after a run.`);
    }
    return this.#view(tensor, this.#place(tensor.buffer)).slice();
  }

  prepare(plan: Plan): Promise<PreparedPlan> {
    for (const buffer of plan.buffers) if (buffer.role !== 'activation') this.#place(buffer);
    const { blocks, release } = this.#arena.take(this.#sizesOf(plan));
    const scratch = blocks.at(-1) as Block;
    const placeOf = (buffer: LogicalBuffer): Block => {
      const slot = plan.memory.slotOf.get(buffer);
      return slot === undefined ? this.#place(buffer) : (blocks[slot] as Block);
    };
    const prepared = new PreparedCpuPlan(
      plan,
      () => this.bytesOfMemory.buffer,
      () => this.#context(placeOf, scratch),
      this.#turns,
      () => {
        release();
        this.#plans.delete(prepared);
      },
    );
    this.#plans.add(prepared);
    return Promise.resolve(prepared);
  }

  release(buffers: Iterable<LogicalBuffer>): void {
    for (const buffer of buffers) {
      const block = this.#kept.get(buffer);
      if (!block) continue;
      this.#memory.free(block.start, block.bytes);
      this.#kept.delete(buffer);
    }
  }

  dispose(): void {
    for (const plan of this.#plans) plan.dispose();
    this.release([...this.#kept.keys()]);
    this.kernels?.dispose();
  }

  /** Bytes of the blocks that a plan takes: its slots, and working memory. */
  #sizesOf({ memory: { slots, cpuScratch } }: Plan): number[] {
    return [...slots, cpuScratch].map((bytes) => (bytes / 4) * this.floatBytes);
  }

  #allocate(bytes: number): Block {
    const before = this.bytesOfMemory.buffer;
    const block = { start: this.#memory.allocate(bytes), bytes };
    // Plans that do not run for a while would keep the memory as it was before it moved.
    if (this.bytesOfMemory.buffer !== before) for (const plan of this.#plans) plan.unbind();
    return block;
  }

  #place(buffer: LogicalBuffer): Block {
    let block = this.#kept.get(buffer);
    if (!block) {
      block = this.#allocate(this.#bytesOf(buffer));
      this.#kept.set(buffer, block);
    }
    return block;
  }

  #bytesOf({ elements, dtype }: LogicalBuffer): number {
    return elements * (dtype === 'i32' ? 4 : this.floatBytes);
  }

  #view({ buffer, offset, shape }: Tensor, { start }: Block): FloatArray | Int32Array {
    const memory = this.bytesOfMemory.buffer;
    if (buffer.dtype === 'i32') return new Int32Array(memory, start + 4 * offset, sizeOf(shape));
    return this.#floats(start + this.floatBytes * offset, sizeOf(shape));
  }

  #floats(start: number, count: number): FloatArray {
    const memory = this.bytesOfMemory.buffer;
    return this.floatBytes === 8
      ? new Float64Array(memory, start, count)
      : new Float32Array(memory, start, count);
  }

  #context(placeOf: (buffer: LogicalBuffer) => Block, scratch: Block): CpuContext {
    const view = (tensor: Tensor) => this.#view(tensor, placeOf(tensor.buffer));
    return {
      floats: (tensor) => {
        const found = view(tensor);
        if (found instanceof Int32Array) throw new RangeError(`“${tensor.buffer.name}” holds integers.`);
        return found;
      },
      ints: (tensor) => {
        const found = view(tensor);
        if (!(found instanceof Int32Array)) throw new RangeError(`“${tensor.buffer.name}” holds floats.`);
        return found;
      },
      place: ({ buffer, offset }) => placeOf(buffer).start / this.floatBytes + offset,
      scratch: this.#floats(scratch.start, scratch.bytes / this.floatBytes),
      scratchPlace: scratch.start / this.floatBytes,
      product: this.product,
      kernels: this.kernels,
    };
  }
}

/** Memory that threads can share, if that is wanted and there is any. */
function wasmBytes(shared: boolean): WasmBytes {
  try {
    return new WasmBytes(shared);
  } catch (error) {
    if (!shared) throw error;
    return new WasmBytes();
  }
}

class PreparedCpuPlan implements PreparedPlan {
  readonly dispatches = 0;
  #bound: { memory: ArrayBufferLike; loops: (() => void)[] } | undefined;
  #disposed = false;

  constructor(
    readonly plan: Plan,
    readonly memory: () => ArrayBufferLike,
    readonly context: () => CpuContext,
    readonly turns: Turns,
    readonly onDispose: () => void,
  ) {}

  run(): Promise<void> {
    return this.turns.take(() => this.#compute());
  }

  async #compute(): Promise<void> {
    let turn = performance.now();
    for (let i = 0; i < this.plan.operations.length; i++) {
      if (this.#disposed) throw new RangeError('The plan was disposed of.');
      this.#loops()[i]?.();
      if (performance.now() - turn < TURN_MILLISECONDS) continue;
      await nextTask();
      turn = performance.now();
    }
  }

  /** Milliseconds that each operation takes, in order of the list: one run, without giving way. */
  profile(): { operation: Operation; milliseconds: number }[] {
    const loops = this.#loops();
    return this.plan.operations.map((operation, i) => {
      const start = performance.now();
      loops[i]?.();
      return { operation, milliseconds: performance.now() - start };
    });
  }

  /** Lets go of the memory as it was; the next operation is bound to it as it is. */
  unbind(): void {
    this.#bound = undefined;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.unbind();
    this.onDispose();
  }

  /** The operations bound to the memory as it is now: growing moves it, also between two operations. */
  #loops(): (() => void)[] {
    const memory = this.memory();
    if (this.#bound?.memory !== memory) {
      const context = this.context();
      this.#bound = { memory, loops: this.plan.operations.map((operation) => operation.cpu(context)) };
    }
    return this.#bound.loops;
  }
}
