/**
 * @file Made-up ids for measuring speed: what they say does not matter, how many there are does.
 */
import type { Engine } from '../model/engine';
import type { TrainingSequence } from '../sequence/types';

/** Ids of the model's vocabulary, others for another row. */
export function trialIds(
  { vocabularySize }: Pick<Engine, 'vocabularySize'>,
  count: number,
  row: number,
): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => (7 * i + 31 * row) % vocabularySize);
}

/** Sequences of at most `longest` tokens, each trained. */
export function trialSequences(engine: Engine, rows: number, longest: number): TrainingSequence[] {
  const length = Math.min(longest, engine.contextLength);
  return Array.from({ length: rows }, (_, row) => ({
    ids: trialIds(engine, length, row),
    weights: new Float32Array(length).fill(1),
    kind: new Uint8Array(length),
    positions: Int32Array.from({ length }, (__, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: String(row) },
  }));
}
