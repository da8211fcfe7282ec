/**
 * @file What compared weights contain beside the run that is measured: runs before it, those of the other weights, and deleted ones;
 * and what Compare says of them.
 */
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { ChangedState } from '../../src/state/changed.svelte';
import { CompareState } from '../../src/state/compare.svelte';
import { ComparePair } from '../../src/state/compare-pair.svelte';
import { partsBeyond } from '../../src/state/run-chain';
import type { KeptRun, RunPoint } from '../../src/state/runs.svelte';
import type { MeasuredBy, OtherRun } from '../../src/state/trained-scores.svelte';
import type { Encoded } from '../../src/tokenizer/encoded';
import { changedCaption, changedNotes, changedTotal } from '../../src/ui/changed-words';
import { scoreCaption, scoreNote, totalLabel } from '../../src/ui/compare-words';
import type { EngineService } from '../../src/worker/engine-client';
import { inspector } from './mask-support';
import { runOf, text, turns, WHOLE } from './run-trained-support';

const at = (run: number, step: number): RunPoint => ({ run, step });
const kept = (id: number, parent?: RunPoint) => ({ id, parent }) as KeptRun;

describe('the steps that weights contain and others do not', () => {
  // 1 → 2 → 3, and 4 from the middle of 1.
  const runs = [kept(1), kept(2, at(1, 30)), kept(3, at(2, 20)), kept(4, at(1, 10))];
  const parts = (own?: RunPoint, other?: RunPoint, of = runs) =>
    partsBeyond(of, own, other).map(({ run, from, to }) => [run?.id, from, to]);
  test.each<[string, RunPoint | undefined, RunPoint | undefined, (number | undefined)[][]]>([
    ['of the original weights, none', undefined, at(3, 5), []],
    ['beside the original ones, all before them', at(3, 5), undefined, [[3, 0, 5], [2, 0, 20], [1, 0, 30]]], // prettier-ignore
    ['beside those that they began with, their own', at(2, 20), at(1, 30), [[2, 0, 20]]],
    ['beside an earlier point of a run, the rest of it', at(2, 20), at(1, 10), [[2, 0, 20], [1, 10, 30]]], // prettier-ignore
    ['beside a branch, what came behind the fork', at(2, 20), at(4, 7), [[2, 0, 20], [1, 10, 30]]], // prettier-ignore
    ['and the other way round', at(4, 7), at(2, 20), [[4, 0, 7]]],
    ['beside the same, none', at(3, 5), at(3, 5), []],
    ['beside what went on from them, none', at(1, 30), at(3, 5), []],
  ])('%s', (_, own, other, expected) => {
    expect(parts(own, other)).toEqual(expected);
  });

  test('before a run that was deleted nothing is known', () => {
    const left = runs.filter(({ id }) => id !== 2);
    expect(parts(at(3, 5), undefined, left)).toEqual([
      [3, 0, 5],
      [undefined, 0, 20],
    ]);
    expect(parts(at(3, 5), at(2, 20), left)).toEqual([[3, 0, 5]]);
  });
});

const engine = {
  score: ({ sequences }: Parameters<EngineService['score']>[0]) =>
    Promise.resolve({ logProbs: sequences.map(({ ids }) => new Float32Array(ids.length).fill(-1)) }),
} as unknown as EngineService;
const pair = new ComparePair({
  sources: () => [
    { id: 'base', label: 'Original', weights: 'base' },
    { id: 'tuned', label: 'Tuned', weights: 'tuned' },
  ],
  trained: () => true,
  inLesson: () => false,
});

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => turns(id, `It is ${id}.`)) as [
  Conversation,
  Conversation,
  Conversation,
  Conversation,
];

/** A run on `b` that went on from one on `a` and `c`, of which the steps had trained one. */
async function goneOn(kind: 'sft' | 'grpo' = 'sft') {
  const first = await runOf('sft', [a, c], { settings: { batchSize: 1, epochs: 0, steps: 1 } });
  const second = await runOf('sft', [b]);
  const other: OtherRun = { side: 'own', name: 'First', from: 0, to: 1, making: first.making() };
  const by: MeasuredBy = {
    run: { ...second.kept, name: 'Second', before: [], snapshots: [] },
    step: 1,
    making: { ...second.making(), kind },
    others: [other],
    deleted: [],
  };
  const trained = first.trained().includes('It is a.') ? a : c;
  return { by, other, trained, left: trained === a ? c : a };
}

const said = async (conversation: Conversation, by: MeasuredBy) => {
  const state = new CompareState(text, engine, pair);
  const { encoded } = inspector.inspect(conversation);
  await state.score({ source: conversation, encoded: encoded as Encoded }, 4096, by);
  const found = state.trainedChangeOf(conversation, by);
  return { found, note: scoreNote(by, found, false) };
};

describe('a conversation that an earlier run had trained', () => {
  const HAD = 'The change also contains step 1 of First, which had trained this conversation by then.';

  test('is said to be, whatever the last run did with it', async () => {
    const { by, trained, left } = await goneOn();
    expect((await said(trained, by)).note).toBe(
      `This conversation took no part in Second: these are the tokens that Second would train in it. ${HAD}`,
    );
    // No step had taken this one, and the first run never saw those.
    for (const one of [left, d]) expect((await said(one, by)).note).not.toContain('First');
    expect((await said(b, by)).note).toBeUndefined();
  });

  test('before a run on policy, too, which itself trains no recorded token', async () => {
    const { by, trained, left } = await goneOn('grpo');
    expect((await said(trained, by)).note).toBe(HAD);
    expect((await said(left, by)).note).toBeUndefined();
  });

  test('not as it is since it was edited', async () => {
    const { by, trained } = await goneOn();
    const edited = turns(trained.id, 'It is another.');
    expect((await said(edited, by)).note).not.toContain('First');
  });

  test('on the other side, by later steps, and in part', async () => {
    const { by, other, trained } = await goneOn();
    const beside = { ...other, side: 'other' as const, from: 10, to: 30 };
    const { found } = await said(trained, { ...by, others: [beside] });
    const expected =
      'The other weights contain steps 11 to 30 of First, which had trained this conversation by then.';
    expect(scoreNote(by, found, false)).toContain(expected);
    const divided = { ...trained, completionFrom: undefined };
    const last = { strategy: 'prefixes', truncate: 'end' } as const;
    const first = await runOf('sft', [divided], {
      division: last,
      settings: { batchSize: 1, epochs: 0, steps: 1 },
    });
    const partly = { ...other, making: first.making() };
    expect((await said(divided, { ...by, others: [partly] })).note).toMatch(
      /step 1 of First, which had trained 1 of its 2 sequences of this conversation by then\.$/,
    );
  });

  test('what is told does not go by which pair was compared before', async () => {
    const { by, trained } = await goneOn();
    const state = new CompareState(text, engine, pair);
    const { encoded } = inspector.inspect(trained);
    const tokenized = { source: trained, encoded: encoded as Encoded };
    await state.score(tokenized, 4096, { ...by, others: [] });
    expect(state.trainedChangeOf(trained, by)?.others).toBeUndefined();
    await state.score(tokenized, 4096, by);
    expect(state.trainedChangeOf(trained, by)?.others).toEqual([
      { side: 'own', name: 'First', from: 0, to: 1 },
    ]);
  });

  test('the table of all says of how many', async () => {
    const { by, other } = await goneOn();
    const changed = new ChangedState(text, engine);
    const read = () => Promise.resolve([a, b, c, d]);
    const beside = { others: [other, { ...other, side: 'other' as const, from: 0, to: 0 }] };
    await changed.run(read, by.making, 'Second', pair.models, beside);
    const outcome = changed.outcome ?? expect.fail('Nothing was measured.');
    expect(outcome.others.map(({ conversations }) => conversations)).toEqual([1, 1]);
    expect(changedNotes({ ...outcome, others: outcome.others.slice(0, 1) })).toEqual([
      '3 of them took no part in Second: of those it is what Second would take.',
      'The change also contains step 1 of First, which had trained tokens of 1 of them by then.',
    ]);
    const none = outcome.others.map((one) => ({ ...one, conversations: 0 }));
    expect(changedNotes({ ...outcome, others: none })).toHaveLength(1);
    expect(changedNotes({ ...outcome, trained: false })[0]).toMatch(/^The change also contains step 1 of/);
  });
});

describe('a run that was deleted', () => {
  const GONE = 'was deleted, and with it what is known of what it trained.';

  test('where the weights stand, leaves the tokens of the mask, and they are not called trained', async () => {
    expect(scoreCaption(undefined, undefined, true)).toMatch(/^Mean .* tokens that the mask has chosen in/);
    expect(totalLabel(undefined, undefined, true)).toBe('all measured');
    expect(scoreNote(undefined, undefined, false, true)).toBe(`The run that trained these weights ${GONE}`);
    expect(scoreNote(undefined, undefined, false)).toBeUndefined();
    const { by } = await goneOn();
    const changed = new ChangedState(text, engine);
    const how = { mask: by.making.mask, division: WHOLE, kind: 'sft' as const, keepFrom: 0 };
    const read = () => Promise.resolve([a]);
    await changed.run(read, how, undefined, pair.models, { deleted: ['own'] });
    const outcome = changed.outcome ?? expect.fail('Nothing was measured.');
    expect(changedCaption(outcome)).toMatch(/tokens that the mask has chosen in 1 conversation;/);
    expect(changedTotal(outcome)).toBe('all measured');
    expect(changedNotes(outcome)).toEqual([`The run that trained these weights ${GONE}`]);
  });

  test('before the measured one is told beside it', async () => {
    const { by, trained } = await goneOn();
    const { note } = await said(trained, { ...by, others: [], deleted: ['own', 'other'] });
    expect(note).toContain(`The change also contains a run that ${GONE} The other weights contain a run`);
    expect(note).toMatch(/would train in it\. The change/);
  });
});
