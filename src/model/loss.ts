/**
 * @file The loss: log-probability of each target, what it costs, and the weighted sum. Nowhere is there a one-hot
 * [tokens, vocabulary]. Formulas are in ops/token-loss.ts.
 */
import { MOST_DIFFERENCE } from '../ops/token-loss';
import type { Batch } from '../sequence/types';
import * as tf from '../tensor/tf';
import type { TokenLoss } from './engine';
import { ALTERNATIVES } from './predictions';

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
 * What else a row of logits says, as in ops/token-rank.ts: log-probability of each target, entropy in nats, the target's
 * rank, and the most probable tokens with their log-probabilities.
 *
 * @param logits [N, V]
 * @param targets N ids, all below V
 * @returns [N], [N], [N] and [N, K, 2]
 */
export function predictedTokens(logits: tf.Tensor2D, targets: Int32Array): tf.Tensor[] {
  const [count, vocabulary] = logits.shape;
  const all = tf.logSoftmax(logits);
  const chosen = all.gather(tf.tensor2d(targets, [count, 1], 'int32'), 1, 1).reshape([count, 1]);
  const top = tf.topk(all, Math.min(ALTERNATIVES, vocabulary));
  return [
    chosen.reshape([count]),
    all.exp().mul(all).sum(1).neg(),
    all.greater(chosen).toFloat().sum(1).add(1),
    tf.stack([top.indices.toFloat(), top.values], 2),
  ];
}

/**
 * What each target costs, before its weight.
 *
 * @param logits [N, V]
 * @param logProbs [N], of the targets: `targetLogProbs` of the same logits
 * @param policy what a policy loss takes of each target
 * @returns [N]
 */
export function tokenLosses(
  loss: TokenLoss,
  logits: tf.Tensor2D,
  logProbs: tf.Tensor1D,
  policy?: Batch['policy'],
): tf.Tensor1D {
  if (loss.kind === 'policy') return policyLosses(loss, logProbs, policy);
  const { labelSmoothing = 0, probabilityWeighted = false } = loss;
  const plain = logProbs.mul<tf.Tensor1D>(labelSmoothing - 1);
  const smoothed =
    labelSmoothing === 0 ? plain : plain.sub<tf.Tensor1D>(tf.logSoftmax(logits).mean(1).mul(labelSmoothing));
  return probabilityWeighted ? smoothed.mul(constant(logProbs.exp())) : smoothed;
}

/** At the very borders of the clip tfjs passes the whole slope on, where PyTorch passes half of it. */
function policyLosses(
  { clipLow, clipHigh, kl }: Extract<TokenLoss, { kind: 'policy' }>,
  logProbs: tf.Tensor1D,
  policy: Batch['policy'],
): tf.Tensor1D {
  if (!policy) throw new RangeError('A policy loss needs the advantage of every token.');
  const advantages = tf.tensor1d(policy.advantages);
  // Of targets without a weight the terms say nothing; they must stay finite all the same.
  const power = (difference: tf.Tensor) => tf.minimum(difference, MOST_DIFFERENCE).exp();
  const ratio = power(logProbs.sub(tf.tensor1d(policy.oldLogProbs)));
  const clipped = tf.clipByValue(ratio, 1 - clipLow, Math.min(1 + clipHigh, 3e38));
  const surrogate = tf.minimum(ratio.mul(advantages), clipped.mul(advantages));
  if (kl === 0) return surrogate.neg() as tf.Tensor1D;
  const away = tf.tensor1d(policy.referenceLogProbs).sub(logProbs);
  const k3 = power(away).sub(away).sub(1);
  return k3.mul(kl).sub<tf.Tensor1D>(surrogate);
}

/** The same values, through which no gradient passes. */
function constant<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((values) => ({
    value: (values as tf.Tensor).clone(),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }))(x) as T;
}

/**
 * Σ weights · loss / norm.
 *
 * @param losses [N], from `tokenLosses`
 * @param weights [N]; may be negative. What has none does not count, whatever it costs.
 * @param norm of the whole accumulated batch, so that micro-batches add up
 */
export function weightedLoss(losses: tf.Tensor1D, weights: Float32Array, norm: number): tf.Scalar {
  return losses.mul(tf.tensor1d(weights.map((w) => w / norm))).sum<tf.Scalar>();
}
