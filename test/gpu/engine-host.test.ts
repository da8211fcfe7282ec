/**
 * @file The engine's worker through its protocol: load, score, train, generate, and what happens when the device goes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainingSequence } from '../../src/sequence/types';
import { DEFAULT_OBJECTIVE, type ObjectiveSettings } from '../../src/settings/objective';
import { SEGMENT_KINDS } from '../../src/template/rendered';
import type { EngineEvent, EngineRequests, HostMessage, TrainSettings } from '../../src/worker/protocol';

const MODEL = new URL('/test/golden/llama/tied', location.href).href;

/** The page's side of the protocol, as plain as can be. */
class Page {
  readonly worker = new Worker(new URL('../../src/worker/engine-host.ts', import.meta.url), {
    type: 'module',
  });
  readonly events: EngineEvent[] = [];
  readonly #replies = new Map<number, (message: { ok: boolean; reply?: unknown; error?: unknown }) => void>();
  readonly #waiting = new Set<() => void>();
  #id = 0;

  constructor() {
    this.worker.addEventListener('message', ({ data }: MessageEvent<HostMessage<EngineEvent>>) => {
      if ('event' in data) this.events.push(data.event);
      else this.#replies.get(data.id)?.(data);
      for (const check of this.#waiting) check();
    });
  }

  ask<Name extends keyof EngineRequests>(
    name: Name,
    request: EngineRequests[Name]['request'],
  ): Promise<EngineRequests[Name]['reply']> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#replies.set(id, ({ ok, reply, error }) => {
        if (ok) resolve(reply as EngineRequests[Name]['reply']);
        else reject(error as Error);
      });
      this.worker.postMessage({ id, name, request });
    });
  }

  /** Resolves once the events fulfil the condition. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** States and step numbers of a run, in order. */
  story(run: number): (string | number)[] {
    return this.events.flatMap((event): (string | number)[] => {
      if (event.type === 'step' && event.run === run) return [event.report.step];
      return event.type === 'run' && event.run === run ? [event.state] : [];
    });
  }
}

// One worker for the tests of what every engine does; this browser's GPU is a software one, so the CPU computes.
let page: Page;
beforeAll(() => {
  page = new Page();
});
afterAll(() => page.worker.terminate());

function sequence(ids: number[]): TrainingSequence {
  return {
    ids: Int32Array.from(ids),
    weights: Float32Array.from(ids, (_, i) => (i < 2 ? 0 : 1)),
    kind: new Uint8Array(ids.length).fill(SEGMENT_KINDS.indexOf('answer')),
    positions: Int32Array.from(ids, (_, i) => i),
    document: new Int32Array(ids.length).fill(1),
    origin: { conversation: 'c' },
  };
}

const sequences = [sequence([1, 2, 3, 4, 5, 6]), sequence([9, 8, 7, 6])];
const settings: TrainSettings = {
  steps: 4,
  batchSize: 2,
  learningRate: 5e-3,
  warmupSteps: 1,
  weightDecay: 0,
  clipNorm: 1,
  seed: 0,
  maxLength: 64,
};
const options = { maxNewTokens: 5, temperature: 0, topP: 1, seed: 0, stopIds: [] };

describe('the engine host', () => {
  test('before a model: named errors for work, for a folder that is none', async () => {
    await expect(page.ask('score', { sequences, which: 'base' })).rejects.toMatchObject({ code: 'no-model' });
    const nowhere = new URL('/test/golden/llama/nowhere', location.href).href;
    await expect(page.ask('load', { url: nowhere })).rejects.toMatchObject({
      code: expect.stringMatching(/^(download-failed|bad-model)$/) as string,
    });
  });

  test('loads with progress, scores, trains, compares, generates, resets', async () => {
    const info = await page.ask('load', { url: MODEL });
    expect(info).toMatchObject({ vocabularySize: 61, contextLength: 64, engine: { kind: 'cpu' } });
    expect(info.engine.reason).toMatch(/^The CPU computes: .*software/);
    expect(info.device).toBeUndefined();
    expect(info.parameterCount).toBe(23_400);
    for (const phase of ['download', 'upload']) {
      const progress = page.events.filter((event) => event.type === 'progress' && event.phase === phase);
      expect(progress.at(-1)).toMatchObject({ done: expect.any(Number) as number });
      const last = progress.at(-1);
      expect(last?.type === 'progress' && last.done === last.total).toBe(true);
    }

    const before = await page.ask('score', { sequences, which: 'tuned' });
    expect(before.logProbs.map((row) => row.length)).toEqual([6, 4]);
    expect(before.logProbs.map((row) => row[0])).toEqual([0, 0]);
    expect(before.logProbs[0]?.subarray(1).every((value) => value < 0)).toBe(true);

    const { run } = await page.ask('train', { sequences, settings, startPaused: false });
    await page.until(() => page.story(run).includes('finished'));
    expect(page.story(run)).toEqual(['running', 1, 2, 3, 4, 'finished']);
    const reports = page.events.flatMap((event) =>
      event.type === 'step' && event.run === run ? [event.report] : [],
    );
    expect(reports[0]).toMatchObject({ tokens: 10, trainedTokens: 6, learningRate: 5e-3 });
    expect(Object.keys(reports[0]?.lossByKind ?? {})).toEqual(['answer']);
    expect(reports[0]?.lossByKind.answer).toBeCloseTo(reports[0]?.loss ?? NaN, 5);
    expect(reports[3]?.loss).toBeLessThan(reports[0]?.loss ?? NaN);

    const after = await page.ask('score', { sequences, which: 'tuned' });
    const trained = (rows: Float32Array[]) =>
      rows.reduce((sum, row) => sum + row.subarray(2).reduce((a, b) => a + b, 0), 0);
    expect(trained(after.logProbs)).toBeGreaterThan(trained(before.logProbs));
    expect(await page.ask('score', { sequences, which: 'base' })).toEqual(before);

    const prompt = Int32Array.of(1, 2, 3);
    const { tokens } = await page.ask('generate', { prompt, options, which: 'tuned' });
    expect(tokens).toHaveLength(5);
    const streamed = page.events.flatMap((event) => (event.type === 'token' ? [event.token] : []));
    expect(streamed).toEqual(tokens);

    await page.ask('reset', null);
    expect(await page.ask('score', { sequences, which: 'tuned' })).toEqual(before);
  });

  test('a run is paused, stepped, resumed and stopped; only one at a time', async () => {
    const { run } = await page.ask('train', {
      sequences,
      settings: { ...settings, steps: 1000 },
      startPaused: true,
    });
    await expect(page.ask('train', { sequences, settings, startPaused: true })).rejects.toMatchObject({
      code: 'busy',
    });
    await page.ask('control', { run, action: 'step' });
    await page.until(() => page.story(run).includes(1));
    expect(page.story(run)).toEqual(['paused', 1]);
    await page.ask('control', { run, action: 'resume' });
    await page.until(() => page.story(run).includes(2));
    await page.ask('control', { run, action: 'pause' });
    // The worker answers while a run is under way.
    await page.ask('score', { sequences, which: 'tuned' });
    await page.ask('control', { run: run + 1, action: 'stop' });
    expect(page.story(run)).not.toContain('stopped');
    await page.ask('control', { run, action: 'stop' });
    await page.until(() => page.story(run).includes('stopped'));
    expect(page.story(run).at(-1)).toBe('stopped');
    const next = await page.ask('train', {
      sequences,
      settings: { ...settings, steps: 1 },
      startPaused: false,
    });
    await page.until(() => page.story(next.run).includes('finished'));
    expect(next.run).toBe(run + 1);
  });

  test('a reset ends a run first, and generation is cancelled', async () => {
    const { run } = await page.ask('train', {
      sequences,
      settings: { ...settings, steps: 1000 },
      startPaused: false,
    });
    await page.until(() => page.story(run).includes(1));
    await page.ask('reset', null);
    expect(page.story(run).at(-1)).toBe('stopped');
    const endless = page.ask('generate', {
      prompt: Int32Array.of(1),
      options: { ...options, maxNewTokens: 60 },
      which: 'base',
    });
    const heard = () => page.events.filter(({ type }) => type === 'token').length;
    const before = heard();
    await page.until(() => heard() > before);
    await page.ask('cancelGenerate', null);
    const { tokens } = await endless;
    expect(tokens.length).toBeGreaterThan(0);
    expect(tokens.length).toBeLessThan(60);
  });

  test('named errors: nothing to train, wrong settings, ids of another model, an unknown request', async () => {
    await expect(page.ask('nonsense' as 'reset', null)).rejects.toMatchObject({ code: 'unknown-request' });
    const silent = sequences.map((one) => ({ ...one, weights: new Float32Array(one.ids.length) }));
    const train = (what: TrainingSequence[], wrong: Partial<TrainSettings>) =>
      page.ask('train', { sequences: what, settings: { ...settings, ...wrong }, startPaused: false });
    await expect(train(silent, {})).rejects.toMatchObject({ code: 'zero-norm' });
    await expect(train(sequences, { steps: 0 })).rejects.toMatchObject({ code: 'bad-settings' });
    const foreign = [sequence([1, 2, 999])];
    await expect(page.ask('score', { sequences: foreign, which: 'base' })).rejects.toMatchObject({
      code: 'bad-batch',
    });
    const { run } = await train(foreign, {});
    await page.until(() => page.story(run).includes('failed'));
    expect(page.events).toContainEqual(
      expect.objectContaining({
        run,
        state: 'failed',
        error: expect.objectContaining({ code: 'bad-batch' }) as unknown,
      }),
    );
    expect(page.events.some(({ type }) => type === 'fatal')).toBe(false);
  });

  test('on the CPU there is no device to lose, and work goes on', async () => {
    await expect(page.ask('loseDevice', null)).rejects.toMatchObject({ code: 'no-device' });
    const { logProbs } = await page.ask('score', { sequences, which: 'base' });
    expect(logProbs).toHaveLength(2);
    expect(page.events.some(({ type }) => type === 'fatal')).toBe(false);
  });
});

test('what is compiled is told: with the model, and before a run whose loss needs more, the first time', async () => {
  const gpu = new Page();
  try {
    await gpu.ask('load', { url: MODEL, engine: 'wgsl' });
    const compiling = gpu.events.filter((event) => event.type === 'progress' && event.phase === 'compile');
    expect(compiling.length).toBeGreaterThan(1);
    const last = compiling.at(-1);
    expect(last?.type === 'progress' && last.total > 0 && last.done === last.total).toBe(true);
    const prepared = async (objective: ObjectiveSettings) => {
      const { run } = await gpu.ask('train', { sequences, settings, startPaused: false, objective });
      await gpu.until(() => gpu.story(run).includes('finished'));
      const first = gpu.events.findIndex((event) => event.type === 'step' && event.run === run);
      return gpu.events.flatMap((event, at) => {
        if (event.type !== 'preparing' || event.run !== run) return [];
        expect(at).toBeLessThan(first);
        return [[event.share, event.programs]];
      });
    };
    // The model's own kernels are those of a plain run.
    expect(await prepared(DEFAULT_OBJECTIVE)).toEqual([]);
    const weighted = { ...DEFAULT_OBJECTIVE, dft: true };
    const told = await prepared(weighted);
    expect(told[0]).toEqual([0, 0]);
    expect(told.at(-1)).toEqual([1, expect.any(Number)]);
    expect(told.at(-1)?.[1]).toBeGreaterThan(0);
    expect(await prepared(weighted)).toEqual([]);
  } finally {
    gpu.worker.terminate();
  }
});

describe.each(['wgsl', 'oracle'] as const)('asked for %s', (kind) => {
  let gpu: Page;
  beforeAll(() => {
    gpu = new Page();
  });
  afterAll(() => gpu.worker.terminate());

  test('the GPU gives the scores, texts and losses of the CPU', async () => {
    const info = await gpu.ask('load', { url: MODEL, engine: kind });
    expect(info).toMatchObject({ engine: { kind }, device: { software: true } });
    expect(info.engine.reason).toMatch(/GPU.*address asks for it/);
    await page.ask('load', { url: MODEL });
    const sampled = { ...options, maxNewTokens: 12, temperature: 0.9, topP: 0.95, seed: 3 };
    const run = async (from: Page) => {
      const { logProbs } = await from.ask('score', { sequences, which: 'base' });
      const { run: number } = await from.ask('train', { sequences, settings, startPaused: false });
      await from.until(() => from.story(number).includes('finished'));
      const losses = from.events.flatMap((event) =>
        event.type === 'step' && event.run === number ? [event.report.loss] : [],
      );
      const prompt = Int32Array.of(1, 2, 3);
      const { tokens } = await from.ask('generate', { prompt, options: sampled, which: 'tuned' });
      return { scores: logProbs.flatMap((row) => [...row]), losses, tokens };
    };
    const [found, expected] = [await run(gpu), await run(page)];
    expect(found.losses).toHaveLength(settings.steps);
    found.losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected.losses[i] ?? NaN, 4));
    expect(found.scores).toHaveLength(10);
    found.scores.forEach((score, i) =>
      expect(Math.abs(score - (expected.scores[i] ?? NaN))).toBeLessThan(1e-5),
    );
    expect(found.tokens.map(({ id }) => id)).toEqual(expected.tokens.map(({ id }) => id));
  });

  test('the device goes during a run: the run fails, the page is told, and every request after is refused', async () => {
    const { run } = await gpu.ask('train', {
      sequences,
      settings: { ...settings, steps: 1000 },
      startPaused: false,
    });
    await gpu.until(() => gpu.story(run).includes(1));
    await gpu.ask('loseDevice', null);
    await gpu.until(
      () => gpu.story(run).includes('failed') && gpu.events.some(({ type }) => type === 'fatal'),
    );
    expect(gpu.events).toContainEqual(
      expect.objectContaining({
        type: 'run',
        run,
        state: 'failed',
        error: expect.objectContaining({ code: 'device-lost' }) as unknown,
      }),
    );
    expect(gpu.events.filter(({ type }) => type === 'fatal')).toHaveLength(1);
    const calls = await Promise.allSettled([
      gpu.ask('score', { sequences, which: 'base' }),
      gpu.ask('generate', { prompt: Int32Array.of(1), options, which: 'base' }),
      gpu.ask('train', { sequences, settings, startPaused: false }),
      gpu.ask('load', { url: MODEL, engine: kind }),
      gpu.ask('reset', null),
      gpu.ask('loseDevice', null),
    ]);
    for (const call of calls)
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'device-lost' } });
  });
});
