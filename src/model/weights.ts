/**
 * @file From a file's tensors to tensors on the device: exactly the model's parameters, every number finite.
 */
import { LosslightError } from '../errors';
import type { TensorDevice } from '../tensor/device';
import * as tf from '../tensor/tf';
import type { ModelConfig } from './config';
import type { Parameters } from './decoder';
import { decodeWeight } from './decode-weights';
import { matchWeights } from './match-weights';
import type { SafetensorsFile } from './safetensors';

/**
 * Decodes and uploads the weights. What was uploaded is freed again where one of them is refused.
 *
 * @param onProgress gets the parameters (numbers) uploaded so far, and all of them
 * @throws LosslightError `bad-model` or `out-of-memory`, naming the tensor.
 */
export function uploadWeights(
  target: TensorDevice,
  config: ModelConfig,
  file: SafetensorsFile,
  onProgress: (done: number, total: number) => void = () => undefined,
): Parameters {
  const stored = matchWeights(config, file.tensors);
  const total = [...stored.values()].reduce((sum, { shape }) => sum + tf.util.sizeFromShape([...shape]), 0);
  const tensors = new Map<string, tf.Tensor>();
  let done = 0;
  try {
    for (const [name, tensor] of stored) {
      checkFits(target, name, tensor.shape);
      const values = decodeWeight(name, tensor);
      tensors.set(name, tf.tensor(values, [...tensor.shape]));
      done += values.length;
      onProgress(done, total);
    }
  } catch (error) {
    tf.dispose([...tensors.values()]);
    throw error;
  }
  return tensors;
}

/** An over-limit buffer is an error beside the program's flow; said before, it can name the tensor. */
function checkFits({ device }: TensorDevice, name: string, shape: readonly number[]): void {
  const bytes = 4 * tf.util.sizeFromShape([...shape]);
  const limit = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  if (bytes <= limit) return;
  throw new LosslightError(
    'out-of-memory',
    `Tensor “${name}” takes ${bytes} bytes as 32-bit floats; this device's buffers hold at most ${limit}.`,
    'Choose a smaller model, or a device with larger buffers.',
  );
}
