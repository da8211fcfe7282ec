/**
 * @file What else a row of logits says of its target: the target's rank, and the most probable tokens. For views of a
 * conversation; the loss needs neither.
 *
 * Shapes: logits [N, V], targets and log-probabilities [N]; ranks [N]; alternatives [N, K, 2].
 * rank = 1 + how many logits are larger than the target's, so equal ones share the better rank.
 * alternatives: id and log-probability of the K largest logits, the largest first and of equal ones the smaller id;
 * log p = logit − logit[target] + log p[target].
 */
import type { Operation } from '../plan/operation';
import { expectShape, type Tensor } from '../plan/tensor';
import { makeDispatch, makeRowKernel, rowGroups } from '../plan/wgsl';

/** Numbers of an alternative, side by side: its id, which floats hold up to 2²⁴ exactly, and its log-probability. */
export const ALTERNATIVE = 2;

/** Larger than any id, and a float. */
const NO_ID = 2 ** 24;
/** Close to the largest 32-bit float: WGSL knows no infinity. */
const MOST = 3e38;

const kernel = (lanes: number) =>
  makeRowKernel(
    {
      name: 'rank and alternatives',
      buffers: {
        logits: 'read array<f32>',
        targets: 'read array<i32>',
        logProbs: 'read array<f32>',
        ranks: 'write array<f32>',
        alternatives: 'write array<f32>',
      },
      uniforms: { rows: 'u32', vocabulary: 'u32', count: 'u32' },
      body: `
  let start = row * sizes.vocabulary;
  let goal = logits[start + u32(targets[row])];
  var above = 0.0;
  for (var i = lane; i < sizes.vocabulary; i += LANES) { above += select(0.0, 1.0, logits[start + i] > goal); }
  let rank = 1.0 + total(above, lane);
  if (lane == 0u) { ranks[row] = rank; }
  var least = ${MOST};
  var last = -1.0;
  for (var k = 0u; k < sizes.count; k++) {
    var best = -${MOST};
    var id = ${NO_ID}.0;
    for (var i = lane; i < sizes.vocabulary; i += LANES) {
      let logit = logits[start + i];
      let left = logit < least || (logit == least && f32(i) > last);
      if (left && logit > best) {
        best = logit;
        id = f32(i);
      }
    }
    let top = largest(best, lane);
    last = -largest(select(-${NO_ID}.0, -id, best == top), lane);
    least = top;
    if (lane == 0u) {
      let place = (row * sizes.count + k) * ${ALTERNATIVE}u;
      alternatives[place] = last;
      alternatives[place + 1u] = top - goal + logProbs[row];
    }
  }`,
    },
    lanes,
  );

/** Where the results go. */
export interface RankOutputs {
  ranks: Tensor;
  /** [N, K, ALTERNATIVE], K at most the vocabulary. */
  alternatives: Tensor;
}

/**
 * The operation; it must come before anything overwrites the logits, and after the log-probabilities.
 *
 * @throws RangeError where sizes do not fit.
 */
export function tokenRanks(
  logits: Tensor,
  targets: Tensor,
  logProbs: Tensor,
  { ranks, alternatives }: RankOutputs,
): Operation {
  const [rows = 0, vocabulary = 0] = logits.shape;
  const [, count = 0] = alternatives.shape;
  for (const tensor of [targets, logProbs, ranks]) expectShape('The rank', tensor, [rows]);
  expectShape('The rank', alternatives, [rows, Math.min(count, vocabulary), ALTERNATIVE]);
  if (vocabulary > NO_ID) throw new RangeError(`Ids of ${vocabulary} tokens do not fit into floats.`);
  return {
    name: 'rank and alternatives',
    reads: [logits, targets, logProbs],
    writes: [ranks, alternatives],
    work: (1 + count) * rows * vocabulary,
    wgsl: ({ lanes }) => [
      makeDispatch(
        kernel(lanes),
        { logits, targets, logProbs, ranks, alternatives },
        { rows, vocabulary, count },
        rowGroups(lanes, rows),
      ),
    ],
    cpu: (context) => {
      const [values, goals, scores] = [
        context.floats(logits),
        context.ints(targets),
        context.floats(logProbs),
      ];
      const [places, found] = [context.floats(ranks), context.floats(alternatives)];
      const [ids, tops] = [new Int32Array(count), new Float64Array(count)];
      return () => {
        for (let row = 0; row < rows; row++) {
          const line = row * vocabulary;
          const goal = values[line + (goals[row] as number)] as number;
          let above = 0;
          let kept = 0;
          for (let i = 0; i < vocabulary; i++) {
            const logit = values[line + i] as number;
            if (logit > goal) above++;
            if (kept === count && !(logit > (tops[count - 1] as number))) continue;
            // Among equal ones the earlier stays before the later.
            let at = kept < count ? kept++ : count - 1;
            for (; at > 0 && logit > (tops[at - 1] as number); at--) {
              tops[at] = tops[at - 1] as number;
              ids[at] = ids[at - 1] as number;
            }
            tops[at] = logit;
            ids[at] = i;
          }
          places[row] = above + 1;
          for (let k = 0; k < count; k++) {
            const place = (row * count + k) * ALTERNATIVE;
            found[place] = ids[k] as number;
            found[place + 1] = (tops[k] as number) - goal + (scores[row] as number);
          }
        }
      };
    },
  };
}
