/**
 * @file The loop of recorded data beyond plain steps: epochs, accumulation, held-out loss and early stop, settings that
 * change while it runs, what of an objective reaches the engine.
 */
import { describe, expect, test } from 'vitest';
import type { AdamWSettings, Engine, StepOptions, StepResult } from '../../src/model/engine';
import type { Batch } from '../../src/sequence/types';
import { DEFAULT_OBJECTIVE, type ObjectiveSettings } from '../../src/settings/objective';
import { TrainingLoop } from '../../src/train/loop';
import type {
  RunEnding,
  RunState,
  SettingsPatch,
  StepReport,
  TrainSettings,
} from '../../src/worker/protocol';
import { plainSequence } from './objective-support';

/** Its weight is the number of steps; what is held out scores `losses` at each. */
class CountingEngine {
  readonly contextLength = 64;
  readonly steps: { batches: Batch[]; settings: AdamWSettings; options: StepOptions | undefined }[] = [];
  weight = 0;
  losses: readonly number[] = [];

  step(batches: Batch[], settings: AdamWSettings, options?: StepOptions): Promise<StepResult> {
    this.steps.push({ batches, settings, options });
    this.weight++;
    const fill = (value: number) =>
      batches.map(({ weights }) => new Float32Array(weights.length).fill(value));
    return Promise.resolve({ loss: 2, gradientNorm: 1, logProbs: fill(-2), entropies: fill(0.75) });
  }
  score({ ids }: Batch): Promise<Float32Array> {
    return Promise.resolve(new Float32Array(ids.length).fill(-(this.losses[this.weight] ?? 1)));
  }
  read(): Promise<Map<string, Float32Array>> {
    return Promise.resolve(new Map([['weight', Float32Array.of(this.weight)]]));
  }
  write(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    this.weight = values.get('weight')?.[0] ?? NaN;
    return Promise.resolve();
  }
}

const SETTINGS: TrainSettings = {
  steps: 6,
  batchSize: 2,
  learningRate: 0.1,
  warmupSteps: 0,
  weightDecay: 0,
  clipNorm: 1,
  seed: 1,
  maxLength: 32,
};
const DATA = [1, 2, 3, 4, 5].map((id) => plainSequence([id, id, id, id], 1, `c${id}`));
const HELD_OUT = [plainSequence([7, 7, 7], 1, 'h')];

function start(
  settings: Partial<TrainSettings> = {},
  { heldOut, objective }: { heldOut?: typeof DATA; objective?: Partial<ObjectiveSettings> } = {},
  losses: readonly number[] = [],
) {
  const engine = new CountingEngine();
  engine.losses = losses;
  const reports: StepReport[] = [];
  const states: RunState[] = [];
  const endings: RunEnding[] = [];
  let failure: unknown;
  const after = new Map<number, () => void>();
  const loop = new TrainingLoop(
    engine as unknown as Engine,
    DATA,
    { ...SETTINGS, ...settings },
    {
      onStep: (report) => {
        reports.push(report);
        after.get(report.step)?.();
      },
      onState: (state, error, ending) => {
        states.push(state);
        failure ??= error;
        if (ending) endings.push(ending);
      },
    },
    { objective: { ...DEFAULT_OBJECTIVE, ...objective }, ...(heldOut && { heldOut }) },
  );
  return { engine, loop, reports, states, endings, after, failure: () => failure };
}

const idsOf = ({ batches }: { batches: Batch[] }) =>
  batches.flatMap((batch) =>
    Array.from({ length: batch.rows }, (_, row) => batch.ids[row * batch.length] ?? 0),
  );

describe('epochs', () => {
  test('every sequence is taken so many times, and the last update takes what is left', async () => {
    const { engine, loop, reports } = start({ epochs: 3, batchSize: 2 });
    expect(loop.steps).toBe(8);
    await loop.run(false);
    expect(reports).toHaveLength(8);
    const taken = engine.steps.map(idsOf);
    expect(taken.map((ids) => ids.length)).toEqual([2, 2, 2, 2, 2, 2, 2, 1]);
    const all = taken.flat();
    for (let epoch = 0; epoch < 3; epoch++)
      expect(all.slice(epoch * 5, epoch * 5 + 5).sort()).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('accumulation', () => {
  test('is one update of several batches with the norm of all', async () => {
    const { engine, loop } = start({ accumulation: 2, steps: 2 });
    await loop.run(false);
    for (const { batches } of engine.steps) {
      expect(batches.map(({ rows, norm }) => [rows, norm])).toEqual([
        [2, 12],
        [2, 12],
      ]);
    }
    const whole = start({ batchSize: 4, steps: 2 });
    await whole.loop.run(false);
    expect(engine.steps.map((step) => idsOf(step).sort())).toEqual(
      whole.engine.steps.map((step) => idsOf(step).sort()),
    );
  });
});

describe('what is held out', () => {
  test('is measured before the first step, every so many, and after the last; never trained', async () => {
    const { engine, loop, reports } = start(
      { steps: 5, heldOutEvery: 2 },
      { heldOut: HELD_OUT },
      [3, 2.5, 2, 1.9, 1.8, 1.7],
    );
    await loop.run(false);
    const measured = reports.map(({ metrics }) => [metrics?.heldOutStart, metrics?.heldOutLoss]);
    const rounded = measured.map((pair) => pair.map((value) => value && Number(value.toFixed(4))));
    expect(rounded).toEqual([
      [3, undefined],
      [undefined, 2],
      [undefined, undefined],
      [undefined, 1.8],
      [undefined, 1.7],
    ]);
    expect(engine.steps.flatMap(idsOf)).not.toContain(7);
  });

  test('ends the run early and puts the best weights back', async () => {
    const { engine, loop, reports, states, endings } = start(
      { steps: 100, heldOutEvery: 1, patience: 3 },
      { heldOut: HELD_OUT },
      [3, 2, 1.5, 1.6, 1.5, 1.7, 0.1],
    );
    await loop.run(false);
    expect(reports).toHaveLength(5);
    expect(states.at(-1)).toBe('finished');
    expect(endings).toEqual([{ early: true, restored: { step: 2, heldOutLoss: 1.5 } }]);
    expect(engine.weight).toBe(2);
  });

  test('of a run that only got worse, the weights of its start are put back', async () => {
    const { engine, loop, endings } = start(
      { steps: 2, heldOutEvery: 1, patience: 5 },
      { heldOut: HELD_OUT },
      [1, 2, 3],
    );
    await loop.run(false);
    expect(endings).toEqual([{ early: false, restored: { step: 0, heldOutLoss: 1 } }]);
    expect(engine.weight).toBe(0);
  });

  test('a run that somebody stops keeps its weights', async () => {
    const { engine, loop, after, endings } = start(
      { steps: 100, heldOutEvery: 1, patience: 9 },
      { heldOut: HELD_OUT },
      [1, 2, 3, 4],
    );
    after.set(3, () => loop.stop());
    await loop.run(false);
    expect(endings).toEqual([]);
    expect(engine.weight).toBe(3);
  });

  test.each([5, 2])(
    'a step after which it cannot be measured is reported before the run of %i fails',
    async (steps) => {
      const { engine, loop, reports, states, failure } = start(
        { steps, heldOutEvery: 1 },
        { heldOut: HELD_OUT },
      );
      const noMemory = new Error('There is no memory left.');
      const score = engine.score.bind(engine);
      engine.score = (batch) => (engine.weight === 2 ? Promise.reject(noMemory) : score(batch));
      await loop.run(false);
      // What has changed the weights was told, whichever step was the last.
      expect(reports.map(({ step, metrics }) => [step, metrics?.heldOutLoss])).toEqual([
        [1, 1],
        [2, undefined],
      ]);
      expect(reports.map(({ firstTrained }) => firstTrained?.length)).toEqual([2, 2]);
      expect(engine.weight).toBe(2);
      expect([states.at(-1), failure()]).toEqual(['failed', noMemory]);
    },
  );

  test('patience without anything to measure is refused', () => {
    expect(() => start({ patience: 2 })).toThrow(/nothing is held out/);
    expect(() => start({ patience: 2, heldOutEvery: 0 }, { heldOut: HELD_OUT })).toThrow(/never measured/);
  });

  test('needs no differences between rewards, since it is only measured', async () => {
    const rated = (from: typeof DATA, rewards: number[]) =>
      from.map((one, i) => ({ ...one, sample: { group: 'g', reward: rewards[i] ?? 0 } }));
    const engine = new CountingEngine();
    const reports: StepReport[] = [];
    const loop = new TrainingLoop(
      engine as unknown as Engine,
      rated(DATA, [1, 0, 0, 0, 0]),
      { ...SETTINGS, steps: 1 },
      { onStep: (report) => reports.push(report), onState: () => undefined },
      { objective: { ...DEFAULT_OBJECTIVE, kind: 'rwr' }, heldOut: rated(HELD_OUT, [0]) },
    );
    await loop.run(false);
    expect(reports[0]?.metrics).toMatchObject({ heldOutStart: 1, heldOutLoss: 1, flatGroups: 0 });
  });

  test('what the objective cannot measure is refused by name', () => {
    const objective = { kind: 'rwr' } as const;
    expect(() => start({}, { heldOut: HELD_OUT, objective })).toThrow(/No completion has a reward/);
  });
});

describe('changes while it runs', () => {
  test('hold from the next step on, and its report tells them', async () => {
    const { engine, loop, reports, after } = start({ steps: 5 });
    after.set(2, () => loop.change({ learningRate: 0.01, batchSize: 3, clipNorm: 0 }));
    after.set(3, () => loop.change({ labelSmoothing: 0.1 }));
    await loop.run(false);
    expect(engine.steps.map(({ settings }) => settings.learningRate)).toEqual([0.1, 0.1, 0.01, 0.01, 0.01]);
    expect(engine.steps.map((step) => idsOf(step).length)).toEqual([2, 2, 3, 3, 3]);
    expect(reports.map(({ changed }) => changed)).toEqual([
      undefined,
      undefined,
      [
        { key: 'batchSize', from: 2, to: 3 },
        { key: 'learningRate', from: 0.1, to: 0.01 },
        { key: 'clipNorm', from: 1, to: Infinity },
      ],
      [{ key: 'labelSmoothing', from: 0, to: 0.1 }],
      undefined,
    ]);
    expect(engine.steps.map(({ options }) => options?.loss)).toEqual([
      undefined,
      undefined,
      undefined,
      { kind: 'nll', labelSmoothing: 0.1 },
      { kind: 'nll', labelSmoothing: 0.1 },
    ]);
  });

  test('may make the run longer or shorter, and keep every epoch whole', async () => {
    const longer = start({ steps: 3 });
    longer.after.set(2, () => longer.loop.change({ steps: 4 }));
    await longer.loop.run(false);
    expect(longer.reports).toHaveLength(4);
    const shorter = start({ steps: 9 });
    shorter.after.set(3, () => shorter.loop.change({ steps: 2 }));
    await shorter.loop.run(false);
    expect(shorter.reports).toHaveLength(3);
    expect(shorter.states.at(-1)).toBe('finished');
    const epochs = start({ epochs: 2, batchSize: 1 });
    epochs.after.set(4, () => epochs.loop.change({ batchSize: 4 }));
    await epochs.loop.run(false);
    expect(epochs.engine.steps.map((step) => idsOf(step).length)).toEqual([1, 1, 1, 1, 4, 2]);
  });

  test.each<[SettingsPatch, RegExp]>([
    [{ learningRate: -1 }, /learningRate is -1/],
    [{ batchSize: 1.5 }, /batchSize is 1\.5/],
    [{ schedule: 'sawtooth' } as unknown as SettingsPatch, /schedule is sawtooth/],
    [{ labelSmoothing: 2 }, /labelSmoothing is 2/],
    [{ clipLow: 0.1 }, /clipLow is no setting of sft/],
    [{ seed: 3 } as unknown as SettingsPatch, /seed cannot be changed/],
  ])('refuses %o and goes on as before', async (patch, message) => {
    const { loop, reports, after, engine } = start({ steps: 3 });
    after.set(1, () => expect(() => loop.change(patch)).toThrow(message));
    await loop.run(false);
    expect(reports.map(({ changed }) => changed)).toEqual([undefined, undefined, undefined]);
    expect(engine.steps.map(({ settings }) => settings.learningRate)).toEqual([0.1, 0.1, 0.1]);
  });

  test('an ended run takes none', async () => {
    const { loop } = start({ steps: 1 });
    await loop.run(false);
    expect(() => loop.change({ learningRate: 1 })).toThrow(/The run has ended/);
  });
});

test('DFT and NEFTune reach the engine, with other noise each step and the same for the same seed', async () => {
  const objective = { dft: true, neftune: 5 };
  const seeds = async (seed: number) => {
    const { engine, loop } = start({ seed, steps: 3 }, { objective });
    await loop.run(false);
    expect(engine.steps.every(({ options }) => options?.neftune?.alpha === 5)).toBe(true);
    expect(engine.steps[0]?.options?.loss).toEqual({ kind: 'nll', probabilityWeighted: true });
    return engine.steps.map(({ options }) => options?.neftune?.seed);
  };
  const first = await seeds(3);
  expect(new Set(first).size).toBe(3);
  expect(await seeds(3)).toEqual(first);
  expect(await seeds(4)).not.toEqual(first);
});

test('the mean entropy of trained tokens is reported', async () => {
  const { loop, reports } = start({ steps: 1 });
  await loop.run(false);
  expect(reports[0]?.metrics?.entropy).toBe(0.75);
});

test('steps asked for one by one end with the pause in which they were asked for', async () => {
  const { loop, reports, after } = start({ steps: 100 });
  after.set(1, () => {
    loop.resume();
    loop.pause();
    // Long enough for a step that should not come.
    setTimeout(() => loop.stop(), 50);
  });
  const end = loop.run(true);
  for (let i = 0; i < 3; i++) loop.stepOnce();
  await end;
  expect(reports).toHaveLength(1);
});

test('a pause rests between two steps, and not while one is under way', async () => {
  const { engine, loop, reports, after } = start({ steps: 100 });
  const rests: number[] = [];
  const rest = () => loop.rest().then(() => rests.push(reports.length));
  const end = loop.run(true);
  await rest();
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const step = engine.step.bind(engine);
  engine.step = async (...asked) => {
    await held;
    return step(...asked);
  };
  loop.stepOnce();
  const resting = rest();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(rests).toEqual([0]);
  release();
  await resting;
  expect(rests).toEqual([0, 1]);
  // Who waits while it goes on, or ends, is told so.
  loop.stepOnce();
  const waiting = rest();
  after.set(2, () => loop.stop());
  await waiting;
  await end;
  await rest();
  expect(rests).toEqual([0, 1, 2, 2]);
});
