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

test('steps of any lengths, and texts that are extended, hold no more than was foreseen', async () => {
  const { engine, executor } = await load();
  const run = { batchSize: 16, maxLength: 400 };
  const shape = largestShape(run, CONFIG.contextLength, MICRO_BATCH_TOKENS);
  const demand = demandOf(run, OBJECTIVE, CONFIG.contextLength);
  const forecast = engine.forecast([shape], false, demand);
  const options = policyStepOptions(OBJECTIVE);
  await engine.prepare([shape], undefined, options);
  let most = 0;
  // Groups of 2,040, 2,046, 2,044 and 2,000 tokens before they are padded, which are 2,080, 2,112, 2,240 and 2,000 then.
  for (const [rows, length] of [
    [5, 408],
    [6, 341],
    [7, 292],
    [5, 400],
  ] as const) {
    const batch = toBatch(Array.from({ length: rows }, (_, i) => completion(length, i)));
    expect(rows * length).toBeLessThanOrEqual(MICRO_BATCH_TOKENS);
    await engine.step([batch], ADAM, options);
    most = Math.max(most, executor.bytes);
  }
  expect(most).toBeLessThan(forecast.total);

  expect(forecast.textTokens).toBe(demand.writing?.tokens);
  const trained = executor.bytes;
  const longest = 300 + OBJECTIVE.maxNewTokens;
  const writing: ManyOptions = {
    ...{ temperature: 1, topP: 1, seed: 1, maxNewTokens: OBJECTIVE.maxNewTokens, stopIds: [], longest },
  };
  const extended = completion(longest - OBJECTIVE.maxNewTokens, 3).ids;
  const requests = Array.from({ length: 16 }, (_, seed) => {
    let rounds = 0;
    const extend = () => Promise.resolve(rounds++ ? undefined : extended);
    return { prompt: extended.slice(0, 200), options: { seed }, extend };
  });
  for await (const part of engine.generateMany(requests, writing, 'tuned')) {
    expect(part.error).toBeUndefined();
    most = Math.max(most, executor.bytes);
  }
  expect(most / forecast.total).toBeLessThan(1.01);
  // Room for texts that grow is made for as many tokens as are expected, and not for as many as the model can read.
  const cache = engine.forecast([], false, { writing: { texts: 16, tokens: longest } }).use.cache ?? NaN;
  expect((most - trained) / cache).toBeLessThan(1.05);
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
