/**
 * @file What a run learns from: which conversations are taken, where their rewards come from, and what is said of the others.
 */
import { expect, test } from 'vitest';
import { importText } from '../../src/conversation/import';
import type { Conversation } from '../../src/conversation/types';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import type { RewardInput } from '../../src/reward/types';
import { objectiveData } from '../../src/state/objective-data';
import { missing } from '../../src/state/objective.svelte';
import { runData } from '../../src/state/run-data';
import type { RewardSource } from '../../src/state/reward-source';
import { DEFAULT_DIVISION } from '../../src/settings/train';
import { dataNotes } from '../../src/ui/objective-notes';
import type { TextService } from '../../src/worker/text-client';
import { inspector } from './mask-support';

const conversation = (id: string, more: Partial<Conversation> = {}): Conversation => ({
  id,
  messages: [
    { role: 'user', content: `What is ${id}?` },
    { role: 'assistant', content: `It is ${id}.` },
  ],
  extra: {},
  source: { file: 'f', record: 0, line: 1 },
  ...more,
});
const OPTIONS = { policy: DEFAULT_POLICY, edits: {}, maxLength: 200, division: DEFAULT_DIVISION };

/** The text worker's part of it, on the spot. */
function text() {
  const asked: Parameters<TextService['sequences']>[0][] = [];
  let disposed = 0;
  const service = {
    sequences: (request: Parameters<TextService['sequences']>[0]) => {
      asked.push(request);
      const { conversations, policy, maxLength, samples } = request;
      return Promise.resolve(inspector.sequences(conversations, policy, maxLength, {}, { samples }));
    },
    inspect: ({ conversation: one }: { conversation: Conversation }) =>
      Promise.resolve({ conversation: one.id, ...inspector.inspect(one) }),
    another: () => Promise.resolve({ ...service, dispose: () => (disposed += 1) }),
  };
  return { service: service as unknown as TextService, asked, disposed: () => disposed };
}

test('SFT leaves out what is labelled bad, says how many, and refuses to imitate nothing but that', async () => {
  const all = [conversation('a'), conversation('b', { label: false }), conversation('c', { label: true })];
  const { service, asked } = text();
  const { sequences, conversations } = await runData(service, all, undefined, { ...OPTIONS, kind: 'sft' });
  expect(conversations).toBe(2);
  expect(sequences.map(({ origin }) => origin.conversation)).toEqual(['a', 'c']);
  expect(asked[0]?.samples).toBeUndefined();
  expect(dataNotes('sft', objectiveData(all))[0]).toMatch(/^1 conversation labelled bad is left out/);
  expect(dataNotes('sft', objectiveData(all.slice(0, 1)))).toEqual([]);
  const bad = all.slice(1, 2);
  await expect(runData(service, bad, undefined, { ...OPTIONS, kind: 'sft' })).rejects.toMatchObject({
    code: 'nothing-to-train',
    message: expect.stringContaining('labelled bad') as string,
  });
  // KTO is the objective that learns from it.
  const kto = await runData(service, all, undefined, { ...OPTIONS, kind: 'kto' });
  expect(kto.sequences.map(({ sample }) => sample?.desirable)).toEqual([false, true]);
});

test('records of messages with a label are labelled: the page counts them, and KTO takes their last completion', async () => {
  const [good, bad] = [true, false].map((label) => ({
    messages: [
      { role: 'user', content: 'What is 2 + 3?' },
      { role: 'assistant', content: 'Five.' },
      { role: 'user', content: 'And 2 + 4?' },
      { role: 'assistant', content: label ? 'Six.' : 'Seven.' },
    ],
    label,
  }));
  const { conversations } = importText(`${JSON.stringify(good)}\n${JSON.stringify(bad)}\n`);
  const data = objectiveData(conversations);
  expect(data).toMatchObject({ good: 1, bad: 1, labelledBad: 1, rewarded: 2 });
  expect(missing('kto', data)).toBeUndefined();
  expect(missing('kto', objectiveData(conversations.slice(0, 1)))).toMatch(/good/);
  const { service } = text();
  const { sequences } = await runData(service, conversations, undefined, { ...OPTIONS, kind: 'kto' });
  expect(sequences.map(({ sample }) => sample?.desirable)).toEqual([true, false]);
  const trained = sequences.map(({ ids, weights }) =>
    inspector.tokenizer.decode(ids.filter((_, i) => weights[i] !== 0)),
  );
  for (const [i, said] of ['Six.', 'Seven.'].entries()) {
    expect(trained[i]).toContain(said);
    expect(trained[i]).not.toContain('Five.');
  }
});

test('composed rewards of this project are left to the text worker', async () => {
  const { service, asked } = text();
  const parts = [{ id: 'length', weight: 1 }];
  const composed: RewardSource = { parts, scorer: () => () => Promise.reject(new Error('not here')) };
  const all = [conversation('a')];
  await runData(service, all, all, { ...OPTIONS, kind: 'raft', composed });
  expect(asked.map(({ rewards }) => rewards)).toEqual([parts, parts]);
  // Pairs and labels have no use for them.
  await runData(service, [conversation('a', { label: true })], undefined, {
    ...OPTIONS,
    kind: 'kto',
    composed,
  });
  expect(asked.at(-1)?.rewards).toBeUndefined();
});

const pair = {
  completionFrom: 1,
  preference: {
    chosen: [{ role: 'assistant' as const, content: 'This.' }],
    rejected: [{ role: 'assistant' as const, content: 'That.' }],
  },
};
test.each([
  ['raft', { reward: 1 }, [{}, { reward: 0.5 }], [{}, { reward: 1 }]],
  ['rwr', { reward: 1 }, [{}, {}], [{}, { reward: 0.5 }]],
  ['dpo', pair, [{}, {}], [{}, pair]],
  ['kto', { label: true }, [{}, { label: true }], [{ label: false }, { label: true }]],
  ['sft', {}, [], [{}]],
] as const)(
  '%s: what is held out without what the objective goes by is not measured',
  async (kind, own, without, with_) => {
    const { service } = text();
    const all = [conversation('a', own), conversation('b', kind === 'kto' ? { label: false } : own)];
    const options = { ...OPTIONS, kind, ...(kind === 'raft' && { keepFrom: 1 }) };
    const heldOut = async (held: readonly Partial<Conversation>[]) => {
      const those = held.map((one, i) => conversation(`held ${i}`, one));
      const data = await runData(service, all, those, options);
      expect(data.conversations).toBe(2);
      return data.heldOut;
    };
    expect(await heldOut(without)).toBeUndefined();
    expect((await heldOut(with_))?.length).toBeGreaterThan(0);
  },
);

test('the own function runs on the page’s side, with token counts; a reward that is missing is told and never 0', async () => {
  const { service, disposed } = text();
  const seen: RewardInput[] = [];
  const composed: RewardSource = {
    parts: [{ id: 'own', weight: 1 }],
    scorer: () => (inputs) => {
      seen.push(...inputs);
      return Promise.resolve(
        inputs.map(({ completion }) =>
          completion.messages[0]?.content.includes('b')
            ? { total: undefined, parts: [], problem: 'It threw.' }
            : { total: 0.5, parts: [] },
        ),
      );
    },
  };
  const silent = conversation('c', { messages: [{ role: 'user', content: 'Hello?' }] });
  const all = [conversation('a', { reward: 9 }), conversation('b', { reward: 9, label: true }), silent];
  const data = await runData(service, all, undefined, { ...OPTIONS, kind: 'raft', composed });
  expect(seen).toHaveLength(2);
  expect(seen[0]?.completion.tokens).toBeGreaterThan(3);
  expect(data.sequences.map(({ origin, sample }) => [origin.conversation, sample?.reward])).toEqual([
    ['a', 0.5],
    ['b', undefined],
  ]);
  const reasons = data.problems.map(({ conversation: id, reason }) => [id, reason]);
  expect(reasons).toContainEqual(['b', 'It has no reward. It threw.']);
  expect(reasons.filter(([id]) => id === 'c')[0]?.[1]).toContain('Nothing reacts');
  expect(disposed()).toBe(1);
});
