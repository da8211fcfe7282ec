/**
 * @file tfjs on our own device: registers its WebGPU backend there, and reads numbers back only from a healthy device.
 */
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { LosslightError } from '../errors';
import { deviceLost, type DeviceHealth, type TensorDevice } from './device';
import { registerProduct } from './product';
import { registerRows } from './rows';
import * as tf from './tf';

/** Value of WEBGPU_MATMUL_PROGRAM_TYPE for the tiled matrix product (`MatMulPackedProgram`). */
const TILED_PRODUCT = 3;

/** How long an unexplained failure waits for the device's own account of it. */
const NEWS_MILLISECONDS = 1000;

/** Makes tfjs compute on `target`. One device at a time: the backend before it, if any, is disposed. */
export async function useDevice(target: TensorDevice): Promise<void> {
  target.health.check();
  tf.removeBackend('webgpu');
  // Without this, small tensors are computed on the CPU backend, whose rounding differs.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  // Fewer submits than the default of 15, yet short enough command buffers for the page to draw in between.
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 64);
  // Left to choose, tfjs splits long products among workgroups that add with float atomics: other bits every run.
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', TILED_PRODUCT);
  registerProduct();
  if (target.description.software) registerRows();
  tf.registerBackend('webgpu', () => new WebGPUBackend(target.device, target.adapterInfo), 3);
  if (!(await tf.setBackend('webgpu'))) {
    throw new LosslightError('gpu-error', 'tfjs could not start on the GPU device.', 'Reload the page.');
  }
}

/**
 * The values of a float tensor, or a named error: never numbers from a device that failed before or meanwhile.
 *
 * @throws LosslightError `device-lost`, `gpu-error` or `out-of-memory`.
 */
export async function readBack(target: TensorDevice, tensor: tf.Tensor): Promise<Float32Array> {
  return guarded(target.health, async () => {
    const values = await tensor.data<'float32'>();
    // Errors of work before this scope are delivered before the scope's own answer.
    target.device.pushErrorScope('validation');
    await target.device.popErrorScope();
    return values;
  });
}

/**
 * Runs work on the device. Whatever it throws, the device's own failure is reported where there is one: the rest is
 * its consequence.
 */
export async function guarded<T>(health: DeviceHealth, work: () => Promise<T> | T): Promise<T> {
  health.check();
  try {
    const result = await work();
    health.check();
    return result;
  } catch (cause) {
    health.check();
    if (cause instanceof LosslightError) throw cause;
    // Nothing here gives up a buffer that is being read, so only a lost device aborts a read.
    if (cause instanceof DOMException && cause.name === 'AbortError') health.fail(deviceLost(cause.message));
    health.check();
    // The news of a lost device comes after the rejection of what was waiting for it.
    await Promise.race([health.failed, new Promise((resolve) => setTimeout(resolve, NEWS_MILLISECONDS))]);
    health.check();
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new LosslightError('gpu-error', `The computation failed: ${message}`, 'Reload the page.', {
      cause,
    });
  }
}
