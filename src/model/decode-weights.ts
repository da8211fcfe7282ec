/**
 * @file From a file's tensors to numbers in memory: exactly the model's parameters, every number finite.
 */
import { LosslightError } from '../errors';
import type { ModelConfig } from './config';
import { matchWeights } from './match-weights';
import { decodeTensor, type SafetensorsFile, type StoredTensor } from './safetensors';

/** @throws LosslightError `bad-model`, naming the tensor, where a number is not finite. */
export function decodeWeight(name: string, tensor: StoredTensor): Float32Array {
  const values = decodeTensor(tensor);
  if (!values.every(Number.isFinite)) {
    const remedy = 'The file is damaged, or the model was exported from a failed run.';
    throw new LosslightError('bad-model', `Tensor “${name}” holds a number that is not finite.`, remedy);
  }
  return values;
}

/**
 * All parameters by their Hugging Face names.
 *
 * @param onProgress gets the parameters (numbers) decoded so far, and all of them
 * @throws LosslightError `bad-model` where file and config do not fit or a weight is not finite.
 */
export function decodeWeights(
  config: ModelConfig,
  file: SafetensorsFile,
  onProgress: (done: number, total: number) => void = () => undefined,
): Map<string, Float32Array> {
  const stored = matchWeights(config, file.tensors);
  const sizes = [...stored.values()].map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const weights = new Map<string, Float32Array>();
  let done = 0;
  for (const [name, tensor] of stored) {
    const values = decodeWeight(name, tensor);
    weights.set(name, values);
    done += values.length;
    onProgress(done, total);
  }
  return weights;
}
