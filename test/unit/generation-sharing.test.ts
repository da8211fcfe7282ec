/**
 * @file Texts that begin alike: their beginning is computed once, and no text is another one for it, to the last bit.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { makeConfig } from '../../src/model/config';
import type { GeneratedToken, GenerationRequest, ManyOptions } from '../../src/model/engine';
import { Sequence } from '../../src/model/generation-sequence';
import { parameterShapes } from '../../src/model/parameter-names';
import { PlannedEngine } from '../../src/model/planned-engine';
import { seededRandom } from '../../src/model/random';
import { shareCache } from '../../src/ops/share-cache';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { makeTensor, sizeOf } from '../../src/plan/tensor';
import { randomNumbers } from './ops-run';

const OPTIONS: ManyOptions = {
  ...{ maxNewTokens: 9, temperature: 1.1, topP: 0.95, topK: 30, minP: 0.01, seed: 3 },
  stopIds: [5],
};

/** A random model, in which nothing is certain. */
async function randomModel(executor: CpuExecutor, headSize = 8): Promise<PlannedEngine> {
  const config = makeConfig({
    ...{ vocabularySize: 61, hiddenSize: 24, intermediateSize: 40, layers: 2, heads: 4, headSize },
    ...{ keyValueHeads: 2, contextLength: 400, tied: false },
  });
  const random = seededRandom(5);
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of parameterShapes(config)) {
    const [middle, scale] = shape.length > 1 ? [0, 0.5] : [1, 0.2];
    const values = Float32Array.from({ length: sizeOf(shape) }, () => middle + scale * (2 * random() - 1));
    weights.set(name, values);
  }
  return PlannedEngine.load(executor, config, weights);
}

function someIds(count: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => 6 + Math.floor(55 * random()));
}

const request = (...ids: number[]): GenerationRequest => ({ prompt: Int32Array.from(ids) });

/** All tokens of each request, and how many tokens were put into the cache. */
async function write(engine: PlannedEngine, requests: GenerationRequest[], options: ManyOptions) {
  const feed = vi.spyOn(Sequence.prototype, 'feed');
  const texts = requests.map((): GeneratedToken[] => []);
  for await (const { request: number, tokens, error } of engine.generateMany(requests, options, 'base')) {
    expect(error).toBeUndefined();
    texts[number]?.push(...tokens);
  }
  const fed = feed.mock.results.reduce((sum, { value }) => sum + (value as Int32Array).length, 0);
  feed.mockRestore();
  return { texts, fed };
}

afterEach(() => vi.restoreAllMocks());

const system = someIds(70, 1);
const [first, second] = [someIds(21, 2), someIds(34, 3)];

/** Eight of each of two prompts with the same system prompt, and one that has nothing in common with them. */
const group = () => [
  ...Array.from({ length: 8 }, () => request(...system, ...first)),
  request(...someIds(40, 4)),
  ...Array.from({ length: 8 }, () => request(...system, ...second)),
];

describe.each([
  ['vector instructions', true, 8],
  ['heads that take no vectors', true, 6],
  ['plain loops', false, 8],
] as const)('%s', (_, simd, headSize) => {
  test.each([undefined, 5])('groups of one prompt, %s at a time: every bit as without', async (sequences) => {
    const engine = await randomModel(await CpuExecutor.create({ simd }), headSize);
    const options = { ...OPTIONS, ...(sequences && { sequences }) };
    const plain = await write(engine, group(), { ...options, sharing: false });
    const shared = await write(engine, group(), options);
    expect(shared.texts).toEqual(plain.texts);
    expect(new Set(shared.texts.map((tokens) => tokens.map(({ id }) => id).join())).size).toBeGreaterThan(10);
    expect(plain.fed).toBe(8 * 90 + 39 + 8 * 103);
    // The two prompts and the stranger; nothing is computed twice.
    if (!sequences) expect(shared.fed).toBe(90 + 39 + 34 - 1);
    else expect(shared.fed).toBeLessThan(2.5 * (90 + 39 + 103));
  });
});

describe('texts that go on', () => {
  /** Appends a result once; what comes after the results differs in half of them. */
  const talks = (): GenerationRequest[] =>
    Array.from({ length: 6 }, (_, i) => {
      let turns = 0;
      return {
        ...request(...system, ...first),
        extend: (text) => {
          if (turns++ > 1) return undefined;
          return Int32Array.from([...text, ...someIds(12, 50 + turns + (i % 2))]);
        },
      };
    });

  test('are the same, whoever else begins like them', async () => {
    const engine = await randomModel(await CpuExecutor.create());
    const plain = await write(engine, talks(), { ...OPTIONS, sharing: false });
    const shared = await write(engine, talks(), OPTIONS);
    expect(shared.texts).toEqual(plain.texts);
    expect(shared.fed).toBeLessThan(plain.fed / 2);
  });

  test('and so they are where one is put back to an earlier beginning', async () => {
    const engine = await randomModel(await CpuExecutor.create());
    const back = () =>
      [0, 1, 2].map((i): GenerationRequest => {
        let turns = 0;
        const other = [...system.slice(0, 30), ...someIds(30, 80 + (i % 2))];
        return {
          ...request(...system, ...first),
          extend: () => (turns++ === 0 ? Int32Array.from(other) : undefined),
        };
      });
    const plain = await write(engine, back(), { ...OPTIONS, sharing: false });
    expect((await write(engine, back(), OPTIONS)).texts).toEqual(plain.texts);
  });
});

test('a longer text that makes the cache grow loses nothing', async () => {
  const engine = await randomModel(await CpuExecutor.create());
  async function* source(): AsyncGenerator<GenerationRequest> {
    for (const one of [...group().slice(0, 3), request(...system, ...someIds(150, 6)), ...group().slice(7)]) {
      await Promise.resolve();
      yield one;
    }
  }
  const collect = async (options: ManyOptions) => {
    const texts: GeneratedToken[][] = [];
    for await (const { request: number, tokens } of engine.generateMany(source(), options, 'base'))
      (texts[number] ??= []).push(...tokens);
    return texts;
  };
  expect(await collect({ ...OPTIONS, sequences: 4 })).toEqual(
    await collect({ ...OPTIONS, sequences: 4, sharing: false }),
  );
});

test('the copy takes the tokens asked for, of the places asked for', async () => {
  const executor = await CpuExecutor.create();
  const [places, capacity, width] = [4, 16, 6];
  const cache = makeTensor('cache', [places, capacity, width], 'input');
  const ints = (name: string) => makeTensor(name, [places], 'input', 'i32');
  const shares = { from: ints('from'), begins: ints('begins'), ends: ints('ends') };
  const plan = new PlanBuilder();
  shareCache(plan, cache, shares);
  const prepared = await executor.prepare(plan.finish());
  const values = randomNumbers(places * capacity * width, 1);
  executor.write(cache, values);
  executor.write(shares.from, Int32Array.of(-1, 0, 0, 1));
  executor.write(shares.begins, Int32Array.of(0, 3, 0, 0));
  executor.write(shares.ends, Int32Array.of(9, 16, 1, 3));
  await prepared.run();
  const found = await executor.read(cache);
  const row = (of: Float32Array, place: number, token: number) =>
    of.subarray((place * capacity + token) * width, (place * capacity + token + 1) * width);
  for (let token = 0; token < capacity; token++) {
    expect(row(found, 0, token)).toEqual(row(values, 0, token));
    expect(row(found, 1, token)).toEqual(row(values, token < 3 ? 1 : 0, token));
    expect(row(found, 2, token)).toEqual(row(values, token < 1 ? 0 : 2, token));
    expect(row(found, 3, token)).toEqual(row(values, token < 3 ? 1 : 3, token));
  }
});
