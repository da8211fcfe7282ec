/**
 * @file Runs of a session file that is opened behind data of one's own: what they say of a conversation goes with it to its new id,
 * and is said of no other one.
 */
import { expect, test } from 'vitest';
import type { Conversation, Message } from '../../src/conversation/types';
import type { Edit } from '../../src/mask/edits';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import type { ObjectiveKind } from '../../src/settings/objective';
import { withArrivedIds } from '../../src/state/run-ids';
import { takenOf, trainedOf, type RunMaking } from '../../src/state/run-trained';
import type { RunFacts } from '../../src/state/runs.svelte';
import type { TextService } from '../../src/worker/text-client';
import { inspector } from './mask-support';

const edit = (quote: string): Edit => ({
  ...{ unit: 'word', stretches: [], weight: 0, length: 1, digest: 'x', quote },
});
const run = (ids: readonly string[], edits: RunFacts['mask']) => ({
  name: 'A',
  facts: { taken: ids.map((id) => ({ id, digest: `digest of ${id}` })), mask: edits } as unknown as RunFacts,
});
const idsOf = (facts: RunFacts | undefined) => facts?.taken?.map(({ id }) => id);

test('what was brought keeps what is said of it under its new id', () => {
  const edits = { 'a#0': [edit('theirs')], 'a#0 (2)': [edit('another’s')] };
  const [here] = withArrivedIds([run(['a#0', 'a#1'], { policy: DEFAULT_POLICY, edits, maxLength: 9 })], {
    brought: new Set(['a#0', 'a#1']),
    names: new Map([['a#0', 'a#0 (2)']]),
    has: (id) => ['a#0', 'a#0 (2)', 'a#1'].includes(id),
  });
  expect(here?.facts.taken).toEqual([
    { id: 'a#0 (2)', digest: 'digest of a#0' },
    { id: 'a#1', digest: 'digest of a#1' },
  ]);
  expect(here?.facts.mask?.edits).toEqual({ 'a#0 (2)': [edit('theirs')] });
  expect(here?.facts.mask?.maxLength).toBe(9);
});

test('what was not brought takes nobody’s id, and not that of another that was not', () => {
  const ids = { brought: new Set(['b']), names: new Map<string, string>() };
  const has = (id: string) => ['a', 'a (3)', 'b'].includes(id);
  const [here] = withArrivedIds([run(['a', 'a (2)', 'b', 'c'], undefined)], { ...ids, has });
  expect(idsOf(here?.facts)).toEqual(['a (4)', 'a (2)', 'b', 'c']);
  // A run on policy, or of an older file, says nothing of any.
  const [old] = withArrivedIds([{ facts: { data: 'x' } as unknown as RunFacts }], { ...ids, has });
  expect(old?.facts).toEqual({ data: 'x' });
});

const mask = { policy: DEFAULT_POLICY, edits: {}, maxLength: 512 };
const division = { strategy: 'whole', truncate: 'end' } as const;
const text = {
  sequences: ({ conversations, policy, maxLength, edits, ...how }: Parameters<TextService['sequences']>[0]) =>
    Promise.resolve(inspector.sequences(conversations, policy, maxLength, edits, how)),
} as unknown as TextService;
const says = (content: string): Message => ({ role: 'assistant', content });
const record = (id: string, said: string): Conversation => ({
  id,
  messages: [{ role: 'user', content: 'And?' }, says(said)],
  preference: { chosen: [says(said)], rejected: [says('No.')] },
  extra: {},
  source: { file: 'f', record: 0, line: 1 },
});

/** What is said of conversations here, after the run of a file that took `theirs`. */
async function standings(
  kind: ObjectiveKind,
  theirs: Conversation[],
  here: Conversation[],
  names: [string, string][],
) {
  const all = inspector.sequences(
    theirs,
    DEFAULT_POLICY,
    512,
    {},
    {
      ...division,
      ...(kind === 'dpo' && { samples: 'pair' }),
    },
  );
  const facts = { taken: takenOf(all.sequences, false) } as unknown as RunFacts;
  const [run] = withArrivedIds([{ facts }], {
    brought: new Set(names.map(([id]) => id)),
    names: new Map(names),
    has: (id) => here.some((one) => one.id === id),
  });
  const taken = new Map(run?.facts.taken?.map((one) => [one.id, one]));
  const reach = { trained: new Set(all.sequences.keys()), weightless: new Set<number>() };
  const how: RunMaking = { mask, division, kind, keepFrom: 1, taken, reach };
  const { standing } = await trainedOf(text, here, how);
  return Object.fromEntries(standing);
}

test.each<ObjectiveKind>(['sft', 'dpo'])('%s: one’s own record of the same id took no part', async (kind) => {
  const theirs = [record('chat.jsonl#0', 'Theirs.')];
  const here = [record('chat.jsonl#0', 'Mine.'), record('chat.jsonl#0 (2)', 'Theirs.')];
  expect(await standings(kind, theirs, here, [['chat.jsonl#0', 'chat.jsonl#0 (2)']])).toEqual({
    'chat.jsonl#0': 'other',
    'chat.jsonl#0 (2)': 'taken',
  });
});

test.each<ObjectiveKind>(['sft', 'dpo'])(
  '%s: data that the file did not bring is known by what it is, not by its id',
  async (kind) => {
    const theirs = [record('chat.jsonl#0', 'Theirs.'), record('chat.jsonl#1', 'Both.')];
    const here = [record('chat.jsonl#0', 'Mine.'), record('chat.jsonl#1', 'Both.')];
    expect(await standings(kind, theirs, here, [])).toEqual({
      'chat.jsonl#0': 'other',
      'chat.jsonl#1': 'taken',
    });
  },
);

test('a completion that the person’s own function did not reward is called so; one that cannot be read, otherwise', async () => {
  const composed = [{ id: 'own', weight: 1 }];
  const said = (id: string, content: string): Conversation => {
    const { preference: _, ...rest } = record(id, content);
    return rest;
  };
  const mute: Conversation = { ...said('mute', ''), messages: [{ role: 'user', content: 'And?' }] };
  const how: RunMaking = { mask, division, kind: 'raft', keepFrom: 1, composed, taken: new Map() };
  const { problems } = await trainedOf(text, [said('rated', 'Yes.'), mute], how);
  const reasons = Object.fromEntries(problems.map(({ conversation, reason }) => [conversation, reason]));
  expect(reasons['rated']).toMatch(/own function has given it no reward/);
  expect(reasons['mute']).not.toMatch(/reward/);
  expect(problems).toHaveLength(2);
});
