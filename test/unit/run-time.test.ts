/**
 * @file How long a run will about take: the work of a step by hand, as the trainer does it; the speed by what was measured, and where
 * it is from; and nothing where nothing was measured.
 */
import { describe, expect, test } from 'vitest';
import { DEFAULT_OBJECTIVE, type ObjectiveSettings } from '../../src/settings/objective';
import { draftsOf, settingsOf } from '../../src/settings/train';
import { runTime, trainingPace } from '../../src/state/run-time';
import { readingAt, stepsOf, stepWork, type RunPlanned } from '../../src/state/run-work';
import { roughDuration } from '../../src/strings/en/numbers';
import { runOutlook as words } from '../../src/strings/en/run-outlook';

const settings = settingsOf(draftsOf({ steps: 30, batchSize: 4 }));
if (!settings) throw new Error('The defaults should hold.');

/** One million parameters without attention: 2 million operations read a token, 6 million train it. */
const planned = (
  changes: Partial<RunPlanned> = {},
  sample: Partial<RunPlanned['sample']> = {},
): RunPlanned => ({
  ...{ settings, objective: DEFAULT_OBJECTIVE, trains: 'full', recompute: false },
  shape: { parameters: 1e6, layers: 0, width: 0 },
  ...changes,
  sample: { lengths: [200, 200], turn: 50, sequences: 20, heldOut: 0, limit: 512, ...sample },
});
const objectiveOf = (changes: Partial<ObjectiveSettings>): ObjectiveSettings => ({
  ...DEFAULT_OBJECTIVE,
  ...changes,
});
/** Reading one sequence. */
const READ = 200 * 2e6;

describe('the work of a step', () => {
  test('SFT of all parameters: six operations for each parameter and token', () => {
    expect(stepWork(planned())).toEqual({ reading: 0, training: 4 * 200 * 6e6, writing: 0 });
  });

  test('LoRA leaves the gradients of the frozen weights out', () => {
    expect(stepWork(planned({ trains: 'lora' }))?.training).toBeCloseTo(4 * 200 * 4e6, 0);
  });

  test('attention grows with the square of the length', () => {
    const shape = { parameters: 1e6, layers: 2, width: 64 };
    const long = (lengths: number[]) =>
      stepWork(planned({ shape, settings: { ...settings, batchSize: lengths.length } }, { lengths }))
        ?.training ?? 0;
    expect(long([100])).toBe(6 * 2 * 64 * 100 * 101 + 100 * 6e6);
    // A short row is as long as the longest beside it, but its padding attends to nothing.
    expect(long([100, 300])).toBe(6 * 2 * 64 * (100 * 101 + 300 * 301) + 2 * 300 * 6e6);
  });

  test('rows that hold several sequences have hardly any padding', () => {
    const mixed = { lengths: [100, 300, 100, 300], limit: 400 };
    expect(stepWork(planned({}, mixed))?.training).toBe(4 * 300 * 6e6);
    const packed = planned({ settings: { ...settings, packing: true } }, mixed);
    expect(stepWork(packed)?.training).toBe(2 * 400 * 6e6);
    // A row is no longer than it may be, and rows longer than a pass go through it one by one.
    const tight = planned({ settings: { ...settings, packing: true } }, { ...mixed, limit: 300 });
    expect(stepWork(tight)?.training).toBe(3 * 300 * 6e6);
  });

  test('accumulated batches add up', () => {
    const accumulated = planned({ settings: { ...settings, accumulation: 3 } });
    expect(stepWork(accumulated)?.training).toBe(3 * 4 * 200 * 6e6);
  });

  test('what is held out is read before the first step, every so many, and after the last', () => {
    const held = planned({}, { heldOut: 5 });
    expect([1, 2, 10, 20, 30].map((step) => readingAt(held, step) / (5 * READ))).toEqual([1, 0, 1, 1, 1]);
    expect(stepWork(held)?.reading).toBe((4 * 5 * READ) / 30);
    const every = (heldOutEvery: number) =>
      planned({ settings: { ...settings, heldOutEvery } }, { heldOut: 5 });
    expect(stepWork(every(7))?.reading).toBeCloseTo((6 * 5 * READ) / 30, 0);
    expect(stepWork(every(0))?.reading).toBe(0);
    // The trainer’s own default.
    const { heldOutEvery: _, ...silent } = settings;
    expect(stepWork(planned({ settings: silent }, { heldOut: 5 }))).toEqual(stepWork(held));
  });

  test('DPO: pairs are read by the model as it is at each step, and as it was loaded once', () => {
    const objective = objectiveOf({ kind: 'dpo' });
    // Ten pairs; a step takes four.
    const pairs = planned({ objective });
    expect(stepWork(pairs)?.training).toBe(8 * 200 * 6e6);
    expect([1, 2, 3, 4, 5].map((step) => readingAt(pairs, step) / READ)).toEqual([16, 16, 12, 8, 8]);
    expect(stepWork(pairs)?.reading).toBeCloseTo(((30 * 8 + 20) * READ) / 30, 0);
    const held = planned({ objective }, { heldOut: 6 });
    expect(readingAt(held, 1) / READ).toBe(16 + 12);
    expect(readingAt(held, 10) / READ).toBe(8 + 6);
  });

  test('KTO reads each completion with another prompt, too, which is nearly always another pair', () => {
    const kto = planned({ objective: objectiveOf({ kind: 'kto' }) });
    expect(stepWork(kto)?.training).toBe(4 * 200 * 6e6);
    // Eight as they are; four completions and four mixed ones as loaded.
    expect(readingAt(kto, 1) / READ).toBeCloseTo(16, 0);
    const later = readingAt(kto, 6) / READ;
    expect(later).toBeGreaterThan(11);
    expect(later).toBeLessThan(12);
    const held = planned({ objective: objectiveOf({ kind: 'kto' }) }, { heldOut: 3 });
    expect((readingAt(held, 1) - readingAt(kto, 1)) / READ).toBeCloseTo(2 * (3 + 3), 0);
  });

  const GRPO = { kind: 'grpo', prompts: 2, groupSize: 8, kl: 0, measureKl: false } as const;
  const policy = (changes: Partial<ObjectiveSettings>) =>
    stepWork(planned({ objective: objectiveOf({ ...GRPO, ...changes }) }));
  const PROMPTS = 2 * 150 * 2e6;

  test('GRPO: prompts are read once, completions written, then trained; KL is measured of one a prompt', () => {
    const work = policy({ measureKl: true });
    expect(work?.writing).toBe(16 * 50);
    expect(work?.training).toBe(16 * 200 * 6e6);
    expect(work?.reading).toBeCloseTo(PROMPTS + 2 * READ, 0);
    // With a weight in the loss, of all of them.
    expect(policy({ kl: 0.1 })?.reading).toBeCloseTo(PROMPTS + 16 * READ, 0);
    const short = policy({ maxNewTokens: 10 });
    expect([short?.writing, short?.training]).toEqual([160, 16 * 160 * 6e6]);
  });

  test('at a temperature completions are read once more, for GRPO as well', () => {
    expect(policy({ temperature: 0.7 })?.reading).toBeCloseTo(PROMPTS + 16 * READ, 0);
  });

  test.each(['gspo', 'rloo'] as const)('%s reads them again for each update but the first', (kind) => {
    expect(policy({ kind })?.reading).toBeCloseTo(PROMPTS, 0);
    const more = policy({ kind, updates: 3 });
    expect(more?.reading).toBeCloseTo(PROMPTS + 2 * 16 * READ, 0);
    expect(more?.training).toBe(3 * 16 * 200 * 6e6);
    expect(policy({ updates: 3 })?.reading).toBeCloseTo(PROMPTS, 0);
  });
});

describe('the time', () => {
  const step = 4 * 200 * 6e6;

  test('by the last run; by reading, where nothing was trained yet; unknown where nothing was measured', () => {
    expect(runTime(planned(), { full: step, reading: 1 })).toEqual({
      ...{ steps: 30, step: 1000, all: 30_000, by: { run: 'same', trial: false }, atMost: false },
    });
    expect(runTime(planned(), { reading: step })).toMatchObject({ step: 1000, by: { trial: true } });
    expect(runTime(planned(), {})).toBeUndefined();
    expect(runTime(planned({}, { lengths: [] }), { full: 1 })).toBeUndefined();
  });

  test('passes through the data in place of steps; a pair is one record of them', () => {
    const epochs = { settings: { ...settings, epochs: 3 } };
    expect(stepsOf(planned(epochs))).toBe(15);
    const pairs = planned({ ...epochs, objective: objectiveOf({ kind: 'dpo' }) });
    // 30 pairs, 4 a step: the last one has two.
    expect(stepsOf(pairs)).toBe(8);
    const time = runTime(pairs, { full: step, reading: 1e15 });
    expect(time?.all).toBeCloseTo((1000 * 60 * 200 * 6e6) / step, 0);
    // The last step has two of four pairs: both are read by the model as it is alone.
    expect([7, 8].map((at) => readingAt(pairs, at) / READ)).toEqual([8, 4]);
  });

  test('a run that may end early, or takes less of its data, takes at most so long', () => {
    const patient = { settings: { ...settings, patience: 2 } };
    const atMost = (plan: RunPlanned) => runTime(plan, { full: step })?.atMost;
    expect(atMost(planned(patient, { heldOut: 5 }))).toBe(true);
    expect(atMost(planned(patient))).toBe(false);
    expect(atMost(planned({}, { most: true }))).toBe(false);
    expect(atMost(planned({ settings: { ...settings, epochs: 1 } }, { most: true }))).toBe(true);
  });

  test('what is written is timed by itself, and nothing is told without', () => {
    const objective = objectiveOf({ kind: 'grpo', prompts: 2, groupSize: 8, measureKl: false });
    const grpo = planned({ objective });
    expect(runTime(grpo, { full: 1e9, reading: 1e9 })).toBeUndefined();
    const time = runTime(grpo, { full: 1e12, reading: 1e12, writing: 400 });
    // The training is by a run, and takes less than a tenth of it.
    expect(time?.by).toEqual({ trial: true });
    expect(time?.step).toBeGreaterThan(2000);
    expect(time?.step).toBeLessThan(2100);
    expect(runTime(grpo, { full: 1e10, reading: 1e12, writing: 400 })?.by).toEqual({
      run: 'same',
      trial: true,
    });
    // What a run wrote tells it better than the trial.
    const wrote = runTime(grpo, { full: 1e12, reading: 1e12, writing: 400, wrote: 800 });
    expect(wrote?.by).toEqual({ run: 'same', trial: false });
    expect(wrote?.step).toBeLessThan(1100);
  });

  test('by a run that trained other numbers, rather than by a trial; and it says so', () => {
    const lora = planned({ trains: 'lora' });
    const known = { full: step, reading: 9e9 };
    expect(runTime(lora, known, 4096)).toMatchObject({
      step: (1000 * 2) / 3,
      by: { run: 'other', trial: false },
    });
    const byRank = { ...known, lora: step, loraCount: 4096 };
    expect(runTime(lora, byRank, 4096)?.by.run).toBe('same');
    expect(runTime(lora, byRank, 8192)?.by.run).toBe('other');
    expect(runTime(planned(), { lora: step, loraCount: 4096 }, 1e6)).toMatchObject({
      by: { run: 'other', trial: false },
    });
  });

  test('the pace of steps gives their time again, with padding, and with what they read', () => {
    const plan = planned({ trains: 'lora' }, { lengths: [100, 300, 100, 300] });
    expect(runTime(plan, { lora: trainingPace(plan, 800, 250) ?? 0 })?.step).toBeCloseTo(250, 6);
    const pairs = planned({ objective: objectiveOf({ kind: 'dpo' }) });
    const [reading, taken] = [260 * READ, 8 * 200 * 30];
    for (const readingPace of [undefined, 4e10]) {
      const full = trainingPace(pairs, taken, 30 * 2000, reading, readingPace) ?? 0;
      expect(runTime(pairs, { full, ...(readingPace && { reading: readingPace }) })?.step).toBeCloseTo(
        2000,
        6,
      );
    }
    // A trial that was far too slow does not make the training endlessly fast.
    const least = trainingPace(pairs, taken, 30 * 2000, reading, 1) ?? Infinity;
    expect(runTime(pairs, { full: least })?.step).toBeGreaterThan(500);
  });
});

describe('it is said in few digits, as an estimate, and with what it is from', () => {
  const facts = { all: 39_600, steps: 30, step: 1320, atMost: false };

  test('in few digits', () => {
    expect([351, 1320, 43_210, 185_000, 4_900_000].map(roughDuration)).toEqual([
      ...['0.4 s', '1.3 s', '43 s', '3 min', '1 h 20 min'],
    ]);
    expect(words.time({ ...facts, by: { run: 'same', trial: false } })).toBe(
      'Time: about 40 s (30 steps of about 1.3 s): rough, before the first step, by an earlier run on this device.',
    );
    expect(words.time({ ...facts, atMost: true, by: { trial: true } })).toBe(
      'Time: at most about 40 s (30 steps of about 1.3 s): rough, before the first step, by a short trial on this device.',
    );
  });

  test.each([
    [{ run: 'same', trial: true }, 'by an earlier run and a short trial on this device.'],
    [
      { run: 'other', trial: false },
      'by an earlier run on this device, which trained other numbers of the model.',
    ],
    [
      { run: 'other', trial: true },
      'by a short trial on this device and an earlier run, which trained other numbers of the model.',
    ],
  ] as const)('by %j', (by, text) => {
    expect(words.time({ ...facts, by }).endsWith(text)).toBe(true);
  });
});
