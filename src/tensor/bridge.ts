/**
 * @file Memory that tfjs and the plans share on one device, without a copy: a buffer of a plan's as a tfjs tensor, and the
 * buffer of a tfjs tensor for a plan.
 *
 * Whoever made a buffer frees it. A tfjs tensor on a plan's buffer must not be used once that buffer is released; disposing
 * it leaves the buffer alone. A plan on a tfjs tensor's buffer must not run once that tensor is disposed, since tfjs gives
 * the buffer to the next tensor of its size: keep it (`tf.keep`) for as long as the plan. tfjs remembers values that were
 * read, so make a new tensor for each look at memory that changes.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from './tf';

const BYTES = 4;

/** The backend, where tfjs computes on WebGPU. */
function webgpu(): WebGPUBackend {
  if (tf.getBackend() !== 'webgpu') {
    throw new RangeError('tfjs does not compute on a WebGPU device; `useDevice` makes it.');
  }
  return tf.backend() as WebGPUBackend;
}

/**
 * A buffer of floats as a tfjs tensor of one dimension, from its beginning. Its parts (`tf.slice`) are copies on the device.
 *
 * @param buffer on the device that tfjs computes on
 * @throws RangeError where tfjs computes elsewhere, or the buffer is smaller.
 */
export function tensorOnBuffer(buffer: GPUBuffer, elements: number): tf.Tensor1D {
  webgpu();
  if (buffer.size < BYTES * elements) {
    throw new RangeError(`A buffer of ${buffer.size} bytes has no ${elements} numbers of ${BYTES} bytes.`);
  }
  return tf.tensor({ buffer, zeroCopy: true }, [elements], 'float32');
}

/**
 * The buffer that holds a tfjs tensor; it is uploaded first if it never was on the device. What tfjs still has to compute
 * for it is submitted, so that work submitted later finds it.
 *
 * @throws RangeError where tfjs computes elsewhere, or the tensor is not of floats or integers in a buffer.
 */
export function bufferOfTensor(tensor: tf.Tensor): GPUBuffer {
  const backend = webgpu();
  if (tensor.dtype !== 'float32' && tensor.dtype !== 'int32') {
    throw new RangeError(`A plan cannot use a tfjs tensor of ${tensor.dtype}.`);
  }
  backend.uploadToGPU(tensor.dataId);
  const { resource } = backend.tensorMap.get(tensor.dataId);
  if (!(resource instanceof GPUBuffer))
    throw new RangeError('The tfjs tensor is in no buffer of the device.');
  flushTensors();
  return resource;
}

/** Submits what tfjs has gathered: before a plan runs on memory that tfjs writes, or writes memory that tfjs reads. */
export function flushTensors(): void {
  const backend = webgpu();
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
}
