/**
 * @file Memory before it is asked for: what is foreseen is what is held, a run that does not fit recomputes or is refused
 * with what would help, and packed rows train what separate ones do.
 */
import { describe, expect, test } from 'vitest';
import { LosslightError } from '../../src/errors';
import { makeConfig } from '../../src/model/config';
import type { BatchShape, Engine, MemoryForecast } from '../../src/model/engine';
import { parameterShapes } from '../../src/model/parameter-names';
import { PlannedEngine } from '../../src/model/planned-engine';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { bucketLength } from '../../src/plan/buckets';
import { sizeOf } from '../../src/plan/tensor';
import { toBatch } from '../../src/sequence/batch';
import type { TrainingSequence } from '../../src/sequence/types';
import { TrainingLoop } from '../../src/train/loop';
import { chooseMemory, largestShape, provideMemory } from '../../src/train/memory-choice';
import { shapesOf } from '../../src/train/micro-batches';
import type { RunState, StepReport, TrainSettings } from '../../src/worker/protocol';
import { randomNumbers } from './ops-run';

const CONFIG = makeConfig({
  vocabularySize: 300,
  hiddenSize: 64,
  intermediateSize: 160,
  layers: 6,
  heads: 4,
  keyValueHeads: 2,
  contextLength: 256,
  tied: true,
});
const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
const SETTINGS: TrainSettings = {
  ...{ steps: 3, batchSize: 6, learningRate: 1e-3, warmupSteps: 0 },
  ...{ weightDecay: 0, clipNorm: 1, seed: 3, maxLength: 200 },
};

async function load(): Promise<{ engine: PlannedEngine; executor: CpuExecutor }> {
  const executor = await CpuExecutor.create();
  let seed = 1;
  const values = [...parameterShapes(CONFIG)].map(
    ([name, shape]) => [name, randomNumbers(sizeOf(shape), seed++, 0.1)] as const,
  );
  return { engine: await PlannedEngine.load(executor, CONFIG, new Map(values)), executor };
}

function sequenceOf(length: number, seed = length): TrainingSequence {
  return {
    ids: Int32Array.from({ length }, (_, i) => (seed * 31 + i * i * 7) % CONFIG.vocabularySize),
    weights: new Float32Array(length).fill(1),
    kind: new Uint8Array(length),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: `c${seed}` },
  };
}

/** Runs to the end; gives its reports, and its error where it failed. */
async function train(engine: Engine, lengths: number[], settings: Partial<TrainSettings> = {}) {
  const reports: StepReport[] = [];
  const states: RunState[] = [];
  const failures: unknown[] = [];
  const sequences = lengths.map((length, i) => sequenceOf(length, i + 1));
  const loop = new TrainingLoop(
    engine,
    sequences,
    { ...SETTINGS, ...settings },
    {
      onStep: (report) => reports.push(report),
      onState: (state, error) => {
        states.push(state);
        if (error) failures.push(error);
      },
    },
  );
  await loop.run(false);
  return { reports, states, failures };
}

describe('the forecast', () => {
  test.each([false, true])(
    'is what is held after a step, of several shapes (recompute: %s)',
    async (twice) => {
      const { engine, executor } = await load();
      const shapes: BatchShape[] = [
        { rows: 2, length: 60 },
        { rows: 4, length: 128 },
        { rows: 1, length: 200 },
      ];
      const forecast = engine.forecast(shapes, twice);
      expect(forecast.problem).toBeUndefined();
      engine.recompute = twice;
      await engine.prepare(shapes);
      for (const { rows, length } of shapes) {
        const batch = toBatch(Array.from({ length: rows }, (_, i) => sequenceOf(length, i + 1)));
        await engine.step([batch], ADAM);
      }
      expect(executor.bytes / forecast.total).toBeGreaterThan(0.95);
      expect(executor.bytes / forecast.total).toBeLessThan(1.05);
      expect(engine.memoryBytes).toBe(executor.bytes);
      const { weights, gradients, moments } = forecast.use;
      const numbers = [...parameterShapes(CONFIG).values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
      // As loaded and as tuned; ranges begin at multiples of 64.
      expect(weights / (8 * numbers)).toBeCloseTo(1, 1);
      expect(gradients / (4 * numbers)).toBeCloseTo(1, 1);
      expect(moments).toBe(2 * gradients);
      engine.dispose();
    },
  );

  test('a run holds what was foreseen for it', async () => {
    const { engine, executor } = await load();
    const { reports, states } = await train(engine, [20, 40, 90, 130, 150, 170, 199, 30]);
    expect(states.at(-1)).toBe('finished');
    const foreseen = engine.forecast([], false).total;
    expect(foreseen).toBe(executor.bytes);
    expect(reports.at(-1)?.memoryBytes).toBe(executor.bytes);
    // The page asks for the largest batch alone.
    const largest = largestShape(SETTINGS, CONFIG.contextLength, 2048);
    expect(largest).toEqual({ rows: 6, length: 200 });
    const fresh = await load();
    expect(executor.bytes).toBeLessThan(1.05 * fresh.engine.forecast([largest], false).total);
  });

  test('recomputing takes less, and gives the same losses bit for bit', async () => {
    const [kept, twice] = [await load(), await load()];
    const shape = { rows: 6, length: 200 };
    expect(twice.engine.forecast([shape], true).use.activations).toBeLessThan(
      0.6 * twice.engine.forecast([shape], false).use.activations,
    );
    const lengths = [150, 160, 170, 180, 190, 199];
    const a = await train(kept.engine, lengths, { recompute: 'never' });
    const b = await train(twice.engine, lengths, { recompute: 'always' });
    expect(b.reports.map(({ loss }) => loss)).toEqual(a.reports.map(({ loss }) => loss));
    expect(a.reports[0]?.recomputed).toBeUndefined();
    expect(b.reports[0]?.recomputed).toBe(true);
    expect(twice.executor.bytes).toBeLessThan(kept.executor.bytes);
  });
});

test('no batch of a run is larger than the one that is foreseen for it, padding included', () => {
  const sizeOfShape = ({ rows, length }: BatchShape) => rows * bucketLength(length);
  let exceeded = 0;
  for (const [batchSize, maxLength] of [
    [8, 512],
    [32, 512],
    [32, 1024],
    [3, 4096],
    [256, 60],
  ] as const) {
    const largest = sizeOfShape(largestShape({ batchSize, maxLength }, 4096, 2048));
    const longest = {
      rows: Math.max(1, Math.min(batchSize, Math.floor(2048 / maxLength))),
      length: maxLength,
    };
    for (let shift = 0; shift < 200; shift++) {
      const lengths = Array.from(
        { length: batchSize },
        (_, i) => 1 + ((shift * 7919 + Math.floor(i / 9) * 104_729) % maxLength),
      );
      for (const shape of shapesOf([lengths.map((length) => sequenceOf(length))])) {
        expect(sizeOfShape(shape)).toBeLessThanOrEqual(largest);
        exceeded += Number(sizeOfShape(shape) > sizeOfShape(longest));
      }
    }
  }
  // The longest sequences alone would not tell.
  expect(exceeded).toBeGreaterThan(0);
});

describe('too little memory', () => {
  /** An engine that could hold so many bytes. */
  const limited = (most: number): Engine => {
    const use = { weights: 10, gradients: 10, moments: 20, activations: 60, inputs: 0 };
    const forecast = (_: readonly BatchShape[], twice: boolean): MemoryForecast => {
      const total = twice ? 50 : 100;
      return { use, total, ...(total > most && { problem: `${total} are more than ${most}.` }) };
    };
    return { forecast } as unknown as Engine;
  };
  const shapes = [{ rows: 4, length: 10 }];

  test('layers are computed twice only where that helps and nobody forbade it', () => {
    const chosen = (most: number, wish?: TrainSettings['recompute']) =>
      chooseMemory(limited(most), shapes, wish);
    expect(chosen(100)).toMatchObject({ recompute: false, total: 100 });
    expect(chosen(99)).toMatchObject({ recompute: true, total: 50 });
    expect(chosen(99)?.problem).toBeUndefined();
    expect(chosen(100, 'always')).toMatchObject({ recompute: true, total: 50 });
    expect(chosen(99, 'never')).toMatchObject({ recompute: false, problem: '100 are more than 99.' });
    expect(chosen(49)).toMatchObject({ recompute: false, problem: '100 are more than 49.' });
    expect(chooseMemory({} as Engine, shapes)).toBeUndefined();
  });

  test('a run is refused before it begins, with what would help', async () => {
    expect(() => provideMemory(limited(49), shapes, SETTINGS)).toThrow('100 are more than 49.');
    try {
      provideMemory(limited(99), shapes, { ...SETTINGS, recompute: 'never', batchSize: 1 });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LosslightError);
      expect(error).toMatchObject({ code: 'out-of-memory' });
      expect((error as LosslightError).remedy).toBe(
        'Choose allow layers to be recomputed, shorter sequences, LoRA in place of all parameters or a smaller model.',
      );
    }
    const { engine, executor } = await load();
    Object.defineProperty(executor, 'limits', {
      configurable: true,
      value: { block: 1e9, total: executor.bytes + 1000 },
    });
    const held = executor.bytes;
    const { failures, reports } = await train(engine, [100, 120]);
    expect(failures).toMatchObject([{ code: 'out-of-memory' }]);
    expect(reports).toHaveLength(0);
    expect(executor.bytes).toBe(held);
    // The model is as good as before.
    Object.defineProperty(executor, 'limits', { value: { block: 1e9, total: 1e9 } });
    expect((await train(engine, [100, 120])).states.at(-1)).toBe('finished');
  });
});

describe('packing', () => {
  test('short sequences in one row give the losses and norms of separate ones, in fewer tokens', async () => {
    const lengths = [17, 23, 40, 61, 70, 33];
    const [separate, packed] = [await load(), await load()];
    const batch = { steps: 6, maxLength: 256 };
    const a = await train(separate.engine, lengths, batch);
    const b = await train(packed.engine, lengths, { ...batch, packing: true });
    expect(b.states.at(-1)).toBe('finished');
    b.reports.forEach(({ loss, gradientNorm, tokens, trainedTokens, lossByKind }, i) => {
      const other = a.reports[i] as StepReport;
      expect(loss).toBeCloseTo(other.loss, 5);
      expect(gradientNorm / other.gradientNorm).toBeCloseTo(1, 4);
      expect(tokens).toBe(other.tokens);
      expect(trainedTokens).toBe(other.trainedTokens);
      expect(Object.keys(lossByKind)).toEqual(Object.keys(other.lossByKind));
    });
    // The runs learn, so that equal is not the same as idle.
    expect(b.reports.at(-1)?.loss).toBeLessThan(b.reports[0]?.loss as number);
    expect(packed.executor.bytes).toBeLessThan(separate.executor.bytes);
  });
});
