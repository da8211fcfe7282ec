/**
 * @file A run on the GPU that is saved between two steps and goes on in another engine: the same bits as one that never stopped.
 * `test/unit/run-checkpoint.test.ts` shows it of every objective on the CPU.
 */
import { expect, test } from 'vitest';
import { PlannedEngine } from '../../src/model/planned-engine';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { readCheckpoint, writeCheckpoint } from '../../src/train/experiment-checkpoint';
import { caseBatch, loadGolden, testDevice, weightsOf } from './support';

const STEPS = 4;
const SAVED_AFTER = 2;
const RUN = {
  definition: 'd',
  cost: { generated: 0, trained: 0, seconds: 0 },
  lines: 1,
  measured: 0,
  run: { step: SAVED_AFTER },
} as Omit<Parameters<typeof writeCheckpoint>[0], 'engine'>;

test('saved after two of four steps, through the file that an experiment writes', async () => {
  const golden = await loadGolden('tied');
  const batch = caseBatch(golden, 'mixed');
  const executor = new WgslExecutor(await testDevice());
  const open = () => PlannedEngine.load(executor, golden.config, weightsOf(golden.file));

  const whole = await open();
  const losses: number[] = [];
  let file: Uint8Array | undefined;
  for (let step = 1; step <= STEPS; step++) {
    losses.push((await whole.step([batch], golden.adamw)).loss);
    if (step === SAVED_AFTER) file = writeCheckpoint({ ...RUN, engine: await whole.save() });
  }
  const expected = await whole.read();
  whole.dispose();

  const next = await open();
  const found = file && readCheckpoint(file);
  if (!found) throw new Error('The file is not one of ours.');
  expect(found.engine.steps).toBe(SAVED_AFTER);
  await next.restore(found.engine);
  for (let step = SAVED_AFTER; step < STEPS; step++)
    expect((await next.step([batch], golden.adamw)).loss).toBe(losses[step]);
  const values = await next.read();
  expect([...values.keys()]).toEqual([...expected.keys()]);
  for (const [name, numbers] of values) expect(numbers, name).toEqual(expected.get(name));

  // What is of another model is refused, and nothing is changed.
  await expect(next.restore({ ...found.engine, moments: [] })).rejects.toThrow(RangeError);
  for (const [name, numbers] of await next.read()) expect(numbers, name).toEqual(expected.get(name));
  next.dispose();
  executor.dispose();
});
