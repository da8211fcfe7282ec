/**
 * @file The loss: log-probability of each target, and its weighted sum. Nowhere is there a one-hot [tokens, vocabulary].
 */
import * as tf from '../tensor/tf';

/**
 * log p(target) of every row: logits[n, target[n]] − log Σ exp(logits[n]).
 *
 * Backward: d/d logits = dy · (onehot(target) − softmax(logits)); the one is added at the target's place alone.
 *
 * @param logits [N, V]
 * @param targets N ids, all below V
 * @returns [N]
 */
export function targetLogProbs(logits: tf.Tensor2D, targets: Int32Array): tf.Tensor1D {
  const count = targets.length;
  const pick = (x: tf.Tensor) => x.gather(tf.tensor2d(targets, [count, 1], 'int32'), 1, 1) as tf.Tensor2D;

  const logProbs = tf.customGrad((x, save) => {
    const scores = x as tf.Tensor2D;
    const shifted = scores.sub(scores.max(1, true));
    const logSum = shifted.exp().sum(1, true).log();
    const logSoftmax = shifted.sub(logSum) as tf.Tensor2D;
    (save as tf.GradSaveFunc)([logSoftmax]);
    return {
      value: pick(logSoftmax).reshape([count]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [kept] = saved as [tf.Tensor2D];
        const column = dy.reshape([count, 1]);
        const withoutOne = kept.exp().mul(column.neg());
        const places = Int32Array.from({ length: 2 * count }, (_, i) =>
          i % 2 === 0 ? i / 2 : (targets[(i - 1) / 2] ?? 0),
        );
        return tf.tensorScatterUpdate(
          withoutOne,
          tf.tensor2d(places, [count, 2], 'int32'),
          pick(withoutOne).add(column).reshape([count]),
        );
      },
    };
  });
  return logProbs(logits) as tf.Tensor1D;
}

/**
 * Σ weights · nll / norm, with nll = −log p(target). Weights may be negative.
 *
 * @param logProbs [N], from `targetLogProbs`
 * @param weights [N]
 * @param norm of the whole accumulated batch, so that micro-batches add up
 */
export function weightedLoss(logProbs: tf.Tensor1D, weights: Float32Array, norm: number): tf.Scalar {
  return logProbs
    .mul(tf.tensor1d(weights.map((w) => w / norm)))
    .sum<tf.Scalar>()
    .neg();
}
