/**
 * @file The parameters of a model from a file that is wholly in memory.
 */
import type { ModelConfig } from '../../src/model/config';
import { matchWeights } from '../../src/model/match-weights';
import { parseSafetensors, type StoredTensor } from '../../src/model/safetensors';

/** The tensors of a file under the names of the parameters, in their order. */
export function storedParameters(config: ModelConfig, file: Uint8Array): Map<string, StoredTensor> {
  const { tensors } = parseSafetensors(file);
  const { stored } = matchWeights(config, tensors);
  return new Map([...stored].map(([name, from]) => [name, tensors.get(from) as StoredTensor]));
}
