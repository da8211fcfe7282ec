/**
 * @file The output matrix and the weighted loss in one, a range of tokens at a time, so that the logits of all tokens are
 * never in memory together. The gradient of the logits is written over them, and used at once.
 *
 * Shapes: hidden y [N, D], weight [V, D], targets and weights [N]; results [N].
 * logits = y · weightᵀ, p = softmax(logits), logProb = log p[target], entropy = −Σ p log p, loss = −Σₙ weights · logProb.
 * Backward: ∂logits = weights · (p − 1 at the target); ∂y = ∂logits · weight; ∂weight += ∂logitsᵀ · y, unless it is packed.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { strandsOf } from '../plan/strands';
import { ALIGNMENT, expectShape, rowsOf, type Tensor } from '../plan/tensor';
import { makeDispatch, makeRowKernel, rowGroups } from '../plan/wgsl';
import { isFrozen, type Weight } from './frozen-matrix';
import { product } from './matmul';
import { weightProduct } from './weight-product';
import { zero } from './zero';

/** Most bytes of logits in memory at a time. */
export const LOGITS_BYTES = 64 * 2 ** 20;

const lossKernel = (lanes: number, trains: boolean) =>
  makeRowKernel(
    {
      name: `loss${trains ? ' and gradient of the logits' : ''}`,
      buffers: {
        logits: trains ? 'write array<f32>' : 'read array<f32>',
        targets: 'read array<i32>',
        weights: 'read array<f32>',
        logProbs: 'write array<f32>',
        entropy: 'write array<f32>',
      },
      uniforms: { rows: 'u32', vocabulary: 'u32' },
      body: `
  let start = row * sizes.vocabulary;
  let goal = u32(targets[row]);
  var top = logits[start + lane % sizes.vocabulary];
  for (var i = lane; i < sizes.vocabulary; i += LANES) { top = max(top, logits[start + i]); }
  top = largest(top, lane);
  let chosen = logits[start + goal] - top;
  var part = 0.0;
  var weighted = 0.0;
  for (var i = lane; i < sizes.vocabulary; i += LANES) {
    let shifted = logits[start + i] - top;
    let e = exp(shifted);
    part += e;
    weighted += e * shifted;
  }
  let sum = total(part, lane);
  let mean = total(weighted, lane) / sum;
  if (lane == 0u) {
    logProbs[row] = chosen - log(sum);
    entropy[row] = log(sum) - mean;
  }
  ${
    trains
      ? `${lanes > 1 ? '// Others are about to overwrite what `chosen` is made of.\n  storageBarrier();' : ''}
  let factor = weights[row] / sum;
  for (var i = lane; i < sizes.vocabulary; i += LANES) {
    let p = exp(logits[start + i] - top) * factor;
    logits[start + i] = p - select(0.0, weights[row], i == goal);
  }`
      : '_ = weights[row];'
  }`,
    },
    lanes,
  );

interface Outputs {
  logProbs: Tensor;
  entropy: Tensor;
}

function loss(
  logits: Tensor,
  targets: Tensor,
  weights: Tensor,
  { logProbs, entropy }: Outputs,
  trains: boolean,
): Operation {
  const [rows = 0, vocabulary = 0] = logits.shape;
  return {
    name: 'loss',
    reads: trains ? [targets, weights] : [logits, targets, weights],
    writes: trains ? [logits, logProbs, entropy] : [logProbs, entropy],
    work: 20 * rows * vocabulary,
    wgsl: ({ lanes }) => [
      makeDispatch(
        lossKernel(lanes, trains),
        { logits, targets, weights, logProbs, entropy },
        { rows, vocabulary },
        rowGroups(lanes, rows),
      ),
    ],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels) {
        const [at, goal, factor] = [context.place(logits), context.place(targets), context.place(weights)];
        const [score, surprise] = [context.place(logProbs), context.place(entropy)];
        const strands = strandsOf(rows, 20 * vocabulary, (start, count) => [
          ...(['loss', 4 * (at + start * vocabulary), 4 * (goal + start), 4 * (factor + start)] as const),
          ...[4 * (score + start), 4 * (surprise + start), count, vocabulary, trains ? 1 : 0],
        ]);
        return () => kernels.run(strands);
      }
      const [values, goals, factors] = [
        context.floats(logits),
        context.ints(targets),
        context.floats(weights),
      ];
      const [scores, entropies] = [context.floats(logProbs), context.floats(entropy)];
      return () => {
        for (let row = 0; row < rows; row++) {
          const line = values.subarray(row * vocabulary, (row + 1) * vocabulary);
          const goal = goals[row] as number;
          let top = -Infinity;
          for (let i = 0; i < vocabulary; i++) if ((line[i] as number) > top) top = line[i] as number;
          const chosen = (line[goal] as number) - top;
          let sum = 0;
          let weighted = 0;
          for (let i = 0; i < vocabulary; i++) {
            const shifted = (line[i] as number) - top;
            const e = Math.exp(shifted);
            sum += e;
            weighted += e * shifted;
            if (trains) line[i] = e;
          }
          scores[row] = chosen - Math.log(sum);
          entropies[row] = Math.log(sum) - weighted / sum;
          if (!trains) continue;
          const weight = factors[row] as number;
          const factor = weight / sum;
          for (let i = 0; i < vocabulary; i++) (line[i] as number) *= factor;
          (line[goal] as number) -= weight;
        }
      };
    },
  };
}

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
 */
export function lmHeadLoss(
  plan: PlanBuilder,
  y: Tensor,
  weight: Weight,
  targets: Tensor,
  weights: Tensor,
  { logProbs, entropy, bytes = LOGITS_BYTES }: Outputs & { bytes?: number },
): void {
  const [rows = 0] = y.shape;
  const [vocabulary = 0] = weight.shape;
  for (const tensor of [targets, weights, logProbs, entropy]) expectShape('The loss', tensor, [rows]);
  const dy = plan.gradientTarget(y);
  const dWeight = isFrozen(weight) ? undefined : plan.gradientTarget(weight);
  if (dWeight && !dWeight.accumulate) plan.append(zero(dWeight.tensor));
  const count = chunkRows(rows, vocabulary, bytes);
  for (let start = 0; start < rows; start += count) {
    const chunk = (tensor: Tensor) => rowsOf(tensor, start, Math.min(count, rows - start));
    const part = chunk(y);
    const logits = plan.activation('logits', [part.shape[0] ?? 0, vocabulary]);
    plan.append(weightProduct(part, weight, logits, { transposeB: true }));
    const outputs = { logProbs: chunk(logProbs), entropy: chunk(entropy) };
    plan.append(loss(logits, chunk(targets), chunk(weights), outputs, Boolean(dy ?? dWeight)));
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
