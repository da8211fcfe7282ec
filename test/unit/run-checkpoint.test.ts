/**
 * @file A run that is saved between two steps and goes on in another engine gives the same bits as one that never stopped, for
 * every objective.
 */
import { expect, test } from 'vitest';
import type { PlannedEngine } from '../../src/model/planned-engine';
import type { TrainingSequence } from '../../src/sequence/types';
import { DEFAULT_OBJECTIVE, OBJECTIVES, ON_POLICY, type ObjectiveKind } from '../../src/settings/objective';
import { readCheckpoint, writeCheckpoint } from '../../src/train/experiment-checkpoint';
import { TrainingLoop } from '../../src/train/loop';
import { PolicyLoop } from '../../src/train/policy-loop';
import type { RunControl, RunEvents } from '../../src/train/run-control';
import { equalBits, idPrompts, RUN, tinyEngine, tokenTexts } from './policy-run';

const STEPS = 5;
const SETTINGS = { ...RUN, steps: STEPS, batchSize: 2, warmupSteps: 2, schedule: 'linear' as const };

/** Seven sequences of several lengths in pairs of one prompt, with everything that an objective may ask for. */
const SEQUENCES = Array.from({ length: 8 }, (_, i): TrainingSequence => {
  const length = 5 + (i % 3);
  const facts = { reward: (i * 7) % 5, desirable: i % 2 === 0 };
  return {
    ids: Int32Array.from({ length }, (__, at) => 3 + ((5 * i + 7 * at) % 50)),
    weights: new Float32Array(length).fill(1, 2),
    kind: new Uint8Array(length),
    positions: Int32Array.from({ length }, (__, at) => at),
    document: new Int32Array(length).fill(1),
    origin: { conversation: `c${i}` },
    sample: { group: `g${i >> 1}`, ...facts, preference: i % 2 === 0 ? 'chosen' : 'rejected' },
  };
});

function loopOf(engine: PlannedEngine, kind: ObjectiveKind, events: RunEvents): RunControl {
  const small = { prompts: 2, groupSize: 3, maxNewTokens: 4, temperature: 0.8, updates: 2 };
  const objective = { ...DEFAULT_OBJECTIVE, kind, keepFrom: 0, baseline: 'moving' as const, ...small };
  if (!ON_POLICY.includes(kind)) return new TrainingLoop(engine, SEQUENCES, SETTINGS, events, { objective });
  const prompts = [
    [5, 6, 7],
    [9, 9],
    [4, 8, 12, 16],
  ];
  const texts = tokenTexts(prompts, (ids) => ids.filter((id) => id < 20).length);
  return new PolicyLoop(engine, texts, idPrompts(prompts.length), SETTINGS, objective, events);
}

/** Runs to a step, from what was saved where there is something, through the file that an experiment writes. */
async function runTo(kind: ObjectiveKind, last: number, saved?: Uint8Array) {
  const engine = await tinyEngine();
  const losses: number[] = [];
  const loop = loopOf(engine, kind, {
    onStep: ({ step, loss }) => {
      losses.push(loss);
      if (step === last) loop.stop();
    },
    onState: (state, error) => {
      if (state === 'failed') throw error;
    },
  });
  const checkpoint = saved && readCheckpoint(saved);
  if (checkpoint) {
    await engine.restore(checkpoint.engine);
    loop.restore(checkpoint.run);
  }
  await loop.run(false);
  const run = loop.save();
  if (!run) throw new Error('The run cannot be saved.');
  const rest = { definition: 'd', cost: { generated: 0, trained: 0, seconds: 0 }, lines: 1, measured: 0 };
  const file = writeCheckpoint({ ...rest, run, engine: await engine.save() });
  const values = await engine.read();
  engine.dispose();
  return { losses, values, file };
}

test.each(OBJECTIVES)('%s', async (kind) => {
  const whole = await runTo(kind, STEPS);
  expect(whole.losses).toHaveLength(STEPS);
  for (const at of [1, 3]) {
    const first = await runTo(kind, at);
    const second = await runTo(kind, STEPS, first.file);
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(equalBits(second.values, whole.values)).toBe(true);
  }
});

test('what is of another model is refused, and nothing is changed', async () => {
  const engine = await tinyEngine();
  const before = await engine.read();
  const state = await engine.save();
  await expect(engine.restore({ ...state, moments: [] })).rejects.toThrow(RangeError);
  await expect(engine.restore({ ...state, values: new Map() })).rejects.toThrow(RangeError);
  expect(equalBits(before, await engine.read())).toBe(true);
  engine.dispose();
});
