/**
 * @file How long a run will about take: the work of a step by hand, the speed by what was measured, and nothing where nothing was.
 */
import { describe, expect, test } from 'vitest';
import { DEFAULT_OBJECTIVE } from '../../src/settings/objective';
import { draftsOf, settingsOf } from '../../src/settings/train';
import { runTime, stepsOf, stepWork, trainingPace, type RunPlanned } from '../../src/state/run-time';
import { roughDuration } from '../../src/strings/en/numbers';
import { runOutlook as words } from '../../src/strings/en/run-outlook';

const settings = settingsOf(draftsOf({ steps: 30, batchSize: 4 }));
if (!settings) throw new Error('The defaults should hold.');

/** One million parameters without attention: 2 million operations read a token, 6 million train it. */
const planned = (changes: Partial<RunPlanned> = {}): RunPlanned => ({
  ...{ settings, objective: DEFAULT_OBJECTIVE, trains: 'full' },
  shape: { parameters: 1e6, layers: 0, width: 0 },
  sample: { lengths: [100, 300], turn: 50, sequences: 20, heldOut: 0 },
  ...changes,
});

describe('the work of a step', () => {
  test('SFT of all parameters: six operations for each parameter and token', () => {
    expect(stepWork(planned())).toEqual({ reading: 0, training: 4 * 200 * 6e6, writing: 0 });
  });

  test('LoRA leaves the gradients of the frozen weights out', () => {
    expect(stepWork(planned({ trains: 'lora' }))?.training).toBeCloseTo(4 * 200 * 4e6, 0);
  });

  test('attention grows with the square of the length', () => {
    const shape = { parameters: 1e6, layers: 2, width: 64 };
    const long = stepWork(planned({ shape }))?.training ?? 0;
    expect(long).toBe(2 * 6 * 2 * 64 * (100 * 101 + 300 * 301) + 4 * 200 * 6e6);
  });

  test('accumulated batches, pairs with both models, and what is held out, which is only read', () => {
    const accumulated = planned({ settings: { ...settings, accumulation: 3 } });
    expect(stepWork(accumulated)?.training).toBe(3 * 4 * 200 * 6e6);
    const pairs = planned({ objective: { ...DEFAULT_OBJECTIVE, kind: 'dpo' } });
    expect(stepWork(pairs)).toEqual({ reading: 2 * 8 * 200 * 2e6, training: 8 * 200 * 6e6, writing: 0 });
    const held = planned({ sample: { ...planned().sample, heldOut: 5 } });
    expect(stepWork(held)?.reading).toBe((5 * 200 * 2e6) / 10);
  });

  test('GRPO: prompts are read once, completions written, then trained; KL is measured of one a prompt', () => {
    const objective = { ...DEFAULT_OBJECTIVE, kind: 'grpo', prompts: 2, groupSize: 8 } as const;
    const work = stepWork(planned({ objective: { ...objective, kl: 0, measureKl: true } }));
    expect(work?.writing).toBe(16 * 50);
    expect(work?.training).toBe(16 * 200 * 6e6);
    expect(work?.reading).toBeCloseTo(2 * 150 * 2e6 + 2 * 200 * 2e6, 0);
    const short = stepWork(planned({ objective: { ...objective, maxNewTokens: 10 } }));
    expect(short?.writing).toBe(160);
  });
});

describe('the time', () => {
  test('by the last run; by reading, where nothing was trained yet; unknown where nothing was measured', () => {
    const step = 4 * 200 * 6e6;
    expect(runTime(planned(), { full: step, reading: 1 })).toEqual({
      ...{ steps: 30, step: 1000, all: 30_000, by: 'training' },
    });
    expect(runTime(planned(), { reading: step })).toMatchObject({ step: 1000, by: 'reading' });
    expect(runTime(planned(), {})).toBeUndefined();
    expect(runTime(planned({ sample: { ...planned().sample, lengths: [] } }), { full: 1 })).toBeUndefined();
  });

  test('passes through the data in place of steps', () => {
    const epochs = planned({ settings: { ...settings, epochs: 3 } });
    expect(stepsOf(epochs)).toBe(15);
  });

  test('what is written is timed by itself, and nothing is told without', () => {
    const objective = {
      ...DEFAULT_OBJECTIVE,
      ...({ kind: 'grpo', prompts: 2, groupSize: 8, measureKl: false } as const),
    };
    const grpo = planned({ objective });
    expect(runTime(grpo, { full: 1e9, reading: 1e9 })).toBeUndefined();
    const time = runTime(grpo, { full: 1e12, reading: 1e12, writing: 400 });
    expect(time?.by).toBe('training');
    expect(time?.step).toBeGreaterThan(2000);
    expect(time?.step).toBeLessThan(2100);
  });

  test('the pace of steps gives their time again', () => {
    const plan = planned({ trains: 'lora' });
    const pace = trainingPace(plan, 800, 250);
    expect(runTime(plan, { lora: pace })?.step).toBeCloseTo(250, 6);
  });
});

test('it is said in few digits, as an estimate, and with what it is from', () => {
  expect([351, 1320, 43_210, 185_000, 4_900_000].map(roughDuration)).toEqual([
    ...['0.4 s', '1.3 s', '43 s', '3 min', '1 h 20 min'],
  ]);
  expect(words.time({ all: 39_600, steps: 30, step: 1320, by: 'training' })).toBe(
    'Time: about 40 s (30 steps of about 1.3 s): rough, before the first step, by the last run on this device.',
  );
});
