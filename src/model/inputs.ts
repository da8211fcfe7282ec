/**
 * @file What the decoder needs to know of positions and documents, as tensors: rotary angles and the attention mask.
 */
import { ropeFrequencies, rotationTables } from '../ops/rope-tables';
import * as tf from '../tensor/tf';
import type { ModelConfig } from './config';
import type { DecoderInput } from './decoder';

/** Far enough below any score that its share becomes exactly 0, and finite, so that no NaN can come of it. */
export const FORBIDDEN = -1e9;

/** The part of a `Batch` that the decoder reads; all arrays are [rows · length]. */
export interface TokenRows {
  rows: number;
  length: number;
  ids: Int32Array;
  positions: Int32Array;
  documents: Int32Array;
}

/** Tensors for a forward pass over whole rows. The caller owns them (use within `tf.tidy`). */
export function decoderInput(config: ModelConfig, batch: TokenRows): DecoderInput {
  const { rows, length, ids, positions } = batch;
  return {
    rows,
    length,
    ids,
    ...rotaryAngles(config, positions, rows),
    mask: tf.tensor4d(attentionMask(batch), [rows, 1, length, length]),
  };
}

/** Cosine and sine of every rotary angle, [rows, 1, T, h / 2], rounded to 32 bits where transformers rounds. */
export function rotaryAngles(
  { ropes, headSize }: Pick<ModelConfig, 'headSize' | 'ropes'>,
  positions: Int32Array,
  rows: number,
): { cos: tf.Tensor; sin: tf.Tensor } {
  const frequencies = ropeFrequencies(ropes[0] ?? { type: 'default', theta: 10_000 }, headSize);
  const { cos, sin } = rotationTables(positions, frequencies);
  const shape: [number, number, number, number] = [rows, 1, positions.length / rows, headSize / 2];
  return { cos: tf.tensor4d(cos, shape), sin: tf.tensor4d(sin, shape) };
}

/**
 * [rows, T, T]: 0 where the token of the second index may be looked at from the first, else FORBIDDEN. A token sees
 * itself and earlier tokens of its own document; padding, document 0, sees padding only and is seen by nobody else.
 */
export function attentionMask({
  rows,
  length,
  documents,
}: Omit<TokenRows, 'ids' | 'positions'>): Float32Array {
  const mask = new Float32Array(rows * length * length).fill(FORBIDDEN);
  for (let query = 0; query < rows * length; query++) {
    const first = query - (query % length);
    for (let key = first; key <= query; key++) {
      if (documents[key] === documents[query]) mask[query * length + key - first] = 0;
    }
  }
  return mask;
}
