/**
 * @file What is known of a run's time before it begins: nothing without a measurement, then what reading tells, then what steps took;
 * kept for the next visit.
 */
import { expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { DEFAULT_OBJECTIVE } from '../../src/settings/objective';
import { DEFAULT_DIVISION, draftsOf, settingsOf } from '../../src/settings/train';
import { PACE_KEY, RunForecast, type ForecastParts } from '../../src/state/run-forecast.svelte';
import type { RunTime } from '../../src/state/run-time';
import type { MeasuredPace, StepReport } from '../../src/worker/protocol';

const sequence = (length: number, trained: number) => ({
  ids: new Int32Array(length),
  weights: Float32Array.from({ length }, (_, i) => Number(i >= length - trained)),
});

/** What differs from a page of 40 conversations, each one sequence of 200 tokens. */
interface Page {
  settings: Parameters<typeof draftsOf>[0];
  options: { packing?: boolean };
  heldOut: number;
  count: number;
  sequences: (conversation: string) => object[];
}
const made = () => [sequence(200, 50)];

function memory(text?: string) {
  const kept = new Map(text === undefined ? [] : [[PACE_KEY, text]]);
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

function open(
  storage = memory(),
  objective: object = DEFAULT_OBJECTIVE,
  kind: 'cpu' | 'wgsl' = 'cpu',
  pace: MeasuredPace | null = null,
  { settings = {}, options = {}, heldOut = 0, count = 40, sequences = made }: Partial<Page> = {},
) {
  let time = 0;
  /** Milliseconds before each step that are none of its work. */
  let idling = 0;
  const asked: number[] = [];
  const parts = {
    model: {
      ...{ weights: 'ready', tokenizer: 'ready', weightsFit: true },
      info: {
        engine: { kind },
        parameterCount: 1e6,
        trained: { adaptation: { kind: 'full' }, trainedCount: 1e6 },
      },
    },
    modelKey: 'pocket',
    data: {
      list: {
        read: (rows: number[]) => Promise.resolve(rows.map((row) => ({ id: String(row) }))),
        heldOutCount: heldOut,
      },
      trainRows: Array.from({ length: count }, (_, i) => i),
    },
    mask: { policy: DEFAULT_POLICY, edits: { book: {} } },
    train: {
      ...{ active: false, division: DEFAULT_DIVISION, options },
      settings: settingsOf(draftsOf({ steps: 30, batchSize: 4, ...settings })),
      objective: {
        kind: (objective as typeof DEFAULT_OBJECTIVE).kind,
        composes: false,
        settings: objective,
      },
    },
    runScope: { mayNotEnd: false, limit: 512 },
  };
  const text = {
    sequences: ({ conversations }: { conversations: { id: string }[] }) => {
      asked.push(conversations.length);
      return Promise.resolve({ sequences: conversations.flatMap(({ id }) => sequences(id)), problems: [] });
    },
  };
  const shape = () => Promise.resolve({ parameters: 1e6, layers: 0, width: 0 });
  const now = () => time;
  let trials = 0;
  const engine = { pace: () => (trials++, Promise.resolve(pace)) };
  const services = { text: text as never, engine, readShape: shape };
  const forecast = new RunForecast(parts as unknown as ForecastParts, services, storage, now);
  const foresee = () => forecast.foresee(forecast.wanted);
  /** A run of steps that take so many milliseconds each. */
  const train = (steps: number[], writing = 0) => {
    forecast.receive({ type: 'run', run: 1, state: 'running' });
    for (const [i, milliseconds] of steps.entries()) {
      time += idling;
      if (writing) forecast.receive({ type: 'writing', run: 1, step: i + 1, done: 0, total: 16 });
      time += writing;
      if (writing) forecast.receive({ type: 'writing', run: 1, step: i + 1, done: 16, total: 16 });
      time += milliseconds - writing;
      const metrics = writing ? { completionTokens: 50 } : undefined;
      const { updates = 1 } = objective as { updates?: number };
      const report = { step: i + 1, tokens: writing ? updates * 16 * 200 : 800, milliseconds, metrics };
      forecast.receive({ type: 'step', run: 1, report: report as StepReport });
    }
    forecast.receive({ type: 'run', run: 1, state: 'finished' });
  };
  /** A run whose steps are reported as they are given. */
  const report = (reports: readonly Partial<StepReport>[]) => {
    forecast.receive({ type: 'run', run: 2, state: 'running' });
    for (const [i, one] of reports.entries())
      forecast.receive({ type: 'step', run: 2, report: { step: i + 1, ...one } as StepReport });
    forecast.receive({ type: 'run', run: 2, state: 'finished' });
  };
  const idle = (milliseconds: number) => (idling = milliseconds);
  return { forecast, foresee, train, report, idle, parts, asked, storage, trials: () => trials };
}

/** 2,000 tokens a second: 4 · 10⁹ operations. */
const TRIAL = { length: 200, reading: 2000, writing: 1600 };

test('nothing before the data was looked at; then by a short trial, made once; without it the first step tells', async () => {
  const { forecast, foresee, asked, trials } = open(memory(), DEFAULT_OBJECTIVE, 'cpu', TRIAL);
  expect(forecast.time).toBeUndefined();
  await foresee();
  // 4 sequences of 200 tokens: three times as long each as reading one.
  expect(forecast.time).toEqual({ steps: 30, step: 1200, all: 36_000, by: { trial: true }, atMost: false });
  // A sample, once for the same data.
  await foresee();
  expect([asked, trials()]).toEqual([[16], 1]);
  const without = open();
  await without.foresee();
  expect(without.forecast.time).toBe('unknown');
});

test('steps that were made tell it better, the first of them least; the next visit knows, and tries nothing out', async () => {
  const { forecast, foresee, train, storage } = open(memory(), DEFAULT_OBJECTIVE, 'cpu', TRIAL);
  await foresee();
  train([5000]);
  expect(forecast.time).toMatchObject({ step: 5000, by: { run: 'same', trial: false } });
  train([5000, 700, 900]);
  expect(forecast.time).toMatchObject({ step: 800, all: 24_000, by: { run: 'same', trial: false } });
  const next = open(storage);
  await next.foresee();
  expect(next.forecast.time).toMatchObject({ step: 800, by: { run: 'same', trial: false } });
  expect(next.trials()).toBe(0);
  // Speeds of a GPU are not those of the CPU.
  const other = open(storage, DEFAULT_OBJECTIVE, 'wgsl');
  await other.foresee();
  expect(other.forecast.time).toBe('unknown');
});

test('on policy, writing and learning are timed apart', async () => {
  const objective = { ...DEFAULT_OBJECTIVE, kind: 'grpo', prompts: 2, groupSize: 8, kl: 0, measureKl: false };
  const { forecast, foresee, train } = open(memory(), objective, 'wgsl', TRIAL);
  await foresee();
  // 16 completions of 50 tokens are written in 0.5 s, learnt from in 4.8 s, and 2 prompts read.
  expect(forecast.time).toMatchObject({ by: { trial: true } });
  expect((forecast.time as { step: number }).step).toBeCloseTo(500 + 4800 + 150, 0);
  train([3000, 1500, 1500], 500);
  const { step, by } = forecast.time as RunTime;
  // Only the prompts are read at the speed of the trial: a tenth.
  expect(by).toEqual({ run: 'same', trial: false });
  expect(step).toBeCloseTo(1500, 0);
});

test('a step’s tokens are those of all its updates; what comes before the writing is no work of it', async () => {
  const objective = { ...DEFAULT_OBJECTIVE, kind: 'grpo', prompts: 2, groupSize: 8, kl: 0, measureKl: false };
  const { forecast, foresee, train, idle } = open(memory(), { ...objective, updates: 4 }, 'wgsl', TRIAL);
  await foresee();
  idle(60_000);
  train([3000, 1500, 1500], 500);
  expect((forecast.time as { step: number }).step).toBeCloseTo(1500, 0);
});

test('what stands in the storage and is no speed is left', async () => {
  for (const text of ['', 'null', '[1]', '{"a":1}', '{"cpu | x":{"full":-1,"reading":"fast"}}']) {
    const { forecast, foresee } = open(memory(text));
    await foresee();
    expect([text, forecast.time]).toEqual([text, 'unknown']);
  }
});

const time = ({ time: known }: RunForecast) => known as RunTime;

test('rows that hold several sequences are foreseen as what they hold', async () => {
  const sequences = (id: string) => [sequence(Number(id) % 2 ? 64 : 192, 50)];
  const plain = open(memory(), DEFAULT_OBJECTIVE, 'cpu', TRIAL, { sequences });
  const packed = open(memory(), DEFAULT_OBJECTIVE, 'cpu', TRIAL, { sequences, options: { packing: true } });
  await plain.foresee();
  await packed.foresee();
  // All four are as long as the longest; packed, no token is padding but where rows of one pass differ.
  expect(time(plain.forecast).step).toBeGreaterThan(1.25 * time(packed.forecast).step);
});

test('an early stop makes it at most so long', async () => {
  const page = { settings: { patience: 2 }, heldOut: 10 };
  const { forecast, foresee } = open(memory(), DEFAULT_OBJECTIVE, 'cpu', TRIAL, page);
  await foresee();
  expect(time(forecast).atMost).toBe(true);
});

const pair = (group: string) =>
  (['chosen', 'rejected'] as const).map((preference, i) => ({
    ...sequence(200, 50 + i),
    ...{ origin: { conversation: group }, sample: { group, preference } },
  }));
const DPO = { ...DEFAULT_OBJECTIVE, kind: 'dpo' };

test('DPO: half as many steps as sequences by epochs, without pairs of which one is left out or both are the same', async () => {
  const steps = async (sequences: Page['sequences']) => {
    const settings = { epochs: 1 };
    const { forecast, foresee } = open(memory(), DPO, 'cpu', TRIAL, { settings, count: 16, sequences });
    await foresee();
    return (forecast.time as RunTime).steps;
  };
  expect(await steps(pair)).toBe(4);
  const [same, alone] = [
    (id: string) => [pair(id)[0], { ...pair(id)[0], sample: pair(id)[1]?.sample }],
    (id: string) => [pair(id)[0]],
  ];
  const odd = (make: (id: string) => unknown[]) => (id: string) =>
    (Number(id) % 2 ? make(id) : pair(id)) as object[];
  expect(await steps(odd(same))).toBe(2);
  expect(await steps(odd(alone))).toBe(2);
});

test('the speed of DPO’s training leaves out what its steps read, which is more in the first pass through the data', async () => {
  const page = { count: 16, sequences: pair, settings: { steps: 8 } };
  const { forecast, foresee, report } = open(memory(), DPO, 'cpu', TRIAL, page);
  await foresee();
  // 4 · 10⁹ operations a second: a sequence is read in 0.1 s and trained in 0.3 s. Sixteen pairs, four a step.
  const at = (reads: number) => ({ tokens: 1600, milliseconds: 100 * reads + 8 * 300 });
  const before = time(forecast);
  expect(before.all).toBeCloseTo((8 * 8 + 32) * 100 + 8 * 8 * 300, 0);
  report([16, 16, 16, 16, 8, 8, 8, 8].map(at));
  expect(time(forecast).all).toBeCloseTo(before.all, 0);
  expect(time(forecast).by).toEqual({ run: 'same', trial: true });
});

test('the settings of a run are those that it began with, whatever the form shows meanwhile', async () => {
  const { forecast, foresee, parts } = open(memory(), DEFAULT_OBJECTIVE, 'cpu', TRIAL);
  await foresee();
  forecast.receive({ type: 'run', run: 1, state: 'running' });
  const { objective } = parts.train;
  parts.train.objective = { ...objective, settings: DPO };
  for (const step of [1, 2]) {
    const report = { step, tokens: 800, milliseconds: 1000 } as StepReport;
    forecast.receive({ type: 'step', run: 1, report });
  }
  parts.train.objective = objective;
  expect(time(forecast).step).toBeCloseTo(1000, 6);
});

test('RAFT goes through what is rewarded enough, once a reward tells; composed rewards tell later', async () => {
  const sequences = (id: string) => [
    {
      ...sequence(200, 50),
      ...{ origin: { conversation: id }, sample: { group: id, reward: Number(id) % 2 } },
    },
  ];
  const raft = { ...DEFAULT_OBJECTIVE, kind: 'raft', keepFrom: 1 };
  const page = { count: 16, sequences, settings: { epochs: 1 } };
  const own = open(memory(), raft, 'cpu', TRIAL, page);
  await own.foresee();
  expect(time(own.forecast)).toMatchObject({ steps: 2, atMost: false });
  const composed = open(memory(), raft, 'cpu', TRIAL, page);
  composed.parts.train.objective = { ...composed.parts.train.objective, composes: true };
  await composed.foresee();
  expect(time(composed.forecast)).toMatchObject({ steps: 4, atMost: true });
});

test('what is labelled bad is no part of SFT', async () => {
  const { foresee, parts, asked } = open(memory(), DEFAULT_OBJECTIVE, 'cpu', TRIAL);
  const { list } = parts.data;
  parts.data.list = {
    ...list,
    read: (rows) => Promise.resolve(rows.map((row) => ({ id: String(row), label: row % 4 > 0 }))),
  };
  await foresee();
  expect(asked[0]).toBeLessThan(16);
});

test('the time of a LoRA run with other numbers than the last one is said to be of those', async () => {
  const { forecast, foresee, parts, report } = open(memory(), DEFAULT_OBJECTIVE, 'cpu', TRIAL);
  const adapt = (rank: number) =>
    (parts.model = {
      ...parts.model,
      info: { ...parts.model.info, trained: { adaptation: { kind: 'lora' }, trainedCount: 100 * rank } },
    });
  adapt(8);
  await foresee();
  report([{ tokens: 800, milliseconds: 1000 }]);
  expect(time(forecast).by).toEqual({ run: 'same', trial: false });
  adapt(16);
  expect(time(forecast).by).toEqual({ run: 'other', trial: false });
});
