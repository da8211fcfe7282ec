/**
 * @file Attention on the CPU: blocks of queries against blocks of keys, so that the executor's matrix product does most of
 * the work. See attention.ts for the formulas.
 */
import type { CpuContext, FloatArray } from '../plan/operation';
import { vectorAttend, vectorAttendBackward, vectorScratch } from './attention-vectors';
import type { AttentionCall, AttentionGradients } from './attention';

/** Queries, and keys, of a block. */
const BLOCK = 64;
const TILE = BLOCK * BLOCK;
/** Two tiles of scores, and the largest score and the sum of each query; as much as the vector kernels need. */
export const attentionScratch = (call: AttentionCall): number =>
  Math.max(2 * TILE + 2 * BLOCK, vectorScratch(call));

/** A block of queries and a block of keys, some of which may look at each other. */
interface Pair {
  /** First query and number of queries; first key and number of keys. */
  query: number;
  queries: number;
  key: number;
  keys: number;
}

/** The first key of each token, [tokens]: that of its document, or of its window. */
function beginnings(first: Int32Array, { window }: AttentionCall): Int32Array {
  return first.map((start, n) => Math.max(start, n + 1 - window));
}

/** Every pair of blocks with something in it; all pairs of a block of queries come together, keys in order. */
function pairsOf(begins: Int32Array): Pair[] {
  const tokens = begins.length;
  const pairs: Pair[] = [];
  for (let query = 0; query < tokens; query += BLOCK) {
    const queries = Math.min(BLOCK, tokens - query);
    const least = Math.min(...begins.subarray(query, query + queries));
    for (let key = least - (least % BLOCK); key < query + queries; key += BLOCK) {
      const keys = Math.min(BLOCK, tokens - key);
      // Query n looks at begins[n] … n.
      const some = begins
        .subarray(query, query + queries)
        .some((begin, i) => begin < key + keys && query + i >= key);
      if (some) pairs.push({ query, queries, key, keys });
    }
  }
  return pairs;
}

/** Places and strides of a head's blocks within the tensors. */
function layout(context: CpuContext, call: AttentionCall) {
  const { q, k, v, o, heads, keyValueHeads, headSize } = call;
  const row = heads * headSize;
  const keyRow = keyValueHeads * headSize;
  const places = { q: context.place(q), k: context.place(k), v: context.place(v), o: context.place(o) };
  const shares = heads / keyValueHeads;
  return {
    row,
    keyRow,
    places,
    /** First component of a query head in row n, and of the key head that serves it. */
    ofQuery: (n: number, head: number) => n * row + head * headSize,
    ofKey: (n: number, head: number) => n * keyRow + Math.floor(head / shares) * headSize,
  };
}

export function attendOnCpu(context: CpuContext, call: AttentionCall): () => void {
  if (context.kernels) return vectorAttend(context, context.kernels, call);
  const { heads, headSize: h, scale } = call;
  const { row, keyRow, places, ofQuery, ofKey } = layout(context, call);
  const [first, out, statistics] = [
    context.ints(call.first),
    context.floats(call.o),
    context.floats(call.statistics),
  ];
  const scores = context.scratch.subarray(0, TILE);
  const tops = context.scratch.subarray(2 * TILE, 2 * TILE + BLOCK);
  const sums = context.scratch.subarray(2 * TILE + BLOCK, 2 * TILE + 2 * BLOCK);

  const startBlock = () => {
    tops.fill(-Infinity);
    sums.fill(0);
  };
  /** Turns the scores of a pair into shares relative to the largest so far, and corrects what was summed before. */
  const share = (begins: Int32Array, { query, queries, key, keys }: Pair, head: number) => {
    for (let i = 0; i < queries; i++) {
      const n = query + i;
      const line = i * BLOCK;
      const start = line + Math.max(0, (begins[n] as number) - key);
      const end = line + Math.min(keys, n + 1 - key);
      if (start >= end) {
        scores.fill(0, line, line + keys);
        continue;
      }
      const before = tops[i] as number;
      let top = before;
      for (let j = start; j < end; j++) {
        const score = (scores[j] as number) * scale;
        if (score > top) top = score;
      }
      const shrink = Math.exp(before - top);
      let sum = (sums[i] as number) * shrink;
      for (let j = line; j < start; j++) scores[j] = 0;
      for (let j = start; j < end; j++) {
        const part = Math.exp((scores[j] as number) * scale - top);
        scores[j] = part;
        sum += part;
      }
      for (let j = end; j < line + keys; j++) scores[j] = 0;
      tops[i] = top;
      sums[i] = sum;
      // The first part of a row has nothing before it.
      if (shrink !== 1 && before > -Infinity) {
        const place = ofQuery(n, head);
        for (let c = place; c < place + h; c++) (out[c] as number) *= shrink;
      }
    }
  };
  const finish = (query: number, queries: number, head: number) => {
    for (let i = 0; i < queries; i++) {
      const place = ofQuery(query + i, head);
      const sum = sums[i] as number;
      for (let c = place; c < place + h; c++) (out[c] as number) /= sum;
      statistics[(query + i) * heads + head] = (tops[i] as number) + Math.log(sum);
    }
  };

  return () => {
    out.fill(0);
    const begins = beginnings(first, call);
    const pairs = pairsOf(begins);
    for (let head = 0; head < heads; head++) {
      pairs.forEach((pair, p) => {
        const { query, queries, key, keys } = pair;
        if (pairs[p - 1]?.query !== query) startBlock();
        context.product({
          ...{ m: queries, n: keys, k: h, accumulate: false },
          ...{ a: places.q + ofQuery(query, head), aRow: row, aColumn: 1 },
          ...{ b: places.k + ofKey(key, head), bRow: 1, bColumn: keyRow },
          ...{ c: context.scratchPlace, cRow: BLOCK },
        });
        share(begins, pair, head);
        context.product({
          ...{ m: queries, n: h, k: keys, accumulate: true },
          ...{ a: context.scratchPlace, aRow: BLOCK, aColumn: 1 },
          ...{ b: places.v + ofKey(key, head), bRow: keyRow, bColumn: 1 },
          ...{ c: places.o + ofQuery(query, head), cRow: row },
        });
        if (pairs[p + 1]?.query !== query) finish(query, queries, head);
      });
    }
  };
}

export function attendBackwardOnCpu(
  context: CpuContext,
  call: AttentionCall,
  gradients: AttentionGradients,
): () => void {
  if (context.kernels) return vectorAttendBackward(context, context.kernels, call, gradients);
  const { dOut, dq, dk, dv, adds } = gradients;
  const { tokens, heads, headSize: h, scale } = call;
  const { row, keyRow, places, ofQuery, ofKey } = layout(context, call);
  const [first, out, statistics] = [
    context.ints(call.first),
    context.floats(call.o),
    context.floats(call.statistics),
  ];
  const gradient = context.floats(dOut);
  const deltas = statistics.subarray(tokens * heads);
  const targets: [FloatArray, boolean][] = [
    [context.floats(dq), adds.q],
    [context.floats(dk), adds.k],
    [context.floats(dv), adds.v],
  ];
  const at = {
    dOut: context.place(dOut),
    dq: context.place(dq),
    dk: context.place(dk),
    dv: context.place(dv),
  };
  const [shares, slopes] = [context.scratch.subarray(0, TILE), context.scratch.subarray(TILE, 2 * TILE)];
  const [sharesPlace, slopesPlace] = [context.scratchPlace, context.scratchPlace + TILE];

  const sumDeltas = () => {
    for (let line = 0; line < tokens * heads; line++) {
      let sum = 0;
      for (let c = line * h; c < (line + 1) * h; c++) sum += (gradient[c] as number) * (out[c] as number);
      deltas[line] = sum;
    }
  };
  /** Scores and ∂o · v of a pair become p and ∂s. */
  const derive = (begins: Int32Array, { query, queries, key, keys }: Pair, head: number) => {
    for (let i = 0; i < queries; i++) {
      const n = query + i;
      const line = i * BLOCK;
      const end = Math.max(line, line + Math.min(keys, n + 1 - key));
      const start = Math.min(end, line + Math.max(0, (begins[n] as number) - key));
      const logSum = statistics[n * heads + head] as number;
      const delta = deltas[n * heads + head] as number;
      for (let j = line; j < start; j++) {
        shares[j] = 0;
        slopes[j] = 0;
      }
      for (let j = start; j < end; j++) {
        const share = Math.exp((shares[j] as number) * scale - logSum);
        shares[j] = share;
        slopes[j] = share * ((slopes[j] as number) - delta) * scale;
      }
      for (let j = end; j < line + keys; j++) {
        shares[j] = 0;
        slopes[j] = 0;
      }
    }
  };

  return () => {
    for (const [target, accumulate] of targets) if (!accumulate) target.fill(0);
    sumDeltas();
    const begins = beginnings(first, call);
    const pairs = pairsOf(begins);
    for (let head = 0; head < heads; head++) {
      for (const pair of pairs) {
        const { query, queries, key, keys } = pair;
        const [queryPlace, keyPlace] = [ofQuery(query, head), ofKey(key, head)];
        const scoresOf = (a: number, b: number, c: number) =>
          context.product({
            ...{ m: queries, n: keys, k: h, accumulate: false },
            ...{ a: a + queryPlace, aRow: row, aColumn: 1 },
            ...{ b: b + keyPlace, bRow: 1, bColumn: keyRow },
            ...{ c, cRow: BLOCK },
          });
        const addToKeys = (a: number, b: number, c: number) =>
          context.product({
            ...{ m: keys, n: h, k: queries, accumulate: true },
            ...{ a, aRow: 1, aColumn: BLOCK },
            ...{ b: b + queryPlace, bRow: row, bColumn: 1 },
            ...{ c: c + keyPlace, cRow: keyRow },
          });
        scoresOf(places.q, places.k, sharesPlace);
        scoresOf(at.dOut, places.v, slopesPlace);
        derive(begins, pair, head);
        context.product({
          ...{ m: queries, n: h, k: keys, accumulate: true },
          ...{ a: slopesPlace, aRow: BLOCK, aColumn: 1 },
          ...{ b: places.k + keyPlace, bRow: keyRow, bColumn: 1 },
          ...{ c: at.dq + queryPlace, cRow: row },
        });
        addToKeys(slopesPlace, places.q, at.dk);
        addToKeys(sharesPlace, at.dOut, at.dv);
      }
    }
  };
}
