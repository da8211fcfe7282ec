/**
 * @file A plan on a GPU device: every kernel compiled ahead and once, every bind group made before the first run, so that
 * a run is little more than a list of dispatches. Errors of the device are fatal and named.
 */
import { LosslightError } from '../errors';
import type { TensorDevice } from '../tensor/device';
import { guarded } from '../tensor/guarded';
import { Arena } from './arena';
import type { Plan } from './builder';
import { Compiler } from './compiler';
import type { Executor, Held, MemoryLimits, PreparedPlan } from './executor';
import { keptBytes } from './memory';
import type { Dispatch, WgslTarget } from './operation';
import { describeTensor, sizeOf, type LogicalBuffer, type Tensor } from './tensor';
import { Pace } from './pace';
import { PreparedWgslPlan, type BoundDispatch } from './wgsl-plan';

/** Invocations that share a row where barriers are cheap. */
const LANES = 64;

/** Finds out what is fastest on a device before a plan is compiled for it; `KernelTuner` does. */
export interface PlanTuner {
  /** The choice for such a product; what it answered once it must answer ever after, so that bits stay the same. */
  readonly productVariant: NonNullable<WgslTarget['productVariant']>;
  /** The same of attention. */
  readonly tilesAttention: NonNullable<WgslTarget['tilesAttention']>;
  /**
   * Chooses for everything in the plan that nothing was chosen for.
   *
   * @param onProgress gets what was measured so far, and all that is to be
   */
  tune(plan: Plan, options: WgslTarget, onProgress?: (done: number, total: number) => void): Promise<void>;
}

/** What `WgslTarget.scratch` gives ranges of; its memory is a block of the plan's own. */
const SCRATCH: LogicalBuffer = { name: 'working memory', elements: 0, dtype: 'f32', role: 'activation' };

export class WgslExecutor implements Executor {
  readonly kind = 'wgsl';
  /** What kernels are made for. */
  readonly options: WgslTarget;
  readonly #device: GPUDevice;
  readonly #compiler: Compiler;
  readonly #pace: Pace;
  readonly #kept = new Map<LogicalBuffer, GPUBuffer>();
  /** Kept, but not made here. */
  readonly #shared = new Set<LogicalBuffer>();
  readonly #arena: Arena<GPUBuffer>;
  readonly #plans = new Set<PreparedPlan>();

  constructor(
    readonly target: TensorDevice,
    /** What kernels are made for, where that is not to be what suits the device. */
    options: Partial<WgslTarget> = {},
    readonly tuner?: PlanTuner,
  ) {
    this.#device = target.device;
    this.options = {
      lanes: target.description.software ? 1 : LANES,
      features: target.description.features,
      ...(tuner && { productVariant: tuner.productVariant, tilesAttention: tuner.tilesAttention }),
      ...options,
    };
    this.#compiler = Compiler.for(target);
    this.#pace = Pace.for(target);
    this.#arena = new Arena<GPUBuffer>(
      (bytes) => this.#create('activations', bytes),
      (buffer) => buffer.destroy(),
    );
  }

  get bytes(): number {
    let sum = this.#arena.bytes;
    for (const [buffer, { size }] of this.#kept) if (!this.#shared.has(buffer)) sum += size;
    return sum;
  }

  get compiled(): number {
    return this.#compiler.size;
  }

  get limits(): MemoryLimits {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    return { block: Math.min(maxBufferSize, maxStorageBufferBindingSize) };
  }

  foresee(plans: readonly Plan[]): Held {
    const own = [...this.#kept].filter(([buffer]) => !this.#shared.has(buffer));
    const kept = new Map(own.map(([buffer, { size }]) => [buffer, size]));
    const held = keptBytes(kept, plans, ({ elements }) => Math.ceil(elements / 4) * 16);
    return { ...held, activation: this.#arena.foresee(plans.map(({ memory }) => memory.slots)) };
  }

  write(tensor: Tensor, values: Float32Array | Int32Array): void {
    if (values.length !== sizeOf(tensor.shape) || tensor.buffer.role === 'activation') {
      throw new RangeError(`${values.length} values cannot be written to “${tensor.buffer.name}”.`);
    }
    this.target.health.check();
    const { buffer, byteOffset, byteLength } = values;
    this.#device.queue.writeBuffer(
      this.#place(tensor.buffer),
      4 * tensor.offset,
      buffer,
      byteOffset,
      byteLength,
    );
  }

  async read(tensor: Tensor): Promise<Float32Array> {
    if (tensor.buffer.role === 'activation' || tensor.buffer.dtype !== 'f32') {
      throw new RangeError(`${describeTensor(tensor)} cannot be read.`);
    }
    return guarded(this.target.health, async () => {
      const size = 4 * sizeOf(tensor.shape);
      const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
      const staging = this.#device.createBuffer({ size, usage });
      try {
        const encoder = this.#device.createCommandEncoder();
        encoder.copyBufferToBuffer(this.#place(tensor.buffer), 4 * tensor.offset, staging, 0, size);
        this.#device.queue.submit([encoder.finish()]);
        await staging.mapAsync(GPUMapMode.READ);
        const values = new Float32Array(staging.getMappedRange().slice(0));
        // Errors of work before this scope are delivered before the scope's own answer.
        this.#device.pushErrorScope('validation');
        await this.#device.popErrorScope();
        return values;
      } finally {
        staging.destroy();
      }
    });
  }

  async prepare(plan: Plan, onProgress?: (done: number, total: number) => void): Promise<PreparedPlan> {
    const { dispatches, work, scratch } = await this.#compiled(plan, onProgress);
    return guarded(this.target.health, () => {
      for (const buffer of plan.buffers) if (buffer.role !== 'activation') this.#place(buffer);
      const own = scratch > 0 ? [4 * scratch] : [];
      const { blocks, release } = this.#arena.take([...plan.memory.slots, ...own]);
      const bufferOf = (buffer: LogicalBuffer): GPUBuffer => {
        if (buffer === SCRATCH) return blocks.at(-1) as GPUBuffer;
        const slot = plan.memory.slotOf.get(buffer);
        return slot === undefined ? this.#place(buffer) : (blocks[slot] as GPUBuffer);
      };
      const list = dispatches.map((dispatch, i) =>
        this.#bind(dispatch, this.#pace.expect(dispatch, work[i] ?? 0), bufferOf),
      );
      const prepared = new PreparedWgslPlan(this.target, plan, list, this.#pace, () => {
        release();
        this.#plans.delete(prepared);
      });
      this.#plans.add(prepared);
      return prepared;
    });
  }

  async compile(plan: Plan, onProgress?: (done: number, total: number) => void): Promise<void> {
    await this.#compiled(plan, onProgress);
  }

  /**
   * The device's buffer of a tensor that is kept between runs; the tensor begins there at element `offset`.
   *
   * @throws RangeError for an activation, whose memory is others' too.
   */
  bufferOf({ buffer }: Tensor): GPUBuffer {
    if (buffer.role === 'activation') throw new RangeError(`“${buffer.name}” has no memory of its own.`);
    return this.#place(buffer);
  }

  /**
   * Computes with a buffer that somebody else made and frees, before a plan with this tensor is prepared. It must stay as
   * long as the plan.
   *
   * @throws RangeError where the tensor has memory already, or the buffer is too small or of the wrong usage.
   */
  share({ buffer }: Tensor, memory: GPUBuffer): void {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    if (buffer.role === 'activation' || this.#kept.has(buffer)) {
      throw new RangeError(`“${buffer.name}” has memory already.`);
    }
    if (memory.size < 4 * buffer.elements || (memory.usage & usage) !== usage) {
      throw new RangeError(
        `A buffer of ${memory.size} bytes and usage ${memory.usage} cannot hold “${buffer.name}”.`,
      );
    }
    this.#kept.set(buffer, memory);
    this.#shared.add(buffer);
  }

  release(buffers: Iterable<LogicalBuffer>): void {
    for (const buffer of buffers) {
      if (!this.#shared.delete(buffer)) this.#kept.get(buffer)?.destroy();
      this.#kept.delete(buffer);
    }
  }

  dispose(): void {
    for (const plan of this.#plans) plan.dispose();
    this.release([...this.#kept.keys()]);
  }

  /** The plan's dispatches, with pipelines for all of them, and the elements of working memory that they share. */
  async #compiled(plan: Plan, onProgress?: (done: number, total: number) => void) {
    let measured = 0;
    let told = false;
    // What is to be compiled shows when that is measured: until then one kernel an operation is assumed.
    const assumed = plan.operations.length;
    await this.tuner?.tune(plan, this.options, (done, total) => {
      measured = total;
      onProgress?.(done, total + assumed);
    });
    const dispatches: Dispatch[] = [];
    const work: number[] = [];
    let scratch = 0;
    const options: WgslTarget = {
      ...this.options,
      scratch: (elements) => {
        scratch = Math.max(scratch, elements);
        return { buffer: SCRATCH, offset: 0, shape: [elements] };
      },
    };
    for (const operation of plan.operations) {
      const made = operation.wgsl(options);
      dispatches.push(...made);
      work.push(...made.map(() => operation.work / made.length));
    }
    for (const dispatch of dispatches) checkBindings(dispatch, plan);
    await guarded(this.target.health, () =>
      this.#compiler.compile(
        dispatches.map(({ kernel }) => kernel),
        (done, total) => {
          told = true;
          onProgress?.(measured + done, measured + total);
        },
      ),
    );
    if (measured && !told) onProgress?.(measured, measured);
    return { dispatches, work, scratch };
  }

  /** @throws LosslightError `out-of-memory` where the device's buffers cannot be that large: it would say so too late. */
  #create(name: string, bytes: number): GPUBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (bytes > limit) {
      throw new LosslightError(
        'out-of-memory',
        `“${name}” takes ${bytes} bytes; this device's buffers hold at most ${limit}.`,
        'Use a smaller batch size or shorter sequences, a smaller model, or a device with larger buffers.',
      );
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    return this.#device.createBuffer({ label: name, size: Math.ceil(bytes / 16) * 16, usage });
  }

  #place(buffer: LogicalBuffer): GPUBuffer {
    let found = this.#kept.get(buffer);
    if (!found) {
      found = this.#create(buffer.name, 4 * buffer.elements);
      this.#kept.set(buffer, found);
    }
    return found;
  }

  #bind(dispatch: Dispatch, time: number, bufferOf: (buffer: LogicalBuffer) => GPUBuffer): BoundDispatch {
    const { kernel, tensors } = dispatch;
    const layout = this.#compiler.layoutOf(kernel);
    const entries = tensors.map(({ buffer, offset, shape }, i) => ({
      binding: i + 1,
      resource: { buffer: bufferOf(buffer), offset: 4 * offset, size: 4 * sizeOf(shape) },
    }));
    return {
      dispatch,
      time,
      pipeline: this.#compiler.pipelineOf(kernel),
      bind: (uniforms) =>
        this.#device.createBindGroup({
          label: kernel.name,
          layout,
          entries: [{ binding: 0, resource: uniforms }, ...entries],
        }),
    };
  }
}

/**
 * What WebGPU would refuse later, and without the operation's name.
 *
 * @throws RangeError where one block of memory is both read and written.
 */
function checkBindings({ kernel, tensors }: Dispatch, { memory }: Plan): void {
  const access = new Map<unknown, string>();
  tensors.forEach(({ buffer }, i) => {
    const block = memory.slotOf.get(buffer) ?? buffer;
    const how = kernel.buffers[i]?.access ?? 'read';
    if (access.has(block) && (how === 'write' || access.get(block) === 'write')) {
      throw new RangeError(`The kernel “${kernel.name}” binds “${buffer.name}” twice, once for writing.`);
    }
    access.set(block, how);
  });
}
