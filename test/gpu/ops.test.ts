/**
 * @file Every operation in WGSL against its CPU loop, forward and backward, in the same odd shapes and with the same
 * numbers with which test/unit/ops.test.ts compares the CPU loops with tfjs's cpu backend. Row-wise kernels in both forms:
 * an invocation a row, and several that share one.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { PRODUCT_VARIANTS } from '../../src/ops/matmul-wgsl';
import { product } from '../../src/ops/matmul';
import { measureProduct, ProductTuner } from '../../src/ops/tune-matmul';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Executor } from '../../src/plan/executor';
import { makeTensor } from '../../src/plan/tensor';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { CASES } from '../unit/ops-cases';
import { meanSquaredError, randomNumbers, runCase, type OperationCase } from '../unit/ops-run';
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

describe('variants of the matrix product', () => {
  const SIZES = [
    { m: 8, n: 8, k: 8 },
    { m: 20, n: 12, k: 4 },
    { m: 4, n: 40, k: 36 },
    { m: 12, n: 4, k: 100 },
    { m: 5, n: 8, k: 12 },
    { m: 7, n: 9, k: 11 },
    { m: 33, n: 70, k: 35 },
  ];

  test.each(PRODUCT_VARIANTS.map(({ name }) => name))('%s', async (name) => {
    const variant = PRODUCT_VARIANTS.find((candidate) => candidate.name === name);
    const target = await testDevice();
    const executor = new WgslExecutor(target, { lanes: 1, productVariant: () => name });
    let run = 0;
    for (const { m, n, k } of SIZES) {
      for (const [transposeA, transposeB, accumulate] of [
        [false, false, false],
        [false, true, true],
        [true, false, true],
        [true, true, false],
      ] as const) {
        if (!variant?.fits({ m, n, k }, { transposeA, transposeB, accumulate })) continue;
        const a = makeTensor('a', transposeA ? [k, m] : [m, k], 'input');
        const b = makeTensor('b', transposeB ? [n, k] : [k, n], 'input');
        const c = makeTensor('c', [m, n], 'output');
        const plan = new PlanBuilder();
        plan.append(product(a, b, c, { transposeA, transposeB, accumulate }));
        const results = [];
        for (const one of [executor, cpu]) {
          const prepared = await one.prepare(plan.finish());
          one.write(a, randomNumbers(m * k, 1));
          one.write(b, randomNumbers(k * n, 2));
          one.write(c, randomNumbers(m * n, 3));
          await prepared.run();
          results.push(await one.read(c));
        }
        const [found, expected] = results as [Float32Array, Float32Array];
        expect(meanSquaredError(found, expected), `${m}×${n}×${k}`).toBeLessThan(LIMIT);
        run++;
      }
    }
    expect(run).toBeGreaterThanOrEqual(6);
  });
});

describe('the tuner', () => {
  const form = { transposeA: false, transposeB: true, accumulate: false };

  test('measures every variant that fits; all of them are right', async () => {
    const found = await measureProduct(await testDevice(), { m: 24, n: 20, k: 16 }, form);
    expect(found.map(({ variant }) => variant).sort()).toEqual(
      PRODUCT_VARIANTS.map(({ name }) => name).sort(),
    );
    const times = found.map(({ milliseconds }) => milliseconds ?? NaN);
    expect(times.every((time) => time > 0)).toBe(true);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('chooses for every class of products in a plan, once, and its choices are used', async () => {
    const target = await testDevice();
    const plan = new PlanBuilder();
    const input = (...shape: number[]) => makeTensor('x', shape, 'input');
    const c = makeTensor('c', [30, 12], 'output');
    plan.append(product(input(30, 8), input(12, 8), c, form));
    plan.append(product(input(31, 8), input(12, 8), makeTensor('d', [31, 12], 'output'), form));
    plan.append(product(input(30, 7), input(13, 7), makeTensor('e', [30, 13], 'output'), form));
    const tuner = new ProductTuner(target, { 'NT 5* 4 3': 'vectors 4×4' });
    const progress: number[][] = [];
    await tuner.tune(plan.finish(), { lanes: 1 }, (done, total) => progress.push([done, total]));
    expect(progress).toEqual([[1, 1]]);
    expect(Object.keys(tuner.choices).sort()).toEqual(['NT 5* 4 3', 'NT 5* 4* 3*']);
    expect(tuner.productVariant({ m: 30, n: 12, k: 8 }, form)).toBe('vectors 4×4');
    const [dispatch] =
      plan.finish().operations[0]?.wgsl({ lanes: 1, productVariant: tuner.productVariant }) ?? [];
    expect(dispatch?.kernel.name).toContain('vectors 4×4');
    await tuner.tune(plan.finish(), { lanes: 1 }, () => expect.unreachable());
  });
});
