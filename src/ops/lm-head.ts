/**
 * @file The output matrix and the weighted loss in one, a range of tokens at a time, so that the logits of all tokens are
 * never in memory together. The gradient of the logits is written over them, and used at once.
 *
 * Shapes: hidden y [N, D], weight [V, D], targets and weights [N]; results [N].
 * logits = y · weightᵀ, loss = Σₙ weights · (what the token costs, −log p[target] where nothing else is asked for).
 * Backward: ∂logits as in loss.ts; ∂y = ∂logits · weight; ∂weight += ∂logitsᵀ · y, unless it is packed.
 */
import type { PlanBuilder } from '../plan/builder';
import { ALIGNMENT, expectShape, rowsOf, type Tensor } from '../plan/tensor';
import { checkForm, formOfRows, rowLoss, type LossForm, type LossOutputs } from './loss';
import { isFrozen, type Weight } from './frozen-matrix';
import { product } from './matmul';
import { tokenRanks, type RankOutputs } from './token-rank';
import { weightProduct } from './weight-product';
import { zero } from './zero';

/** Most bytes of logits in memory at a time. */
export const LOGITS_BYTES = 64 * 2 ** 20;

/** Rows of a chunk: as many as fit, in whole multiples of what ranges may begin at. */
function chunkRows(rows: number, vocabulary: number, bytes: number): number {
  const fitting = Math.floor(bytes / (4 * vocabulary) / ALIGNMENT) * ALIGNMENT;
  return Math.min(rows, Math.max(ALIGNMENT, fitting));
}

/**
 * Appends the head, the loss and, where something before it is trained, the beginning of the backward pass.
 *
 * @param weights of each target's log-probability in the loss, already divided by the norm; 0 for targets that do not count
 * @param logProbs, entropy receive one number a token, whatever its weight
 * @param form another loss than the plain one, see loss.ts
 * @param ranked receives ranks and alternatives, see token-rank.ts; only where nothing is trained
 * @throws RangeError where sizes do not fit, or ranks are asked for while something is trained.
 */
export function lmHeadLoss(
  plan: PlanBuilder,
  y: Tensor,
  weight: Weight,
  targets: Tensor,
  weights: Tensor,
  {
    logProbs,
    entropy,
    form,
    ranked,
    bytes = LOGITS_BYTES,
  }: LossOutputs & { form?: LossForm; ranked?: RankOutputs; bytes?: number },
): void {
  const [rows = 0] = y.shape;
  const [vocabulary = 0] = weight.shape;
  for (const tensor of [targets, weights, logProbs, entropy]) expectShape('The loss', tensor, [rows]);
  checkForm(form, rows);
  const dy = plan.gradientTarget(y);
  const dWeight = isFrozen(weight) ? undefined : plan.gradientTarget(weight);
  const trains = Boolean(dy ?? dWeight);
  if (trains && ranked) throw new RangeError('Ranks are told of logits, which become their gradient here.');
  if (dWeight && !dWeight.accumulate) plan.append(zero(dWeight.tensor));
  const count = chunkRows(rows, vocabulary, bytes);
  for (let start = 0; start < rows; start += count) {
    const chunk = (tensor: Tensor) => rowsOf(tensor, start, Math.min(count, rows - start));
    const part = chunk(y);
    const logits = plan.activation('logits', [part.shape[0] ?? 0, vocabulary]);
    plan.append(weightProduct(part, weight, logits, { transposeB: true }));
    const outputs = { logProbs: chunk(logProbs), entropy: chunk(entropy) };
    const its = formOfRows(form, start, part.shape[0] ?? 0);
    plan.append(rowLoss(logits, chunk(targets), chunk(weights), outputs, trains, its));
    if (ranked) {
      const theirs = { ranks: chunk(ranked.ranks), alternatives: chunk(ranked.alternatives) };
      plan.append(tokenRanks(logits, chunk(targets), outputs.logProbs, theirs));
    }
    if (dy) {
      const options = { accumulate: dy.accumulate, name: '∂hidden' };
      plan.append(weightProduct(logits, weight, chunk(dy.tensor), options));
    }
    if (dWeight) {
      const options = { transposeA: true, accumulate: true, name: '∂head' };
      plan.append(product(logits, part, dWeight.tensor, options));
    }
  }
}
