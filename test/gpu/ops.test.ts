/**
 * @file Every operation in WGSL against its CPU loop, forward and backward, in the same odd shapes and with the same
 * numbers with which test/unit/ops.test.ts compares the CPU loops with tfjs's cpu backend. Row-wise kernels in both forms:
 * an invocation a row, and several that share one.
 */
import { beforeAll, expect, test } from 'vitest';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Executor } from '../../src/plan/executor';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { CASES } from '../unit/ops-cases';
import { meanSquaredError, runCase, type OperationCase } from '../unit/ops-run';
import { testDevice } from './support';

/** 1e-7 is what ggml asks of its operations; these do better. */
const LIMIT = 1e-10;

let cpu: CpuExecutor;
let alone: WgslExecutor;
let together: WgslExecutor;

beforeAll(async () => {
  const target = await testDevice();
  cpu = await CpuExecutor.create();
  alone = new WgslExecutor(target, { lanes: 1 });
  together = new WgslExecutor(target, { lanes: 8 });
});

async function compare(executor: Executor, one: OperationCase, direct: boolean) {
  const found = await runCase(executor, one, direct);
  const expected = await runCase(cpu, one, direct);
  found.outputs.forEach((output, j) => {
    const error = meanSquaredError(output, expected.outputs[j] as Float32Array);
    expect(error, `${one.name}, output ${j}`).toBeLessThan(LIMIT);
  });
  for (const [name, gradient] of Object.entries(found.gradients)) {
    const error = meanSquaredError(gradient, expected.gradients[name] as Float32Array);
    expect(error, `${one.name}, gradient of ${name}`).toBeLessThan(LIMIT);
  }
}

test.each(Object.keys(CASES))('%s', async (operation) => {
  for (const [i, one] of (CASES[operation] as OperationCase[]).entries()) {
    await compare(alone, one, i % 2 === 0);
  }
});

test.each(['RMSNorm', 'LM head and loss'])('%s, rows shared by 8 invocations', async (operation) => {
  for (const [i, one] of (CASES[operation] as OperationCase[]).entries()) {
    await compare(together, one, i % 2 === 0);
  }
});

test.each([0, 1, 2])('attention with tiles in workgroup memory, every third case from %i', async (from) => {
  const tiled = new WgslExecutor(await testDevice(), { lanes: 1, tilesAttention: () => true });
  const cases = CASES['attention'] as OperationCase[];
  for (let i = from; i < cases.length; i += 3) await compare(tiled, cases[i] as OperationCase, i % 2 === 0);
});
