/**
 * @file What is held out while a model learns from what it writes: the loss of recorded conversations, and an early end by it.
 */
import { expect, test } from 'vitest';
import type { Engine } from '../../src/model/engine';
import { toBatch } from '../../src/sequence/batch';
import type { TrainingSequence } from '../../src/sequence/types';
import { DEFAULT_OBJECTIVE } from '../../src/settings/objective';
import { PolicyLoop } from '../../src/train/policy-loop';
import type { RunEnding, StepReport, TrainSettings } from '../../src/worker/protocol';
import { equalBits, idPrompts, RUN, tinyEngine, tokenTexts } from './policy-run';

const PROMPT = [5, 6, 7];

/** The prompt and what is said to it, which alone counts. */
function recorded(answer: number[]): TrainingSequence {
  const length = PROMPT.length + answer.length;
  return {
    ids: Int32Array.from([...PROMPT, ...answer]),
    weights: new Float32Array(length).fill(1, PROMPT.length),
    kind: new Uint8Array(length),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: 'held out' },
  };
}
/** What is rewarded makes these improbable. */
const HELD_OUT = [recorded([40, 41]), recorded([50, 51, 52])];

async function start(settings: Partial<TrainSettings>, heldOut: TrainingSequence[] = HELD_OUT) {
  const engine = await tinyEngine();
  const reports: StepReport[] = [];
  const endings: RunEnding[] = [];
  const objective = { kind: 'grpo', prompts: 1, groupSize: 8, maxNewTokens: 1 } as const;
  const loop = new PolicyLoop(
    engine,
    tokenTexts([PROMPT], ([id = 0]) => (id < 20 ? 1 : 0)),
    idPrompts(1),
    { ...RUN, learningRate: 5e-3, ...settings },
    { ...DEFAULT_OBJECTIVE, ...objective },
    {
      onStep: (report) => reports.push(report),
      onState: (_, error, ending) => {
        if (error) throw error as Error;
        if (ending) endings.push(ending);
      },
    },
    heldOut,
  );
  return { engine, loop, reports, endings };
}

test('its loss is the mean over its tokens, at the start, every few steps and at the end', async () => {
  const { engine, loop, reports } = await start({ steps: 5, heldOutEvery: 2 });
  const atStart = await meanLoss(engine);
  await loop.run(false);
  expect(reports[0]?.metrics?.heldOutStart).toBeCloseTo(atStart, 5);
  expect(reports.at(-1)?.metrics?.heldOutLoss).toBeCloseTo(await meanLoss(engine), 5);
  expect(reports.map(({ metrics }) => metrics?.heldOutLoss !== undefined)).toEqual([
    ...[false, true, false, true],
    true,
  ]);
  engine.dispose();
});

test('where it only rises, the run ends early and the weights of its start are put back', async () => {
  const { engine, loop, reports, endings } = await start({ steps: 50, heldOutEvery: 1, patience: 3 });
  const before = await engine.read();
  await loop.run(false);
  expect(reports.length).toBeLessThan(50);
  const losses = reports.map(({ metrics }) => metrics?.heldOutLoss ?? NaN);
  const first = reports[0]?.metrics?.heldOutStart ?? NaN;
  const best = Math.min(first, ...losses);
  expect(endings).toEqual([
    { early: true, restored: { step: [first, ...losses].indexOf(best), heldOutLoss: best } },
  ]);
  expect(await meanLoss(engine)).toBeCloseTo(best, 5);
  if (best === first) expect(equalBits(before, await engine.read())).toBe(true);
  engine.dispose();
});

test('patience with nothing to measure is refused, before the run and during it', async () => {
  await expect(start({ patience: 2 }, [])).rejects.toMatchObject({ code: 'no-held-out' });
  const { engine, loop } = await start({ steps: 2 }, []);
  expect(() => loop.change({ patience: 2 })).toThrow(/nothing is held out/);
  engine.dispose();
});

test('measuring can be switched on during a run; epochs of recorded data do not matter', async () => {
  const { engine, loop, reports } = await start({ steps: 2, heldOutEvery: 0, epochs: 3 });
  expect(loop.steps).toBe(2);
  loop.change({ heldOutEvery: 1, steps: 3 });
  await loop.run(false);
  expect(reports.map(({ metrics }) => Number.isFinite(metrics?.heldOutLoss))).toEqual([true, true, true]);
  expect(reports[0]?.changed?.map(({ key }) => key)).toEqual(['steps', 'heldOutEvery']);
  engine.dispose();
});

async function meanLoss(engine: Engine): Promise<number> {
  const batch = toBatch(HELD_OUT);
  const logProbs = await engine.score(batch, 'tuned');
  return -logProbs.reduce((sum, value, i) => sum + value * (batch.weights[i] ?? 0), 0) / 5;
}
