/**
 * @file What Compare says that a run trained, against what the run's steps handed to the engine: the same tokens, and the reason where
 * there are none.
 */
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import type { ObjectiveKind } from '../../src/settings/objective';
import type { RewardSource } from '../../src/state/reward-source';
import { editMessage } from '../../src/mask/edits';
import { withEdit } from '../../src/mask/edit-file';
import { runData } from '../../src/state/run-data';
import { trainedOf } from '../../src/state/run-trained';
import { inspector } from './mask-support';
import { MASK, runOf, says, text, turns, WHOLE, wordsOf } from './run-trained-support';

describe('Compare says what the engine was given', () => {
  const rated = [
    turns('a', 'Two.', { reward: 1 }),
    turns('b', 'Three.', { reward: 0.25 }),
    turns('c', 'Four.'),
  ];
  const pairs = [
    turns('p', 'Good.', { preference: { chosen: [says('Good.')], rejected: [says('Bad.')] } }),
    turns('q', 'Same.', { preference: { chosen: [says('Same.')], rejected: [says('Same.')] } }),
    turns('c', 'Four.'),
  ];
  const labels = [
    turns('g', 'Right.', { label: true }),
    turns('h', 'Wrong.', { label: false }),
    turns('c', 'Four.'),
  ];
  test.each<[ObjectiveKind, string, Conversation[], string[], Record<string, RegExp>]>([
    ['sft', 'labels', labels, ['First. Right.', 'First. Four.'], { h: /label false/ }],
    ['rwr', 'rewards', rated, ['Two.', 'Three.'], { c: /no reward/ }],
    ['awr', 'rewards', rated, ['Two.', 'Three.'], { c: /no reward/ }],
    ['raft', 'rewards', rated, ['Two.'], { b: /0\.25.* lower than 1/, c: /no reward/ }],
    ['rwr', 'pairs', pairs, ['Good.', 'Bad.', 'Same.'], { c: /no reward/ }],
    ['raft', 'pairs', pairs, ['Good.', 'Same.'], { c: /no reward/ }],
    ['dpo', 'pairs', pairs, ['Good.', 'Bad.'], { c: /no chosen/, q: /the same/ }],
    ['kto', 'labels', labels, ['Right.', 'Wrong.'], { c: /neither a label/ }],
    ['kto', 'pairs', pairs, ['Good.', 'Bad.', 'Same.'], { c: /neither a label/ }],
  ])('%s on %s', async (kind, _, all, trained, left) => {
    const run = await runOf(kind, all);
    const said = await run.said();
    expect(said.taken).toEqual(run.trained());
    expect(said.taken).toEqual([...trained].sort());
    expect(new Set(Object.values(said.standing))).toEqual(new Set(['taken']));
    expect(Object.keys(said.reasons).sort()).toEqual(Object.keys(left).sort());
    for (const [id, why] of Object.entries(left)) expect(said.reasons[id]).toMatch(why);
  });
});

const viewOf = (conversation: Conversation) => {
  const { rendered, encoded } = inspector.inspect(conversation);
  return { text: rendered.text, encoded, spans: rendered.spans };
};

describe('as far as the steps came', () => {
  const six = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => turns(id, `Answer ${id}.`));

  test('conversations that no step reached are told from those that were trained', async () => {
    const run = await runOf('sft', six, { settings: { batchSize: 1, epochs: 0, steps: 3 } });
    const at = await Promise.all([0, 1, 2, 3].map((step) => run.said(six, step)));
    expect(at.map(({ taken }) => taken)).toEqual([0, 1, 2, 3].map((step) => run.trained(step)));
    expect(at.map(({ taken }) => taken)).toEqual([
      [],
      ['First. Answer b.'],
      ['First. Answer b.', 'First. Answer e.'],
      ['First. Answer b.', 'First. Answer e.', 'First. Answer f.'],
    ]);
    for (const [step, { standing }] of at.entries()) {
      expect(Object.values(standing).filter((one) => one === 'taken')).toHaveLength(step);
      expect(Object.values(standing).filter((one) => one === 'unreached')).toHaveLength(6 - step);
    }
  });

  test('a batch size that changes under way counts from its step on', async () => {
    const settings = { batchSize: 1, epochs: 0, steps: 3 };
    const run = await runOf('sft', six, { settings, after: { 1: { batchSize: 3 } } });
    const at = await Promise.all([1, 2, 3].map((step) => run.said(six, step)));
    expect(at.map(({ taken }) => taken.length)).toEqual([1, 4, 6]);
    expect(at.map(({ taken }) => taken)).toEqual([1, 2, 3].map((step) => run.trained(step)));
    expect(at[1]?.taken).toEqual([
      'First. Answer b.',
      'First. Answer d.',
      'First. Answer e.',
      'First. Answer f.',
    ]);
  });

  test('a forked conversation may be reached in part', async () => {
    const thinks = turns('t', 'Two.', {
      messages: [
        { role: 'user', content: 'One?' },
        { role: 'assistant', reasoning: 'The first.', content: 'First.' },
        { role: 'user', content: 'Two?' },
        { role: 'assistant', reasoning: 'The second.', content: 'Two.' },
      ],
    });
    const division = { strategy: 'fork', truncate: 'end' } as const;
    const run = await runOf('sft', [thinks], { division, settings: { batchSize: 1 } });
    const [first, second] = [await run.said([thinks], 1), await run.said([thinks], 2)];
    expect(first.taken).toEqual(run.trained(1));
    expect(first.taken).toEqual(['<think>\nThe second.\n</think>\n\nTwo.']);
    expect(first.found.partly).toEqual(new Map([['t', { trained: 1, made: 2 }]]));
    expect(second.taken).toEqual(run.trained(2));
    expect(second.taken).toEqual([
      '<think>\nThe first.\n</think>\n\nFirst.',
      '<think>\nThe second.\n</think>\n\nTwo.',
    ]);
    expect(second.found.partly).toEqual(new Map());
    expect([first.standing, second.standing]).toEqual([{ t: 'taken' }, { t: 'taken' }]);
  });

  test('what is cut off is not trained, and what was edited by hand is as the edit says', async () => {
    const long = turns('l', 'Two, and much more that lies beyond the longest sequence.');
    const whole = await runOf('sft', [long], { settings: { batchSize: 1 } });
    const cut = await runOf('sft', [long], { settings: { batchSize: 1 }, mask: { maxLength: 32 } });
    const [all, some] = [await whole.said(), await cut.said()];
    expect(some.taken).toEqual(cut.trained());
    expect(some.taken[0]?.length).toBeLessThan(all.taken[0]?.length ?? 0);
    expect(some.standing).toEqual({ l: 'taken' });
    const edits = withEdit({}, 'l', editMessage(viewOf(long), 1, 0));
    const edited = await runOf('sft', [long], { settings: { batchSize: 1 }, mask: { edits } });
    const without = await edited.said();
    expect(without.taken).toEqual(edited.trained());
    expect([...all.taken, ...without.taken].map((words) => words.includes('First'))).toEqual([true, false]);
    expect(without.standing).toEqual({ l: 'taken' });
  });
});

describe('weights of 0', () => {
  const labels = [turns('g', 'Right.', { label: true }), turns('h', 'Wrong.', { label: false })];

  test('KTO that gives bad completions no weight trains none of them', async () => {
    const run = await runOf('kto', labels, { objective: { undesirableWeight: 0 } });
    const later = turns('n', 'New.', { label: false });
    const said = await run.said([...labels, later]);
    expect(said.taken).toEqual(run.trained());
    expect(said.taken).toEqual(['Right.']);
    expect(said.standing).toEqual({ g: 'taken' });
    expect(said.reasons['h']).toMatch(/weight 0/);
    expect(said.reasons['n']).toMatch(/weight 0/);
  });

  test('a weight that changes under way holds from then on', async () => {
    const run = await runOf('kto', labels, {
      settings: { epochs: 2 },
      objective: { undesirableWeight: 0 },
      after: { 1: { undesirableWeight: 1 } },
    });
    const [before, after] = [await run.said(labels, 1), await run.said(labels, 2)];
    expect([before.taken, after.taken]).toEqual([run.trained(1), run.trained(2)]);
    expect([before.taken, after.taken]).toEqual([['Right.'], ['Right.', 'Wrong.']]);
    // What a step has trained stays trained.
    const back = await runOf('kto', labels, {
      settings: { epochs: 2 },
      after: { 1: { undesirableWeight: 0 } },
    });
    expect((await back.said()).taken).toEqual(['Right.', 'Wrong.']);
  });

  test.each<ObjectiveKind>(['rwr', 'awr'])('%s with a factor that vanishes', async (kind) => {
    const rated = [turns('a', 'Two.', { reward: 1 }), turns('b', 'Three.', { reward: 0 })];
    const run = await runOf(kind, rated, { objective: { rewardTemperature: 0.004 } });
    const said = await run.said();
    expect(said.taken).toEqual(run.trained());
    expect(said.taken).toEqual(['Two.']);
    expect(said.standing).toEqual({ a: 'taken' });
    expect(said.reasons['b']).toMatch(/weight 0/);
  });
});

describe('changed since', () => {
  test.each<[ObjectiveKind, Partial<Conversation>, Partial<Conversation>, RegExp]>([
    ['raft', { reward: 1 }, { reward: 0 }, /had trained what stood under this id then.*lower than 1/],
    ['rwr', { reward: 1 }, {}, /had trained what stood under this id then.*no reward/],
    ['sft', {}, { label: false }, /had trained what stood under this id then.*label false/],
    [
      'dpo',
      { preference: { chosen: [says('Two.')], rejected: [says('No.')] } },
      {},
      /had trained what stood under this id then.*no chosen/,
    ],
  ])('%s says that it had trained what it would leave out now', async (kind, then, now, why) => {
    const other = turns('b', 'Three.', { reward: 0.5 });
    const run = await runOf(kind, [turns('a', 'Two.', then), other]);
    const said = await run.said([turns('a', 'Two.', now)]);
    expect(said.found.sequences).toEqual([]);
    expect(said.reasons['a']).toMatch(why);
  });

  test('what the run never trained is not said to have been trained', async () => {
    const all = [turns('a', 'Two.', { reward: 1 }), turns('b', 'Three.', { reward: 0.5 })];
    const run = await runOf('raft', all);
    const said = await run.said([turns('b', 'Three.', { reward: 0.25 })]);
    expect(said.reasons['b']).toMatch(/^Its reward of 0\.25/);
    const kept = await run.said([turns('b', 'Three.', { reward: 1 })]);
    expect(kept.standing).toEqual({ b: 'unreached' });
  });

  test('what took no part, or was something else, is told', async () => {
    const all = [turns('a', 'Two.', { reward: 1 }), turns('b', 'Three.', { reward: 0 })];
    const shown = [
      turns('a', 'Two.', { reward: 0.5 }),
      all[1] as Conversation,
      turns('d', 'New.', { reward: 1 }),
    ];
    const run = await runOf('rwr', all);
    expect((await run.said(shown)).standing).toEqual({ a: 'changed', b: 'taken', d: 'other' });
    // Of a run of an older session file nobody knows.
    const unknown = await trainedOf(text, shown, { mask: MASK, division: WHOLE, kind: 'rwr', keepFrom: 1 });
    expect(new Set(unknown.standing.values())).toEqual(new Set(['unknown']));
  });
});

describe('rewards that the run composed', () => {
  const own: RewardSource = {
    parts: [{ id: 'own', weight: 1 }],
    scorer: () => (inputs) =>
      Promise.resolve(
        inputs.map(({ completion }) => ({ total: completion.text.includes('Two') ? 1 : 0.5, parts: [] })),
      ),
  };
  /** 0.01 a token. */
  const length: RewardSource = {
    parts: [{ id: 'length', weight: 1, options: { target: 100, tolerance: 0 } }],
    scorer: own.scorer,
  };
  const long = 'Twenty-two and some more words to say.';
  const all = [turns('a', 'Two.', { reward: 0 }), turns('b', 'Three.', { reward: 1 })];

  test('of the person’s own function are those of the run, whatever the records say', async () => {
    const run = await runOf('raft', all, { composed: own });
    const said = await run.said([...all, turns('d', 'Five.', { reward: 1 })]);
    expect(said.taken).toEqual(run.trained());
    expect(said.taken).toEqual(['Two.']);
    expect(said.standing).toEqual({ a: 'taken' });
    expect(Object.keys(said.reasons).sort()).toEqual(['b', 'd']);
    // Nobody knows what the function would give this.
    const edited = await run.said([turns('a', 'Three.')]);
    expect(edited.found.sequences).toEqual([]);
    expect(edited.reasons['a']).toMatch(
      /had trained what stood under this id then.*not rewarded it as it is now/,
    );
  });

  test('of the person’s own function go with a conversation, whatever its id', async () => {
    const twin = (id: string, of: Conversation): Conversation => ({ ...of, id });
    const run = await runOf('rwr', all, { composed: own });
    const [two, three] = all as [Conversation, Conversation];
    // A copy, data that gives the ids in another order, and one that only looks like it.
    const said = await run.said([twin('d', two), twin('a', three), turns('e', 'Five.')]);
    expect(said.taken).toEqual(['Three.', 'Two.']);
    expect(said.standing).toEqual({ a: 'taken', d: 'taken' });
    expect(Object.keys(said.reasons)).toEqual(['e']);
    expect(said.found.sequences.map(({ sample }) => sample?.reward).sort()).toEqual([0.5, 1]);
  });

  test('of built-in functions reward anew what has changed', async () => {
    const rated = [turns('a', long, { reward: 0 }), turns('b', 'Three.', { reward: 1 })];
    const run = await runOf('raft', rated, { composed: length, objective: { keepFrom: 0.07 } });
    const said = await run.said([...rated, turns('d', `Another. ${long}`), turns('e', 'Short.')]);
    expect(said.taken).toEqual(run.trained());
    expect(said.taken).toEqual([long]);
    expect(said.standing).toEqual({ a: 'taken', d: 'other' });
    expect(said.reasons['b']).toMatch(/lower than 0\.07/);
    expect(said.reasons['e']).toMatch(/lower than 0\.07/);
    const edited = await run.said([turns('a', 'Short.'), turns('b', long)]);
    expect(edited.reasons['a']).toMatch(/had trained what stood under this id then.*lower than 0\.07/);
    expect(edited.standing).toEqual({ b: 'unreached' });
  });
});

test('on policy, the recorded turns are measured, all of them, and nothing is said to be taken', async () => {
  const found = await trainedOf(text, [turns('a', 'Two.', { label: false })], {
    ...{ mask: MASK, division: WHOLE, kind: 'grpo', keepFrom: 1 },
  });
  expect(found.sequences.map(wordsOf)).toEqual(['First. Two.']);
  expect([...found.standing.values()]).toEqual(['unknown']);
});

test('the held-out loss of SFT is not taken over what is labelled bad', async () => {
  const all = [turns('a', 'Two.'), turns('b', 'Three.', { label: false })];
  const { heldOut } = await runData(text, all, all, { ...MASK, division: WHOLE, kind: 'sft' });
  expect(heldOut?.map(({ origin }) => origin.conversation)).toEqual(['a']);
});
