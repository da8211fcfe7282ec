/**
 * @file What is foreseen for training on a device is what its buffers hold.
 */
import { expect, test } from 'vitest';
import { PlannedEngine } from '../../src/model/planned-engine';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { caseBatch, loadGolden, testDevice, weightsOf } from './support';

test.each([false, true])('held is foreseen within 5% (recompute: %s)', async (recompute) => {
  const golden = await loadGolden('tied');
  const executor = new WgslExecutor(await testDevice());
  const engine = await PlannedEngine.load(executor, golden.config, weightsOf(golden.file));
  const batch = caseBatch(golden, 'mixed');
  const forecast = engine.forecast([batch], recompute);
  expect(forecast.problem).toBeUndefined();
  expect(executor.limits.block).toBeGreaterThan(2 ** 26);
  engine.recompute = recompute;
  await engine.step([batch], golden.adamw);
  expect(executor.bytes / forecast.total).toBeGreaterThan(0.95);
  expect(executor.bytes / forecast.total).toBeLessThan(1.05);
  engine.dispose();
});
