/**
 * @file A plan that is ready to run on a device: dispatches with their bind groups, submitted a few at a time.
 */
import type { TensorDevice } from '../tensor/device';
import type { Plan } from './builder';
import type { PreparedPlan } from './executor';
import type { Dispatch } from './operation';
import { Schedule, type Piece, type Range } from './submits';
import { PART_UNIFORMS } from './wgsl';

/** Uniforms of a dispatch begin at multiples of this: the largest alignment that a device may ask for. */
const UNIFORM_BYTES = 256;
/** Operations in a millisecond that a device can be trusted with before its times are known. */
const RATE = { software: 2e6, hardware: 2e8 };

/** A dispatch with what is needed to encode it. */
export interface BoundDispatch {
  dispatch: Dispatch;
  /** Floating-point operations, roughly. */
  work: number;
  pipeline: GPUComputePipeline;
  /** The bind group with these uniforms. */
  bind(uniforms: GPUBufferBinding): GPUBindGroup;
}

export class PreparedWgslPlan implements PreparedPlan {
  readonly #schedule: Schedule;
  #uniforms: GPUBuffer;
  /** One for each piece of the schedule. */
  #bindGroups: GPUBindGroup[] = [];
  #disposed = false;
  /** The run before, with its times. */
  #finished: Promise<void> = Promise.resolve();

  constructor(
    readonly target: TensorDevice,
    readonly plan: Plan,
    readonly list: readonly BoundDispatch[],
    readonly onDispose: () => void,
  ) {
    this.#schedule = new Schedule(
      list.map(({ dispatch, work }) => ({ groups: dispatch.groups, work })),
      target.description.software ? RATE.software : RATE.hardware,
    );
    this.#uniforms = this.#bindPieces();
  }

  get dispatches(): number {
    return this.#schedule.pieces.length;
  }

  /** Submits of the next run. */
  get submits(): number {
    return this.#schedule.ranges.length;
  }

  async run(): Promise<void> {
    this.#checkOpen();
    // A queue longer than a run would only delay whoever waits for a result.
    await this.#finished;
    this.#checkOpen();
    this.target.health.check();
    const { queue } = this.target.device;
    const start = performance.now();
    const ends = this.#schedule.ranges.map((range) => {
      queue.submit([this.#encode(range)]);
      return queue.onSubmittedWorkDone().then(() => performance.now());
    });
    this.#finished = Promise.all(ends).then(
      (times) => {
        const durations = times.map((time, i) => time - (times[i - 1] ?? start));
        if (this.#disposed || !this.#schedule.learn(durations)) return;
        this.#uniforms.destroy();
        this.#uniforms = this.#bindPieces();
      },
      // A lost device: whoever reads a result is told.
      () => undefined,
    );
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#uniforms.destroy();
    this.onDispose();
  }

  #checkOpen(): void {
    if (this.#disposed) throw new RangeError('The plan was disposed of.');
  }

  #encode({ start, end }: Range): GPUCommandBuffer {
    const encoder = this.target.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = start; i < end; i++) {
      const { dispatch, groups } = this.#schedule.pieces[i] as Piece;
      pass.setPipeline((this.list[dispatch] as BoundDispatch).pipeline);
      pass.setBindGroup(0, this.#bindGroups[i]);
      pass.dispatchWorkgroups(...groups);
    }
    pass.end();
    return encoder.finish();
  }

  /** Bind groups of all pieces, and the buffer with their uniforms. */
  #bindPieces(): GPUBuffer {
    const { device } = this.target;
    const { pieces } = this.#schedule;
    const bytes = new ArrayBuffer(Math.max(1, pieces.length) * UNIFORM_BYTES);
    const view = new DataView(bytes);
    pieces.forEach((piece, i) => {
      const { kernel, uniforms, groups } = (this.list[piece.dispatch] as BoundDispatch).dispatch;
      const start = i * UNIFORM_BYTES;
      [...piece.origin, groups[0]].forEach((value, j) => view.setUint32(start + 4 * j, value, true));
      uniforms.forEach((value, j) => {
        const at = start + 4 * (PART_UNIFORMS + j);
        if (kernel.uniforms[j]?.type === 'f32') view.setFloat32(at, value, true);
        else view.setUint32(at, value, true);
      });
    });
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const buffer = device.createBuffer({ label: 'uniforms', size: bytes.byteLength, usage });
    device.queue.writeBuffer(buffer, 0, bytes);
    this.#bindGroups = pieces.map(({ dispatch }, i) =>
      (this.list[dispatch] as BoundDispatch).bind({ buffer, offset: i * UNIFORM_BYTES, size: UNIFORM_BYTES }),
    );
    return buffer;
  }
}
