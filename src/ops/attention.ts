/**
 * @file Attention over the earlier tokens of the same document, without a T × T buffer: keys are streamed, with a softmax
 * that is corrected as larger scores turn up. Dao 2023 (FlashAttention-2), https://arxiv.org/abs/2307.08691
 *
 * Shapes: q [N, H · h]; k and v [N, K · h], head by head, each key head serving H / K query heads; result o [N, H · h].
 * first and last [N] i32: token n looks at tokens first[n] … n, the last `window` of them where there is a window, and is
 * looked at by n … last[n].
 * Forward: s = q · k · scale, p = softmax(s), o = Σ p · v; log Σ exp(s) is kept for the backward.
 * Backward: δ = ∂o · o, ∂s = p · (∂o · v − δ) · scale, ∂q = Σ ∂s · k over keys, ∂k = Σ ∂s · q and ∂v = Σ p · ∂o over
 * queries. Queries and keys have a pass each, so that nothing is added to from two sides.
 */
import { LosslightError } from '../errors';
import type { PlanBuilder } from '../plan/builder';
import type { Operation, WgslTarget } from '../plan/operation';
import { describeTensor, expectShape, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch } from '../plan/wgsl';
import { attendBackwardOnCpu, attendOnCpu, attentionScratch } from './attention-cpu';
import {
  canTile,
  tiledForwardKernel,
  tiledGroups,
  tiledKeysKernel,
  tiledQueriesKernel,
} from './attention-tiles';
import { forwardKernel, keysKernel, queriesKernel } from './attention-wgsl';

export interface AttentionOptions {
  heads: number;
  keyValueHeads: number;
  /** What scores are multiplied with; 1 / √h by default. */
  scale?: number;
  /** How many tokens back, itself included, a token looks; all by default. */
  window?: number;
  name?: string;
}

/** Everything that both passes need. */
export interface AttentionCall {
  q: Tensor;
  k: Tensor;
  v: Tensor;
  first: Tensor;
  last: Tensor;
  o: Tensor;
  /** [2, N, H]: log Σ exp(s), then, after the backward's first half, δ. */
  statistics: Tensor;
  tokens: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
  scale: number;
  window: number;
}

const LARGEST_WINDOW = 2 ** 30;

/**
 * Documents of a batch as what tokens look at and are looked at by, both [rows · length].
 *
 * @param documents [rows · length]; 0 is padding, which looks at itself only
 * @throws LosslightError `bad-batch` where a document's number comes back after another document in the same row.
 */
export function documentRanges(
  documents: Int32Array,
  rows: number,
  length: number,
): { first: Int32Array; last: Int32Array } {
  const first = Int32Array.from(documents, (_, n) => n);
  const last = first.slice();
  for (let row = 0; row < rows; row++) {
    const seen = new Set<number>();
    for (let start = row * length; start < (row + 1) * length;) {
      const document = documents[start] as number;
      let end = start + 1;
      while (end < (row + 1) * length && documents[end] === document) end++;
      if (document !== 0) {
        if (seen.has(document)) {
          throw new LosslightError(
            'bad-batch',
            `Document ${document} of row ${row} is interrupted by another one.`,
            'This is a mistake in the program; please report it with the file that led to it.',
          );
        }
        seen.add(document);
        first.fill(start, start, end);
        last.fill(end - 1, start, end);
      }
      start = end;
    }
  }
  return { first, last };
}

/** Operations of a pass over all pairs of tokens that may look at each other, as if every token saw all before it. */
function workOf({ tokens, heads, headSize }: AttentionCall, products: number): number {
  return products * tokens * tokens * heads * headSize;
}

/** Whether the device computes this attention with tiles in workgroup memory. */
function isTiled(target: WgslTarget, { tokens, heads, keyValueHeads, headSize }: AttentionCall): boolean {
  return canTile(headSize) && target.tilesAttention?.({ tokens, heads, keyValueHeads, headSize }) === true;
}

function forward(call: AttentionCall): Operation {
  const { q, k, v, first, o, statistics, tokens, heads, keyValueHeads, headSize, scale, window } = call;
  return {
    name: o.buffer.name,
    reads: [q, k, v, first],
    writes: [o, statistics],
    work: workOf(call, 2),
    cpuScratch: attentionScratch(call),
    wgsl: (target) => {
      const tiled = isTiled(target, call);
      return [
        makeDispatch(
          tiled ? tiledForwardKernel(headSize) : forwardKernel(headSize),
          { q, k, v, first, o, statistics },
          { tokens, heads, keyValueHeads, window, scale },
          tiled ? tiledGroups(tokens, heads) : elementwise(tokens * heads),
        ),
      ];
    },
    cpu: (context) => attendOnCpu(context, call),
  };
}

/** Gradients of an attention, and whether each is added to. */
export interface AttentionGradients {
  dOut: Tensor;
  dq: Tensor;
  dk: Tensor;
  dv: Tensor;
  adds: { q: boolean; k: boolean; v: boolean };
}

function backward(call: AttentionCall, gradients: AttentionGradients): Operation {
  const { q, k, v, first, last, o, statistics, tokens, heads, keyValueHeads, headSize, scale, window } = call;
  const { dOut, dq, dk, dv, adds } = gradients;
  const sizes = { tokens, heads, keyValueHeads, window, scale };
  return {
    name: `${o.buffer.name}, backward`,
    reads: [q, k, v, o, dOut, first, last],
    writes: [statistics, dq, dk, dv],
    work: workOf(call, 7),
    cpuScratch: attentionScratch(call),
    wgsl: (target) => {
      const tiled = isTiled(target, call);
      return [
        makeDispatch(
          tiled ? tiledQueriesKernel(headSize, adds.q) : queriesKernel(headSize, adds.q),
          { q, k, v, o, dOut, first, statistics, dq },
          sizes,
          tiled ? tiledGroups(tokens, heads) : elementwise(tokens * heads),
        ),
        makeDispatch(
          tiled ? tiledKeysKernel(headSize, adds.k, adds.v) : keysKernel(headSize, adds.k, adds.v),
          { q, k, v, dOut, last, statistics, dk, dv },
          sizes,
          tiled ? tiledGroups(tokens, keyValueHeads) : elementwise(tokens * keyValueHeads),
        ),
      ];
    },
    cpu: (context) => attendBackwardOnCpu(context, call, gradients),
  };
}

/**
 * Appends attention.
 *
 * @param first, last see `documentRanges`; first[n] ≤ n ≤ last[n], and neither falls as n grows
 * @returns o [N, H · h]
 * @throws RangeError where sizes do not fit.
 */
export function attention(
  plan: PlanBuilder,
  { q, k, v, first, last }: { q: Tensor; k: Tensor; v: Tensor; first: Tensor; last: Tensor },
  options: AttentionOptions,
): Tensor {
  const { heads, keyValueHeads, name = 'attention' } = options;
  const [tokens = 0, columns = 0] = q.shape;
  const headSize = columns / heads;
  if (!Number.isInteger(headSize) || heads % keyValueHeads !== 0) {
    throw new RangeError(
      `${describeTensor(q)} cannot be split among ${heads} heads, ${keyValueHeads} of them with keys.`,
    );
  }
  for (const tensor of [k, v]) expectShape('Attention', tensor, [tokens, keyValueHeads * headSize]);
  for (const tensor of [first, last]) expectShape('Attention', tensor, [tokens]);
  const o = plan.activation(name, q.shape);
  const statistics = plan.activation(`${name}, statistics`, [2, tokens, heads]);
  const call: AttentionCall = {
    ...{ q, k, v, first, last, o, statistics, tokens, heads, keyValueHeads, headSize },
    scale: options.scale ?? 1 / Math.sqrt(headSize),
    window: options.window ?? LARGEST_WINDOW,
  };
  plan.append(forward(call));
  plan.record([q, k, v], [o], () => {
    const dOut = plan.gradientOf(o);
    if (!dOut) return;
    const target = (tensor: Tensor) =>
      plan.gradientTarget(tensor) ?? { tensor: plan.activation('unused', tensor.shape), accumulate: false };
    const [toQ, toK, toV] = [target(q), target(k), target(v)];
    const adds = { q: toQ.accumulate, k: toK.accumulate, v: toV.accumulate };
    plan.append(backward(call, { dOut, dq: toQ.tensor, dk: toK.tensor, dv: toV.tensor, adds }));
  });
  return o;
}
