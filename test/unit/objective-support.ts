/**
 * @file Sequences for tests of objectives.
 */
import type { TrainingSequence } from '../../src/sequence/types';
import { SEGMENT_KINDS } from '../../src/template/rendered';

/** Tokens of one document of which those from `start` on are trained. */
export function plainSequence(ids: readonly number[], start: number, conversation: string): TrainingSequence {
  return {
    ids: Int32Array.from(ids),
    weights: Float32Array.from(ids, (_, i) => (i >= start ? 1 : 0)),
    kind: new Uint8Array(ids.length).fill(SEGMENT_KINDS.indexOf('answer')),
    positions: Int32Array.from(ids, (_, i) => i),
    document: new Int32Array(ids.length).fill(1),
    origin: { conversation },
  };
}
