/**
 * @file How long a dispatch is expected to take on a device: first from its arithmetic and the memory that it touches, and
 * cautiously, so that a kernel that is slower than thought does not freeze the desktop; then from how long the same kernel
 * took before, in whichever plan.
 */
import type { TensorDevice } from '../tensor/device';
import type { Dispatch, Kernel } from './operation';
import { sizeOf } from './tensor';

/** What a slow device of its kind does in a millisecond: floating-point operations, and bytes read or written. */
const SLOW = {
  software: { operations: 2e6, bytes: 4e5 },
  hardware: { operations: 2e8, bytes: 2e7 },
};
/** A kernel that never ran may take so many times as long as on a slow device. */
const CAUTION = 3;
/** How much of what was known stays when the same kernel is timed again: times vary. */
const MEMORY = 0.5;

const PACES = new WeakMap<GPUDevice, Pace>();

export class Pace {
  readonly #slow: { operations: number; bytes: number };
  /** How many times as long as on a slow device a kernel takes, by its code. */
  readonly #factors = new Map<string, number>();
  /** When the device was last known to have finished a submit. */
  #finished = 0;

  /** @param software whether the device is one in software */
  constructor(software: boolean) {
    this.#slow = software ? SLOW.software : SLOW.hardware;
  }

  /** The pace of a device: the same for all executors on it. */
  static for({ device, description }: TensorDevice): Pace {
    const found = PACES.get(device) ?? new Pace(description.software);
    PACES.set(device, found);
    return found;
  }

  /**
   * Milliseconds that a dispatch takes on a slow device.
   *
   * @param work floating-point operations, roughly
   */
  expect({ tensors }: Pick<Dispatch, 'tensors'>, work: number): number {
    const bytes = tensors.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
    return Math.max(work / this.#slow.operations, bytes / this.#slow.bytes);
  }

  /** What such a time has to be multiplied with for a kernel. */
  of({ code }: Kernel): number {
    return this.#factors.get(code) ?? CAUTION;
  }

  /**
   * To be called as soon as a submit is done, in the order of submits.
   *
   * @param submitted when it was given to the device, which may have been busy with others
   * @returns milliseconds that it took
   */
  finish(submitted: number): number {
    const now = performance.now();
    const begun = Math.max(submitted, this.#finished);
    this.#finished = now;
    return now - begun;
  }

  /** A kernel took `milliseconds` for what takes a slow device `expected`. */
  learn({ code }: Kernel, expected: number, milliseconds: number): void {
    if (!(expected > 0 && milliseconds > 0)) return;
    const factor = milliseconds / expected;
    const known = this.#factors.get(code);
    this.#factors.set(code, known === undefined ? factor : MEMORY * known + (1 - MEMORY) * factor);
  }
}
