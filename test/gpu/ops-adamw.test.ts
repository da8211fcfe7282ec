/**
 * @file AdamW, the gradient's norm and clearing in WGSL, in fours and one by one, against the formula in 64 bits.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { TensorDevice } from '../../src/tensor/device';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { adamwErrors, POOL_SIZES } from '../unit/ops-adamw-cases';
import { testDevice } from './support';

let target: TensorDevice;
beforeAll(async () => {
  target = await testDevice();
});

describe.each([1, 8])('%i invocations a row', (lanes) => {
  test.each(POOL_SIZES)('pools of %i and %i', async (...sizes) => {
    const executor = new WgslExecutor(target, { lanes });
    for (const [what, error] of await adamwErrors(executor, sizes)) expect(error, what).toBeLessThan(1e-10);
    expect(executor.bytes).toBe(0);
  });
});
