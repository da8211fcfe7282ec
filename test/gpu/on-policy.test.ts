/**
 * @file Runs on policy on the device: the same bits for the same seed, memory that does not grow, and a device that goes while
 * the model writes.
 */
import { expect, test } from 'vitest';
import { httpFolder } from '../../src/model/http-folder';
import { loadWeights } from '../../src/model/load-weights';
import { openModelFolder } from '../../src/model/model-folder';
import { PlannedEngine } from '../../src/model/planned-engine';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import type { RolloutTexts } from '../../src/rollout/types';
import { DEFAULT_OBJECTIVE } from '../../src/settings/objective';
import { PolicyLoop } from '../../src/train/policy-loop';
import type { RolloutReport, RunState, StepReport, TrainSettings } from '../../src/worker/protocol';
import { newDevice, testDevice } from './support';

const MODEL = new URL('/test/golden/llama/tied', location.href).href;
const PROMPTS = [
  [5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
  [21, 22],
];
const RUN: TrainSettings = {
  ...{ steps: 10, batchSize: 1, learningRate: 1e-3, warmupSteps: 0, weightDecay: 0, clipNorm: 1 },
  ...{ seed: 1, maxLength: 64 },
};
/** Many, so that some of the texts end by themselves. */
const STOPS = Array.from({ length: 30 }, (_, id) => id);
const OBJECTIVE = {
  ...DEFAULT_OBJECTIVE,
  ...({ kind: 'grpo', prompts: 2, groupSize: 3, maxNewTokens: 5, updates: 2, kl: 0.05 } as const),
};

async function open(target = testDevice()): Promise<PlannedEngine> {
  const { config, source } = await openModelFolder(httpFolder(MODEL));
  const engine = await PlannedEngine.load(
    new WgslExecutor(await target),
    config,
    loadWeights(config, source),
  );
  source.close();
  return engine;
}

/** Completions of one message, rewarded for small tokens. */
const texts = (told: () => void = () => undefined): RolloutTexts => ({
  open: async () => ({ prompts: PROMPTS.map((ids) => ({ ids: Int32Array.from(ids) })), stopIds: STOPS }),
  extend: async () => {
    told();
    return undefined;
  },
  finish: async (turns) =>
    turns.map(({ rounds: [round] }) => {
      const { prompt = [], ids = new Int32Array() } = round ?? {};
      const tokens = ids.length;
      return {
        completion: { messages: [], reactions: [], text: '', tokens, thinkTokens: 0, ended: true },
        reward: { total: ids.filter((id) => id < 20).length, parts: [] },
        kinds: [new Uint8Array(prompt.length + tokens)],
      };
    }),
});

async function run(engine: PlannedEngine, its: RolloutTexts, settings: Partial<TrainSettings> = {}) {
  const reports: StepReport[] = [];
  const rollouts: RolloutReport[][] = [];
  const states: RunState[] = [];
  const errors: unknown[] = [];
  const prompts = PROMPTS.map((_, i) => ({
    conversation: { id: `p${i}`, messages: [], extra: {}, source: { file: '', record: i, line: 1 } },
    message: 0,
  }));
  const loop = new PolicyLoop(engine, its, prompts, { ...RUN, ...settings }, OBJECTIVE, {
    onStep: (report) => reports.push(report),
    onRollouts: (_, list) => rollouts.push(list),
    onState: (state, error) => {
      states.push(state);
      if (error !== undefined) errors.push(error);
    },
  });
  await loop.run(false);
  return { reports, rollouts, states, errors };
}

test('the same seed gives the same bits, and later steps hold no more memory than the first ones', async () => {
  const engine = await open();
  const found = [];
  for (let i = 0; i < 2; i++) {
    await engine.reset();
    const { reports, rollouts, states } = await run(engine, texts());
    expect(states).toEqual(['running', 'finished']);
    const held = reports.map(({ memoryBytes = NaN }) => memoryBytes);
    expect(held[0]).toBeGreaterThan(0);
    expect(Math.max(...held.slice(5))).toBe(held[4]);
    const told = reports.map(({ milliseconds: _, memoryBytes: __, ...report }) => report);
    found.push({ told, rollouts, weights: await engine.read() });
  }
  expect(found[1]).toEqual(found[0]);
  engine.dispose();
}, 120_000);

test('a device that goes while the model writes ends the run by name', async () => {
  const target = await newDevice();
  const engine = await open(Promise.resolve(target));
  let extended = 0;
  const lost = texts(() => {
    if (++extended === 4) target.device.destroy();
  });
  const { states, errors } = await run(engine, lost);
  expect(states).toEqual(['running', 'failed']);
  expect(errors[0]).toMatchObject({ code: 'device-lost' });
  engine.dispose();
}, 60_000);
