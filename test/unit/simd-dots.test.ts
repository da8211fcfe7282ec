/**
 * @file The vector product of few rows: against plain loops in odd sizes, and the same bits for a row whatever is beside it.
 */
import { expect, test } from 'vitest';
import type { Plan } from '../../src/plan/builder';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { scalarProduct } from '../../src/plan/scalar-product';
import { DOTS_ROWS } from '../../src/plan/simd-dots';
import { productStrands } from '../../src/plan/strands';
import { makeTensor, type Tensor } from '../../src/plan/tensor';
import { product } from '../../src/ops/matmul';
import { meanSquaredError, randomNumbers } from './ops-run';

const SIZES = [1, 2, 3, 4, 5, 7, 8, 13].flatMap((m, i) => [
  { m, n: [1, 2, 9, 40][i % 4] ?? 1, k: [1, 3, 4, 70][i % 3] ?? 1 },
  { m, n: [3, 6, 11, 64][i % 4] ?? 1, k: [7, 8, 15, 33][i % 4] ?? 1 },
  { m: m + 48, n: 5 + i, k: 12 + i },
]);

async function run(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  sizes: (typeof SIZES)[number],
  accumulate: boolean,
) {
  const { m, n, k } = sizes;
  const executor = await CpuExecutor.create({ simd: true });
  const tensor = (name: string, shape: number[], values: Float32Array): Tensor => {
    const made = makeTensor(name, shape, 'input');
    executor.write(made, values);
    return made;
  };
  const target = tensor('c', [m, n], c);
  const builder = new PlanBuilder();
  builder.append(
    product(tensor('a', [m, k], a), tensor('b', [n, k], b), target, { transposeB: true, accumulate }),
  );
  const plan: Plan = builder.finish();
  const prepared = await executor.prepare(plan);
  await prepared.run();
  const found = await executor.read(target);
  executor.dispose();
  return found;
}

test('few rows are multiplied in place, many are packed', () => {
  const call = { n: 8, k: 16, a: 0, aRow: 16, aColumn: 1, b: 0, bRow: 1, bColumn: 16, c: 0, cRow: 8 };
  const kernel = (changes: object) =>
    productStrands({ m: DOTS_ROWS, accumulate: false, ...call, ...changes }, 1)[0]?.[0]?.[0];
  expect(kernel({})).toBe('dots');
  expect(kernel({ m: DOTS_ROWS + 1 })).toBe('product');
  expect(kernel({ bRow: 8, bColumn: 1 })).toBe('product');
  expect(kernel({ aRow: 1, aColumn: DOTS_ROWS })).toBe('product');
});

test('in odd sizes, also added to what is there', async () => {
  for (const [i, sizes] of SIZES.entries()) {
    const { m, n, k } = sizes;
    const [a, b, c] = [randomNumbers(m * k, i), randomNumbers(n * k, i + 50), randomNumbers(m * n, i + 99)];
    for (const accumulate of [false, true]) {
      const memory = Float64Array.of(...a, ...b, ...c);
      const at = { a: 0, b: a.length, c: a.length + b.length };
      const strides = { aRow: k, aColumn: 1, bRow: 1, bColumn: k, cRow: n };
      scalarProduct(memory, { ...sizes, ...at, ...strides, accumulate });
      const found = await run(a, b, c, sizes, accumulate);
      const where = `${m} × ${n} × ${k}, ${accumulate ? 'added' : 'set'}`;
      expect(meanSquaredError(found, memory.subarray(at.c)), where).toBeLessThan(1e-12);
    }
  }
});

test('a row has the same bits alone and among others', async () => {
  const [m, n, k] = [23, 37, 50];
  const [a, b] = [randomNumbers(m * k, 1), randomNumbers(n * k, 2)];
  const together = await run(a, b, new Float32Array(m * n), { m, n, k }, false);
  for (let row = 0; row < m; row++) {
    const alone = await run(a.slice(row * k, (row + 1) * k), b, new Float32Array(n), { m: 1, n, k }, false);
    expect(alone).toEqual(together.slice(row * n, (row + 1) * n));
  }
});
