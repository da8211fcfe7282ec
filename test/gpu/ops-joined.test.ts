/**
 * @file Several products with one x in WGSL against the CPU loop: one dispatch where the matrices follow each other in
 * memory, by every variant of the product.
 */
import { expect, test } from 'vitest';
import { PRODUCT_VARIANTS } from '../../src/ops/matmul-wgsl';
import { joinedMatmul } from '../../src/ops/joined-matmul';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { makePools } from '../../src/plan/parameters';
import { makeTensor } from '../../src/plan/tensor';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { JOINED_CASES } from '../unit/ops-joined-cases';
import { meanSquaredError, runCase, type OperationCase } from '../unit/ops-run';
import { testDevice } from './support';

async function compare(executor: WgslExecutor, cases: readonly OperationCase[]) {
  const cpu = await CpuExecutor.create();
  for (const [i, one] of cases.entries()) {
    const [found, expected] = [
      await runCase(executor, one, i % 2 === 0),
      await runCase(cpu, one, i % 2 === 0),
    ];
    found.outputs.forEach((output, j) => {
      const error = meanSquaredError(output, expected.outputs[j] as Float32Array);
      expect(error, `${one.name}, result ${j}`).toBeLessThan(1e-10);
    });
    for (const [name, gradient] of Object.entries(found.gradients)) {
      const error = meanSquaredError(gradient, expected.gradients[name] as Float32Array);
      expect(error, `${one.name}, gradient of ${name}`).toBeLessThan(1e-10);
    }
  }
}

test('every size, apart and together', async () => {
  await compare(new WgslExecutor(await testDevice()), JOINED_CASES);
});

test.each(PRODUCT_VARIANTS.filter(({ needs, scratch }) => needs !== 'shader-f16' && !scratch))(
  'together, by $name',
  async ({ name }) => {
    const together = JOINED_CASES.filter((one) => one.name.includes('together'));
    // Barriers are slow on software devices.
    const some = name.includes('tiles')
      ? together.filter((one) => one.name.includes('33×64'))
      : together.slice(-6);
    expect(some.length).toBeGreaterThan(0);
    await compare(new WgslExecutor(await testDevice(), { productVariant: () => name }), some);
  },
);

test('matrices that follow each other in a pool take one dispatch, others one each', () => {
  const dispatches = (shapes: [string, number[]][]) => {
    const { parameters } = makePools(new Map(shapes));
    const plan = new PlanBuilder();
    const weights = [...parameters.values()].map(({ value }) => value);
    const x = makeTensor('x', [8, 16], 'input');
    joinedMatmul(
      plan,
      x,
      weights.filter(({ shape }) => shape[1] === 16),
      ['a', 'b'],
    );
    return plan.finish().operations.flatMap((operation) => operation.wgsl({ lanes: 1 })).length;
  };
  const [a, b] = [
    ['a', [8, 16]],
    ['b', [4, 16]],
  ] as [[string, number[]], [string, number[]]];
  expect(dispatches([a, b])).toBe(1);
  expect(dispatches([a, ['between', [64, 1]], b])).toBe(2);
  // 48 numbers, then room to the next multiple of 64.
  expect(dispatches([['a', [3, 16]], b])).toBe(2);
});
