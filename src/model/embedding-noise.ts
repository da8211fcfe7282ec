/**
 * @file NEFTune: noise on the embeddings of a training step, uniform in ±α / √(L · d) for a text of L tokens.
 * Jain et al. 2023, https://arxiv.org/abs/2310.05914. L counts a document's own tokens, without padding and without others
 * that are packed beside it, so that neither changes what a text gets.
 */
import { uniformNoise, type NoiseInputs } from '../ops/uniform-noise';
import { makeTensor, type Dtype, type Tensor } from '../plan/tensor';
import type { Batch } from '../sequence/types';
import type { StepOptions } from './engine';

export type Neftune = NonNullable<StepOptions['neftune']>;

/** Inputs for so many tokens. */
export function makeNoiseInputs(tokens: number): NoiseInputs {
  const input = (name: string, dtype: Dtype, count = tokens) =>
    makeTensor(`${name} of noise`, [count], 'input', dtype);
  return {
    streams: input('streams', 'i32'),
    places: input('places', 'i32'),
    sizes: input('sizes', 'f32'),
    seed: input('seed', 'i32', 1),
  };
}

interface NoiseOfTokens {
  streams: Int32Array;
  places: Int32Array;
  sizes: Float32Array;
}

/**
 * What each token's noise is made of: its row, counted over the step, its place in the row, and how large it is.
 *
 * @param documents [rows · length], 0 in padding
 * @param width d, of the embeddings
 */
function noiseOfTokens(
  rows: number,
  length: number,
  documents: Int32Array,
  firstRow: number,
  width: number,
  alpha: number,
): NoiseOfTokens {
  const size = rows * length;
  const made = {
    streams: new Int32Array(size),
    places: new Int32Array(size),
    sizes: new Float32Array(size),
  };
  for (let row = 0; row < rows; row++) {
    const lengths = new Map<number, number>();
    const its = documents.subarray(row * length, (row + 1) * length);
    for (const document of its) lengths.set(document, (lengths.get(document) ?? 0) + 1);
    its.forEach((document, t) => {
      const n = row * length + t;
      made.streams[n] = firstRow + row;
      made.places[n] = t;
      if (document !== 0) made.sizes[n] = alpha / Math.sqrt((lengths.get(document) ?? 1) * width);
    });
  }
  return made;
}

/**
 * Values of the inputs.
 *
 * @param documents of a batch whose rows were padded to `length`
 * @param firstRow number of the batch's first row among all rows of the step
 */
export function noiseValues(
  inputs: NoiseInputs,
  { rows, length, documents, firstRow, width }: NoiseShape,
  { alpha, seed }: Neftune,
): [Tensor, Int32Array | Float32Array][] {
  const { streams, places, sizes } = noiseOfTokens(rows, length, documents, firstRow, width, alpha);
  return [
    [inputs.streams, streams],
    [inputs.places, places],
    [inputs.sizes, sizes],
    [inputs.seed, Int32Array.of(seed)],
  ];
}

interface NoiseShape extends Pick<Batch, 'rows' | 'length' | 'documents'> {
  firstRow: number;
  width: number;
}

/** The noise itself, [rows · length, width]. */
export function noiseOn(shape: NoiseShape, { alpha, seed }: Neftune): Float32Array {
  const { rows, length, documents, firstRow, width } = shape;
  const { streams, places, sizes } = noiseOfTokens(rows, length, documents, firstRow, width, alpha);
  return Float32Array.from({ length: sizes.length * width }, (_, at) => {
    const [n, i] = [Math.floor(at / width), at % width];
    return (sizes[n] ?? 0) * uniformNoise(seed, streams[n] ?? 0, places[n] ?? 0, width, i);
  });
}
