/**
 * @file tfjs on our own device: registers its WebGPU backend there, and reads numbers back only from a healthy device.
 */
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { LosslightError } from '../errors';
import type { TensorDevice } from './device';
import { guarded } from './guarded';
import { registerProduct } from './product';
import { registerRows } from './rows';
import * as tf from './tf';

/** Value of WEBGPU_MATMUL_PROGRAM_TYPE for the tiled matrix product (`MatMulPackedProgram`). */
const TILED_PRODUCT = 3;

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
