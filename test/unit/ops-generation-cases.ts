/**
 * @file Cases of the operations of generation, in odd sizes, each with a plain reference; for tests on both executors.
 */
import { cachedAttention } from '../../src/ops/cached-attention';
import { seededRandom } from '../../src/model/random';
import * as tf from '../../src/tensor/tf';
import type { OperationCase } from './ops-run';

interface CacheSizes {
  slots: number;
  capacity: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
  /** Runs of tokens: slot (−1 for rows that do nothing), first position, and how many. */
  runs: [slot: number, position: number, count: number][];
  window?: number;
  scale?: number;
}

const numbers = (tensor: tf.Tensor | undefined) => tensor?.dataSync() ?? new Float32Array();

function cached(sizes: CacheSizes): OperationCase {
  const { slots, capacity, heads, keyValueHeads, headSize: h, runs, window, scale } = sizes;
  const places = runs.flatMap(([slot, , count]) => new Array<number>(count).fill(slot));
  const positions = runs.flatMap(([, first, count]) => Array.from({ length: count }, (_, i) => first + i));
  const tokens = places.length;
  const width = keyValueHeads * h;
  return {
    name: `${JSON.stringify(runs)} of ${slots} × ${capacity}, ${heads}/${keyValueHeads} heads of ${h}, window ${window}`,
    inputs: {
      q: { shape: [tokens, heads * h] },
      k: { shape: [tokens, width] },
      v: { shape: [tokens, width] },
      keys: { shape: [slots, capacity, width] },
      values: { shape: [slots, capacity, width] },
      slots: { shape: [tokens], values: Int32Array.from(places) },
      positions: { shape: [tokens], values: Int32Array.from(positions) },
    },
    build: (plan, inputs) => {
      const { q, k, v, keys, values, slots: at, positions: where } = inputs;
      if (!q || !k || !v || !keys || !values || !at || !where) throw new Error('an input is missing');
      const o = cachedAttention(
        plan,
        { q, k, v, keys, values, slots: at, positions: where },
        { heads, keyValueHeads, ...(window && { window }), ...(scale && { scale }) },
      );
      return [o, plan.output(keys, 'keys after'), plan.output(values, 'values after')];
    },
    reference: (inputs) => {
      const [q, k, v] = [numbers(inputs['q']), numbers(inputs['k']), numbers(inputs['v'])];
      const keys = Float64Array.from(numbers(inputs['keys']));
      const values = Float64Array.from(numbers(inputs['values']));
      const at = (slot: number, position: number) => (slot * capacity + position) * width;
      places.forEach((slot, n) => {
        if (slot < 0) return;
        for (let i = 0; i < width; i++) {
          keys[at(slot, positions[n] ?? 0) + i] = k[n * width + i] ?? NaN;
          values[at(slot, positions[n] ?? 0) + i] = v[n * width + i] ?? NaN;
        }
      });
      const o = new Float64Array(tokens * heads * h);
      places.forEach((slot, n) => {
        if (slot < 0) return;
        const position = positions[n] ?? 0;
        for (let head = 0; head < heads; head++) {
          const component = Math.floor((head * keyValueHeads) / heads) * h;
          const shares = new Map<number, number>();
          for (let j = Math.max(0, position + 1 - (window ?? Infinity)); j <= position; j++) {
            let score = 0;
            for (let i = 0; i < h; i++)
              score += (q[(n * heads + head) * h + i] ?? NaN) * (keys[at(slot, j) + component + i] ?? NaN);
            shares.set(j, Math.exp(score * (scale ?? 1 / Math.sqrt(h))));
          }
          const sum = [...shares.values()].reduce((a, b) => a + b, 0);
          for (const [j, share] of shares) {
            for (let i = 0; i < h; i++) {
              (o[(n * heads + head) * h + i] as number) +=
                (share / sum) * (values[at(slot, j) + component + i] ?? NaN);
            }
          }
        }
      });
      return [
        tf.tensor(Float32Array.from(o), [tokens, heads * h]),
        tf.tensor(Float32Array.from(keys), [slots, capacity, width]),
        tf.tensor(Float32Array.from(values), [slots, capacity, width]),
      ];
    },
  };
}

const SHAPES: Pick<CacheSizes, 'heads' | 'keyValueHeads' | 'headSize'>[] = [
  { heads: 1, keyValueHeads: 1, headSize: 2 },
  { heads: 2, keyValueHeads: 1, headSize: 8 },
  { heads: 6, keyValueHeads: 2, headSize: 4 },
  { heads: 3, keyValueHeads: 3, headSize: 7 },
  { heads: 5, keyValueHeads: 1, headSize: 12 },
];

const RUNS: Pick<CacheSizes, 'slots' | 'capacity' | 'runs' | 'window' | 'scale'>[] = [
  { slots: 1, capacity: 9, runs: [[0, 0, 1]] },
  {
    slots: 3,
    capacity: 40,
    runs: [
      [2, 39, 1],
      [0, 0, 1],
      [-1, 0, 1],
      [1, 17, 1],
    ],
  },
  {
    slots: 2,
    capacity: 41,
    runs: [
      [1, 0, 37],
      [0, 3, 5],
      [-1, 0, 2],
    ],
  },
  {
    slots: 4,
    capacity: 30,
    runs: [
      [3, 25, 1],
      [1, 4, 9],
      [2, 0, 2],
      [0, 29, 1],
    ],
    window: 6,
  },
  { slots: 2, capacity: 33, runs: [[1, 11, 20]], window: 1, scale: 0.3 },
];

export const CACHED_ATTENTION: OperationCase[] = SHAPES.flatMap((shape) =>
  RUNS.map((runs) => cached({ ...shape, ...runs })),
);

/** Logits of so many rows, of about this size, some of them exactly equal. */
export function someLogits(rows: number, vocabulary: number, seed: number, scale = 3): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: rows * vocabulary }, () => {
    const logit = scale * (2 * random() - 1);
    return random() < 0.3 ? Math.round(logit) : logit;
  });
}
