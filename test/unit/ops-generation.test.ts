/**
 * @file The operations of generation on the CPU executor: attention to caches, the sampler and the step to the next position,
 * each against a plain reference. test/gpu/ops-generation.test.ts compares WGSL with these.
 */
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/model/random';
import { advance } from '../../src/ops/advance';
import { cachedAttention } from '../../src/ops/cached-attention';
import { randomDraw } from '../../src/ops/random-draw';
import type { Choice } from '../../src/ops/sampler';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { makeTensor } from '../../src/plan/tensor';
import * as tf from '../../src/tensor/tf';
import { CACHED_ATTENTION, someLogits } from './ops-generation-cases';
import { meanSquaredError, runCase, valuesOf } from './ops-run';
import { chiSquare, distribution, drawTokens } from './ops-sampler-run';

let vectors: CpuExecutor;
let loops: CpuExecutor;

beforeAll(async () => {
  await tf.setBackend('cpu');
  vectors = await CpuExecutor.create({ simd: true });
  loops = await CpuExecutor.create({ simd: false });
});

describe('attention to a cache', () => {
  test('is what a plain softmax over the cache gives, and the cache holds the new tokens', async () => {
    expect(CACHED_ATTENTION.length).toBeGreaterThanOrEqual(20);
    for (const one of CACHED_ATTENTION) {
      const values = valuesOf(one);
      const inputs = Object.fromEntries(
        Object.entries(one.inputs).map(([name, { shape }]) => [
          name,
          tf.tensor(values[name] as Float32Array, shape),
        ]),
      );
      const expected = one.reference(inputs).map((tensor) => tensor.dataSync());
      for (const executor of [vectors, loops]) {
        const { outputs } = await runCase(executor, one, true);
        outputs.forEach((output, i) =>
          expect(meanSquaredError(output, expected[i] as Float32Array), `${one.name} ${i}`).toBeLessThan(
            1e-10,
          ),
        );
      }
    }
  });

  test('sizes that do not fit are refused', () => {
    const plan = new PlanBuilder();
    const tensor = (shape: number[], dtype: 'f32' | 'i32' = 'f32') => makeTensor('x', shape, 'input', dtype);
    const [q, k, keys] = [tensor([2, 8]), tensor([2, 4]), tensor([1, 6, 4])];
    const rest = { slots: tensor([2], 'i32'), positions: tensor([2], 'i32'), keys, values: keys };
    const attend =
      (heads: number, keyValueHeads: number, v = k) =>
      () =>
        cachedAttention(plan, { q, k, v, ...rest }, { heads, keyValueHeads });
    expect(attend(3, 1)).toThrow('cannot be split among 3 heads');
    expect(attend(4, 3)).toThrow('3 of them with keys');
    expect(attend(4, 4)).toThrow('needs [2, 8] and got [2, 4]');
    expect(attend(4, 2, q)).toThrow('needs [2, 4] and got [2, 8]');
    expect(attend(4, 2)).not.toThrow();
  });
});

describe('numbers by their place', () => {
  test('are uniform, in every one of their three arguments', () => {
    const draws = 40_000;
    for (const of of [
      (i: number) => randomDraw(i, 0, 7),
      (i: number) => randomDraw(7, i, 0),
      (i: number) => randomDraw(12345, 3, i),
    ]) {
      const counts = new Float64Array(100);
      let pairs = 0;
      let before = of(draws);
      for (let i = 0; i < draws; i++) {
        const value = of(i);
        (counts[Math.floor(100 * value)] as number)++;
        pairs += (value - 0.5) * (before - 0.5);
        before = value;
      }
      // 99 degrees of freedom: above 149 once in a thousand.
      expect(chiSquare(counts, new Float64Array(100).fill(draws / 100)).value).toBeLessThan(149);
      // Neighbours have nothing in common: four standard deviations.
      expect(Math.abs(pairs * 12) / draws).toBeLessThan(4 / Math.sqrt(draws));
    }
  });

  test('are the same for the same place, whatever the seed’s sign', () => {
    expect(randomDraw(-1, 0, 5)).toBe(randomDraw(2 ** 32 - 1, 0, 5));
    expect(randomDraw(1, 2, 3)).toBe(randomDraw(1, 2, 3));
    expect(randomDraw(1, 2, 3)).not.toBe(randomDraw(1, 3, 2));
  });
});

const CHOICES: [string, Omit<Choice, 'seed'>][] = [
  ['temperature 1', { temperature: 1, topP: 1 }],
  ['temperature 0.5', { temperature: 0.5, topP: 1 }],
  ['top-k 1', { temperature: 1, topP: 1, topK: 1 }],
  ['top-k 4', { temperature: 1.5, topP: 1, topK: 4 }],
  ['top-k beyond the vocabulary', { temperature: 1, topP: 1, topK: 99 }],
  ['top-p 0.7', { temperature: 1, topP: 0.7 }],
  ['top-p 0.05', { temperature: 1, topP: 0.05 }],
  ['min-p 0.2', { temperature: 1, topP: 1, minP: 0.2 }],
  ['min-p 1', { temperature: 1, topP: 1, minP: 1 }],
  ['top-k 6 and top-p 0.8', { temperature: 1.2, topP: 0.8, topK: 6 }],
  ['top-k 6, top-p 0.9 and min-p 0.1', { temperature: 2, topP: 0.9, topK: 6, minP: 0.1 }],
];

describe('the sampler', () => {
  test.each(CHOICES)('%s: draws come as often as a plain reference says', async (_, choice) => {
    const vocabulary = 11;
    const draws = 4000;
    for (const seed of [1, 2]) {
      const logits = someLogits(1, vocabulary, seed, 1.5);
      const all = new Float32Array(draws * vocabulary);
      for (let n = 0; n < draws; n++) all.set(logits, n * vocabulary);
      const drawn = await drawTokens(
        vectors,
        all,
        Array.from({ length: draws }, () => ({ ...choice, seed: 3 })),
      );
      const counts = new Float64Array(vocabulary);
      for (const { id } of drawn) (counts[id] as number)++;
      const expected = distribution(logits, { ...choice, seed: 0 });
      expected.forEach((p, id) => p === 0 && expect(counts[id], `token ${id}`).toBe(0));
      const { value, freedom } = chiSquare(
        counts,
        expected.map((p) => p * draws),
      );
      // Above this once in some ten thousand: mean plus four standard deviations, and a bit for few degrees.
      expect(value).toBeLessThan(freedom + 4 * Math.sqrt(2 * Math.max(1, freedom)) + 6);
    }
  });

  test('gives the token’s log-probability under the model itself, and the entropy of its prediction', async () => {
    const [rows, vocabulary] = [5, 37];
    const logits = someLogits(rows, vocabulary, 8);
    const choices = [0, 0.3, 1, 1, 5].map((temperature, n) => ({
      temperature,
      topP: 0.9,
      topK: n * 3,
      seed: n,
    }));
    const drawn = await drawTokens(loops, logits, choices);
    drawn.forEach(({ id, logProb, entropy }, n) => {
      const row = logits.subarray(n * vocabulary, (n + 1) * vocabulary);
      const p = distribution(row, { temperature: 1, topP: 1, seed: 0 });
      expect(logProb).toBeCloseTo(Math.log(p[id] ?? NaN), 4);
      expect(entropy).toBeCloseTo(-p.reduce((sum, q) => sum + q * Math.log(q), 0), 4);
    });
  });

  test('equals: greedy takes the lowest id, top-k and top-p keep the lowest ids', async () => {
    const logits = Float32Array.of(1, 4, 2, 4, 4, 0);
    const many = (count: number) => {
      const all = new Float32Array(count * 6);
      for (let n = 0; n < count; n++) all.set(logits, n * 6);
      return all;
    };
    const ids = async (choice: Omit<Choice, 'seed'>) => {
      const choices = Array.from({ length: 200 }, (_, seed) => ({ ...choice, seed }));
      return [...new Set((await drawTokens(vectors, many(200), choices)).map(({ id }) => id))].sort();
    };
    expect(await ids({ temperature: 0, topP: 1 })).toEqual([1]);
    expect(await ids({ temperature: 1, topP: 1, topK: 2 })).toEqual([1, 3]);
    expect(await ids({ temperature: 1, topP: 0.5 })).toEqual([1, 3]);
    expect(await ids({ temperature: 1, topP: 1, minP: 1 })).toEqual([1, 3, 4]);
    expect(await ids({ temperature: 1, topP: 0.01 })).toEqual([1]);
  });

  test('a draw does not depend on the rows beside it, nor on its place among them', async () => {
    const [rows, vocabulary] = [6, 50];
    const logits = someLogits(rows, vocabulary, 21);
    const choices = Array.from({ length: rows }, (_, n) => ({
      temperature: 1.3,
      topP: 0.9,
      seed: 4,
      stream: n,
    }));
    const positions = [3, 9, 3, 100, 0, 7];
    const together = await drawTokens(vectors, logits, choices, positions);
    for (let n = 0; n < rows; n++) {
      const [alone] = await drawTokens(
        vectors,
        logits.slice(n * vocabulary, (n + 1) * vocabulary),
        choices.slice(n, n + 1),
        positions.slice(n, n + 1),
      );
      expect(alone).toEqual(together[n]);
    }
  });

  test('extreme logits: one certain token, and temperatures near 0 and far above 1', async () => {
    const logits = Float32Array.from({ length: 40 }, (_, i) => (i === 33 ? 500 : -300 - i));
    const choice = { temperature: 1, topP: 0.9, topK: 5, minP: 0.5 };
    const random = seededRandom(1);
    for (let seed = 0; seed < 20; seed++) {
      const temperature = random() < 0.5 ? 1e-4 : 1;
      const [drawn] = await drawTokens(vectors, logits, [{ ...choice, temperature, seed }]);
      expect(drawn?.id).toBe(33);
      expect(drawn?.logProb).toBeCloseTo(0, 12);
      expect(drawn?.entropy).toBeCloseTo(0, 12);
    }
    const flat = Array.from({ length: 300 }, (_, seed) => ({ temperature: 1e6, topP: 1, seed }));
    const all = new Float32Array(300 * 40);
    flat.forEach((_, n) => all.set(logits, n * 40));
    expect(new Set((await drawTokens(vectors, all, flat)).map(({ id }) => id)).size).toBeGreaterThan(30);
  });
});

test('advance: positions grow, rows at their end stop, idle rows stay', async () => {
  const tensor = (name: string) => makeTensor(name, [4], 'input', 'i32');
  const [slots, positions, ends] = [tensor('slots'), tensor('positions'), tensor('ends')];
  const plan = new PlanBuilder();
  advance(plan, slots, positions, ends);
  const prepared = await vectors.prepare(plan.finish());
  vectors.write(slots, Int32Array.of(0, -1, 2, 7));
  vectors.write(positions, Int32Array.of(5, 5, 9, 0));
  vectors.write(ends, Int32Array.of(8, 8, 10, 2));
  await prepared.run();
  expect([...vectors.readExactly(slots)]).toEqual([0, -1, -1, 7]);
  expect([...vectors.readExactly(positions)]).toEqual([6, 5, 9, 1]);
  await prepared.run();
  expect([...vectors.readExactly(slots)]).toEqual([0, -1, -1, -1]);
  expect([...vectors.readExactly(positions)]).toEqual([7, 5, 9, 1]);
});
