/**
 * @file Order, schedule and the run's states, with an engine that only records what it is asked.
 */
import { describe, expect, test } from 'vitest';
import { LosslightError } from '../../src/errors';
import type { AdamWSettings, Engine, StepResult } from '../../src/model/engine';
import type { Batch, TrainingSequence } from '../../src/sequence/types';
import { SEGMENT_KINDS } from '../../src/template/rendered';
import { TrainingLoop } from '../../src/train/loop';
import { microBatches } from '../../src/train/micro-batches';
import { shuffledForever, take } from '../../src/train/order';
import { learningRateAt } from '../../src/train/schedule';
import type { RunState, StepReport, TrainSettings } from '../../src/worker/protocol';

function sequence(id: number, length: number, weight = 1): TrainingSequence {
  return {
    ids: new Int32Array(length).fill(id),
    weights: new Float32Array(length).fill(weight),
    kind: new Uint8Array(length).fill(SEGMENT_KINDS.indexOf('answer')),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: `c${id}` },
  };
}

/** Answers every step at once, or fails at one of them. */
class RecordingEngine {
  readonly contextLength = 64;
  readonly steps: { batches: Batch[]; settings: AdamWSettings }[] = [];
  failAt = Infinity;

  step(batches: Batch[], settings: AdamWSettings): Promise<StepResult> {
    this.steps.push({ batches, settings });
    if (this.steps.length === this.failAt)
      return Promise.reject(new LosslightError('gpu-error', 'broken', 'mend it'));
    const logProbs = batches.map(({ weights }) => new Float32Array(weights.length).fill(-2));
    return Promise.resolve({ loss: 2, gradientNorm: 1, logProbs });
  }
}

const SETTINGS: TrainSettings = {
  steps: 4,
  batchSize: 2,
  learningRate: 0.1,
  warmupSteps: 2,
  weightDecay: 0,
  clipNorm: 1,
  seed: 1,
  maxLength: 32,
};

function start(
  settings: Partial<TrainSettings> = {},
  sequences = [sequence(1, 4), sequence(2, 6), sequence(3, 5)],
) {
  const engine = new RecordingEngine();
  const log: (RunState | number)[] = [];
  const reports: StepReport[] = [];
  const errors: unknown[] = [];
  const waiting: { when: () => boolean; resolve: () => void }[] = [];
  const note = () => waiting.forEach(({ when, resolve }) => when() && resolve());
  const loop = new TrainingLoop(
    engine as unknown as Engine,
    sequences,
    { ...SETTINGS, ...settings },
    {
      onStep: (report) => {
        log.push(report.step);
        reports.push(report);
        note();
      },
      onState: (state, error) => {
        log.push(state);
        if (error !== undefined) errors.push(error);
        note();
      },
    },
  );
  /** Resolves once the condition holds after some event. */
  const until = (when: () => boolean) =>
    when() ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ when, resolve }));
  return { engine, log, reports, errors, loop, until };
}

describe('order', () => {
  test('every epoch is a permutation, and the seed decides it', () => {
    const first = take(shuffledForever(5, 7), 15);
    for (let epoch = 0; epoch < 3; epoch++) {
      expect(first.slice(epoch * 5, epoch * 5 + 5).sort()).toEqual([0, 1, 2, 3, 4]);
    }
    expect(take(shuffledForever(5, 7), 15)).toEqual(first);
    expect(take(shuffledForever(50, 8), 50)).not.toEqual(take(shuffledForever(50, 7), 50));
  });

  test('every order of three comes up about equally often', () => {
    const counts = new Map<string, number>();
    const order = shuffledForever(3, 0);
    for (let i = 0; i < 6000; i++) {
      const key = take(order, 3).join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['012', '021', '102', '120', '201', '210']);
    // Five standard deviations around 1000.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });

  test('nothing to order is refused', () => {
    expect(() => shuffledForever(0, 1).next()).toThrow(RangeError);
  });
});

test('the learning rate rises in equal parts, then stays', () => {
  const rate = (step: number, warmupSteps: number) =>
    learningRateAt(step, 6, { learningRate: 0.8, warmupSteps });
  expect([1, 2, 3, 4, 5, 6].map((step) => rate(step, 4))).toEqual([
    0.2, 0.4, 0.6000000000000001, 0.8, 0.8, 0.8,
  ]);
  expect(rate(1, 0)).toBe(0.8);
  expect(rate(1, 1)).toBe(0.8);
});

describe('micro-batches', () => {
  test('stay within the limit and carry the norm of the whole', () => {
    const batches = microBatches([sequence(1, 4), sequence(2, 8), sequence(3, 5), sequence(4, 4)], 13);
    expect(batches.map(({ rows, length }) => [rows, length])).toEqual([
      [2, 4],
      [1, 5],
      [1, 8],
    ]);
    expect(batches.map(({ norm }) => norm)).toEqual([17, 17, 17]);
  });
});

describe('a run', () => {
  test('runs to its end and reports every step', async () => {
    const { engine, log, reports, loop } = start();
    await loop.run(false);
    expect(log).toEqual(['running', 1, 2, 3, 4, 'finished']);
    expect(engine.steps.map(({ settings }) => settings.learningRate)).toEqual([0.05, 0.1, 0.1, 0.1]);
    // Two of the three sequences of 4, 6 and 5 tokens.
    for (const [i, report] of reports.entries()) {
      const batches = engine.steps[i]?.batches ?? [];
      expect(batches).toHaveLength(1);
      expect([9, 10, 11]).toContain(report.tokens);
      expect(report.trainedTokens).toBe(report.tokens - 2);
      expect(batches[0]?.norm).toBe(report.trainedTokens);
      expect(report).toMatchObject({ loss: 2, gradientNorm: 1, lossByKind: { answer: 2 } });
    }
  });

  test('the same seed gives the same batches', async () => {
    const ids = async (seed: number) => {
      const { engine, loop } = start({ seed, steps: 6 });
      await loop.run(false);
      return engine.steps.map(({ batches }) => batches.map((batch) => [...batch.ids]));
    };
    expect(await ids(3)).toEqual(await ids(3));
    expect(await ids(3)).not.toEqual(await ids(4));
  });

  test('starts paused, steps once, resumes', async () => {
    const { log, loop, until } = start();
    const end = loop.run(true);
    loop.stepOnce();
    await until(() => log.includes(1));
    loop.stepOnce();
    loop.stepOnce();
    await until(() => log.includes(3));
    expect(log).toEqual(['paused', 1, 2, 3]);
    expect(loop.state).toBe('paused');
    loop.resume();
    await end;
    expect(log).toEqual(['paused', 1, 2, 3, 'running', 4, 'finished']);
  });

  test('pauses between steps', async () => {
    const { log, loop, until } = start({ steps: 1000 });
    const end = loop.run(false);
    await until(() => log.includes(2));
    loop.pause();
    const steps = log.filter((entry) => typeof entry === 'number').length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    // The step that was under way may still end.
    expect(log.filter((entry) => typeof entry === 'number').length).toBeLessThanOrEqual(steps + 1);
    expect(loop.state).toBe('paused');
    loop.stop();
    await end;
    expect(log.at(-1)).toBe('stopped');
  });

  test('stops while it runs and while it is paused', async () => {
    for (const paused of [false, true]) {
      const { log, loop } = start({ steps: 1000 });
      const end = loop.run(paused);
      loop.stop();
      await end;
      expect(log.at(-1)).toBe('stopped');
      expect(loop.ended).toBe(true);
    }
  });

  test('fails with the error of the engine and goes no further', async () => {
    const { engine, log, errors, loop } = start();
    engine.failAt = 2;
    await loop.run(false);
    expect(log).toEqual(['running', 1, 'failed']);
    expect(errors).toMatchObject([{ code: 'gpu-error' }]);
    expect(engine.steps).toHaveLength(2);
  });

  test('cuts long sequences and leaves out those without a trained token', async () => {
    const long = sequence(1, 100);
    const late = sequence(2, 40, 0);
    late.weights[39] = 1;
    const { engine, loop } = start({ batchSize: 1, maxLength: 20 }, [long, late, sequence(3, 5, 0)]);
    await loop.run(false);
    for (const { batches } of engine.steps)
      expect(batches.map(({ length, ids }) => [length, ids[0]])).toEqual([[20, 1]]);
  });

  test('refuses what cannot be trained', () => {
    expect(() => start({}, [sequence(1, 5, 0)])).toThrowError(
      expect.objectContaining({ code: 'zero-norm' }) as Error,
    );
    expect(() => start({}, [])).toThrowError(expect.objectContaining({ code: 'zero-norm' }) as Error);
  });

  test.each<Partial<TrainSettings>>([
    { steps: 0 },
    { batchSize: 1.5 },
    { learningRate: NaN },
    { learningRate: 0 },
    { warmupSteps: -1 },
    { weightDecay: -0.1 },
    { clipNorm: 0 },
    { maxLength: 1 },
    { seed: Infinity },
  ])('refuses the setting %o by name', (settings) => {
    const [name] = Object.keys(settings);
    expect(() => start(settings)).toThrowError(
      expect.objectContaining({
        code: 'bad-settings',
        message: expect.stringContaining(`${name} is `) as string,
      }) as Error,
    );
  });
});
