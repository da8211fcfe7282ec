/**
 * @file Generation on the device: what transformers writes, what the CPU executor writes, many texts at once as one at a time,
 * and extending. Short texts of tiny models: the device of the tests is a software one.
 */
import { expect, test } from 'vitest';
import { makeConfig } from '../../src/model/config';
import type {
  GenerateOptions,
  GenerationRequest,
  KeptWeights,
  ManyOptions,
  Which,
} from '../../src/model/engine';
import { generateMany } from '../../src/model/generation';
import { parameterShapes } from '../../src/model/parameter-names';
import { PlannedModel } from '../../src/model/planned-model';
import { seededRandom } from '../../src/model/random';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { Executor } from '../../src/plan/executor';
import { sizeOf } from '../../src/plan/tensor';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import { readFamily } from '../unit/families-golden';
import { testDevice } from './support';

const CONFIG = makeConfig({
  ...{ vocabularySize: 67, hiddenSize: 16, intermediateSize: 24, layers: 2, heads: 4, keyValueHeads: 2 },
  ...{ contextLength: 160, attention: [{ rope: 0, window: 20 }, { rope: 0 }] },
});
const OPTIONS: GenerateOptions = {
  maxNewTokens: 13,
  temperature: 0.9,
  topP: 0.95,
  topK: 40,
  seed: 4,
  stopIds: [],
};

async function randomModel(executor: Executor): Promise<PlannedModel> {
  const random = seededRandom(2);
  const weights = [...parameterShapes(CONFIG)].map(([name, shape]) => {
    const middle = shape.length > 1 ? 0 : 1;
    const values = Float32Array.from({ length: sizeOf(shape) }, () => middle + 0.8 * (random() - 0.5));
    return [name, values] as const;
  });
  return PlannedModel.create(executor, CONFIG, new Map(weights));
}

async function write(
  model: PlannedModel,
  requests: readonly GenerationRequest[],
  options: ManyOptions,
  which: Which | KeptWeights = 'base',
): Promise<number[][]> {
  const ids: number[][] = requests.map(() => []);
  for await (const { request, tokens, error } of generateMany(model, requests, options, which)) {
    if (error) throw error;
    ids[request]?.push(...tokens.map(({ id }) => id));
  }
  return ids;
}

const wgsl = async (lanes: number) => new WgslExecutor(await testDevice(), { lanes });

function prompts(count: number, longest: number): GenerationRequest[] {
  const random = seededRandom(6);
  return Array.from({ length: count }, () => ({
    prompt: Int32Array.from({ length: 1 + Math.floor(longest * random()) }, () => Math.floor(67 * random())),
  }));
}

test.each(['smollm2', 'gpt2-older', 'gemma3'] as const)(
  '%s: greedy texts are those of transformers',
  async (name) => {
    const golden = await readFamily(async (file) => {
      const response = await fetch(`/test/golden/families/${name}/${file}`);
      if (!response.ok) throw new Error(`${file}: ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    });
    const model = await PlannedModel.create(await wgsl(1), golden.config, golden.weights);
    const { prompts: given, ids } = golden.greedy;
    const requests = given.map((prompt) => ({ prompt: Int32Array.from(prompt) }));
    const options = { ...OPTIONS, temperature: 0, maxNewTokens: 64 };
    expect(await write(model, requests, options)).toEqual(ids);
  },
);

test('sampled texts are those of the CPU, in both forms of row kernels, with more texts than places', async () => {
  const requests = prompts(7, 70);
  const expected = await write(await randomModel(await CpuExecutor.create()), requests, OPTIONS);
  expect(new Set(expected.map((ids) => ids.join())).size).toBe(7);
  for (const lanes of [1, 8]) {
    const model = await randomModel(await wgsl(lanes));
    for (const sequences of [3, 16]) {
      expect(await write(model, requests, { ...OPTIONS, sequences }), `${lanes}, ${sequences}`).toEqual(
        expected,
      );
    }
  }
});

test('a stop id ends a text within the tokens that are read together; extending goes on from there', async () => {
  const model = await randomModel(await wgsl(1));
  const [request] = prompts(1, 30) as [GenerationRequest];
  const [free = []] = await write(model, [request], OPTIONS);
  const stop = free[9] ?? NaN;
  const end = free.indexOf(stop) + 1;
  const texts: Int32Array[] = [];
  const extend = (text: Int32Array) => {
    texts.push(text);
    return texts.length < 2 ? Int32Array.of(...text, 7, 8, 9) : undefined;
  };
  const [extended] = await write(model, [{ ...request, extend }], { ...OPTIONS, stopIds: [stop] });
  expect(extended?.slice(0, end)).toEqual(free.slice(0, end));
  expect([...(texts[0] ?? [])]).toEqual([...request.prompt, ...free.slice(0, end)]);
  const prompt = Int32Array.of(...(texts[0] ?? []), 7, 8, 9);
  expect(extended?.slice(end)).toEqual(
    (await write(model, [{ prompt }], { ...OPTIONS, stopIds: [stop] }))[0],
  );
});

test('the device’s memory is given back', async () => {
  const model = await randomModel(await wgsl(1));
  const { bytes } = model.executor;
  for await (const { tokens } of generateMany(model, prompts(3, 20), OPTIONS, 'tuned')) {
    expect(model.executor.bytes).toBeGreaterThan(bytes);
    if (tokens.length > 0) break;
  }
  expect(model.executor.bytes).toBe(bytes);
});

test('groups of one prompt, whose beginnings are computed once, are written as on the CPU', async () => {
  const [one, other] = prompts(2, 70) as [GenerationRequest, GenerationRequest];
  const requests = [...Array<GenerationRequest>(4).fill(one), ...Array<GenerationRequest>(3).fill(other)];
  const cpu = await randomModel(await CpuExecutor.create());
  const expected = await write(cpu, requests, { ...OPTIONS, sharing: false });
  for (const sharing of [true, false]) {
    expect(await write(await randomModel(await wgsl(1)), requests, { ...OPTIONS, sharing })).toEqual(
      expected,
    );
  }
});

test('weights that were kept write what they wrote as the tuned ones, and leave those alone', async () => {
  const model = await randomModel(await wgsl(1));
  const requests = prompts(2, 20);
  const loaded = await model.read();
  const values = new Map([...loaded].map(([name, own]) => [name, own.map((value) => 0.9 * value)]));
  await model.set(values);
  const tuned = await write(model, requests, OPTIONS, 'tuned');
  await model.reset();
  const { bytes } = model.executor;
  expect(await write(model, requests, OPTIONS, { adaptation: { kind: 'full' }, values })).toEqual(tuned);
  expect(model.executor.bytes).toBe(bytes);
  const base = await write(model, requests, OPTIONS);
  expect(await write(model, requests, OPTIONS, 'tuned')).toEqual(base);
  expect(tuned).not.toEqual(base);
});
