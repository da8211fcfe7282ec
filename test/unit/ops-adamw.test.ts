/**
 * @file AdamW, the gradient's norm and clearing on the CPU, in vectors and in plain loops, against the formula in 64 bits.
 */
import { describe, expect, test } from 'vitest';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { adamwErrors, POOL_SIZES } from './ops-adamw-cases';

test('AdamW is tested in at least twenty sizes', () => {
  expect(POOL_SIZES.length).toBeGreaterThanOrEqual(20);
});

describe.each([true, false])('vectors: %s', (simd) => {
  test.each(POOL_SIZES)('pools of %i and %i', async (...sizes) => {
    const executor = await CpuExecutor.create({ simd });
    for (const [what, error] of await adamwErrors(executor, sizes)) expect(error, what).toBeLessThan(1e-10);
    expect(executor.bytes).toBe(0);
  });
});
