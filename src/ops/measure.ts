/**
 * @file What measurements of variants share: numbers to compute with, how long a run takes, and whether results agree.
 */
import type { PreparedPlan } from '../plan/executor';
import type { TensorDevice } from '../tensor/device';

/** Largest mean squared error, relative, of a variant that may be chosen. */
const ERROR = 1e-7;

export interface Measurement {
  variant: string;
  /** Of one operation; undefined where its results were wrong, or the device refused it. */
  milliseconds?: number;
}

/** Numbers between −1 and 1 without a pattern that a wrong variant could hide in. */
export function waves(count: number, step: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(step * (i + 1)));
}

/** Milliseconds until a run is done. */
export async function millisecondsOf({ device }: TensorDevice, prepared: PreparedPlan): Promise<number> {
  await device.queue.onSubmittedWorkDone();
  const start = performance.now();
  await prepared.run();
  await device.queue.onSubmittedWorkDone();
  return performance.now() - start;
}

/** Whether Σ(a − b)² ≤ limit · Σb². */
export function agrees(found: Float32Array, expected: Float32Array, limit = ERROR): boolean {
  let [difference, size] = [0, 0];
  expected.forEach((value, i) => {
    difference += ((found[i] ?? NaN) - value) ** 2;
    size += value ** 2;
  });
  return difference <= limit * size;
}
