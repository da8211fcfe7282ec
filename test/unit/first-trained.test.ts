/**
 * @file Which sequences a run's reports say that its steps trained first, against the batches that the engine was given.
 */
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/model/engine';
import type { Batch } from '../../src/sequence/types';
import { reachOf } from '../../src/state/run-reach';
import { RecordedSteps } from '../../src/train/recorded-steps';
import { DEFAULT_OBJECTIVE, type ObjectiveSettings } from '../../src/settings/objective';
import type { StepReport, TrainSettings } from '../../src/worker/protocol';
import { plainSequence } from './objective-support';

/** Each of other tokens, so that a batch says which it holds; the one in the middle has no trained token. */
const DATA = [1, 2, 3, 4, 5].map((id) => plainSequence([id, id, id], id === 3 ? 3 : 1, `c${id}`));
const SETTINGS: TrainSettings = {
  ...{ steps: 9, batchSize: 1, learningRate: 0.1, warmupSteps: 0, weightDecay: 0, clipNorm: 1 },
  ...{ seed: 1, maxLength: 32 },
};

function steps(settings: Partial<TrainSettings> = {}, objective: Partial<ObjectiveSettings> = {}) {
  const given: number[][] = [];
  const engine = {
    contextLength: 64,
    step: (batches: Batch[]) => {
      given.push(
        batches.flatMap(({ ids, weights, documents }) =>
          [...ids].filter((_, i) => weights[i] !== 0 && documents[i] !== 0).map((id) => id - 1),
        ),
      );
      const logProbs = batches.map(({ weights }) => new Float32Array(weights.length).fill(-1));
      return Promise.resolve({ loss: 1, gradientNorm: 1, logProbs });
    },
  } as unknown as Engine;
  const data = { sequences: DATA };
  const run = new RecordedSteps(
    engine,
    data,
    { ...SETTINGS, ...settings },
    { ...DEFAULT_OBJECTIVE, ...objective },
  );
  return { run, given };
}

/** Places that the engine has been given by a step, in order. */
const seen = (given: readonly number[][]) => [...new Set(given.flat())].sort();

describe('reports say which sequences a step trained first', () => {
  test.each<[string, Partial<TrainSettings>]>([
    ['one a step', {}],
    ['two a step, across epochs', { batchSize: 2 }],
    ['gradients of three added up', { accumulation: 3 }],
    ['several in a row', { batchSize: 3, packing: true }],
  ])('%s', async (_, settings) => {
    const { run, given } = steps(settings);
    const reports: StepReport[] = [];
    for (let step = 1; step <= 6; step++) {
      reports.push(await run.step(step));
      expect([...(reachOf(reports, step)?.trained ?? [])].sort()).toEqual(seen(given));
    }
    // All but the one that has nothing to train, each once.
    expect(reports.flatMap(({ firstTrained = [] }) => firstTrained).sort()).toEqual([0, 1, 3, 4]);
    expect(reachOf(reports, 0)?.trained.size).toBe(0);
  });

  test('one that goes on from a checkpoint tells none again', async () => {
    const { run } = steps();
    const first = [await run.step(1), await run.step(2)];
    const { run: again, given } = steps();
    again.restore(JSON.parse(JSON.stringify(run.save())));
    const reports = [...first];
    for (let step = 3; step <= 5; step++) reports.push(await again.step(step));
    expect(reports.flatMap(({ firstTrained = [] }) => firstTrained).sort()).toEqual([0, 1, 3, 4]);
    expect(seen(given)).toHaveLength(3);
  });
});

test('reports of an older session file do not say how far it came', () => {
  const report = { step: 1, loss: 1 } as StepReport;
  expect(reachOf([report], 1)).toBeUndefined();
  expect(reachOf([{ ...report, firstTrained: [2] }, report], 1)?.trained).toEqual(new Set([2]));
  expect(reachOf([{ ...report, firstTrained: [2] }, report], 2)).toBeUndefined();
});
