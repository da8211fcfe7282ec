/**
 * @file Every family of models on the CPU executor against transformers: logits and the best token of a thousand positions,
 * losses, the gradient of every parameter; and training that goes on from there.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { AttentionKind, ModelConfig } from '../../src/model/config';
import { blobFolder } from '../../src/model/byte-file';
import { gatherWeights, loadWeights } from '../../src/model/load-weights';
import { openModelFolder } from '../../src/model/model-folder';
import { PlannedModel, type PlannedModelOptions } from '../../src/model/planned-model';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { expectAsTransformers, FAMILIES, readFamily, type GoldenFamily } from './families-golden';

const read = (name: string) => readFamily((file) => readFile(`test/golden/families/${name}/${file}`));

async function load(golden: GoldenFamily, options: PlannedModelOptions = {}, simd = true) {
  const executor = await CpuExecutor.create({ simd });
  return PlannedModel.create(executor, golden.config, golden.weights, options);
}

describe.each(FAMILIES)('%s', (name) => {
  test.each([true, false])('as transformers computes it, vectors: %s', async (simd) => {
    const golden = await read(name);
    await expectAsTransformers(await load(golden, {}, simd), golden);
  });

  test('its folder is read piece by piece to the same parameters', async () => {
    const golden = await read(name);
    const files = ['config.json', 'model.safetensors'].map(async (file) => ({
      name: file,
      blob: new Blob([await readFile(`test/golden/families/${name}/${file}`)]),
    }));
    const { config, source } = await openModelFolder(blobFolder(name, await Promise.all(files)));
    expect(config).toEqual(golden.config);
    const weights = await gatherWeights(loadWeights(config, source, { pieceElements: 100 }));
    source.close();
    expect(weights.size).toBe(golden.weights.size);
    for (const [parameter, values] of golden.weights) expect(weights.get(parameter)).toEqual(values);
  });

  test('recomputed equals stored, bit for bit', async () => {
    const golden = await read(name);
    const stored = await (await load(golden)).lossAndGradients(golden.batch);
    const recomputed = await (await load(golden, { recompute: true })).lossAndGradients(golden.batch);
    expect(recomputed.loss).toBe(stored.loss);
    expect(recomputed.gradients).toEqual(stored.gradients);
  });

  test('learns, and gives its parameters back under their names', async () => {
    const golden = await read(name);
    const model = await load(golden);
    expect(await model.read()).toEqual(golden.weights);
    const batch = { ...golden.batch, weights: golden.batch.weights.map(Math.abs) };
    const adamw = { learningRate: 1e-2, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
    const losses: number[] = [];
    for (let step = 0; step < 8; step++) losses.push((await model.step([batch], adamw)).loss);
    expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] ?? NaN));
    const trained = await model.read();
    for (const [parameter, values] of golden.weights) {
      expect(trained.get(parameter), parameter).not.toEqual(values);
    }
    await model.reset();
    expect(await model.read()).toEqual(golden.weights);
  });
});

describe('the comparison notices', () => {
  /** Every layer with something of it changed. */
  const layers =
    (change: (kind: AttentionKind, layer: number) => AttentionKind) => (config: ModelConfig) => ({
      attention: config.attention.map(change),
    });
  const wider = layers(({ window, ...kind }) => ({ ...kind, ...(window && { window: window + 1 }) }));
  const plain = (config: ModelConfig) => ({
    ropes: config.ropes.map(({ theta }) => ({ type: 'default' as const, theta })),
  });

  test.each<[string, (typeof FAMILIES)[number], (config: ModelConfig) => Partial<ModelConfig>]>([
    ['a window that is one token wider, Qwen2', 'qwen2-window', wider],
    ['a window that is one token wider, SmolLM3', 'smollm3-window-biases', wider],
    ['a window that is one token wider, Gemma 3', 'gemma3', wider],
    ['RoPE in a layer that has none', 'smollm3', layers(() => ({ rope: 0 }))],
    ['llama3 RoPE left out', 'llama-llama3', plain],
    ['linear RoPE left out', 'llama-linear-biases', plain],
    ['YaRN left out', 'llama-yarn', plain],
    ['the RoPE of other layers', 'gemma3-older', layers((kind) => ({ ...kind, rope: 0 }))],
    ['scores of another size', 'gemma3', () => ({ attentionScale: 10 ** -0.5 })],
    ['scales that are not kept less one', 'gemma3', () => ({ norm: 'rms' })],
    ['embeddings as they are', 'gemma3', () => ({ embeddingScale: 1 })],
    ['one scale of attention for all layers', 'gpt2-older', layers(() => ({}))],
    ['another GELU', 'gpt2', () => ({ activation: 'gelu' })],
  ])('%s', async (_, name, change) => {
    const golden = await read(name);
    const changed = { ...golden, config: { ...golden.config, ...change(golden.config) } };
    await expect(expectAsTransformers(await load(changed), changed)).rejects.toThrow(
      /^(logits|best token) of \d+: expected/,
    );
  });
});

test('a thousand positions are compared', async () => {
  let positions = 0;
  for (const name of FAMILIES) {
    const { batch } = await read(name);
    positions += batch.documents.filter((document) => document !== 0).length;
  }
  expect(positions).toBeGreaterThanOrEqual(1000);
});
