/**
 * @file Generation of many texts on the CPU: against transformers, against one text at a time and against logits that are
 * computed without a cache; what it promises about seeds, batches, extending, ends, sources and cancelling.
 */
import { describe, expect, test } from 'vitest';
import { makeConfig, type ModelConfig } from '../../src/model/config';
import type {
  GeneratedToken,
  GenerateOptions,
  GenerationPart,
  GenerationRequest,
  ManyOptions,
  Which,
} from '../../src/model/engine';
import { parameterShapes } from '../../src/model/parameter-names';
import { PlannedEngine } from '../../src/model/planned-engine';
import { seededRandom } from '../../src/model/random';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { sizeOf } from '../../src/plan/tensor';
import type { Batch } from '../../src/sequence/types';
import { batchOf, readGolden, readPocket } from './plan-llama-golden';

const OPTIONS: GenerateOptions = { maxNewTokens: 12, temperature: 0, topP: 1, seed: 3, stopIds: [] };
const SAMPLED: GenerateOptions = { ...OPTIONS, temperature: 1.1, topP: 0.95, topK: 30, minP: 0.01 };

type Requests = Iterable<GenerationRequest> | AsyncIterable<GenerationRequest>;

interface Text {
  ids: number[];
  tokens: GeneratedToken[];
  endings: string[];
  error?: Error;
  done: boolean;
}

async function collect(
  engine: PlannedEngine,
  requests: Requests,
  options: ManyOptions,
  which: Which = 'base',
  onPart: (part: GenerationPart) => void = () => undefined,
): Promise<Text[]> {
  const texts: Text[] = [];
  for await (const part of engine.generateMany(requests, options, which)) {
    const text = (texts[part.request] ??= { ids: [], tokens: [], endings: [], done: false });
    expect(text.done, `request ${part.request} is done only once`).toBe(false);
    text.tokens.push(...part.tokens);
    text.ids.push(...part.tokens.map(({ id }) => id));
    if (part.ending) text.endings.push(part.ending);
    if (part.error) text.error = part.error;
    text.done = part.done;
    onPart(part);
  }
  return texts;
}

const idsOf = (texts: Text[]) => texts.map(({ ids }) => ids);

/** A random model, in which nothing is certain. */
async function randomModel(changes: Partial<ModelConfig> = {}): Promise<PlannedEngine> {
  const config = makeConfig({
    ...{ vocabularySize: 61, hiddenSize: 24, intermediateSize: 40, layers: 3, heads: 4 },
    ...{ keyValueHeads: 2, contextLength: 200, tied: false },
    ...changes,
  });
  const random = seededRandom(5);
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of parameterShapes(config)) {
    const scale = shape.length > 1 ? 0.5 : 0.2;
    const middle = shape.length > 1 ? 0 : 1;
    weights.set(
      name,
      Float32Array.from({ length: sizeOf(shape) }, () => middle + scale * (2 * random() - 1)),
    );
  }
  return PlannedEngine.load(await CpuExecutor.create(), config, weights);
}

function prompts(count: number, longest: number, vocabulary = 61): GenerationRequest[] {
  const random = seededRandom(9);
  return Array.from({ length: count }, () => ({
    prompt: Int32Array.from({ length: 1 + Math.floor(longest * random()) }, () =>
      Math.floor(vocabulary * random()),
    ),
  }));
}

function batchOfText(ids: readonly number[]): Batch {
  const { length } = ids;
  return {
    ...{ rows: 1, length, norm: 1 },
    ids: Int32Array.from(ids),
    targets: Int32Array.from({ length }, (_, i) => ids[i + 1] ?? 0),
    weights: new Float32Array(length).fill(1),
    positions: Int32Array.from({ length }, (_, i) => i),
    documents: new Int32Array(length).fill(1),
    kind: new Uint8Array(length),
  };
}

describe('the shipped model', () => {
  const pocket = readPocket();

  test('writes, all prompts at once, what transformers writes', async () => {
    const engine = await PlannedEngine.load(await CpuExecutor.create(), pocket.config, pocket.weights);
    const { generations } = pocket.meta;
    const requests = generations.map(({ promptIds, ids }) => ({
      prompt: Int32Array.from(promptIds),
      options: { maxNewTokens: ids.length },
    }));
    const texts = await collect(engine, requests, OPTIONS);
    expect(idsOf(texts)).toEqual(generations.map(({ ids }) => ids));
  });
});

describe('a random model', () => {
  test('greedy: the cache changes nothing, and log-probabilities are those of a pass over the whole text', async () => {
    const engine = await randomModel();
    const requests = prompts(5, 90);
    const texts = await collect(engine, requests, { ...OPTIONS, maxNewTokens: 40 });
    for (const [i, { ids, tokens }] of texts.entries()) {
      const prompt = [...(requests[i]?.prompt ?? [])];
      const batch = batchOfText([...prompt, ...ids]);
      const logits = await engine.logits(batch, 'base');
      const logProbs = await engine.score(batch, 'base');
      ids.forEach((id, made) => {
        const place = prompt.length - 1 + made;
        const row = logits.subarray(61 * place, 61 * (place + 1));
        expect(row.indexOf(Math.max(...row)), `text ${i}, token ${made}`).toBe(id);
        expect(tokens[made]?.logProb).toBeCloseTo(logProbs[place] ?? NaN, 4);
      });
    }
  });

  test.each([
    ['windows', { attention: [{ rope: 0, window: 9 }, { rope: 0 }, { window: 30 }] }],
    ['one key head and another scale', { keyValueHeads: 1, attentionScale: 0.7 }],
    [
      'two kinds of rotary positions',
      {
        ropes: [
          { type: 'default', theta: 100 },
          { type: 'linear', theta: 1000, factor: 2 },
        ],
        attention: [{ rope: 1 }, { rope: 0 }, { rope: 1 }],
      },
    ],
  ] as [string, Partial<ModelConfig>][])('with %s the cache changes nothing', async (_, changes) => {
    const engine = await randomModel(changes);
    const [request] = prompts(1, 80);
    const prompt = [...(request as GenerationRequest).prompt];
    const [text] = await collect(engine, [request as GenerationRequest], { ...SAMPLED, maxNewTokens: 60 });
    const logProbs = await engine.score(batchOfText([...prompt, ...(text?.ids ?? [])]), 'base');
    text?.tokens.forEach(({ logProb }, made) =>
      expect(logProb).toBeCloseTo(logProbs[prompt.length - 1 + made] ?? NaN, 4),
    );
  });

  test('the same texts bit by bit, however many are written at once', async () => {
    const engine = await randomModel();
    const requests = prompts(23, 100);
    const all = await collect(engine, requests, { ...SAMPLED, sequences: 64 });
    expect(new Set(all.map(({ ids }) => ids.join())).size).toBe(23);
    for (const sequences of [1, 3, 16]) {
      expect(await collect(engine, requests, { ...SAMPLED, sequences })).toEqual(all);
    }
  });

  test('a request’s own seed gives its text wherever it stands; the number tells others apart', async () => {
    const engine = await randomModel();
    const [request] = prompts(1, 20) as [GenerationRequest];
    const own = { ...request, options: { seed: 8 } };
    const texts = idsOf(await collect(engine, [request, own, request, own], SAMPLED));
    expect(texts[1]).toEqual(texts[3]);
    expect(texts[0]).not.toEqual(texts[2]);
    const alone: number[] = [];
    for await (const { id } of engine.generate(request.prompt, { ...SAMPLED, seed: 8 }, 'base'))
      alone.push(id);
    expect(alone).toEqual(texts[1]);
  });

  test('short and long texts, stop ids and limits: each ends for its own reason', async () => {
    const engine = await randomModel();
    const free = await collect(engine, prompts(6, 30), SAMPLED);
    const stop = free[2]?.ids[4] ?? NaN;
    const requests: GenerationRequest[] = prompts(6, 30).map((request, i) =>
      i === 4 ? { ...request, options: { maxNewTokens: 1 } } : request,
    );
    requests.push({ prompt: new Int32Array(195).fill(7) });
    const texts = await collect(engine, requests, { ...SAMPLED, stopIds: [stop], sequences: 3 });
    free.forEach(({ ids }, i) => {
      const at = ids.indexOf(stop);
      const length = i === 4 ? 1 : at < 0 ? ids.length : at + 1;
      expect(texts[i]?.ids).toEqual(ids.slice(0, length));
      expect(texts[i]?.endings).toEqual([at >= 0 && at < length ? 'stop' : 'limit']);
    });
    expect(texts[2]?.endings).toEqual(['stop']);
    expect(texts[6]).toMatchObject({ endings: ['context'], done: true });
    expect(texts[6]?.ids).toHaveLength(5);
  });

  test('requests of no use are refused one by one; the others are written', async () => {
    const engine = await randomModel();
    const [good] = prompts(1, 20) as [GenerationRequest];
    const requests = [
      { prompt: new Int32Array() },
      good,
      { prompt: Int32Array.of(1, 61) },
      { prompt: new Int32Array(200) },
      { ...good, options: { topK: -1 } },
      good,
    ];
    const texts = await collect(engine, requests, { ...SAMPLED, sequences: 2 });
    expect(texts.map(({ error }) => (error as { code?: string } | undefined)?.code)).toEqual([
      'bad-batch',
      undefined,
      'bad-batch',
      'too-long',
      'bad-settings',
      undefined,
    ]);
    expect(texts.every(({ done }) => done)).toBe(true);
    expect(texts[5]?.ids).toHaveLength(12);
    expect(await collect(engine, [], SAMPLED)).toEqual([]);
    await expect(collect(engine, [good], { ...SAMPLED, minP: 2 })).rejects.toMatchObject({
      code: 'bad-settings',
    });
  });
});

describe('extending', () => {
  test('gives what one long prompt gives, and computes only what is new', async () => {
    const engine = await randomModel();
    const requests = prompts(7, 40);
    const result = Int32Array.of(5, 50, 17, 3);
    const whole: Int32Array[][] = requests.map(() => []);
    const extended = requests.map((request, i) => ({
      ...request,
      extend: async (text: Int32Array) => {
        const turns = whole[i] as Int32Array[];
        turns.push(text);
        await new Promise((resolve) => setTimeout(resolve, 5 * (i % 3)));
        return turns.length < 3 ? Int32Array.of(...text, ...result) : undefined;
      },
    }));
    const texts = await collect(engine, extended, { ...SAMPLED, sequences: 3 });
    for (const [i, turns] of whole.entries()) {
      expect(texts[i]).toMatchObject({ done: true, endings: ['limit', 'limit', 'limit'] });
      expect(turns).toHaveLength(3);
      // Each turn from its beginning anew, with the whole text as a prompt, and the place among requests as before.
      for (const [turn, before] of turns.slice(0, 2).entries()) {
        const prompt = Int32Array.of(...before, ...result);
        const again = Array.from({ length: i + 1 }, () => ({ prompt }));
        const fresh = await collect(engine, again, SAMPLED);
        expect(fresh[i]?.ids).toEqual(texts[i]?.ids.slice(12 * (turn + 1), 12 * (turn + 2)));
      }
    }
  });

  test('from a text that begins otherwise, as where thinking is stripped', async () => {
    const engine = await randomModel();
    const [request] = prompts(1, 40) as [GenerationRequest];
    const { length } = request.prompt;
    let turn = 0;
    let stripped = new Int32Array();
    const extend = (text: Int32Array) => {
      if (turn++ > 0) return undefined;
      stripped = Int32Array.of(...text.subarray(0, length), ...text.subarray(length + 5), 9, 9);
      return stripped;
    };
    const [text] = await collect(engine, [{ ...request, extend }], SAMPLED);
    const [fresh] = await collect(engine, [{ prompt: stripped }], SAMPLED);
    expect(text?.ids.slice(12)).toEqual(fresh?.ids);
    turn = 0;
    // Shorter than what there was: the cache is cut.
    const [cut] = await collect(
      engine,
      [{ ...request, extend: () => (turn++ > 0 ? undefined : request.prompt.slice(0, 1)) }],
      SAMPLED,
    );
    const [short] = await collect(engine, [{ prompt: request.prompt.slice(0, 1) }], SAMPLED);
    expect(cut?.ids.slice(12)).toEqual(short?.ids);
  });

  test('to a text that nothing can follow ends the request with a reason; a mistake in it ends everything', async () => {
    const engine = await randomModel();
    const [request] = prompts(1, 20) as [GenerationRequest];
    const long = { ...request, extend: () => new Int32Array(300) };
    const texts = await collect(engine, [long, request], SAMPLED);
    expect(texts[0]).toMatchObject({ done: true, endings: ['limit'], error: { code: 'too-long' } });
    expect(texts[1]?.ids).toHaveLength(12);
    const broken = {
      ...request,
      extend: () => {
        throw new TypeError('no such tool');
      },
    };
    const { bytes } = engine.model.executor;
    await expect(collect(engine, [request, broken], SAMPLED)).rejects.toThrow('no such tool');
    expect(engine.model.executor.bytes).toBe(bytes);
  });
});

describe('sources', () => {
  test('a slow one never holds up what is being written, and texts are those of a list', async () => {
    const engine = await randomModel();
    const requests = prompts(9, 60);
    const expected = idsOf(await collect(engine, requests, SAMPLED));
    let written: (() => void) | undefined;
    const first = new Promise<void>((resolve) => (written = resolve));
    // The second request comes only once the first text is written: whoever waits for it never ends.
    async function* slowly() {
      for (const [i, request] of requests.entries()) {
        await (i === 1 ? first : new Promise((resolve) => setTimeout(resolve, 1)));
        yield request;
      }
    }
    const texts = await collect(
      engine,
      slowly(),
      { ...SAMPLED, sequences: 4 },
      'base',
      ({ request, done }) => {
        if (done && request === 0) written?.();
      },
    );
    expect(idsOf(texts)).toEqual(expected);
  });

  test('a source that fails ends it with its error; one that is left is closed', async () => {
    const engine = await randomModel();
    const { bytes } = engine.model.executor;
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield await Promise.resolve((prompts(1, 20) as [GenerationRequest])[0]);
      } finally {
        closed = true;
      }
    }
    let parts = 0;
    for await (const _ of engine.generateMany(endless(), { ...SAMPLED, sequences: 2 }, 'base')) {
      if (++parts === 40) break;
    }
    expect(closed).toBe(true);
    async function* failing() {
      yield await Promise.resolve((prompts(1, 20) as [GenerationRequest])[0]);
      throw new Error('the file ended in the middle');
    }
    await expect(collect(engine, failing(), SAMPLED)).rejects.toThrow('ended in the middle');
    expect(engine.model.executor.bytes).toBe(bytes);
  });

  test('texts that are longer than all before them make the cache grow', async () => {
    const engine = await randomModel();
    const lengths = [3, 10, 100, 20, 150, 180];
    const requests = lengths.map((length, i) => ({ prompt: new Int32Array(length).fill(i + 1) }));
    const expected = idsOf(await collect(engine, requests, SAMPLED));
    function* one() {
      yield* requests;
    }
    expect(idsOf(await collect(engine, one(), { ...SAMPLED, sequences: 3 }))).toEqual(expected);
  });

  test('a signal ends it, also while nothing is there to do', async () => {
    const engine = await randomModel();
    const { bytes } = engine.model.executor;
    const controller = new AbortController();
    async function* never(): AsyncGenerator<GenerationRequest> {
      yield (prompts(1, 20) as [GenerationRequest])[0];
      await new Promise(() => undefined);
    }
    const parts: GenerationPart[] = [];
    for await (const part of engine.generateMany(never(), SAMPLED, 'base', controller.signal)) {
      parts.push(part);
      if (part.done) setTimeout(() => controller.abort(), 20);
    }
    expect(parts.filter(({ done }) => done)).toHaveLength(1);
    expect(engine.model.executor.bytes).toBe(bytes);
  });
});

test('all texts come from one model, whatever is trained meanwhile; nothing is copied while nothing is', async () => {
  const golden = readGolden('tied');
  const engine = await PlannedEngine.load(await CpuExecutor.create(), golden.config, golden.weights);
  const batch = batchOf(golden, 'single');
  const requests = [1, 2, 3, 4, 5].map((id) => ({ prompt: Int32Array.of(id, id, 2) }));
  const options = { ...SAMPLED, sequences: 2 };
  const expected = idsOf(await collect(engine, requests, options, 'tuned'));
  const copies: number[] = [];
  const copy = engine.model.state.copy.bind(engine.model.state);
  engine.model.state.copy = () => {
    copies.push(1);
    return copy();
  };
  let parts = 0;
  const found: number[][] = requests.map(() => []);
  for await (const { request, tokens } of engine.generateMany(requests, options, 'tuned')) {
    found[request]?.push(...tokens.map(({ id }) => id));
    if (++parts === 5) expect(copies).toHaveLength(0);
    if (parts >= 5) await engine.step([batch], { ...golden.adamw, learningRate: 0.05 });
    if (parts === 20) await engine.reset();
  }
  expect(found).toEqual(expected);
  expect(copies).toHaveLength(1);
  const others = idsOf(await collect(engine, requests, options, 'tuned'));
  expect(others).not.toEqual(expected);
  expect(idsOf(await collect(engine, requests, options, 'base'))).toEqual(expected);
});
