/**
 * @file What runs on policy must do whatever the model: learn in the right direction, reach a known optimum, change nothing
 * where nothing is rewarded, and give the same bits for the same seed.
 */
import { describe, expect, test } from 'vitest';
import { LosslightError } from '../../src/errors';
import type { Engine } from '../../src/model/engine';
import { toBatch } from '../../src/sequence/batch';
import { DEFAULT_OBJECTIVE, ON_POLICY, type ObjectiveSettings } from '../../src/settings/objective';
import { baselineAdvantages } from '../../src/train/objectives/advantages';
import { policyBatch, type RewardedTurn } from '../../src/train/policy-samples';
import { updatePolicy } from '../../src/train/policy-update';
import { scorerOf } from '../../src/train/scorer';
import { equalBits, idPrompts, runPolicy, tinyEngine, tokenTexts } from './policy-run';

const PROMPT = [5, 6, 7];
/** A third of the vocabulary of 61. */
const GOOD = 20;

/** The probability of a good token after the prompt. */
async function goodShare(engine: Engine): Promise<number> {
  const length = PROMPT.length + 1;
  const sequence = {
    ids: Int32Array.from([...PROMPT, 0]),
    weights: new Float32Array(length).fill(1),
    kind: new Uint8Array(length),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: '' },
  };
  const logits = await engine.logits(toBatch([sequence]), 'tuned');
  const row = logits.slice(2 * 61, 3 * 61).map(Math.exp);
  const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
  return sum(row.slice(0, GOOD)) / sum(row);
}

describe.each(ON_POLICY)('%s', (kind) => {
  test('a bandit: the reward pays for a third of the tokens, and all probability goes there', async () => {
    const engine = await tinyEngine();
    const texts = tokenTexts([PROMPT], ([id = 0]) => (id < GOOD ? 1 : 0));
    expect(await goodShare(engine)).toBeLessThan(0.5);
    const objective = { kind, prompts: 1, groupSize: 16, maxNewTokens: 1 };
    const { states, reports } = await runPolicy(
      engine,
      texts,
      idPrompts(1),
      { steps: 40, learningRate: 5e-3 },
      objective,
    );
    expect(states).toEqual(['running', 'finished']);
    expect(await goodShare(engine)).toBeGreaterThan(0.95);
    expect(reports.at(-1)?.metrics?.reward).toBeGreaterThan(0.9);
    engine.dispose();
  });

  test('a reward of 0 everywhere changes no bit', async () => {
    const engine = await tinyEngine();
    const before = await engine.read();
    const { reports } = await runPolicy(
      engine,
      tokenTexts([PROMPT, [9, 9]], () => 0),
      idPrompts(2),
      { steps: 3, weightDecay: 0.1 },
      { kind, prompts: 2, groupSize: 4, maxNewTokens: 5, updates: 2 },
    );
    expect(reports).toHaveLength(3);
    expect(reports[0]).toMatchObject({ loss: 0, gradientNorm: 0, metrics: { flatGroups: 2, dropped: 0 } });
    expect(equalBits(before, await engine.read())).toBe(true);
    engine.dispose();
  });

  test('a group without any reward is not among the groups, and no flat one', async () => {
    const engine = await tinyEngine();
    const { reports } = await runPolicy(
      engine,
      tokenTexts([PROMPT, [9, 9]], (_, prompt) => (prompt === 0 ? 0.5 : undefined)),
      idPrompts(2),
      { steps: 1 },
      { kind, prompts: 2, groupSize: 4, maxNewTokens: 2 },
    );
    expect(reports[0]?.metrics).toMatchObject({ groups: 1, flatGroups: 1, dropped: 4 });
    engine.dispose();
  });

  test('what gets more reward becomes more probable, what gets less becomes less so', async () => {
    const engine = await tinyEngine();
    const score = scorerOf(engine);
    const objective: ObjectiveSettings = { ...DEFAULT_OBJECTIVE, kind, maxNewTokens: 4 };
    const turns = [
      [11, 12, 13],
      [21, 22],
      [31, 32, 33, 34],
    ].map((ids, i) => turnOf(ids, [1, 0.5, 0][i] ?? 0));
    const batch = await policyBatch(turns, objective, score, 64);
    const sequences = batch.parts.flat().sort((a, b) => a.completion - b.completion);
    for (const one of sequences) one.logProbs = (await score([one.sequence], 'tuned'))[0] ?? one.logProbs;
    const sums = async () =>
      (
        await score(
          sequences.map(({ sequence }) => sequence),
          'tuned',
        )
      ).map((values) => values.slice(PROMPT.length).reduce((sum, value) => sum + value, 0));
    const before = await sums();
    const adam = { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
    await updatePolicy(engine, batch, objective, adam, score, true);
    const after = await sums();
    expect(after[0]).toBeGreaterThan(before[0] ?? 0);
    expect(after[2]).toBeLessThan(before[2] ?? 0);
    engine.dispose();
  });
});

/** A completion of the prompt that was written and rewarded. */
function turnOf(ids: number[], reward: number): RewardedTurn {
  const prompt = Int32Array.from(PROMPT);
  const numbers = new Float32Array(ids.length);
  const round = {
    prompt,
    ids: Int32Array.from(ids),
    ending: 'stop' as const,
    logProbs: numbers,
    entropies: numbers,
  };
  return {
    turn: { prompt: 0, group: 0, rounds: [round] },
    read: {
      completion: { messages: [], reactions: [], text: '', tokens: ids.length, thinkTokens: 0, ended: true },
      reward: { total: reward, parts: [] },
      kinds: [new Uint8Array(PROMPT.length + ids.length)],
    },
  };
}

test('the same seed gives the same bits, another seed others', async () => {
  const texts = tokenTexts([PROMPT, [9, 9]], (ids) => ids.filter((id) => id < GOOD).length);
  const run = async (seed: number) => {
    const engine = await tinyEngine();
    const objective = {
      kind: 'grpo',
      prompts: 2,
      groupSize: 4,
      maxNewTokens: 6,
      updates: 2,
      kl: 0.1,
    } as const;
    const { rollouts } = await runPolicy(engine, texts, idPrompts(2), { steps: 3, seed }, objective);
    const weights = await engine.read();
    engine.dispose();
    return { weights, ids: rollouts.flat().map(({ sequence }) => [...sequence.ids]) };
  };
  const [first, again, other] = [await run(1), await run(1), await run(2)];
  expect(again.ids).toEqual(first.ids);
  expect(equalBits(first.weights, again.weights)).toBe(true);
  expect(other.ids).not.toEqual(first.ids);
});

test('a sample without a reward is dropped and counted, and is no 0', async () => {
  const engine = await tinyEngine();
  const texts = tokenTexts([PROMPT], ([id = 0]) => (id % 2 === 0 ? undefined : id < GOOD ? 1 : Infinity));
  const objective = { kind: 'grpo', prompts: 1, groupSize: 12, maxNewTokens: 1 } as const;
  const { reports, rollouts } = await runPolicy(engine, texts, idPrompts(1), {}, objective);
  const [list = []] = rollouts;
  const missing = list.filter(({ reward: { total } }) => total === undefined || !Number.isFinite(total));
  expect(missing.length).toBeGreaterThan(0);
  expect(reports[0]?.metrics?.dropped).toBe(missing.length);
  for (const { advantage, sequence } of missing) {
    expect(advantage).toBeUndefined();
    expect([...sequence.weights].every((weight) => weight === 0)).toBe(true);
  }
  engine.dispose();
});

test('with several updates the ratio leaves 1, and the clip holds some of it back', async () => {
  const engine = await tinyEngine();
  const texts = tokenTexts([PROMPT], ([id = 0]) => (id < GOOD ? 1 : 0));
  const objective = {
    kind: 'grpo',
    prompts: 1,
    groupSize: 16,
    maxNewTokens: 1,
    updates: 6,
    kl: 0.01,
  } as const;
  const { reports } = await runPolicy(engine, texts, idPrompts(1), { learningRate: 5e-3 }, objective);
  expect(reports[0]?.metrics?.clipFraction).toBeGreaterThan(0);
  expect(reports[0]?.metrics?.kl).toBeGreaterThan(0);
  engine.dispose();
});

test('REINFORCE may compare with the steps before', () => {
  const samples = [1, 3].map((reward, group) => ({ group, reward }));
  expect(baselineAdvantages(samples).values).toEqual([-1, 1]);
  expect(baselineAdvantages(samples, 0.5).values).toEqual([0.5, 2.5]);
});

test.each([
  [{ kind: 'grpo', groupSize: 1 }, 'GRPO compares completions of one prompt'],
  [{ kind: 'rloo', temperature: 0 }, 'At temperature 0 all completions'],
  [{ kind: 'grpo', clipLow: 2 }, 'clipLow is 2.'],
] as const)('refuses %o', async (objective, message) => {
  const engine = await tinyEngine();
  const texts = tokenTexts([PROMPT], () => 0);
  await expect(runPolicy(engine, texts, idPrompts(1), {}, objective)).rejects.toThrow(message);
  engine.dispose();
});

test('prompts that leave no room to answer are left out; none left is told by name', async () => {
  const engine = await tinyEngine();
  const texts = tokenTexts([[...Array(64).keys()].map((id) => id % 61)], () => 0);
  const { states, errors } = await runPolicy(engine, texts, idPrompts(1), {}, { kind: 'grpo' });
  expect(states).toEqual(['running', 'failed']);
  expect(errors[0]).toMatchObject({
    code: 'no-prompts',
    message: expect.stringContaining('64 tokens or more') as string,
  });
  engine.dispose();
});

describe('an update that fails behind others of its step', () => {
  /** Its step number `failing`, from 1, fails and changes nothing. */
  async function failingAt(failing: number) {
    const engine = await tinyEngine();
    const { step } = engine;
    let steps = 0;
    engine.step = (...args) =>
      ++steps === failing
        ? Promise.reject(new LosslightError('non-finite-gradient', 'Not finite.', 'Go slower.'))
        : step.apply(engine, args);
    return engine;
  }
  const texts = tokenTexts([[5, 6, 7]], ([id = 0]) => id % 7);
  const settings = { steps: 4, learningRate: 1e-3 };
  const objective = { kind: 'grpo', prompts: 1, groupSize: 4, maxNewTokens: 2, updates: 3 } as const;

  test('ends the run, and the step is reported with what those before it did', async () => {
    // The second step's third update.
    const engine = await failingAt(6);
    const before = await engine.read();
    const { reports, rollouts, states, errors } = await runPolicy(
      engine,
      texts,
      idPrompts(1),
      settings,
      objective,
    );
    expect(states.at(-1)).toBe('failed');
    expect(reports.map(({ step, metrics }) => [step, metrics?.updatesMade])).toEqual([
      [1, undefined],
      [2, 2],
    ]);
    expect(rollouts).toHaveLength(2);
    expect(reports[1]?.gradientNorm).toBeGreaterThan(0);
    expect(equalBits(before, await engine.read())).toBe(false);
    expect(errors).toEqual([
      new LosslightError(
        'non-finite-gradient',
        'Update 3 of 3 of step 2 failed: Not finite. The 2 updates before it were made and changed the weights; the step’s figures are of them alone.',
        'Go slower.',
      ),
    ]);
    engine.dispose();
  });

  test('is nobody’s where it is the first: nothing was changed', async () => {
    const engine = await failingAt(4);
    const { reports, errors } = await runPolicy(engine, texts, idPrompts(1), settings, objective);
    expect(reports.map(({ step }) => step)).toEqual([1]);
    expect(errors).toEqual([new LosslightError('non-finite-gradient', 'Not finite.', 'Go slower.')]);
    engine.dispose();
  });
});
