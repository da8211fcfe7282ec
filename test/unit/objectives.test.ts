/**
 * @file Objectives on recorded data where the answer is known: a bandit of one prompt and a few one-token answers, on a tiny
 * Llama. Each reaches its optimum; a better reward makes a completion more probable; nothing known changes nothing.
 */
import { describe, expect, test } from 'vitest';
import { PlannedEngine } from '../../src/model/planned-engine';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { toBatch } from '../../src/sequence/batch';
import type { SampleFacts, TrainingSequence } from '../../src/sequence/types';
import {
  DEFAULT_OBJECTIVE,
  OBJECTIVES,
  ON_POLICY,
  type ObjectiveSettings,
} from '../../src/settings/objective';
import { rewardedSequences } from '../../src/train/experiment-data';
import type { StoredCompletion } from '../../src/train/experiment-rollouts';
import { TrainingLoop } from '../../src/train/loop';
import type { StepReport, TrainSettings } from '../../src/worker/protocol';
import { plainSequence } from './objective-support';
import { readGolden } from './plan-llama-golden';
import { equalBits } from './policy-run';

const PROMPT = [5, 9, 2];
const ANSWERS = [10, 20, 30, 40];
const REWARDS = [1, 0.5, 0, -1];

const answer = (token: number, name: string, facts: Omit<SampleFacts, 'group'>, group = 'prompt') => ({
  ...plainSequence([...PROMPT, token], PROMPT.length, name),
  sample: { group, ...facts },
});
const rewarded = (rewards: readonly (number | undefined)[]): TrainingSequence[] =>
  ANSWERS.map((token, i) => {
    const reward = rewards[i];
    return answer(token, `c${i}`, reward === undefined ? {} : { reward });
  });
const pair = (chosen: number, rejected: number, group: string): TrainingSequence[] => [
  answer(chosen, group, { preference: 'chosen' }, group),
  answer(rejected, group, { preference: 'rejected' }, group),
];

const RUN: TrainSettings = {
  steps: 120,
  batchSize: 4,
  learningRate: 0.01,
  warmupSteps: 0,
  weightDecay: 0,
  clipNorm: Infinity,
  seed: 1,
  maxLength: 32,
  schedule: 'linear',
};

async function openEngine(): Promise<PlannedEngine> {
  const { config, weights } = readGolden('tied');
  return PlannedEngine.load(await CpuExecutor.create(), config, weights);
}

async function train(
  sequences: readonly TrainingSequence[],
  objective: Partial<ObjectiveSettings>,
  run: Partial<TrainSettings> = {},
) {
  const engine = await openEngine();
  const before = await logProbsOf(engine);
  const reports: StepReport[] = [];
  let failure: unknown;
  const loop = new TrainingLoop(
    engine,
    sequences,
    { ...RUN, ...run },
    {
      onStep: (report) => reports.push(report),
      onState: (state, error) => {
        if (state === 'failed') failure = error;
      },
    },
    { objective: { ...DEFAULT_OBJECTIVE, ...objective } },
  );
  await loop.run(false);
  if (failure !== undefined) throw failure as Error;
  const after = await logProbsOf(engine);
  return { engine, reports, before, after };
}

/** Of each answer, given the prompt. */
async function logProbsOf(engine: PlannedEngine): Promise<number[]> {
  const sequences = ANSWERS.map((token) => plainSequence([...PROMPT, token], PROMPT.length, 'answer'));
  const batch = toBatch(sequences);
  const scores = await engine.score(batch, 'tuned');
  return ANSWERS.map((_, row) => scores[row * batch.length + PROMPT.length - 1] ?? NaN);
}

function expectShares(logProbs: readonly number[], weights: readonly number[], within = 0.02): void {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  logProbs.forEach((value, i) => {
    expect(Math.abs(Math.exp(value) - (weights[i] ?? 0) / sum), `answer ${i}`).toBeLessThan(within);
  });
}

describe('a bandit reaches the known optimum', () => {
  test('SFT: the shares of the data', async () => {
    const answers = [10, 10, 10, 20].map((token, i) => answer(token, `c${i}`, {}));
    const { after } = await train(answers, { kind: 'sft' });
    expectShares(after, [3, 1, 0, 0]);
  });

  test('RWR: the answers tilted by exp(r/β)', async () => {
    const { after, reports } = await train(rewarded(REWARDS), { kind: 'rwr', rewardTemperature: 0.8 });
    expectShares(
      after,
      REWARDS.map((reward) => Math.exp(reward / 0.8)),
    );
    expect(reports[0]?.metrics).toMatchObject({ reward: 0.125, dropped: 0, flatGroups: 0 });
  });

  test('AWR: the same by advantages, up to the largest weight', async () => {
    const { after } = await train(rewarded(REWARDS), { kind: 'awr', rewardTemperature: 0.8, maxWeight: 2 });
    expectShares(
      after,
      REWARDS.map((reward) => Math.min(2, Math.exp((reward - 0.125) / 0.8))),
    );
  });

  test('RAFT: all on what is kept', async () => {
    const { after } = await train(rewarded(REWARDS), { kind: 'raft', keepFrom: 0.5 });
    expectShares(after, [1, 1, 0, 0]);
  });

  test('DPO: the implicit rewards of three against one differ by log 3', async () => {
    const pairs = [0, 1, 2].flatMap((i) => pair(10, 20, `p${i}`));
    const beta = 0.5;
    const settings = { kind: 'dpo', preferenceBeta: beta } as const;
    const { before, after, reports } = await train([...pairs, ...pair(20, 10, 'p3')], settings);
    const gain = (i: number) => (after[i] ?? NaN) - (before[i] ?? NaN);
    // E[−log σ(±h)] is least where σ(h) is the share of the pairs that prefer so.
    expect(beta * (gain(0) - gain(1))).toBeCloseTo(Math.log(3), 1);
    expect(reports.at(-1)?.loss).toBeCloseTo(0.5623, 2);
    expect(reports.at(-1)?.metrics).toMatchObject({ preferred: 0.75 });
    expect(reports[0]?.loss).toBeCloseTo(Math.log(2), 5);
  });

  test('KTO: good ones rise above z and bad ones fall below, as far as they may', async () => {
    const labels = [true, true, false, false];
    const sequences = ANSWERS.map((token, i) => answer(token, `c${i}`, { desirable: labels[i] ?? false }));
    const settings = { kind: 'kto', preferenceBeta: 0.5 } as const;
    const { before, after, reports } = await train(sequences, settings);
    labels.forEach((good, i) => {
      const gain = (after[i] ?? NaN) - (before[i] ?? NaN);
      expect(good ? gain : -gain, `answer ${i}`).toBeGreaterThan(0.5);
    });
    expect(reports[0]?.loss).toBeCloseTo(0.5, 5);
    expect(reports.at(-1)?.loss ?? 1).toBeLessThan(0.35);
    expect(reports.at(-1)?.metrics?.preferred).toBe(1);
  });
});

describe('one step', () => {
  const ONE = { steps: 1, learningRate: 1e-3 };

  test.each(['rwr', 'awr'] as const)(
    '%s: a higher reward makes its completion more probable',
    async (kind) => {
      const gains = async (rewards: number[]) => {
        const { before, after } = await train(rewarded(rewards), { kind }, ONE);
        return after.map((value, i) => value - (before[i] ?? NaN));
      };
      const low = await gains([0, 0.2, 0, 0]);
      const high = await gains([3, 0.2, 0, 0]);
      expect(high[0]).toBeGreaterThan(low[0] ?? NaN);
      expect(high[1]).toBeLessThan(low[1] ?? NaN);
    },
  );

  test('raft: the kept completion becomes more probable, and a rejected one takes no part', async () => {
    const kept = await train(rewarded([1, 0, 0, 0]), { kind: 'raft' }, ONE);
    const [gain = NaN] = kept.after.map((value, i) => value - (kept.before[i] ?? NaN));
    expect(gain).toBeGreaterThan(0);
    // Whatever the others got, and whether they are there at all.
    for (const others of [rewarded([1, 0.9, -5, 0.3]), rewarded([1, 0, 0, 0]).slice(0, 1)]) {
      const again = await train(others, { kind: 'raft' }, ONE);
      expect(again.reports[0]?.loss).toBe(kept.reports[0]?.loss);
      expect(equalBits(await again.engine.read(), await kept.engine.read())).toBe(true);
    }
    const swapped = await train(rewarded([0, 1, 0, 0]), { kind: 'raft' }, ONE);
    expect((swapped.after[1] ?? NaN) - (swapped.before[1] ?? NaN)).toBeGreaterThan(0);
    expect((swapped.after[0] ?? NaN) - (swapped.before[0] ?? NaN)).toBeLessThan(gain);
  });

  test('sft: what is trained becomes more probable, and a negative weight makes it less so', async () => {
    const shown = (weight: number) => {
      const one = answer(10, 'a', {});
      return [{ ...one, weights: one.weights.map((own) => own * weight) }];
    };
    const gainOf = async (weight: number) => {
      const { before, after } = await train(shown(weight), { kind: 'sft' }, ONE);
      return (after[0] ?? NaN) - (before[0] ?? NaN);
    };
    expect(await gainOf(1)).toBeGreaterThan(0);
    expect(await gainOf(-1)).toBeLessThan(0);
  });

  test.each(['dpo', 'kto'] as const)('%s: what is preferred rises against the other', async (kind) => {
    const one =
      kind === 'dpo'
        ? pair(10, 20, 'p')
        : [answer(10, 'a', { desirable: true }), answer(20, 'b', { desirable: false })];
    const { before, after } = await train(one, { kind }, ONE);
    const gain = (i: number) => (after[i] ?? NaN) - (before[i] ?? NaN);
    expect(gain(0) - gain(1)).toBeGreaterThan(0);
  });
});

test('RWR with a batch of one still tells completions apart', async () => {
  const { after } = await train(
    rewarded(REWARDS),
    { kind: 'rwr', rewardTemperature: 0.5 },
    { batchSize: 1, steps: 200, learningRate: 3e-3 },
  );
  expect(after[0]).toBeGreaterThan(after[1] ?? NaN);
  expect(after[1]).toBeGreaterThan(after[2] ?? NaN);
  expect(after[2]).toBeGreaterThan(after[3] ?? NaN);
});

describe('what a reward is not', () => {
  test('a missing or non-finite reward drops its sample, and is no 0', async () => {
    const { after, before, reports } = await train(rewarded([1, undefined, NaN, -1]), { kind: 'rwr' });
    expect(reports[0]?.metrics).toMatchObject({ dropped: 2, reward: 0 });
    expect(after[0]).toBeGreaterThan(before[0] ?? NaN);
    expectShares(after, [Math.exp(1), 0, 0, Math.exp(-1)]);
  });

  test('completions that are alone with their prompts are compared with each other', async () => {
    const alone = [answer(10, 'a', { reward: 1 }, 'p1'), answer(20, 'b', { reward: 0 }, 'p2')];
    const { after } = await train(alone, { kind: 'rwr', rewardTemperature: 0.5 });
    expectShares(after, [Math.exp(2), 1, 0, 0]);
  });

  test('groups without variance are counted', async () => {
    const more = [10, 20].map((token, i) => answer(token, `d${i}`, { reward: 0.5 }, 'other'));
    const { reports } = await train([...rewarded(REWARDS), ...more], { kind: 'awr' }, { steps: 1 });
    expect(reports[0]?.metrics).toMatchObject({ flatGroups: 1 });
  });
});

describe('a reward of 0 everywhere says nothing: it is refused, and no bit is changed', () => {
  const completions = ANSWERS.map((token, i): StoredCompletion => ({
    ...{ group: 'prompt', id: `c${i}`, reward: 0, text: '', tokens: 1 },
    sequences: [plainSequence([...PROMPT, token], PROMPT.length, `c${i}`)],
  }));

  test.each([
    ['raft', 'nothing-kept'],
    ['rwr', 'flat-rewards'],
    ['awr', 'flat-rewards'],
    ['dpo', 'no-pairs'],
    ['kto', 'one-kind'],
  ] as const)('%s: %s', async (kind, code) => {
    const engine = await openEngine();
    const before = await engine.read();
    const objective = { ...DEFAULT_OBJECTIVE, kind };
    const sequences = rewardedSequences(completions, objective);
    const events = { onStep: () => undefined, onState: () => undefined };
    expect(() => new TrainingLoop(engine, sequences, RUN, events, { objective })).toThrow(
      expect.objectContaining({ code }) as Error,
    );
    expect(equalBits(before, await engine.read())).toBe(true);
    engine.dispose();
  });

  test('every objective on recorded data is here but SFT, which reads no reward', () => {
    const here = ['raft', 'rwr', 'awr', 'dpo', 'kto'];
    const all = OBJECTIVES.filter((kind) => !ON_POLICY.includes(kind) && kind !== 'sft');
    expect(here.sort()).toEqual(all.sort());
  });

  test('SFT: a mask of zeros is refused likewise', async () => {
    const masked = rewarded([0, 0, 0, 0]).map((one) => ({ ...one, weights: one.weights.map(() => 0) }));
    await expect(train(masked, { kind: 'sft' })).rejects.toMatchObject({ code: 'zero-norm' });
  });
});

describe('refuses, and changes nothing', () => {
  test.each([
    [
      'RWR of rewards that are all 0',
      'rwr',
      rewarded([0, 0, 0, 0]),
      /All rewards are 0, so they say nothing/,
    ],
    ['AWR likewise', 'awr', rewarded([2, 2, 2, 2]), /All rewards are 2, so they say nothing/],
    [
      'RAFT where nothing is good enough',
      'raft',
      rewarded([0, 0, 0, 0]),
      /reward of 1 or more: the highest is 0/,
    ],
    ['rewards that nobody gave', 'rwr', rewarded([]), /No completion has a reward\./],
    ['DPO without pairs', 'dpo', rewarded(REWARDS), /No record has a chosen and a rejected completion/],
    ['DPO of half a pair', 'dpo', pair(10, 20, 'p').slice(1), /No record has a chosen and a rejected/],
    ['DPO of the same completion twice', 'dpo', pair(10, 10, 'p'), /In every pair .* are the same\./],
    ['KTO without labels', 'kto', rewarded(REWARDS), /No completion is labelled/],
    ['KTO of one kind', 'kto', [answer(10, 'a', { desirable: true })], /All 1 completions are labelled good/],
    ['an objective that writes its own data', 'grpo', rewarded(REWARDS), /grpo writes its own data/],
  ] as const)('%s', async (_, kind, sequences, message) => {
    await expect(train(sequences, { kind })).rejects.toThrow(message);
  });

  test('KTO with a batch of one', async () => {
    const both = [answer(10, 'a', { desirable: true }), answer(20, 'b', { desirable: false })];
    await expect(train(both, { kind: 'kto' }, { batchSize: 1 })).rejects.toThrow(/the batch size is 1/);
  });
});
