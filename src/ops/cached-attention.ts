/**
 * @file Attention of new tokens to everything before them in their sequences, whose keys and values are kept in caches. The
 * keys and values of the new tokens are put there first. One operation serves prompts, many tokens of a sequence at
 * a time, and decoding, one token of each sequence: every token carries the place of its sequence and its position.
 *
 * Shapes: q [N, H · h]; k and v [N, K · h], head by head, each key head serving H / K query heads; caches [S, C, K · h] for
 * S sequences of up to C tokens; slots [N] i32: which sequence, −1 for none (such a row does nothing and gets zeros);
 * positions [N] i32 in 0 … C − 1; result o [N, H · h].
 * Forward: caches[slot, position] = k, v; s = q · k · scale over the positions 0 … position of the cache, the last `window`
 * of them where there is a window; o = softmax(s) · v. There is no backward.
 * What is in a cache beyond a token's position is never read, so that a sequence may be cut and continued otherwise.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { describeTensor, expectShape, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, rowGroups } from '../plan/wgsl';
import { attendToCacheOnCpu, cachedAttentionScratch } from './cached-attention-cpu';
import { attendKernel, storeKernel } from './cached-attention-wgsl';

export interface CachedAttentionOptions {
  heads: number;
  keyValueHeads: number;
  /** What scores are multiplied with; 1 / √h by default. */
  scale?: number;
  /** How many tokens back, itself included, a token looks; all by default. */
  window?: number;
  name?: string;
}

/** Keys and values of a layer, both [S, C, K · h], kept between runs. */
export interface LayerCache {
  keys: Tensor;
  values: Tensor;
}

export interface CachedAttentionCall extends LayerCache {
  q: Tensor;
  k: Tensor;
  v: Tensor;
  slots: Tensor;
  positions: Tensor;
  o: Tensor;
  tokens: number;
  capacity: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
  scale: number;
  window: number;
}

const LARGEST_WINDOW = 2 ** 30;

/** k and v into the caches; where nobody attends, as in the last layer of a prompt's pass, all that is needed. */
function store({ k, v, slots, positions, keys, values, tokens, capacity }: StoreCall): Operation {
  const width = k.shape[1] ?? 0;
  return {
    name: `keys and values of ${keys.buffer.name}`,
    reads: [k, v, slots, positions],
    writes: [keys, values],
    work: 2 * tokens * width,
    wgsl: () => [
      makeDispatch(
        storeKernel,
        { k, v, slots, positions, keys, values },
        { tokens, width, capacity },
        elementwise(tokens * width),
      ),
    ],
    cpu: (context) => {
      const [places, at] = [context.ints(slots), context.ints(positions)];
      const pairs = [
        [context.floats(k), context.floats(keys)],
        [context.floats(v), context.floats(values)],
      ] as const;
      return () => {
        for (let n = 0; n < tokens; n++) {
          const slot = places[n] as number;
          if (slot < 0) continue;
          const line = (slot * capacity + (at[n] as number)) * width;
          for (const [from, to] of pairs) to.set(from.subarray(n * width, (n + 1) * width), line);
        }
      };
    },
  };
}

interface StoreCall extends LayerCache {
  k: Tensor;
  v: Tensor;
  slots: Tensor;
  positions: Tensor;
  tokens: number;
  capacity: number;
}

function attend(call: CachedAttentionCall): Operation {
  const { q, keys, values, slots, positions, o, tokens, capacity, heads, keyValueHeads, headSize } = call;
  const { scale, window } = call;
  return {
    name: o.buffer.name,
    reads: [q, keys, values, slots, positions],
    writes: [o],
    // As if the cache were full.
    work: 4 * tokens * heads * headSize * Math.min(capacity, window),
    cpuScratch: cachedAttentionScratch(call),
    wgsl: ({ lanes }) => [
      makeDispatch(
        attendKernel(headSize, lanes),
        { q, keys, values, slots, positions, o },
        { rows: tokens * heads, heads, keyValueHeads, capacity, window, scale },
        rowGroups(lanes, tokens * heads),
      ),
    ],
    cpu: (context) => attendToCacheOnCpu(context, call),
  };
}

interface Inputs extends LayerCache {
  k: Tensor;
  v: Tensor;
  slots: Tensor;
  positions: Tensor;
}

function checkInputs({ k, v, slots, positions, keys, values }: Inputs): { tokens: number; capacity: number } {
  const [tokens = 0, width = 0] = k.shape;
  const [places = 0, capacity = 0] = keys.shape;
  expectShape('Cached attention', v, [tokens, width]);
  for (const tensor of [slots, positions]) expectShape('Cached attention', tensor, [tokens]);
  for (const tensor of [keys, values]) expectShape('Cached attention', tensor, [places, capacity, width]);
  return { tokens, capacity };
}

/**
 * Appends the storing of keys and values alone.
 *
 * @throws RangeError where sizes do not fit.
 */
export function storeInCache(plan: PlanBuilder, inputs: Inputs): void {
  plan.append(store({ ...inputs, ...checkInputs(inputs) }));
}

/**
 * Appends the storing of keys and values, and attention.
 *
 * The tokens of one sequence that come in one run must have positions that rise by one, side by side.
 *
 * @param inputs slots below S, positions below C: a device reads and writes anything beyond without a word
 * @returns o [N, H · h]
 * @throws RangeError where sizes do not fit.
 */
export function cachedAttention(
  plan: PlanBuilder,
  inputs: Inputs & { q: Tensor },
  options: CachedAttentionOptions,
): Tensor {
  const { q } = inputs;
  const { heads, keyValueHeads, name = 'attention' } = options;
  const [tokens = 0, columns = 0] = q.shape;
  const headSize = columns / heads;
  if (!Number.isInteger(headSize) || heads % keyValueHeads !== 0) {
    throw new RangeError(
      `${describeTensor(q)} cannot be split among ${heads} heads, ${keyValueHeads} of them with keys.`,
    );
  }
  expectShape('Cached attention', inputs.k, [tokens, keyValueHeads * headSize]);
  const { capacity } = checkInputs(inputs);
  plan.append(store({ ...inputs, tokens, capacity }));
  const o = plan.activation(name, q.shape);
  plan.append(
    attend({
      ...inputs,
      ...{ o, tokens, capacity, heads, keyValueHeads, headSize },
      scale: options.scale ?? 1 / Math.sqrt(headSize),
      window: options.window ?? LARGEST_WINDOW,
    }),
  );
  return o;
}
