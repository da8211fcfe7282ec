/**
 * @file From a model's parameters to tensors of tfjs on the device, every number finite.
 */
import { LosslightError } from '../errors';
import type { TensorDevice } from '../tensor/device';
import * as tf from '../tensor/tf';
import type { WeightValues } from './base-weights';
import type { ModelConfig } from './config';
import type { Parameters } from './decoder';
import { allFinite } from './elements';
import { parameterShapes } from './parameter-names';

/**
 * Uploads all parameters. What was uploaded is freed again where one of them is refused.
 *
 * @param weights each parameter whole; a stream's are copied as they come
 * @throws LosslightError `bad-model` or `out-of-memory`, naming the tensor; RangeError where one is missing or of another
 * size.
 */
export async function uploadWeights(
  target: TensorDevice,
  config: ModelConfig,
  weights: WeightValues,
): Promise<Parameters> {
  const shapes = parameterShapes(config);
  const uploaded = new Map<string, tf.Tensor>();
  try {
    for await (const { name, values } of wholeTensors(weights)) {
      const shape = shapes.get(name);
      if (!shape || values.length !== tf.util.sizeFromShape(shape)) {
        throw new RangeError(`${values.length} values cannot be those of “${name}”.`);
      }
      checkFits(target, name, shape);
      if (!allFinite(values)) {
        const remedy = 'Load the model again.';
        throw new LosslightError('bad-model', `Tensor “${name}” holds a number that is not finite.`, remedy);
      }
      // tfjs keeps what it is given until the tensor is used; a stream's memory is used again before that.
      uploaded.set(name, tf.tensor(values.slice(), shape));
    }
    for (const name of shapes.keys()) {
      if (!uploaded.has(name)) throw new RangeError(`There are no values of “${name}”.`);
    }
  } catch (error) {
    tf.dispose([...uploaded.values()]);
    throw error;
  }
  return uploaded;
}

async function* wholeTensors(weights: WeightValues): AsyncGenerator<{ name: string; values: Float32Array }> {
  if (Symbol.asyncIterator in weights) yield* weights;
  else for (const [name, values] of weights) yield { name, values };
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
