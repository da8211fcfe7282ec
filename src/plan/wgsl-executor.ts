/**
 * @file A plan on a GPU device: every kernel compiled ahead and once, every bind group made before the first run, so that
 * a run is little more than a list of dispatches. Errors of the device are fatal and named.
 */
import { LosslightError } from '../errors';
import type { TensorDevice } from '../tensor/device';
import { guarded } from '../tensor/tfjs';
import { Arena } from './arena';
import type { Plan } from './builder';
import { Compiler } from './compiler';
import type { Executor, PreparedPlan } from './executor';
import type { Dispatch, WgslTarget } from './operation';
import { describeTensor, sizeOf, type LogicalBuffer, type Tensor } from './tensor';
import { PreparedWgslPlan, type BoundDispatch } from './wgsl-plan';

/** Invocations that share a row where barriers are cheap. */
const LANES = 64;

export class WgslExecutor implements Executor {
  readonly kind = 'wgsl';
  readonly #device: GPUDevice;
  readonly #compiler: Compiler;
  readonly #kept = new Map<LogicalBuffer, GPUBuffer>();
  readonly #arena: Arena<GPUBuffer>;
  readonly #plans = new Set<PreparedPlan>();

  constructor(
    readonly target: TensorDevice,
    /** What kernels are made for; by default what suits the device. */
    readonly options: WgslTarget = { lanes: target.description.software ? 1 : LANES },
  ) {
    this.#device = target.device;
    this.#compiler = Compiler.for(target);
    this.#arena = new Arena<GPUBuffer>(
      (bytes) => this.#create('activations', bytes),
      (buffer) => buffer.destroy(),
    );
  }

  get bytes(): number {
    return [...this.#kept.values()].reduce((sum, { size }) => sum + size, this.#arena.bytes);
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
    const dispatches: Dispatch[] = [];
    const work: number[] = [];
    for (const operation of plan.operations) {
      const made = operation.wgsl(this.options);
      dispatches.push(...made);
      work.push(...made.map(() => operation.work / made.length));
    }
    for (const dispatch of dispatches) checkBindings(dispatch, plan);
    return guarded(this.target.health, async () => {
      await this.#compiler.compile(
        dispatches.map(({ kernel }) => kernel),
        onProgress,
      );
      for (const buffer of plan.buffers) if (buffer.role !== 'activation') this.#place(buffer);
      const { blocks, release } = this.#arena.take(plan.memory.slots);
      const bufferOf = (buffer: LogicalBuffer): GPUBuffer => {
        const slot = plan.memory.slotOf.get(buffer);
        return slot === undefined ? this.#place(buffer) : (blocks[slot] as GPUBuffer);
      };
      const list = dispatches.map((dispatch, i) => this.#bind(dispatch, work[i] ?? 0, bufferOf));
      const prepared = new PreparedWgslPlan(this.target, plan, list, () => {
        release();
        this.#plans.delete(prepared);
      });
      this.#plans.add(prepared);
      return prepared;
    });
  }

  release(buffers: Iterable<LogicalBuffer>): void {
    for (const buffer of buffers) {
      this.#kept.get(buffer)?.destroy();
      this.#kept.delete(buffer);
    }
  }

  dispose(): void {
    for (const plan of this.#plans) plan.dispose();
    this.release([...this.#kept.keys()]);
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

  #bind(dispatch: Dispatch, work: number, bufferOf: (buffer: LogicalBuffer) => GPUBuffer): BoundDispatch {
    const { kernel, tensors } = dispatch;
    const layout = this.#compiler.layoutOf(kernel);
    const entries = tensors.map(({ buffer, offset, shape }, i) => ({
      binding: i + 1,
      resource: { buffer: bufferOf(buffer), offset: 4 * offset, size: 4 * sizeOf(shape) },
    }));
    return {
      dispatch,
      work,
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
