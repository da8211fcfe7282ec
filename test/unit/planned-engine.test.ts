/**
 * @file The engine by plans, on the CPU, as the engine's worker uses it: against transformers, torch and the readable
 * decoder, and what it promises about generation, training meanwhile, and coming back.
 */
import '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { parameterShapes } from '../../src/model/parameter-names';
import { decode, predict } from '../../src/model/decoder';
import type { GeneratedToken, GenerateOptions, Which } from '../../src/model/engine';
import { decoderInput } from '../../src/model/inputs';
import { targetLogProbs } from '../../src/model/loss';
import { PlannedEngine } from '../../src/model/planned-engine';
import { sample } from '../../src/model/sample';
import { randomDraw } from '../../src/ops/random-draw';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Batch } from '../../src/sequence/types';
import * as tf from '../../src/tensor/tf';
import { batchOf, largestDifference, readGolden, readPocket, type GoldenLlama } from './plan-llama-golden';

const greedy: GenerateOptions = { maxNewTokens: 8, temperature: 0, topP: 1, seed: 0, stopIds: [] };

async function load({ config, weights }: Pick<GoldenLlama, 'config' | 'weights'>) {
  return PlannedEngine.load(await CpuExecutor.create(), config, weights);
}

async function write(
  engine: PlannedEngine,
  prompt: number[],
  options: Partial<GenerateOptions> = {},
  which: Which = 'tuned',
): Promise<GeneratedToken[]> {
  const tokens: GeneratedToken[] = [];
  for await (const token of engine.generate(Int32Array.from(prompt), { ...greedy, ...options }, which))
    tokens.push(token);
  return tokens;
}

/** The readable decoder, which the oracle runs, on tfjs's own CPU backend: logits [rows · length, V]. */
function decoderLogits({ config, weights }: GoldenLlama, batch: Parameters<typeof decoderInput>[1]) {
  const parameters = new Map([...weights].map(([name, values]) => [name, shaped(config, name, values)]));
  return predict(config, parameters, decode(config, parameters, decoderInput(config, batch)));
}

function shaped(config: GoldenLlama['config'], name: string, values: Float32Array) {
  const shape = parameterShapes(config).get(name);
  if (!shape) throw new Error(`no parameter ${name}`);
  return tf.tensor(values, [...shape]);
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterEach(() => vi.restoreAllMocks());

describe.each(['tied', 'untied'])('golden Llama, %s', (name) => {
  const golden = readGolden(name);

  test('scores are those of the readable decoder', async () => {
    const engine = await load(golden);
    for (const kind of ['single', 'packed', 'mixed']) {
      const batch = batchOf(golden, kind);
      const expected = await targetLogProbs(decoderLogits(golden, batch), batch.targets).data<'float32'>();
      const real = (values: Float32Array) => values.filter((_, i) => batch.documents[i] !== 0);
      for (const which of ['base', 'tuned'] as const) {
        const found = await engine.score(batch, which);
        expect(largestDifference(real(found), real(expected)), `${kind}, ${which}`).toBeLessThan(1e-5);
      }
    }
  });

  test('twenty steps follow torch, and a reset brings every bit back', async () => {
    const engine = await load(golden);
    const batches = ['single', 'mixed', 'padded'].map((kind) => batchOf(golden, kind));
    const [first] = batches as [Batch];
    const before = await engine.score(first, 'tuned');
    for (const [step, point] of golden.curve.entries()) {
      const result = await engine.step([batches[step % batches.length] as Batch], golden.adamw);
      expect(Math.abs(result.loss - point.loss), `loss of step ${step}`).toBeLessThan(2e-5);
      expect(result.gradientNorm / point.gradientNorm, `norm of step ${step}`).toBeCloseTo(1, 4);
    }
    expect(await engine.score(first, 'tuned')).not.toEqual(before);
    expect(await engine.score(first, 'base')).toEqual(before);
    await engine.reset();
    expect(await engine.read()).toEqual(golden.weights);
    expect(await engine.score(first, 'tuned')).toEqual(before);
  });

  test('greedy generation is that of transformers', async () => {
    const { prompt, tokens } = golden.generation;
    const found = await write(await load(golden), prompt, { maxNewTokens: tokens.length });
    expect(found.map(({ id }) => id)).toEqual(tokens.map(({ id }) => id));
    found.forEach(({ logProb }, i) => expect(logProb).toBeCloseTo(tokens[i]?.logProb ?? NaN, 4));
  });
});

describe('generation', () => {
  const golden = readGolden('tied');

  test('the tokens of the readable decoder for the same seed, at a temperature', async () => {
    const engine = await load(golden);
    const options = { maxNewTokens: 20, temperature: 0.9, topP: 0.95, topK: 40, minP: 0.001, seed: 11 };
    const ids = [1, 2, 3];
    for (let made = 0; made < options.maxNewTokens; made++) {
      const length = ids.length;
      const logits = tf.tidy(() =>
        decoderLogits(golden, {
          rows: 1,
          length,
          ids: Int32Array.from(ids),
          positions: Int32Array.from(ids, (_, i) => i),
          documents: new Int32Array(length).fill(1),
        }),
      );
      const values = await logits.data<'float32'>();
      logits.dispose();
      ids.push(
        sample(values.slice(-golden.config.vocabularySize), options, () =>
          randomDraw(options.seed, 0, length),
        ).id,
      );
    }
    const found = await write(engine, [1, 2, 3], options);
    expect(found.map(({ id }) => id)).toEqual(ids.slice(3));
    const other = await write(engine, [1, 2, 3], { ...options, seed: 12 });
    expect(other.map(({ id }) => id)).not.toEqual(ids.slice(3));
  });

  test('ends at a stop id, at the limit, and where the context is full', async () => {
    const engine = await load(golden);
    const free = await write(engine, [1]);
    expect(free).toHaveLength(8);
    const stop = free[3]?.id ?? NaN;
    const stopped = await write(engine, [1], { stopIds: [stop] });
    expect(stopped).toEqual(free.slice(0, free.findIndex(({ id }) => id === stop) + 1));
    const { contextLength } = golden.config;
    const full = new Array<number>(contextLength - 2).fill(1);
    expect(await write(engine, full, { maxNewTokens: 50 })).toHaveLength(2);
    await expect(write(engine, [...full, 1, 1])).rejects.toMatchObject({ code: 'too-long' });
    await expect(write(engine, [])).rejects.toMatchObject({ code: 'bad-batch' });
    await expect(write(engine, [1], { topP: 0 })).rejects.toMatchObject({ code: 'bad-settings' });
  });

  test('a signal ends it; what it held is given back', async () => {
    const engine = await load(golden);
    await write(engine, [1], { maxNewTokens: 1 });
    const held = engine.model.executor.bytes;
    const controller = new AbortController();
    const tokens: GeneratedToken[] = [];
    for await (const token of engine.generate(Int32Array.of(1), greedy, 'tuned', controller.signal)) {
      tokens.push(token);
      if (tokens.length === 3) controller.abort();
    }
    expect(tokens).toHaveLength(3);
    const none = engine.generate(Int32Array.of(1), greedy, 'tuned', controller.signal);
    expect(await none.next()).toEqual({ done: true, value: undefined });
    expect(engine.model.executor.bytes).toBe(held);
  });

  test('one text comes from one model, whatever is trained meanwhile', async () => {
    const engine = await load(golden);
    const batch = batchOf(golden, 'single');
    const expected = await write(engine, [1, 2]);
    const tokens: GeneratedToken[] = [];
    for await (const token of engine.generate(Int32Array.of(1, 2), greedy, 'tuned')) {
      tokens.push(token);
      await engine.step([batch], { ...golden.adamw, learningRate: 0.05 });
    }
    expect(tokens).toEqual(expected);
    expect(await write(engine, [1, 2])).not.toEqual(expected);
    expect(await write(engine, [1, 2], {}, 'base')).toEqual(expected);
  });

  test('a model that is unloaded meanwhile says so, and leaves nothing behind', async () => {
    const engine = await load(golden);
    const text = engine.generate(Int32Array.of(1, 2), greedy, 'tuned');
    expect((await text.next()).done).toBe(false);
    engine.dispose();
    await expect(text.next()).rejects.toMatchObject({ code: 'disposed' });
    expect(engine.model.executor.bytes).toBe(0);
  });
});

describe('the shipped model', () => {
  test('writes greedily what transformers writes', async () => {
    const pocket = readPocket();
    const engine = await load(pocket);
    expect(pocket.meta.generations.length).toBeGreaterThan(0);
    for (const { promptIds, ids } of pocket.meta.generations) {
      const found = await write(engine, promptIds, { maxNewTokens: ids.length }, 'base');
      expect(found.map(({ id }) => id)).toEqual(ids);
    }
  });
});

describe('setting up', () => {
  test('a model that cannot be set up leaves nothing behind', async () => {
    const golden = readGolden('tied');
    const executor = await CpuExecutor.create();
    const weights = new Map(golden.weights);
    weights.delete('model.norm.weight');
    await expect(PlannedEngine.load(executor, golden.config, weights)).rejects.toThrow(RangeError);
    expect(executor.bytes).toBe(0);
  });

  test('where a policy forbids WebAssembly to compile, plain loops compute', async () => {
    vi.spyOn(WebAssembly, 'instantiate').mockRejectedValue(new WebAssembly.CompileError('not allowed'));
    const golden = readGolden('tied');
    const executor = await CpuExecutor.create();
    expect(executor.simd).toBe(false);
    await expect(CpuExecutor.create({ simd: true })).rejects.toThrow('not allowed');
    const engine = await PlannedEngine.load(executor, golden.config, golden.weights);
    const { prompt, tokens } = golden.generation;
    const found = await write(engine, prompt, { maxNewTokens: tokens.length });
    expect(found.map(({ id }) => id)).toEqual(tokens.map(({ id }) => id));
  });
});
