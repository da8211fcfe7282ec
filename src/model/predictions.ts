/**
 * @file What a model predicted at each place of a batch, beside the log-probability of what came: entropy, the rank of what
 * came, and the most probable tokens. Taken apart here from what an engine reads back.
 */
import { ALTERNATIVE } from '../ops/token-rank';
import type { Predictions } from './engine';

/** Tokens that are told of each prediction, the most probable first; fewer where the vocabulary is smaller. */
export const ALTERNATIVES = 5;

/** @param alternatives id and log-probability, [rows · length, K, 2] */
export function toPredictions(
  logProbs: Float32Array,
  entropy: Float32Array,
  ranks: Float32Array,
  alternatives: Float32Array,
): Predictions {
  const count = alternatives.length / ALTERNATIVE;
  const topIds = new Int32Array(count);
  const topLogProbs = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    topIds[i] = alternatives[ALTERNATIVE * i] ?? 0;
    topLogProbs[i] = alternatives[ALTERNATIVE * i + 1] ?? 0;
  }
  return { logProbs, entropy, ranks: Int32Array.from(ranks), topIds, topLogProbs };
}
