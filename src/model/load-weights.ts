/**
 * @file From a model's files to its parameters, piece by piece: exactly those that its configuration asks for, every number
 * finite.
 */
import { LosslightError } from '../errors';
import type { ModelConfig } from './config';
import { allFinite } from './elements';
import { matchWeights } from './match-weights';
import { tableName } from './parameter-names';
import type { ReadOptions, WeightPiece, WeightSource } from './weight-source';

export interface LoadOptions extends ReadOptions {
  /** Gets the parameters (numbers) that were handed on so far, and all of them. */
  onParameters?(done: number, total: number): void;
}

/** Elements of a piece: 16 MiB, so that nothing large is in memory twice. */
const PIECE = 2 ** 22;

/**
 * The parameters of a model under their names, in the order that the files have them.
 *
 * @throws LosslightError `bad-model`, naming the tensor, where files and configuration do not fit, a number is not finite,
 * or an output matrix differs from the embedding table that it is tied to; and what `WeightSource.inOrder` throws.
 */
export async function* loadWeights(
  config: ModelConfig,
  source: WeightSource,
  options: LoadOptions = {},
): AsyncGenerator<WeightPiece, void, void> {
  const { stored, copy } = matchWeights(config, source.tensors);
  const names = new Map([...stored].map(([name, from]) => [from, name]));
  const table = `${tableName(config)}.weight`;
  const prints = copy === undefined ? undefined : { copy: new Fingerprint(), table: new Fingerprint() };
  let total = 0;
  for (const from of names.keys()) total += sizeOf(source.tensors.get(from)?.shape ?? []);
  let done = 0;
  const wanted = copy === undefined ? names.keys() : [...names.keys(), copy];
  for await (const piece of source.inOrder(wanted, { pieceElements: PIECE, ...options })) {
    const { values } = piece;
    if (!allFinite(values)) throw notFinite(source, piece);
    const name = names.get(piece.name);
    if (prints && name === table) prints.table.add(values);
    if (name === undefined) {
      prints?.copy.add(values);
      continue;
    }
    yield { ...piece, name };
    done += values.length;
    options.onParameters?.(done, total);
  }
  if (prints && !prints.copy.equals(prints.table)) {
    throw new LosslightError(
      'bad-model',
      `config.json ties the output to the embedding, yet the weights hold an output matrix “${copy}” that differs from it.`,
      'Correct tie_word_embeddings in config.json, or take both from the same model again.',
    );
  }
}

/** All tensors of a stream, each by its name in memory of its own. */
export async function gatherWeights(pieces: AsyncIterable<WeightPiece>): Promise<Map<string, Float32Array>> {
  const gathered = new Map<string, Float32Array>();
  for await (const { name, shape, firstRow, values } of pieces) {
    let all = gathered.get(name);
    if (!all) gathered.set(name, (all = new Float32Array(sizeOf(shape))));
    all.set(values, firstRow * sizeOf(shape.slice(1)));
  }
  return gathered;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function notFinite(source: WeightSource, { name, shape, firstRow, values }: WeightPiece): LosslightError {
  const at = values.findIndex((value) => !Number.isFinite(value));
  const start = firstRow * sizeOf(shape.slice(1));
  const file = source.tensors.get(name)?.file ?? '';
  const message = `Tensor “${name}” in ${file} holds a number that is not finite (${values[at]}, element ${start + at}).`;
  const remedy = 'The file is damaged, or the model was exported from a failed run.';
  return new LosslightError('bad-model', message, remedy);
}

/**
 * Tells whether two rows of numbers that come in pieces are the same, bit for bit: two sums of 32 bits that depend on every
 * word and its place, mixed as in MurmurHash3. It guards against mistakes, not against design.
 */
class Fingerprint {
  #a = 0x243f6a88;
  #b = 0x13198a2e;

  add({ buffer, byteOffset, length }: Float32Array): void {
    const words = new Uint32Array(buffer, byteOffset, length);
    let a = this.#a;
    let b = this.#b;
    for (let i = 0; i < length; i++) {
      const word = words[i] as number;
      a = Math.imul(a ^ Math.imul(word, 0xcc9e2d51), 5) + 0xe6546b64;
      a = (a << 13) | (a >>> 19);
      b = Math.imul(((b << 15) | (b >>> 17)) + word, 0x1b873593);
    }
    this.#a = a;
    this.#b = b;
  }

  equals(other: Fingerprint): boolean {
    return this.#a === other.#a && this.#b === other.#b;
  }
}
