/**
 * @file Memory of a run on policy before it is asked for: what its loss and the texts that it writes take is foreseen, and is
 * what is held at most.
 */
import { expect, test } from 'vitest';
import { makeConfig } from '../../src/model/config';
import type { ManyOptions } from '../../src/model/engine';
import { parameterShapes } from '../../src/model/parameter-names';
import { PlannedEngine } from '../../src/model/planned-engine';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { sizeOf } from '../../src/plan/tensor';
import { toBatch } from '../../src/sequence/batch';
import type { TrainingSequence } from '../../src/sequence/types';
import { DEFAULT_OBJECTIVE, type ObjectiveSettings } from '../../src/settings/objective';
import { largestShape } from '../../src/train/memory-choice';
import { MICRO_BATCH_TOKENS } from '../../src/train/micro-batches';
import { batchSizeOf, demandOf, policyStepOptions } from '../../src/train/run-memory';
import { randomNumbers } from './ops-run';

const CONFIG = makeConfig({
  vocabularySize: 300,
  hiddenSize: 64,
  intermediateSize: 160,
  layers: 6,
  heads: 4,
  keyValueHeads: 4,
  contextLength: 512,
  tied: true,
});
const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
const OBJECTIVE: ObjectiveSettings = {
  ...DEFAULT_OBJECTIVE,
  kind: 'grpo',
  prompts: 4,
  groupSize: 4,
  maxNewTokens: 60,
};
/** A short batch, so that much of the memory is the texts' own. */
const RUN = { batchSize: 2, maxLength: 120 };

async function load(): Promise<{ engine: PlannedEngine; executor: CpuExecutor }> {
  const executor = await CpuExecutor.create();
  let seed = 1;
  const values = [...parameterShapes(CONFIG)].map(
    ([name, shape]) => [name, randomNumbers(sizeOf(shape), seed++, 0.1)] as const,
  );
  return { engine: await PlannedEngine.load(executor, CONFIG, new Map(values)), executor };
}

const numbersOf = (length: number, value: number) => new Float32Array(length).fill(value);

function completion(length: number, seed: number): TrainingSequence {
  return {
    ids: Int32Array.from({ length }, (_, i) => (seed * 31 + i * i * 7) % CONFIG.vocabularySize),
    weights: numbersOf(length, 1),
    kind: new Uint8Array(length),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: `c${seed}` },
    policy: {
      advantages: numbersOf(length, 1),
      oldLogProbs: numbersOf(length, -5),
      referenceLogProbs: numbersOf(length, -5),
    },
  };
}

test('what a step on policy holds at most, writing included, is what was foreseen', async () => {
  const { engine, executor } = await load();
  const rows = batchSizeOf(RUN, OBJECTIVE);
  expect(rows).toBe(16);
  const shape = largestShape({ ...RUN, batchSize: rows }, CONFIG.contextLength, MICRO_BATCH_TOKENS);
  const demand = demandOf(RUN, OBJECTIVE, CONFIG.contextLength);
  const forecast = engine.forecast([shape], false, demand);
  const plain = engine.forecast([shape], false);

  const options = policyStepOptions(OBJECTIVE);
  const sequences = Array.from({ length: shape.rows }, (_, i) => completion(shape.length, i));
  await engine.prepare([shape], undefined, options);
  await engine.step([toBatch(sequences)], ADAM, options);
  const trained = executor.bytes;
  const writing: ManyOptions = {
    ...{ temperature: 1, topP: 1, seed: 1 },
    ...{ maxNewTokens: OBJECTIVE.maxNewTokens, stopIds: [] },
  };
  const prompt = completion(RUN.maxLength, 3).ids;
  let most = 0;
  for await (const part of engine.generateMany(
    Array.from({ length: rows }, (_, seed) => ({ prompt, options: { seed } })),
    writing,
    'tuned',
  )) {
    expect(part.error).toBeUndefined();
    most = Math.max(most, executor.bytes);
  }
  expect(most / forecast.total).toBeGreaterThan(0.95);
  expect(most / forecast.total).toBeLessThan(1.05);
  // Both parts of it are worth foreseeing.
  expect(forecast.use.cache).toBe(8 * CONFIG.layers * rows * 192 * CONFIG.hiddenSize + tables(192));
  expect(forecast.use.inputs).toBeGreaterThan(plain.use.inputs);
  expect(most).toBeGreaterThan(1.1 * plain.total);
  // What was written with is given back.
  expect(executor.bytes / trained).toBeLessThan(1.02);
  engine.dispose();
});

/** Bytes of the cosines and sines of so many positions. */
function tables(positions: number): number {
  return 2 * 4 * positions * (CONFIG.headSize / 2);
}

test('an objective on recorded data writes nothing, and its own loss is foreseen', async () => {
  const { engine } = await load();
  const smoothed: ObjectiveSettings = { ...DEFAULT_OBJECTIVE, labelSmoothing: 0.1, neftune: 5 };
  const demand = demandOf(RUN, smoothed, CONFIG.contextLength);
  expect(demand.writing).toBeUndefined();
  expect(batchSizeOf(RUN, smoothed)).toBe(RUN.batchSize);
  const shape = { rows: 2, length: 120 };
  const options = demand.step;
  const foreseen = engine.forecast([shape], false, demand).total;
  expect(foreseen).toBeGreaterThan(engine.forecast([shape], false).total);
  await engine.prepare([shape], undefined, options);
  const batch = toBatch(
    [1, 2].map((seed) => ({ ...completion(120, seed), policy: undefined })) as TrainingSequence[],
  );
  await engine.step([batch], ADAM, options);
  expect(engine.memoryBytes / foreseen).toBeGreaterThan(0.95);
  expect(engine.memoryBytes / foreseen).toBeLessThan(1.05);
  engine.dispose();
});
