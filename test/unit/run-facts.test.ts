/**
 * @file What a run says that it began with: how many conversations, the fingerprint of its data, and its rewards as they were then.
 */
import { expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import type { TrainingSequence } from '../../src/sequence/types';
import type { ObjectiveKind } from '../../src/settings/objective';
import { fingerprint } from '../../src/state/fingerprint';
import type { RewardSource } from '../../src/state/reward-source';
import { runData } from '../../src/state/run-data';
import { TrainState } from '../../src/state/train.svelte';
import { runFacts } from '../../src/ui/run-facts';
import type { EngineService } from '../../src/worker/engine-client';
import { composeRewards } from '../../src/reward/compose';
import type { RewardPart } from '../../src/reward/types';
import { MASK, runOf, says, text, turns, WHOLE } from './run-trained-support';

const dataOf = (kind: ObjectiveKind, all: readonly Conversation[], keepFrom?: number) =>
  runData(text, all, undefined, { ...MASK, division: WHOLE, kind, keepFrom });
const fingerprintOf = async (kind: ObjectiveKind, all: readonly Conversation[]) =>
  fingerprint((await dataOf(kind, all)).sequences);
const rated = (...rewards: number[]) => rewards.map((reward, i) => turns(`c${i}`, `It is ${i}.`, { reward }));
const labelled = (...labels: boolean[]) => labels.map((label, i) => turns(`c${i}`, `It is ${i}.`, { label }));
const pair = (id: string, chosen = 'Good.', rejected = 'Bad.') =>
  turns(id, chosen, { preference: { chosen: [says(chosen)], rejected: [says(rejected)] } });

test('other rewards, labels and preferences are other data; another id is not', async () => {
  const all = await Promise.all([
    fingerprintOf('rwr', rated(0, 1)),
    fingerprintOf('rwr', rated(1, 0)),
    fingerprintOf('kto', labelled(true, false)),
    fingerprintOf('kto', labelled(false, true)),
    fingerprintOf('dpo', [pair('p')]),
    fingerprintOf('dpo', [pair('p', 'Bad.', 'Good.')]),
  ]);
  expect(new Set(all).size).toBe(all.length);
  for (const one of all) expect(one).toMatch(/^rated-[0-9a-f]{16}$/);
  const renamed = rated(0, 1).map((one, i) => ({ ...one, id: `other ${i}` }));
  expect(await fingerprintOf('rwr', renamed)).toBe(all[0]);
});

test('which completions answer one prompt counts, and a reward that is missing is not one of 0', () => {
  const sequence = (group: string, reward?: number): TrainingSequence => ({
    ...{ ids: Int32Array.of(1, 2), weights: Float32Array.of(0, 1), kind: new Uint8Array(2) },
    ...{ positions: Int32Array.of(0, 1), document: Int32Array.of(1, 1), origin: { conversation: 'c' } },
    sample: { group, ...(reward !== undefined && { reward }) },
  });
  const of = (...all: [string, number?][]) => fingerprint(all.map((one) => sequence(...one)));
  const together = of(['g', 1], ['g', 0]);
  expect(of(['h', 1], ['h', 0])).toBe(together);
  expect(of(['g', 1], ['h', 0])).not.toBe(together);
  expect(new Set([of(['g']), of(['g', 0]), of(['g', NaN])]).size).toBe(3);
});

test('without rewards it is what older pages wrote, and where they left them out that is said', async () => {
  const sft = await runOf('sft', [turns('a', 'Two.')], { settings: { batchSize: 1 } });
  const [own, kto] = [sft.kept, (await runOf('kto', labelled(true, false))).kept];
  const said = (run: typeof own, data: string) =>
    runFacts({ ...run, facts: { ...run.facts, data } } as Parameters<typeof runFacts>[0], []).find(
      ([label]) => label === 'Conversations',
    )?.[1];
  const older = '944d715862baa705';
  expect(said(own, older)).toBe(`1, fingerprint ${older}`);
  expect(said(kto, older)).toBe(`2, fingerprint ${older} in an older form, without rewards and labels`);
  expect(said(kto, `rated-${older}`)).toBe(`2, fingerprint rated-${older}`);
  expect(await fingerprintOf('sft', [turns('a', 'Two.')])).toMatch(/^[0-9a-f]{16}$/);
});

test('conversations that a run leaves out are not among those that it began with', async () => {
  const count = async (...how: Parameters<typeof dataOf>) => (await dataOf(...how)).conversations;
  const plain = turns('plain', 'Two.');
  expect(await count('dpo', [pair('p'), plain, pair('same', 'Alike.', 'Alike.')])).toBe(1);
  expect(await count('rwr', [...rated(0, 1), plain])).toBe(2);
  expect(await count('kto', [...labelled(true, false), plain])).toBe(2);
  expect(await count('raft', rated(0, 0.4, 1), 0.5)).toBe(1);
  // SFT leaves out what is labelled bad, and what the mask trains nothing of.
  expect(await count('sft', [plain, ...labelled(false)])).toBe(1);
});

test.each(['raft', 'grpo'] as const)(
  '%s: rewards are those of its start, not of when its data was read',
  async (kind) => {
    const score =
      (parts: readonly RewardPart[]) => () => (inputs: Parameters<ReturnType<RewardSource['scorer']>>[0]) =>
        Promise.resolve(inputs.map((input) => composeRewards(parts, input)));
    const first = [{ id: 'length', weight: 1 }];
    const second = [{ id: 'repetition', weight: 2 }];
    const asked: unknown[] = [];
    const scorers: unknown[] = [];
    const source = { parts: first, scorer: score(first) };
    const rewards: RewardSource = {
      get parts() {
        return source.parts;
      },
      scorer: () => {
        scorers.push(source.parts);
        return source.scorer();
      },
    };
    const engine = { train: () => Promise.resolve({ run: 1 }) } as unknown as EngineService;
    const service = {
      ...text,
      sequences: (request: Parameters<typeof text.sequences>[0]) => {
        asked.push(request.rewards);
        return text.sequences(request);
      },
    } as unknown as typeof text;
    const train = new TrainState(service, engine, rewards);
    train.objective.choose(kind);
    train.objective.rewardFrom = 'composed';
    await train.start({
      read: () => {
        Object.assign(source, { parts: second, scorer: score(second) });
        return Promise.resolve([turns('a', 'Two.', { reward: 1 })]);
      },
      policy: MASK.policy,
      paused: false,
      model: { model: 'm', modelKey: 'm', adaptation: { kind: 'full' }, engine: 'cpu' },
    });
    expect(train.error).toBeUndefined();
    expect(train.runs.list[0]?.facts.rewards).toEqual(first);
    if (kind === 'raft') expect(asked).toEqual([first]);
    else expect(scorers).toEqual([first]);
  },
);

test('what RAFT does not keep is not among what its run says that it began with', async () => {
  const engine = { train: () => Promise.resolve({ run: 1 }) } as unknown as EngineService;
  const train = new TrainState(text, engine);
  train.objective.choose('raft');
  await train.start({
    read: () => Promise.resolve(rated(0, 0.5, 1)),
    policy: MASK.policy,
    paused: false,
    model: { model: 'm', modelKey: 'm', adaptation: { kind: 'full' }, engine: 'cpu' },
  });
  expect(train.runs.list[0]?.facts).toMatchObject({ conversations: 1, objective: { keepFrom: 1 } });
});
