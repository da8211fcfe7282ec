/**
 * @file `model.safetensors.index.json`: which file of a model in several holds which tensor.
 *
 * `metadata.total_size` is not compared with anything, as in transformers and the Rust library: writers count tied tensors
 * once or twice, and the files' own headers say exactly how long they are.
 */
import { LosslightError } from '../errors';
import { StrictJson, type Refuse } from './strict-json';

/** Names of tensors, each with the name of its file. */
export type WeightMap = ReadonlyMap<string, string>;

/**
 * @param name of the file, for messages
 * @throws LosslightError `bad-model` with the reason: malformed JSON, a tensor twice, a file that is none of the folder's.
 */
export function parseIndex(text: string, name: string): WeightMap {
  const refuse: Refuse = (reason) => {
    throw new LosslightError(
      'bad-model',
      `${name} is not a valid index of weights: ${reason}`,
      'Take the file and the files that it names from the same model again.',
    );
  };
  const json = new StrictJson(text, refuse);
  let map: Map<string, string> | undefined;
  json.object('the index', (key) => {
    if (key === 'metadata') {
      json.object('metadata', (field) => json.anything(`metadata “${field}”`));
    } else if (key === 'weight_map') {
      const found = new Map<string, string>();
      json.object('weight_map', (tensor) => {
        if (tensor === '') refuse('a tensor has an empty name.');
        if (tensor === '__proto__') refuse('“__proto__” is not accepted as the name of a tensor.');
        found.set(tensor, fileName(json.string(`the file of tensor “${tensor}”`), tensor, refuse));
      });
      map = found;
    } else json.anything(`“${key}”`);
  });
  json.end();
  if (!map) refuse('it has no weight_map.');
  if (map.size === 0) refuse('its weight_map is empty.');
  return map;
}

/** Of a file beside the index: a path could lead anywhere. */
function fileName(file: string, tensor: string, refuse: Refuse): string {
  if (/[/\\]/.test(file))
    refuse(
      `tensor “${tensor}” is said to be in “${file}”; only files beside the index are read, without “/” or “\\”.`,
    );
  if (!/^(?!\.)\P{Cc}+\.safetensors$/u.test(file))
    refuse(`tensor “${tensor}” is said to be in “${file}”, which is not the name of a .safetensors file.`);
  return file;
}
