/**
 * @file Looking up rows of the embedding table, with a gradient that is the same bits every time.
 * tfjs's own gradient adds rows with float atomics, whose order, and so whose rounding, changes from run to run.
 */
import * as tf from '../tensor/tf';

/**
 * Rows of `table` for `ids`.
 *
 * Backward: row r of the table's gradient is Σ dy[n] over all n with ids[n] = r. The distinct ids are numbered on the
 * CPU; a 0/1 matrix [N, N] that says which token has which id sums their gradients in one matrix product.
 *
 * @param table [V, D]
 * @param ids N token ids, all below V (WebGPU reads zeros beyond the table without a word)
 * @returns [N, D]
 */
export function embed(table: tf.Tensor, ids: Int32Array): tf.Tensor {
  const lookUp = tf.customGrad((x) => {
    const rows = x as tf.Tensor;
    return {
      value: rows.gather(tf.tensor1d(ids, 'int32')),
      gradFunc: (dy: tf.Tensor) => sumByRow(dy, ids, rows.shape[0] ?? 0),
    };
  });
  return lookUp(table);
}

/** [N, D] → [V, D]: row r of the result is the sum of the rows n with ids[n] = r, zero where there is none. */
function sumByRow(dy: tf.Tensor, ids: Int32Array, rows: number): tf.Tensor {
  const distinct = [...new Set(ids)];
  const numbered = new Int32Array(ids.length).fill(-1);
  numbered.set(distinct);
  // Row of `sums` to take for each row of the table; one past the end is the row of zeros.
  const source = new Int32Array(rows).fill(ids.length);
  distinct.forEach((id, place) => (source[id] = place));

  const has = tf.equal(tf.tensor2d(numbered, [ids.length, 1]), tf.tensor2d(ids, [1, ids.length])).toFloat();
  const sums = tf.matMul(has as tf.Tensor2D, dy as tf.Tensor2D);
  const zeros = tf.zeros([1, dy.shape[1] ?? 0]);
  return tf.concat([sums, zeros]).gather(tf.tensor1d(source, 'int32'));
}
