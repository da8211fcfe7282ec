/**
 * @file Attention to a cache on the CPU: by a vector kernel, or by the executor's matrix product: scores of a few queries
 * with all their keys, a softmax, and the values. See cached-attention.ts for the formulas.
 */
import type { CpuContext, FloatArray, Kernels, Strand } from '../plan/operation';
import type { CachedAttentionCall } from './cached-attention';

/** Queries of a block, where a sequence has several at once. */
const BLOCK = 16;

/** Rows of scores that are needed at a time: those of a block, or of all heads that share keys. */
function scoreRows({ tokens, heads, keyValueHeads }: CachedAttentionCall): number {
  return Math.max(Math.min(BLOCK, tokens), heads / keyValueHeads);
}

/** Tokens of a strand are side by side; each strand has a line of scores. */
const MOST_STRANDS = 16;

/** Elements of working memory that are needed. */
export function cachedAttentionScratch(call: CachedAttentionCall): number {
  return Math.max(scoreRows(call), Math.min(MOST_STRANDS, call.tokens)) * call.capacity;
}

/** Whether the vector kernel can compute it: it takes four components of a head at a time. */
const suitsKernel = ({ headSize }: CachedAttentionCall): boolean => headSize % 4 === 0;

/** By the vector kernel, a token at a time: its sums are the same, whatever is computed beside it. */
function attendWithKernels(context: CpuContext, kernels: Kernels, call: CachedAttentionCall): () => void {
  const { tokens, capacity, heads, keyValueHeads, headSize, scale, window } = call;
  const place = (tensor: CachedAttentionCall['q']) => 4 * context.place(tensor);
  const tensors = [call.q, call.keys, call.values, call.slots, call.positions, call.o].map(place);
  const step = Math.ceil(tokens / MOST_STRANDS);
  const strands: Strand[] = [];
  for (let from = 0; from < tokens; from += step) {
    const work = 4 * (context.scratchPlace + strands.length * capacity);
    const range = [from, Math.min(tokens, from + step), heads, keyValueHeads, headSize, capacity];
    strands.push([['attendCached', ...tensors, work, ...range, window, scale]]);
  }
  return () => kernels.run(strands);
}

/** Tokens of one sequence side by side. */
interface Run {
  first: number;
  count: number;
  slot: number;
  position: number;
}

function runsOf(slots: Int32Array, positions: Int32Array): Run[] {
  const runs: Run[] = [];
  slots.forEach((slot, n) => {
    if (slot < 0) return;
    const position = positions[n] as number;
    const last = runs.at(-1);
    const continues =
      last?.slot === slot && last.first + last.count === n && last.position + last.count === position;
    if (continues && last.count < BLOCK) last.count++;
    else runs.push({ first: n, count: 1, slot, position });
  });
  return runs;
}

/** scores[from … to) become shares that add up to 1; what is left of them, and right of them to `end`, becomes 0. */
function softmax(scores: FloatArray, line: number, from: number, to: number, end: number, scale: number) {
  let top = -Infinity;
  for (let j = line + from; j < line + to; j++) {
    const score = (scores[j] as number) * scale;
    if (score > top) top = score;
  }
  let sum = 0;
  for (let j = line + from; j < line + to; j++) {
    const share = Math.exp((scores[j] as number) * scale - top);
    scores[j] = share;
    sum += share;
  }
  const factor = 1 / sum;
  for (let j = line + from; j < line + to; j++) (scores[j] as number) *= factor;
  scores.fill(0, line, line + from);
  scores.fill(0, line + to, line + end);
}

export function attendToCacheOnCpu(context: CpuContext, call: CachedAttentionCall): () => void {
  if (context.kernels && suitsKernel(call)) return attendWithKernels(context, context.kernels, call);
  const { capacity, heads, keyValueHeads, headSize: h, scale, window } = call;
  const row = heads * h;
  const keyRow = keyValueHeads * h;
  const shares = heads / keyValueHeads;
  const [slots, positions] = [context.ints(call.slots), context.ints(call.positions)];
  const out = context.floats(call.o);
  const at = {
    q: context.place(call.q),
    keys: context.place(call.keys),
    values: context.place(call.values),
    o: context.place(call.o),
  };
  const { scratch: scores, scratchPlace } = context;

  /** `count` rows of queries at `query`, `stride` apart, with `keys` keys from `key` on, and the result to `target`. */
  const block = (
    { query, target, stride, count }: { query: number; target: number; stride: number; count: number },
    key: { place: number; count: number; component: number },
    rangeOf: (i: number) => [from: number, to: number],
  ) => {
    const place = key.place * keyRow + key.component;
    context.product({
      ...{ m: count, n: key.count, k: h, accumulate: false },
      ...{ a: query, aRow: stride, aColumn: 1 },
      ...{ b: at.keys + place, bRow: 1, bColumn: keyRow },
      ...{ c: scratchPlace, cRow: key.count },
    });
    for (let i = 0; i < count; i++) {
      const [from, to] = rangeOf(i);
      softmax(scores, i * key.count, from, to, key.count, scale);
    }
    context.product({
      ...{ m: count, n: h, k: key.count, accumulate: false },
      ...{ a: scratchPlace, aRow: key.count, aColumn: 1 },
      ...{ b: at.values + place, bRow: keyRow, bColumn: 1 },
      ...{ c: target, cRow: stride },
    });
  };

  return () => {
    slots.forEach((slot, n) => {
      if (slot < 0) out.fill(0, n * row, (n + 1) * row);
    });
    for (const { first, count, slot, position } of runsOf(slots, positions)) {
      const begin = Math.max(0, position + 1 - window);
      const keys = position + count - begin;
      const key = { place: slot * capacity + begin, count: keys };
      for (let group = 0; group < keyValueHeads; group++) {
        const component = group * h;
        if (count === 1) {
          // All heads that share keys are rows of one product.
          const place = first * row + group * shares * h;
          const rows = { query: at.q + place, target: at.o + place, stride: h, count: shares };
          block(rows, { ...key, component }, () => [0, keys]);
          continue;
        }
        for (let head = group * shares; head < (group + 1) * shares; head++) {
          const place = first * row + head * h;
          const rows = { query: at.q + place, target: at.o + place, stride: row, count };
          block(rows, { ...key, component }, (i) => [
            Math.max(0, position + i + 1 - window - begin),
            position + i + 1 - begin,
          ]);
        }
      }
    }
  };
}
