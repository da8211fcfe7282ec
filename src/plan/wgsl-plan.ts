/**
 * @file A plan that is ready to run on a device: dispatches with their bind groups, submitted a few at a time.
 */
import type { TensorDevice } from '../tensor/device';
import type { Plan } from './builder';
import type { PreparedPlan } from './executor';
import type { Dispatch } from './operation';
import type { Pace } from './pace';
import { Schedule, type Piece, type Range } from './submits';
import { PART_UNIFORMS } from './wgsl';

/** Uniforms of a dispatch begin at multiples of this: the largest alignment that a device may ask for. */
const UNIFORM_BYTES = 256;

/** A dispatch with what is needed to encode it. */
export interface BoundDispatch {
  dispatch: Dispatch;
  /** Milliseconds that its amount of work is expected to take. */
  time: number;
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
  /** The last run, and the one before it: when their times are known. */
  #last: Promise<void> = Promise.resolve();
  #lastButOne: Promise<void> = Promise.resolve();

  constructor(
    readonly target: TensorDevice,
    readonly plan: Plan,
    readonly list: readonly BoundDispatch[],
    readonly pace: Pace,
    readonly onDispose: () => void,
  ) {
    this.#schedule = new Schedule(
      list.map(({ dispatch, time }) => ({
        groups: dispatch.groups,
        time: time * pace.of(dispatch.kernel),
      })),
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
    // One run waits in the queue, so that the device is never idle; more would only delay whoever waits for a result.
    await this.#lastButOne;
    this.#checkOpen();
    this.target.health.check();
    const { queue } = this.target.device;
    const { ranges } = this.#schedule;
    const start = performance.now();
    const times = ranges.map((range) => {
      queue.submit([this.#encode(range)]);
      return queue.onSubmittedWorkDone().then(() => this.pace.finish(start));
    });
    this.#lastButOne = this.#last;
    this.#last = Promise.all(times).then(
      (durations) => {
        // Cut anew after the run before, while this one was in the queue already.
        if (this.#schedule.ranges !== ranges) return;
        this.#learnPace(durations);
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

  /** A submit of one kernel alone says how fast that kernel is, in this plan and in others. */
  #learnPace(durations: readonly number[]): void {
    this.#schedule.ranges.forEach(({ start, end }, i) => {
      const pieces = this.#schedule.pieces.slice(start, end);
      const kernels = new Set(pieces.map(({ dispatch }) => this.list[dispatch]?.dispatch.kernel.code));
      const kernel = this.list[pieces[0]?.dispatch ?? -1]?.dispatch.kernel;
      if (kernels.size !== 1 || !kernel) return;
      const expected = pieces.reduce((sum, { dispatch, groups }) => {
        const { dispatch: whole, time } = this.list[dispatch] as BoundDispatch;
        return sum + (time * groups[0] * groups[1]) / (whole.groups[0] * whole.groups[1]);
      }, 0);
      this.pace.learn(kernel, expected, durations[i] ?? 0);
    });
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
