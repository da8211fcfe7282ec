/**
 * @file The operations of generation in WGSL against their CPU loops, in both forms: an invocation a row, and several that
 * share one. test/unit/ops-generation.test.ts compares the CPU loops with plain references.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { advance } from '../../src/ops/advance';
import { embedding } from '../../src/ops/embedding';
import type { Choice } from '../../src/ops/sampler';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Executor } from '../../src/plan/executor';
import { makeTensor } from '../../src/plan/tensor';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { CACHED_ATTENTION, someLogits } from '../unit/ops-generation-cases';
import { meanSquaredError, runCase } from '../unit/ops-run';
import { chiSquare, distribution, drawTokens } from '../unit/ops-sampler-run';
import { testDevice } from './support';

let cpu: CpuExecutor;
let forms: [name: string, executor: WgslExecutor][];

beforeAll(async () => {
  const target = await testDevice();
  cpu = await CpuExecutor.create();
  forms = [
    ['an invocation a row', new WgslExecutor(target, { lanes: 1 })],
    ['8 invocations a row', new WgslExecutor(target, { lanes: 8 })],
  ];
});

test('attention to a cache', async () => {
  for (const one of CACHED_ATTENTION) {
    const expected = (await runCase(cpu, one, true)).outputs;
    for (const [form, executor] of forms) {
      const { outputs } = await runCase(executor, one, true);
      outputs.forEach((output, i) => {
        const error = meanSquaredError(output, expected[i] as Float32Array);
        expect(error, `${one.name}, output ${i}, ${form}`).toBeLessThan(1e-10);
      });
    }
  }
});

const CHOICES: Omit<Choice, 'seed'>[] = [
  { temperature: 0, topP: 1 },
  { temperature: 1, topP: 1 },
  { temperature: 0.4, topP: 1, topK: 3 },
  { temperature: 1.3, topP: 0.8 },
  { temperature: 2, topP: 1, minP: 0.1 },
  { temperature: 1.5, topP: 0.9, topK: 7, minP: 0.05 },
  { temperature: 1, topP: 0.3, topK: 200 },
];

describe('the sampler', () => {
  test.each([2, 7, 40, 129, 1000])('draws what the CPU draws, of %i tokens', async (vocabulary) => {
    const choices = CHOICES.flatMap((choice, i) =>
      [0, 1, 2].map((stream) => ({ ...choice, seed: 11 * i + vocabulary, stream })),
    );
    const logits = someLogits(choices.length, vocabulary, vocabulary);
    const expected = await drawTokens(cpu, logits, choices);
    for (const [form, executor] of forms) {
      const found = await drawTokens(executor, logits, choices);
      found.forEach(({ id, logProb, entropy }, n) => {
        const where = `row ${n}, ${form}`;
        expect(id, where).toBe(expected[n]?.id);
        expect(logProb, where).toBeCloseTo(expected[n]?.logProb ?? NaN, 4);
        expect(entropy, where).toBeCloseTo(expected[n]?.entropy ?? NaN, 4);
      });
    }
  });

  test('draws come as often as a plain reference says', async () => {
    const [draws, vocabulary] = [1500, 9];
    const choice = { temperature: 1.5, topP: 0.9, topK: 6, minP: 0.1 };
    const logits = someLogits(1, vocabulary, 5, 1.5);
    const all = new Float32Array(draws * vocabulary);
    for (let n = 0; n < draws; n++) all.set(logits, n * vocabulary);
    const choices = Array.from({ length: draws }, () => ({ ...choice, seed: 7 }));
    for (const [form, executor] of forms) {
      const counts = new Float64Array(vocabulary);
      for (const { id } of await drawTokens(executor, all, choices)) (counts[id] as number)++;
      const expected = distribution(logits, { ...choice, seed: 0 });
      expected.forEach((p, id) => p === 0 && expect(counts[id], `token ${id}, ${form}`).toBe(0));
      const { value, freedom } = chiSquare(
        counts,
        expected.map((p) => p * draws),
      );
      expect(value, form).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom) + 6);
    }
  });

  test('equals: the lowest ids are kept', async () => {
    const logits = Float32Array.of(1, 4, 2, 4, 4, 0);
    const rows = 60;
    const all = new Float32Array(rows * 6);
    for (let n = 0; n < rows; n++) all.set(logits, n * 6);
    for (const [form, executor] of forms) {
      const ids = async (choice: Omit<Choice, 'seed'>) => {
        const choices = Array.from({ length: rows }, (_, seed) => ({ ...choice, seed }));
        return [...new Set((await drawTokens(executor, all, choices)).map(({ id }) => id))].sort();
      };
      expect(await ids({ temperature: 0, topP: 1 }), form).toEqual([1]);
      expect(await ids({ temperature: 1, topP: 1, topK: 2 }), form).toEqual([1, 3]);
      expect(await ids({ temperature: 1, topP: 0.5 }), form).toEqual([1, 3]);
      expect(await ids({ temperature: 1, topP: 1, minP: 1 }), form).toEqual([1, 3, 4]);
    }
  });
});

test('advance: positions grow, rows at their end stop, idle rows stay', async () => {
  const rows = 70;
  const given = (name: string, of: (n: number) => number) => ({
    tensor: makeTensor(name, [rows], 'input', 'i32'),
    values: Int32Array.from({ length: rows }, (_, n) => of(n)),
  });
  const slots = given('slots', (n) => (n % 3) - 1);
  const positions = given('positions', (n) => n % 7);
  const ends = given('ends', (n) => 5 + (n % 5));
  // A look-up makes floats of positions: row i of the table holds i.
  const table = makeTensor('numbers', [16, 1], 'input');
  const numbers = Float32Array.from({ length: 16 }, (_, i) => i);
  const after = async (executor: Executor) => {
    const plan = new PlanBuilder();
    for (let step = 0; step < 3; step++) advance(plan, slots.tensor, positions.tensor, ends.tensor);
    const seen = plan.output(embedding(plan, table, positions.tensor), 'seen');
    const prepared = await executor.prepare(plan.finish());
    for (const { tensor, values } of [slots, positions, ends]) executor.write(tensor, values);
    executor.write(table, numbers);
    await prepared.run();
    return executor.read(seen);
  };
  const expected = await after(cpu);
  expect(new Set(expected).size).toBeGreaterThan(5);
  for (const [form, executor] of forms) expect([...(await after(executor))], form).toEqual([...expected]);
});
