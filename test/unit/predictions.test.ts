/**
 * @file What a model predicted at each place, on the CPU executor: ranks and alternatives against a plain reference that
 * sorts, and all of it against transformers (values from tools/golden/predictions.py).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PlannedModel } from '../../src/model/planned-model';
import { lmHeadLoss } from '../../src/ops/lm-head';
import { ALTERNATIVE, tokenRanks } from '../../src/ops/token-rank';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { makeTensor } from '../../src/plan/tensor';
import { batchOf, largestDifference, readGolden } from './plan-llama-golden';
import { expectPredictions, PREDICTION_CASES, type GoldenPredictions } from './predictions-golden';
import { RANK_CASES, rankTokens, sortedRanks } from './predictions-run';

describe('ranks and alternatives of rows of logits', () => {
  test.each([true, false])('are those of a sort, equal logits by id; vectors %s', async (simd) => {
    const executor = await CpuExecutor.create({ simd });
    for (const one of RANK_CASES) {
      const [found, expected] = [await rankTokens(executor, one), sortedRanks(one)];
      const name = `${one.rows} tokens of ${one.vocabulary}`;
      expect(found.ranks, name).toEqual(expected.ranks);
      found.alternatives.forEach((value, i) =>
        expect(value, `${name}, ${i}`).toBeCloseTo(expected.alternatives[i] ?? NaN, 4),
      );
    }
  });

  test('sizes that do not fit, and logits that become a gradient, are refused', () => {
    const input = (shape: number[], dtype: 'f32' | 'i32' = 'f32') => makeTensor('x', shape, 'input', dtype);
    const [logits, targets, logProbs] = [input([2, 3]), input([2], 'i32'), input([2])];
    const outputs = (k: number) => ({ ranks: input([2]), alternatives: input([2, k, ALTERNATIVE]) });
    expect(() => tokenRanks(logits, targets, logProbs, outputs(4))).toThrow(RangeError);
    expect(() => tokenRanks(logits, input([3], 'i32'), logProbs, outputs(2))).toThrow(RangeError);
    expect(() => tokenRanks(logits, targets, logProbs, outputs(3))).not.toThrow();

    const plan = new PlanBuilder();
    const [y, weight] = [input([2, 4]), input([3, 4])];
    plan.trainable(weight, makeTensor('gradient', [3, 4], 'gradient'));
    const results = { logProbs, entropy: input([2]), ranked: outputs(2) };
    expect(() => lmHeadLoss(plan, y, weight, targets, input([2]), results)).toThrow(/become their gradient/);
  });
});

describe.each(['tied', 'untied'])('golden Llama, %s', (name) => {
  const golden = readGolden(name);
  const expected = JSON.parse(
    readFileSync(`test/golden/predictions/${name}.json`).toString(),
  ) as GoldenPredictions;

  test.each(PREDICTION_CASES)('case %s is what transformers predicts', async (kind) => {
    const executor = await CpuExecutor.create({ simd: kind !== 'packed' });
    const model = await PlannedModel.create(executor, golden.config, golden.weights);
    const batch = batchOf(golden, kind);
    const found = await model.predictions(batch);
    expectPredictions(found, expected[kind] ?? []);
    // The same log-probabilities as without.
    expect(found.logProbs).toEqual((await model.score(batch)).logProbs);
  });
});

test('logits are never all in memory: ranks come chunk by chunk, and are the same', async () => {
  const golden = readGolden('tied');
  const batch = batchOf(golden, 'mixed');
  // Rows many times over, so that there are more tokens than a chunk of 64 holds.
  const times = 6;
  const many = {
    ...batch,
    rows: batch.rows * times,
    ids: repeated(batch.ids, times),
    targets: repeated(batch.targets, times),
    weights: Float32Array.from(
      { length: times * batch.weights.length },
      (_, i) => batch.weights[i % batch.weights.length] ?? 0,
    ),
    positions: repeated(batch.positions, times),
    documents: repeated(batch.documents, times),
    kind: new Uint8Array(times * batch.kind.length),
  };
  const load = async (logitsBytes?: number) =>
    PlannedModel.create(await CpuExecutor.create(), golden.config, golden.weights, { logitsBytes });
  const [whole, small] = [await load(), await load(1)];
  const bytes = (model: PlannedModel) =>
    model.memoryOf(many.rows, many.length, 'rank').slots.reduce((sum, slot) => sum + slot, 0);
  expect(bytes(small)).toBeLessThan(bytes(whole));
  const [found, expected] = [await small.predictions(many), await whole.predictions(many)];
  // Products of other sizes may sum up in another order.
  expect([found.ranks, found.topIds]).toEqual([expected.ranks, expected.topIds]);
  for (const name of ['logProbs', 'entropy', 'topLogProbs'] as const)
    expect(largestDifference(found[name], expected[name]), name).toBeLessThan(1e-5);
});

function repeated(values: Int32Array, times: number): Int32Array {
  return Int32Array.from({ length: times * values.length }, (_, i) => values[i % values.length] ?? 0);
}
