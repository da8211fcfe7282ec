/**
 * @file Before the first step: kernels are compiled while weights are read, a run's batches are prepared for, and what was
 * tuned on a device is kept for the next visit. The device of these tests is one in software; the tests of tuning call it
 * a real one.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { wgslBackend } from '../../src/model/backend';
import { compileAhead } from '../../src/model/compile-ahead';
import type { StepOptions } from '../../src/model/engine';
import { PlannedEngine } from '../../src/model/planned-engine';
import { decodeTensor } from '../../src/model/safetensors';
import { deviceIdentity, type TunedChoices, type TunedMemory } from '../../src/ops/tuned-choices';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import type { TensorDevice } from '../../src/tensor/device';
import { cachedChoices } from '../../src/worker/engine-tuned';
import { caseBatch, loadGolden, newDevice, type Golden } from './support';

let golden: Golden;
let weights: ReadonlyMap<string, Float32Array>;
beforeAll(async () => {
  golden = await loadGolden('tied');
  weights = new Map([...golden.file.tensors].map(([name, tensor]) => [name, decodeTensor(tensor)]));
});

/** Pipelines that `work` compiles. */
async function compiled({ device }: TensorDevice, work: () => Promise<unknown>): Promise<number> {
  const create = device.createComputePipelineAsync.bind(device);
  let count = 0;
  device.createComputePipelineAsync = (descriptor) => {
    count++;
    return create(descriptor);
  };
  try {
    await work();
  } finally {
    device.createComputePipelineAsync = create;
  }
  return count;
}

test('what is compiled ahead is what the step needs; a prepared run compiles nothing in its steps', async () => {
  const target = await newDevice();
  const executor = new WgslExecutor(target);
  expect(await compiled(target, () => compileAhead(executor, golden.config))).toBeGreaterThan(10);
  expect(executor.bytes).toBe(0);
  let engine: PlannedEngine | undefined;
  // The optimizer, and the copies of loaded weights.
  const rest = await compiled(target, async () => {
    engine = await PlannedEngine.load(executor, golden.config, weights);
  });
  expect(rest).toBeLessThan(8);
  if (!engine) throw new Error('no engine');
  const batches = ['single', 'mixed'].map((name) => ({ ...caseBatch(golden, name), norm: 10 }));
  const told: [number, number][] = [];
  await engine.prepare(batches, (...progress) => told.push(progress));
  // Loading has compiled it all: there is nothing to wait for, and nothing is told.
  expect(told).toEqual([]);
  const { step } = engine;
  expect(await compiled(target, () => step.call(engine, batches, golden.adamw))).toBe(0);
  engine.dispose();
});

/** A loss whose kernels are compiled neither ahead nor with the model. */
const OTHER: StepOptions = { loss: { kind: 'nll', probabilityWeighted: true } };

test('what another loss needs is told as it is compiled, program by program; a second run has nothing to wait for', async () => {
  const target = await newDevice();
  const engine = await PlannedEngine.load(new WgslExecutor(target), golden.config, weights);
  const batches = ['single', 'mixed'].map((name) => ({ ...caseBatch(golden, name), norm: 10 }));
  const told: [share: number, programs: number][] = [];
  const prepare = () => engine.prepare(batches, (...progress) => told.push(progress), OTHER);
  const count = await compiled(target, prepare);
  expect(count).toBeGreaterThan(0);
  expect(told[0]).toEqual([0, 0]);
  expect(told.at(-1)).toEqual([1, count]);
  for (const i of [0, 1] as const) {
    const values = told.map((progress) => progress[i]);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  }
  told.length = 0;
  expect(await compiled(target, prepare)).toBe(0);
  expect(told).toEqual([]);
  engine.dispose();
});

test('what nobody waits for any more is not begun: the plans behind the one that is being compiled', async () => {
  const target = await newDevice();
  const engine = await PlannedEngine.load(new WgslExecutor(target), golden.config, weights);
  const batches = ['single', 'mixed'].map((name) => ({ ...caseBatch(golden, name), norm: 10 }));
  const given = new AbortController();
  const shares: number[] = [];
  await engine.prepare(batches, (share) => (shares.push(share), given.abort()), OTHER, given.signal);
  // The first of two: half of the way.
  expect(Math.max(...shares)).toBe(0.5);
  const { loss } = await engine.step(batches, golden.adamw, OTHER);
  expect(loss).toBeGreaterThan(0);
  engine.dispose();
});

test('a device that refuses a kernel says so when the model is loaded, not ahead', async () => {
  const target = await newDevice();
  const executor = new WgslExecutor(target);
  target.device.destroy();
  await target.device.lost;
  await compileAhead(executor, golden.config);
  await expect(PlannedEngine.load(executor, golden.config, weights)).rejects.toThrow(
    expect.objectContaining({ code: 'device-lost' }) as Error,
  );
});

describe('tuned choices', () => {
  /** A memory that is only a variable. */
  class Notes implements TunedMemory {
    kept: unknown;
    readonly saved: TunedChoices[] = [];
    load(): Promise<unknown> {
      return Promise.resolve(this.kept);
    }
    save(choices: TunedChoices): Promise<void> {
      this.saved.push(choices);
      this.kept = JSON.parse(JSON.stringify(choices));
      return Promise.resolve();
    }
  }

  const asReal = (target: TensorDevice): TensorDevice => ({
    ...target,
    description: { ...target.description, software: false },
  });

  test('are measured once on a real device, kept, and used from the start on the next visit', async () => {
    const target = asReal(await newDevice());
    const notes = new Notes();
    const losses = [];
    for (const visit of [0, 1]) {
      const { executor, tuner } = await wgslBackend(target, 'because', notes);
      if (!executor || !tuner) throw new Error('A real device should be tuned.');
      const engine = await PlannedEngine.load(executor, golden.config, weights);
      const { loss } = await engine.step([caseBatch(golden, 'single')], golden.adamw);
      losses.push(loss);
      expect(Math.abs(loss - (golden.curve[0]?.loss ?? NaN))).toBeLessThan(2e-5);
      const [last] = notes.saved.slice(-1);
      expect(Object.keys(last?.kernels ?? {}).length).toBeGreaterThan(0);
      expect(last?.kernels).toEqual(tuner.choices);
      expect(last?.device).toBe(deviceIdentity(target));
      // What patience did not suffice for on the first visit may be measured on the second.
      if (visit === 0) expect(notes.saved.length).toBeGreaterThan(0);
      else expect(tuner.choices).toMatchObject(notes.saved[0]?.kernels ?? {});
      engine.dispose();
      executor.dispose();
    }
  }, 300_000);

  test('a device in software is not tuned', async () => {
    const { tuner } = await wgslBackend(await newDevice(), 'because', {
      load: () => expect.unreachable(),
      save: () => expect.unreachable(),
    });
    expect(tuner).toBeUndefined();
  });

  test('the browser keeps them by device; without a cache nothing fails', async () => {
    const device = `test ${crypto.randomUUID()} | /?&#`;
    const choices = { device, version: '1', kernels: { 'NT 5 4 3': 'vectors 4×4' } };
    expect(await cachedChoices().load(device)).toBeUndefined();
    await cachedChoices().save(choices);
    expect(await cachedChoices().load(device)).toEqual(choices);
    expect(await cachedChoices().load(`${device} other`)).toBeUndefined();
    await caches.delete('losslight-tuned');
    const broken = { open: () => Promise.reject(new Error('forbidden')) } as unknown as CacheStorage;
    await cachedChoices(broken).save(choices);
    expect(await cachedChoices(broken).load(device)).toBeUndefined();
  });
});
