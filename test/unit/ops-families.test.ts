/**
 * @file Operations of the model families on the CPU executor: against tfjs's cpu backend, in vector instructions and in
 * plain loops, and their backward against finite differences in 64 bits.
 */
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { addBias } from '../../src/ops/bias';
import { embedding } from '../../src/ops/embedding';
import { rmsNorm } from '../../src/ops/rms-norm';
import { scaleInPlace } from '../../src/ops/scale';
import { splitColumns } from '../../src/ops/split-columns';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { makeTensor } from '../../src/plan/tensor';
import * as tf from '../../src/tensor/tf';
import { FAMILY_CASES } from './ops-families-cases';
import { expectAsTfjs, expectDifferences } from './ops-oracle';
import type { OperationCase } from './ops-run';

/** 1e-7 is what ggml asks of its operations; these do better. */
const LIMIT = 1e-10;

let vectors: CpuExecutor;
let loops: CpuExecutor;
let exact: CpuExecutor;

beforeAll(async () => {
  await tf.setBackend('cpu');
  vectors = await CpuExecutor.create({ simd: true });
  loops = await CpuExecutor.create({ simd: false });
  exact = await CpuExecutor.create({ bits: 64 });
});

describe.each(Object.keys(FAMILY_CASES))('%s', (operation) => {
  const cases = FAMILY_CASES[operation] as OperationCase[];

  test('is tested in at least twenty shapes', () => {
    expect(cases.length).toBeGreaterThanOrEqual(20);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  test('against tfjs', async () => {
    for (const [i, one] of cases.entries()) {
      for (const executor of [vectors, loops]) await expectAsTfjs(executor, one, i % 2 === 0, LIMIT);
    }
  });

  test('the backward against finite differences', async () => {
    for (const [i, one] of cases.entries()) await expectDifferences(exact, one, i % 2 === 1);
  });
});

test('what does not fit is refused', () => {
  const plan = new PlanBuilder();
  const kept = makeTensor('kept', [2, 6], 'parameter');
  const x = plan.activation('x', [2, 6]);
  const vector = (size: number) => makeTensor('vector', [size], 'parameter');
  expect(() => addBias(plan, kept, vector(6))).toThrow(/kept between runs/);
  expect(() => addBias(plan, x, vector(5))).toThrow(RangeError);
  expect(() => scaleInPlace(plan, kept, 2)).toThrow(/kept between runs/);
  expect(() => splitColumns(plan, x, [2, 3])).toThrow(/cannot be cut into 2 \+ 3 columns/);
  expect(() => rmsNorm(plan, x, vector(4), 1e-5)).toThrow(/cannot scale/);
  plan.trainable(kept, makeTensor('gradient', [2, 6], 'gradient'));
  const ids = makeTensor('ids', [3], 'input', 'i32');
  expect(() => embedding(plan, kept, ids)).toThrow(/needs its ids sorted/);
});
