/**
 * @file What the engine holds when runs, scores and texts follow each other as on the page: memory levels off, a cache that
 * grows is not held twice, and a run that has ended leaves nothing of its data behind.
 */
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test, vi } from 'vitest';
import { makeConfig } from '../../src/model/config';
import { cacheBuffers, fillTables, growCache, makeCache } from '../../src/model/generation-cache';
import { parameterShapes } from '../../src/model/parameter-names';
import { PlannedEngine } from '../../src/model/planned-engine';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { sizeOf } from '../../src/plan/tensor';
import { toBatch } from '../../src/sequence/batch';
import type { TrainingSequence } from '../../src/sequence/types';
import { TrainingLoop } from '../../src/train/loop';
import type { TrainSettings } from '../../src/worker/protocol';
import { openHost } from './open-host';
import { randomNumbers } from './ops-run';

const CONFIG = makeConfig({
  vocabularySize: 60,
  hiddenSize: 16,
  intermediateSize: 32,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  contextLength: 256,
  tied: true,
});
const SETTINGS: TrainSettings = {
  ...{ steps: 4, batchSize: 3, learningRate: 1e-3, warmupSteps: 0 },
  ...{ weightDecay: 0, clipNorm: 1, seed: 3, maxLength: 200 },
};

function sequenceOf(length: number, vocabulary = CONFIG.vocabularySize): TrainingSequence {
  return {
    ids: Int32Array.from({ length }, (_, i) => (length * 31 + i * i * 7) % vocabulary),
    weights: new Float32Array(length).fill(1),
    kind: new Uint8Array(length),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: `c${length}` },
  };
}

afterEach(() => void vi.unstubAllGlobals());

test('twelve rounds of training, scoring and writing: what is held, and what it lies in, stay as after the second', async () => {
  const executor = await CpuExecutor.create();
  const weights = [...parameterShapes(CONFIG)].map(
    ([name, shape], i) => [name, randomNumbers(sizeOf(shape), i + 1, 0.1)] as const,
  );
  const engine = await PlannedEngine.load(executor, CONFIG, new Map(weights));
  const lengths = [12, 30, 45, 60, 75, 90, 110, 130, 150, 190];
  const sizes: { bytes: number; memory: number }[] = [];
  for (let round = 0; round < 12; round++) {
    const events = { onStep: () => undefined, onState: () => undefined };
    // Every run meets the shapes in another order.
    const settings = { ...SETTINGS, seed: round };
    await new TrainingLoop(
      engine,
      lengths.map((length) => sequenceOf(length)),
      settings,
      events,
    ).run(false);
    for (const length of [20, 160]) await engine.predictions(toBatch([sequenceOf(length)]), 'tuned');
    const requests = [5, 40, 80].map((length) => ({ prompt: sequenceOf(length).ids }));
    const options = { maxNewTokens: 40, temperature: 1, topP: 1, seed: round, stopIds: [] };
    for await (const part of engine.generateMany(requests, options, 'tuned')) void part;
    sizes.push({ bytes: executor.bytes, memory: executor.memoryBytes });
  }
  const [, second, ...later] = sizes;
  expect(Math.max(...later.map(({ memory }) => memory))).toBeLessThanOrEqual(1.1 * (second?.memory ?? NaN));
  expect(Math.max(...later.map(({ bytes }) => bytes))).toBeLessThanOrEqual(1.1 * (second?.bytes ?? NaN));
  engine.dispose();
  expect(executor.bytes).toBe(0);
});

test('a cache that grows keeps what it holds, and is never in memory twice', async () => {
  const executor = await CpuExecutor.create();
  const small = makeCache(CONFIG, 8, 64);
  fillTables(executor, CONFIG, small);
  const values = small.layers.map(({ keys, values }, layer) =>
    [keys, values].map((tensor, kind) => {
      const numbers = randomNumbers(sizeOf(tensor.shape), 2 * layer + kind, 1);
      executor.write(tensor, numbers);
      return numbers;
    }),
  );
  const before = executor.bytes;
  let peak = 0;
  const prepare = executor.prepare.bind(executor);
  vi.spyOn(executor, 'prepare').mockImplementation(async (plan) => {
    const prepared = await prepare(plan);
    peak = Math.max(peak, executor.bytes);
    return prepared;
  });
  const used = [0, 3, 7];
  const large = await growCache(executor, CONFIG, small, 192, used);
  expect(executor.bytes).toBeGreaterThan(2.5 * before);
  // One of four tensors of a third of the size; whole, it would be a third.
  expect(peak).toBeLessThan(1.12 * executor.bytes);
  const width = CONFIG.keyValueHeads * CONFIG.headSize;
  large.layers.forEach(({ keys, values: own }, layer) =>
    [keys, own].forEach((tensor, kind) => {
      const found = executor.readExactly(tensor);
      for (const slot of used) {
        const begin = slot * 192 * width;
        const old = values[layer]?.[kind]?.subarray(slot * 64 * width, (slot + 1) * 64 * width);
        expect([...found.subarray(begin, begin + 64 * width)]).toEqual([...(old ?? [])]);
      }
    }),
  );
  executor.release(cacheBuffers(large));
  expect(executor.bytes).toBe(0);
});

test('the engine’s worker lets go of a run’s data when the run ends', async () => {
  vi.stubGlobal('fetch', async (url: string | URL) => {
    const file = String(url).replace('https://page.example/model', 'test/golden/llama/tied');
    return new Response(await readFile(file));
  });
  const { ask, events } = openHost();
  await ask('load', { url: 'https://page.example/model', engine: 'cpu' });
  // In a function of its own, whose frame holds nothing of it afterwards.
  const begin = async () => {
    const sequences = [8, 12].map((length) => sequenceOf(length, 10));
    const settings = { ...SETTINGS, maxLength: 32 };
    const { run } = await ask('train', { sequences, settings, startPaused: false });
    return { run, data: sequences.map((sequence) => new WeakRef(sequence)) };
  };
  const { run, data } = await begin();
  await expect.poll(() => events.at(-1)).toMatchObject({ type: 'run', run, state: 'finished' });
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
    gc();
  }
  expect(data.map((one) => one.deref() === undefined)).toEqual([true, true]);
  // It is known that the run was, and has ended.
  expect(await ask('control', { run, action: 'pause' })).toBeNull();
  await expect(ask('change', { run, patch: {} })).rejects.toThrow('The run has ended.');
});
