/**
 * @file What every family writes with a cache, on the CPU executor, against what transformers writes without one: all prompts
 * at once and one at a time, greedily; and LoRA's factors, switched on and off.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Adaptation, GenerateOptions, Which } from '../../src/model/engine';
import { generateMany } from '../../src/model/generation';
import { PlannedModel, type PlannedModelOptions } from '../../src/model/planned-model';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { FAMILIES, readFamily, type GoldenFamily } from './families-golden';

const read = (name: string) => readFamily((file) => readFile(`test/golden/families/${name}/${file}`));

async function write(
  model: PlannedModel,
  prompts: readonly number[][],
  options: GenerateOptions,
  which: Which = 'base',
  sequences = 64,
): Promise<{ ids: number[][]; logProbs: number[][] }> {
  const ids: number[][] = prompts.map(() => []);
  const logProbs: number[][] = prompts.map(() => []);
  const requests = prompts.map((prompt) => ({ prompt: Int32Array.from(prompt) }));
  for await (const part of generateMany(model, requests, { ...options, sequences }, which)) {
    if (part.error) throw part.error;
    ids[part.request]?.push(...part.tokens.map(({ id }) => id));
    logProbs[part.request]?.push(...part.tokens.map(({ logProb }) => logProb));
  }
  return { ids, logProbs };
}

async function load(golden: GoldenFamily, options: PlannedModelOptions = {}, simd = true) {
  return PlannedModel.create(await CpuExecutor.create({ simd }), golden.config, golden.weights, options);
}

const greedyOptions = ({ greedy }: GoldenFamily): GenerateOptions => ({
  ...{ maxNewTokens: greedy.ids[0]?.length ?? 0, temperature: 0, topP: 1, seed: 0, stopIds: [] },
});

describe.each(FAMILIES)('%s', (name) => {
  test.each([true, false])('greedy texts are those of transformers, vectors: %s', async (simd) => {
    const golden = await read(name);
    const { prompts, ids, logProbs } = golden.greedy;
    expect(prompts.length).toBeGreaterThan(1);
    expect(ids[0]).toHaveLength(64);
    const model = await load(golden, {}, simd);
    const together = await write(model, prompts, greedyOptions(golden));
    expect(together.ids).toEqual(ids);
    together.logProbs.forEach((values, i) =>
      values.forEach((value, j) => expect(value).toBeCloseTo(logProbs[i]?.[j] ?? NaN, 3)),
    );
    expect(await write(model, prompts, greedyOptions(golden), 'base', 1)).toEqual(together);
  });
});

test('LoRA: switched off it is the base, switched on it writes what it has learnt, without reloading', async () => {
  const golden = await read('qwen3');
  const adaptation: Adaptation = {
    kind: 'lora',
    rank: 4,
    alpha: 8,
    rsLora: false,
    targets: 'all-linear',
    seed: 1,
  };
  const model = await load(golden, { adaptation });
  const { prompts, ids } = golden.greedy;
  const options = greedyOptions(golden);
  // B is zero at first.
  expect((await write(model, prompts, options, 'tuned')).ids).toEqual(ids);
  const batch = { ...golden.batch, weights: golden.batch.weights.map(Math.abs) };
  const adamw = { learningRate: 0.05, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
  for (let step = 0; step < 5; step++) await model.step([batch], adamw);
  const tuned = await write(model, prompts, options, 'tuned');
  expect(tuned.ids).not.toEqual(ids);
  expect((await write(model, prompts, options, 'base')).ids).toEqual(ids);
  // What was learnt, seen without a cache: every token is the best one after the text before it.
  const [prompt = [], text = []] = [prompts[0], tuned.ids[0]];
  const whole = [...prompt, ...text];
  const { length } = whole;
  const { vocabularySize } = golden.config;
  const logits = await model.logits({
    ...{ rows: 1, length, norm: 1, kind: new Uint8Array(length) },
    ids: Int32Array.from(whole),
    targets: new Int32Array(length),
    weights: new Float32Array(length),
    positions: Int32Array.from({ length }, (_, i) => i),
    documents: new Int32Array(length).fill(1),
  });
  text.forEach((id, i) => {
    const start = (prompt.length - 1 + i) * vocabularySize;
    const row = logits.subarray(start, start + vocabularySize);
    expect((row[id] ?? NaN) - Math.max(...row), `token ${i}`).toBeGreaterThan(-1e-4);
  });
});

test.each(['f16', 'int8', 'int4'] as const)('a base packed as %s: batched equals single', async (base) => {
  const golden = await read('smollm2');
  const model = await load(golden, { base });
  const { prompts } = golden.greedy;
  const options = { ...greedyOptions(golden), temperature: 1, maxNewTokens: 20, topK: 20 };
  const together = await write(model, prompts, options);
  expect(await write(model, prompts, options, 'base', 1)).toEqual(together);
  expect(await write(model, prompts, options, 'tuned')).toEqual(together);
});
