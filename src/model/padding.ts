/**
 * @file Rows padded to a few lengths. tfjs keeps its buffers by exact size and never frees them, so every new length
 * would cost memory for good; lengths in steps of 16 stay few.
 */
import type { Batch } from '../sequence/types';

/** Step of padded lengths, in tokens. */
export const LENGTH_STEP = 16;

export function roundUp(length: number, step = LENGTH_STEP): number {
  return Math.ceil(length / step) * step;
}

/** The same batch with rows of a length that is a multiple of 16; what is added is padding (document 0, weight 0). */
export function padBatch(batch: Batch): Batch {
  const length = roundUp(batch.length);
  if (length === batch.length) return batch;
  const widen = <T extends Int32Array | Float32Array | Uint8Array>(values: T, made: T): T =>
    widenRows(batch, length, values, made);
  const size = batch.rows * length;
  const { policy } = batch;
  return {
    ...batch,
    length,
    ids: widen(batch.ids, new Int32Array(size)),
    targets: widen(batch.targets, new Int32Array(size)),
    weights: widen(batch.weights, new Float32Array(size)),
    positions: widen(batch.positions, new Int32Array(size)),
    documents: widen(batch.documents, new Int32Array(size)),
    kind: widen(batch.kind, new Uint8Array(size)),
    ...(policy && {
      policy: {
        advantages: widen(policy.advantages, new Float32Array(size)),
        oldLogProbs: widen(policy.oldLogProbs, new Float32Array(size)),
        referenceLogProbs: widen(policy.referenceLogProbs, new Float32Array(size)),
      },
    }),
  };
}

/** Puts values of a batch, [rows · its length], into `made`, [rows · length], whose rows are longer. */
export function widenRows<T extends Int32Array | Float32Array | Uint8Array>(
  { rows, length: from }: Pick<Batch, 'rows' | 'length'>,
  length: number,
  values: T,
  made: T,
): T {
  for (let row = 0; row < rows; row++) {
    made.set(values.subarray(row * from, (row + 1) * from), row * length);
  }
  return made;
}

/** Takes the padding off values [rows, padded, …], flattened, of a batch that was padded. */
export function unpad(values: Float32Array, { rows, length }: Batch, padded: number): Float32Array {
  if (padded === length) return values;
  const width = values.length / (rows * padded);
  const result = new Float32Array(rows * length * width);
  for (let row = 0; row < rows; row++) {
    const start = row * padded * width;
    result.set(values.subarray(start, start + length * width), row * length * width);
  }
  return result;
}
