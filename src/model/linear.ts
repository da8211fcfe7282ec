/**
 * @file The matrices of a model at work: products, look-ups and the LM head, in whatever form a matrix is kept.
 * Sizes: N tokens, d hidden, V vocabulary.
 */
import { addBias } from '../ops/bias';
import { embedding, type Segments } from '../ops/embedding';
import { frozenEmbedding } from '../ops/frozen-embedding';
import { isFrozen } from '../ops/frozen-matrix';
import { joinedMatmul } from '../ops/joined-matmul';
import { lmHeadLoss } from '../ops/lm-head';
import { addLora } from '../ops/lora';
import { weightMatmul } from '../ops/weight-product';
import type { PlanBuilder } from '../plan/builder';
import type { Tensor } from '../plan/tensor';
import type { Matrix } from './plan-weights';

/** Appends x · Wᵀ (x · W where `transposed`) + what LoRA adds + bias: [N, in] gives [N, out]. */
export function applyMatrix(plan: PlanBuilder, x: Tensor, matrix: Matrix, name: string): Tensor {
  const { weight, transposed = false, lora, bias } = matrix;
  const y = weightMatmul(plan, x, weight, { transposeB: !transposed, name });
  if (lora) addLora(plan, x, y, lora);
  if (bias) addBias(plan, y, bias);
  return y;
}

/** The same of several matrices and one x: one product where all are in 32 bits, see `joinedMatmul`. */
export function applyMatrices(
  plan: PlanBuilder,
  x: Tensor,
  matrices: readonly Matrix[],
  names: readonly string[],
): Tensor[] {
  const name = (i: number) => names[i] ?? '';
  const weights = matrices.flatMap(({ weight, transposed }) =>
    isFrozen(weight) || transposed ? [] : [weight],
  );
  if (weights.length < matrices.length) {
    return matrices.map((matrix, i) => applyMatrix(plan, x, matrix, name(i)));
  }
  const results = joinedMatmul(plan, x, weights, names);
  results.forEach((y, i) => {
    const { lora, bias } = matrices[i] as Matrix;
    if (lora) addLora(plan, x, y, lora);
    if (bias) addBias(plan, y, bias);
  });
  return results;
}

/**
 * Appends the rows of a table for ids, [N, d].
 *
 * @param ids [N] i32, all below the table's rows
 * @param segments of the same ids, see `sortSegments`; only a table that is trained needs them
 */
export function embed(
  plan: PlanBuilder,
  table: Matrix,
  ids: Tensor,
  segments?: Segments<Tensor>,
  name = 'embedding',
): Tensor {
  const { weight } = table;
  if (isFrozen(weight)) return frozenEmbedding(plan, weight, ids, name);
  return embedding(plan, weight, ids, segments, name);
}

/** Appends the logits [N, V] of hidden states [N, d]. */
export function headLogits(plan: PlanBuilder, y: Tensor, head: Matrix): Tensor {
  return applyMatrix(plan, y, head, 'logits');
}

/** Appends the LM head with the loss, see `lmHeadLoss`. */
export function headLoss(
  plan: PlanBuilder,
  y: Tensor,
  head: Matrix,
  targets: Tensor,
  weights: Tensor,
  outputs: Parameters<typeof lmHeadLoss>[5],
): void {
  lmHeadLoss(plan, y, head.weight, targets, weights, outputs);
}
