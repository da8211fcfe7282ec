/**
 * @file What Compare leads with after a run on policy, how many tokens a turn is given to be written again, and what is said of the
 * strip's numbers.
 */
import { describe, expect, test } from 'vitest';
import { chatSources, signatureOf } from '../../src/state/chat-sources';
import type { KeptRun } from '../../src/state/runs.svelte';
import { NEW_TOKENS } from '../../src/state/generation-options';
import type { Doubt, Standing } from '../../src/state/run-trained';
import type { MeasuredBy, TrainedChange } from '../../src/state/trained-scores.svelte';
import { turnRoom } from '../../src/state/turn-room';
import { changedCaption, changedNotes, changedTotal } from '../../src/ui/changed-words';
import { noneNote, scoreCaption, scoreNote, stripNote, totalLabel } from '../../src/ui/compare-words';
import { rewardChange } from '../../src/ui/reward-change';
import type { KindChange, SamplePart } from '../../src/sequence/log-prob-change';
import type { StepReport } from '../../src/worker/protocol';
import { conversationOf, inspector } from './mask-support';

const report = (reward: number, decision?: number) =>
  ({ metrics: { reward, ...(decision !== undefined && { decision }) } }) as StepReport;

test('reward and decisions, the first steps against the last', () => {
  expect(rewardChange([1, 1, 1, 1, 1, 9, 2, 2, 2, 2, 2].map((reward) => report(reward)))).toEqual({
    window: 5,
    steps: 11,
    reward: { before: 1, after: 2 },
  });
  expect(rewardChange([report(0, 0.5), report(1, 0.75)])).toEqual({
    window: 1,
    steps: 2,
    reward: { before: 0, after: 1 },
    decision: { before: 0.5, after: 0.75 },
  });
  // A step without a finite reward counts for nothing, and no run of one step has a beginning and an end.
  expect(rewardChange([report(NaN), report(1), report(1), report(1)])?.reward).toEqual({
    before: 1,
    after: 1,
  });
  expect(rewardChange([report(1)])).toBeUndefined();
  expect(rewardChange([{}, {}] as StepReport[])).toBeUndefined();
});

test('a turn is given what is recorded and more, at least 64, and no more than the context has', () => {
  const room = (content: string, context = 4096, reasoning?: string) => {
    const source = conversationOf(
      { role: 'user', content: 'Go on.' },
      { role: 'assistant', content, ...(reasoning && { reasoning }) },
      { role: 'user', content: 'Thanks.' },
      { role: 'assistant', content: 'Yes.' },
    );
    const { encoded } = inspector.inspect(source);
    const before = encoded.message.findIndex((message) => message === 1);
    return { room: turnRoom({ source, encoded }, 1, context), before };
  };
  expect(room('Yes.').room).toBe(NEW_TOKENS);
  const long = 'a word or two '.repeat(60);
  const own = inspector.tokenizer.encode(long).ids.length;
  expect(room(long).room).toBeGreaterThan(1.5 * own);
  // Thinking that the template leaves out of the past is written again, too.
  expect(room(long, 4096, 'because '.repeat(60)).room).toBeGreaterThan(room(long).room + 200);
  const { room: cut, before } = room(long, 100);
  expect(cut).toBe(100 - before);
});

test('where the weights stand is offered once, by the name of its run', () => {
  const run = { id: 2, name: 'GRPO', facts: { modelKey: 'm', adaptation: {} } };
  const runs = [{ ...run, snapshots: [20, 40].map((step) => ({ step, values: new Map() })) }];
  const sources = (head?: { run: number; step: number }, twice = false) =>
    chatSources(runs as unknown as KeptRun[], 'm', 42, head, twice);
  const labels = (head?: { run: number; step: number }) => sources(head).map(({ label }) => label);
  expect(labels({ run: 2, step: 40 })).toEqual(['Original', 'Tuned now: GRPO, step 40', 'GRPO, step 20']);
  // Of a run that was deleted no step is known: all updates are counted, and not called a step.
  expect(labels()).toEqual(['Original', 'Tuned now, 42 steps in all', 'GRPO, step 20', 'GRPO, step 40']);
  // In a chat both are there, under the same name and step; an answer is signed with these, since “now” passes.
  const both = sources({ run: 2, step: 40 }, true);
  expect(both.map(({ label }) => label)).toEqual([
    'Original',
    'Tuned now: GRPO, step 40',
    'GRPO, step 20',
    'GRPO, step 40',
  ]);
  expect(both.map(signatureOf)).toEqual(['Original', 'GRPO, step 40', 'GRPO, step 20', 'GRPO, step 40']);
});

const by = (kind: string, strategy = 'fork', doubt?: Doubt) =>
  ({
    run: { name: 'A' },
    step: 30,
    making: { kind, division: { strategy }, doubt },
  }) as unknown as MeasuredBy;
const of = (standing: Standing | undefined, ...parts: SamplePart[]): TrainedChange => ({
  ...{ sequences: 3, asShown: false, standing },
  kinds: parts.map((part) => ({ part }) as KindChange),
});

describe('of what a run trained, what it would train, and what nobody wrote down', () => {
  const caption = 'Mean log-probability of';
  const how = 'in this conversation, divided and masked as in A: Merge and fork, 3 sequences';
  const would = 'these are the tokens that A would train in it';
  const older = 'A comes from an older session file, which';
  const other = 'Measured on the conversation as it stands here. A';
  const elsewhere = 'it in other sequences (Merge and fork): Compare measures those.';
  test.each<[Standing, Doubt | undefined, string, string, string | undefined, string]>([
    [
      ...(['taken', undefined, `${caption} trained tokens ${how}`, 'all trained', undefined] as const),
      `${other} trained ${elsewhere}`,
    ],
    [
      ...(['other', undefined, `${caption} the tokens that A would train ${how}`, 'all measured'] as const),
      `This conversation took no part in A: ${would}.`,
      `${other} would train ${elsewhere}`,
    ],
    [
      ...(['unreached', undefined, `${caption} the tokens that A would train ${how}`] as const),
      'all measured',
      'No step of A had trained this conversation by step 30. These tokens are those of the sequences that A makes of it.',
      `${other} would train ${elsewhere}`,
    ],
    [
      ...(['changed', undefined, `${caption} the tokens that A would train ${how}`] as const),
      'all measured',
      `A took something else under this id: the conversation, its rating or the template was another. T${would.slice(1)} now.`,
      `${other} would train ${elsewhere}`,
    ],
    [
      ...([
        'unknown',
        'conversations',
        `${caption} the tokens that A trains ${how}`,
        'all measured',
      ] as const),
      `${older} does not say which conversations it took. If this was one of them, these are the tokens that A trained in it.`,
      `${other} trains ${elsewhere}`,
    ],
    [
      'unknown',
      'mask',
      `${caption} the tokens that A would train in this conversation by the page’s mask: Merge and fork, 3 sequences`,
      'all measured',
      `${older} says neither by which mask it trained nor which conversations it took. These are the tokens that it would train by the page’s mask.`,
      `${other} would train ${elsewhere}`,
    ],
  ])('%s (%s)', (standing, doubt, said, total, note, strip) => {
    const run = by('sft', 'fork', doubt);
    const found = of(standing);
    expect(scoreCaption(run, found)).toBe(said);
    expect(totalLabel(run, found)).toBe(total);
    expect(scoreNote(run, found, false)).toBe(note);
    expect(stripNote(run, found)).toBe(strip);
    // The strip shows what is trained, and needs no word where that is all.
    expect(stripNote(run, { ...found, sequences: 1, asShown: true })).toBeUndefined();
    // Other settings of the page: only what the run took is what it trained.
    const goesBy = standing === 'taken' ? 'This still is what A trained' : 'This table goes by those of A';
    const differs =
      doubt === 'mask'
        ? 'The page is set to another division now. This table goes by that of A'
        : `The page is set to another mask or division now. ${goesBy}`;
    expect(scoreNote(run, found, true)).toBe(
      [...(note ? [note] : []), `${differs}; a new run will go by the new setting.`].join(' '),
    );
  });

  test('of a conversation of which some sequences were trained, and others not', () => {
    const found = { ...of('taken'), partly: { trained: 3, made: 5 } };
    expect(totalLabel(by('sft'), found)).toBe('all trained');
    expect(scoreNote(by('sft'), found, false)).toMatch(/^By step 30, A had trained 3 of the 5 sequences /);
  });

  test('where there is nothing to measure, why: of an older file, by what is there now', () => {
    const found = { ...of(undefined), problem: 'It has no reward.' };
    expect(noneNote(by('rwr'), found)).toBe('A trains no token of this conversation. It has no reward.');
    expect(noneNote(by('rwr', 'whole', 'rewards'), found)).toBe(
      `${older} does not say what it trained. As the data and the page are now, it would train no token of this conversation. It has no reward.`,
    );
    expect(noneNote(by('sft', 'whole', 'mask'), of(undefined))).toMatch(/ no token of this conversation\.$/);
  });

  test('of rewards, that a file does not say which they were', () => {
    expect(scoreNote(by('rwr', 'whole', 'rewards'), of('unknown'), false)).toBe(
      `${older} says neither which conversations it took nor by which rewards it went. If this was one of them, with the reward that it has in the data, these are the tokens that A trained in it.`,
    );
  });

  test.each<[string, SamplePart[], string, string]>([
    ['dpo', ['chosen', 'rejected'], 'chosen and its rejected completion', ', masked as in A'],
    ['dpo', ['chosen'], 'chosen completion', ', masked as in A'],
    ['dpo', ['rejected'], 'rejected completion', ', masked as in A'],
    ['kto', ['good', 'bad'], 'chosen and its rejected completion', ', masked as in A'],
    ['kto', ['bad'], 'recorded completion', how.slice('in this conversation'.length)],
    ['raft', [], 'recorded completion', how.slice('in this conversation'.length)],
    ['rwr', [], 'recorded completion', how.slice('in this conversation'.length)],
    ['awr', [], 'recorded completion', how.slice('in this conversation'.length)],
  ])('%s: %s', (kind, parts, completions, masked) => {
    const strip = (trains: string) =>
      `The mask’s underlining is shown here. Of this conversation A ${trains} its ${completions} alone: Compare measures that.`;
    const said = (tokens: string) =>
      `${caption} ${tokens} in this conversation: its ${completions} alone${masked}`;
    // Of a reward that is far lower than others of its group, the factor is 0.
    const trains = kind === 'rwr' || kind === 'awr' ? 'would take' : 'would train';
    const cases = [
      ['taken', 'trained tokens', 'trained'],
      ['other', `the tokens that A ${trains}`, trains],
      ['unreached', `the tokens that A ${trains}`, trains],
      ['changed', `the tokens that A ${trains}`, trains],
      ['unknown', 'the tokens that A trains', 'trains'],
    ] as const;
    for (const [standing, tokens, trains] of cases) {
      expect(scoreCaption(by(kind), of(standing, ...parts))).toBe(said(tokens));
      expect(stripNote(by(kind), of(standing, ...parts))).toBe(strip(trains));
    }
  });

  test.each(['rwr', 'awr'])(
    '%s: what no step took may get the weight 0, and is not said to be trained',
    (kind) => {
      const vanish = 'By its reward A may give them the weight 0.';
      const notes = (['other', 'unreached', 'changed'] as const).map((standing) =>
        scoreNote(by(kind, 'whole'), of(standing), false),
      );
      expect(notes).toEqual([
        `This conversation took no part in A: these are the tokens that A would take in it. ${vanish}`,
        `No step of A had trained this conversation by step 30. These tokens are those of the sequences that A makes of it. ${vanish}`,
        expect.stringMatching(/These are the tokens that A would take in it now\. By its reward A may /),
      ]);
      expect(scoreNote(by(kind, 'whole'), of('taken'), false)).toBeUndefined();
    },
  );

  test('on policy nothing recorded was trained, whatever became of the conversation', () => {
    expect(scoreCaption(by('grpo'), of('unknown'))).toBe(
      `${caption} this conversation’s recorded turns. A trained none of these tokens: a run on policy learns from what the model writes`,
    );
    expect(totalLabel(by('grpo'), of('unknown'))).toBe('all measured');
    expect(scoreNote(by('grpo'), of('unknown'), true)).toBeUndefined();
    expect(stripNote(by('grpo'), of('unknown'))).toBeUndefined();
  });

  test('without a run, and before its tokens are measured, they are those of the mask', () => {
    expect(scoreCaption(undefined, undefined)).toMatch(
      /trained tokens in this conversation, as it is shown$/,
    );
    expect(totalLabel(undefined, undefined)).toBe('all trained');
    expect(scoreCaption(by('grpo'), undefined)).toBe(
      `${caption} the tokens that the mask has chosen in this conversation, as it is shown`,
    );
    for (const kind of ['sft', 'grpo']) expect(totalLabel(by(kind), undefined)).toBe('all measured');
    expect(stripNote(by('sft'), undefined)).toBeUndefined();
    expect(stripNote(by('sft'), { ...of(undefined), sequences: 0 })).toBeUndefined();
    expect(stripNote(undefined, undefined)).toBeUndefined();
  });
});

describe('the table of all conversations', () => {
  const all = {
    ...{ by: 'A', trained: true, measured: 20, notTaken: 0, unreached: 0, partly: 0, changedSince: 0 },
    ...{ doubt: undefined, others: [], deleted: [] },
  };

  test('says of how many the tokens were not trained, and does not call them so', () => {
    expect(changedTotal(all)).toBe('all trained');
    expect(changedNotes(all)).toEqual([]);
    // What is measured was trained, though it is not all of them.
    expect(changedTotal({ ...all, partly: 2 })).toBe('all trained');
    expect(changedNotes({ ...all, partly: 2 })).toEqual([
      'Of 2 of them A had trained only some of the sequences: those alone are in the table.',
    ]);
    expect(changedCaption(all)).toMatch(/tokens that A trains in 20 conversations; .* as in A$/);
    for (const why of ['notTaken', 'unreached', 'changedSince'] as const)
      expect(changedTotal({ ...all, [why]: 1 })).toBe('all measured');
    expect(changedNotes({ ...all, notTaken: 3, unreached: 4, changedSince: 5 })).toEqual([
      '3 of them took no part in A: of those it is what A would take.',
      '4 of them had been trained by no step of A yet: of those it is what A would take.',
      'Under the ids of 5 of them A took something else: the conversation, its rating or the template was another. Of those it is what A would take now.',
    ]);
  });

  test('says what an older session file does not say', () => {
    const older = (doubt: Doubt) => {
      expect(changedTotal({ ...all, doubt })).toBe('all measured');
      return changedNotes({ ...all, doubt });
    };
    expect(older('conversations')).toEqual([
      expect.stringMatching(/which does not say which conversations it took\./),
    ]);
    expect(older('rewards')).toEqual([
      expect.stringMatching(/nor by which rewards.*the rewards in the data\.$/),
    ]);
    expect(older('mask')).toEqual([
      expect.stringMatching(/neither by which mask.*goes by the page’s mask\.$/),
    ]);
    expect(changedCaption({ ...all, doubt: 'mask' })).toMatch(
      /would train in 20 .* by the page’s mask; divided/,
    );
  });

  test('of a run on policy, and of none', () => {
    const policy = { ...all, trained: false, unreached: 2 };
    expect(changedCaption(policy)).toMatch(/recorded turns in 20 conversations\. A trained none/);
    expect([changedTotal(policy), ...changedNotes(policy)]).toEqual(['all measured']);
    const none = { ...all, by: undefined };
    expect(changedCaption(none)).toMatch(/divided and masked as the page is set$/);
    expect([changedTotal(none), ...changedNotes(none)]).toEqual(['all trained']);
  });
});
