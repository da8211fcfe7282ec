/**
 * @file What is known of a run's time before it begins: nothing without a measurement, then what reading tells, then what steps took;
 * kept for the next visit.
 */
import { expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { DEFAULT_OBJECTIVE } from '../../src/settings/objective';
import { DEFAULT_DIVISION, draftsOf, settingsOf } from '../../src/settings/train';
import { PACE_KEY, RunForecast, type ForecastParts } from '../../src/state/run-forecast.svelte';
import type { MeasuredPace, StepReport } from '../../src/worker/protocol';

const sequence = (length: number, trained: number) => ({
  ids: new Int32Array(length),
  weights: Float32Array.from({ length }, (_, i) => Number(i >= length - trained)),
});

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
) {
  let time = 0;
  /** Milliseconds before each step that are none of its work. */
  let idling = 0;
  const asked: number[] = [];
  const parts = {
    model: {
      ...{ weights: 'ready', tokenizer: 'ready', weightsFit: true },
      info: { engine: { kind }, parameterCount: 1e6, trained: { adaptation: { kind: 'full' } } },
    },
    modelKey: 'pocket',
    data: {
      list: { read: (rows: number[]) => Promise.resolve(rows.map(() => ({ id: 'a' }))), heldOutCount: 0 },
      trainRows: Array.from({ length: 40 }, (_, i) => i),
    },
    mask: { policy: DEFAULT_POLICY, edits: { book: {} } },
    train: {
      ...{ active: false, division: DEFAULT_DIVISION },
      settings: settingsOf(draftsOf({ steps: 30, batchSize: 4 })),
      objective: { kind: (objective as typeof DEFAULT_OBJECTIVE).kind, settings: objective },
    },
    runScope: { mayNotEnd: false, limit: 512 },
  };
  const text = {
    sequences: ({ conversations }: { conversations: unknown[] }) => {
      asked.push(conversations.length);
      return Promise.resolve({ sequences: conversations.map(() => sequence(200, 50)), problems: [] });
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
  const idle = (milliseconds: number) => (idling = milliseconds);
  return { forecast, foresee, train, idle, asked, storage, trials: () => trials };
}

/** 2,000 tokens a second: 4 · 10⁹ operations. */
const TRIAL = { length: 200, reading: 2000, writing: 1600 };

test('nothing before the data was looked at; then by a short trial, made once; without it the first step tells', async () => {
  const { forecast, foresee, asked, trials } = open(memory(), DEFAULT_OBJECTIVE, 'cpu', TRIAL);
  expect(forecast.time).toBeUndefined();
  await foresee();
  // 4 sequences of 200 tokens: three times as long each as reading one.
  expect(forecast.time).toEqual({ steps: 30, step: 1200, all: 36_000, by: 'reading' });
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
  expect(forecast.time).toMatchObject({ step: 5000, by: 'training' });
  train([5000, 700, 900]);
  expect(forecast.time).toMatchObject({ step: 800, all: 24_000, by: 'training' });
  const next = open(storage);
  await next.foresee();
  expect(next.forecast.time).toMatchObject({ step: 800, by: 'training' });
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
  expect(forecast.time).toMatchObject({ by: 'reading' });
  expect((forecast.time as { step: number }).step).toBeCloseTo(500 + 4800 + 150, 0);
  train([3000, 1500, 1500], 500);
  const { step, by } = forecast.time as { step: number; by: string };
  expect(by).toBe('training');
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
