/**
 * @file Whether the tensors of a file are the parameters that its configuration asks for.
 */
import { LosslightError } from '../errors';
import { parameterShapes, type ModelConfig } from './config';
import type { StoredTensor } from './safetensors';

/**
 * Fits the tensors of a file to the model: exactly its parameters, each of its shape. An output matrix beside a tied
 * embedding is dropped where it is the same bytes, and refused where it differs: then the file and its config disagree.
 *
 * @returns the tensors in the order of the model's parameters
 * @throws LosslightError `bad-model`, naming the tensor.
 */
export function matchWeights(
  config: ModelConfig,
  stored: ReadonlyMap<string, StoredTensor>,
): Map<string, StoredTensor> {
  const refuse = (message: string): never => {
    throw new LosslightError(
      'bad-model',
      message,
      'config.json and model.safetensors must come from the same model.',
    );
  };
  const matched = new Map<string, StoredTensor>();
  for (const [name, shape] of parameterShapes(config)) {
    const found = stored.get(name) ?? refuse(`The file holds no tensor “${name}”.`);
    if (found.shape.join() !== shape.join()) {
      refuse(
        `Tensor “${name}” has the shape [${found.shape.join(', ')}]; config.json asks for [${shape.join(', ')}].`,
      );
    }
    matched.set(name, found);
  }
  for (const [name, tensor] of stored) {
    if (matched.has(name) || name.endsWith('.rotary_emb.inv_freq')) continue;
    if (name !== 'lm_head.weight') refuse(`The file holds a tensor “${name}” that the model has no use for.`);
    const table = matched.get('model.embed_tokens.weight');
    if (!table || table.dtype !== tensor.dtype || !sameBytes(table.bytes, tensor.bytes)) {
      refuse(
        'config.json ties the output to the embedding, yet the file holds an lm_head.weight that differs from it.',
      );
    }
  }
  return matched;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
