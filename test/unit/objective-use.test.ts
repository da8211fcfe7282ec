/**
 * @file Which conversations an objective learns from, what is said of the others before a run and beside a mask, and that a run takes
 * and leaves out the same ones.
 */
import { describe, expect, test } from 'vitest';
import type { Conversation, Message } from '../../src/conversation/types';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { usableSamples } from '../../src/sequence/usable-samples';
import { DEFAULT_OBJECTIVE, type ObjectiveKind, type ObjectiveSettings } from '../../src/settings/objective';
import { sampleKindOf } from '../../src/settings/sample-kind';
import { objectiveData } from '../../src/state/objective-data';
import { missing } from '../../src/state/objective.svelte';
import { leftOut, objectiveUse, offerOf } from '../../src/state/objective-use';
import { objectiveUse as words } from '../../src/strings/en/objective-use';
import { leftOutText } from '../../src/ui/left-out-text';
import { runOutlook, type OutlookFacts } from '../../src/ui/run-outlook';
import { inspector } from './mask-support';

const says = (content: string): Message[] => [{ role: 'assistant', content }];
const ask: Message = { role: 'user', content: 'What is it?' };
const conversation = (id: string, more: Partial<Conversation> = {}): Conversation => ({
  ...{ id, messages: [ask, ...says('This.')], extra: {}, source: { file: 'f', record: 0, line: 1 } },
  ...more,
});
const pair = (rejected: string): Partial<Conversation> => ({
  completionFrom: 1,
  preference: { chosen: says('This.'), rejected: says(rejected) },
});
const ALL = [
  conversation('plain'),
  conversation('good', { label: true }),
  conversation('bad', { label: false }),
  conversation('high', { reward: 0.75 }),
  conversation('low', { reward: 0.25 }),
  conversation('pair', pair('That.')),
  conversation('same', pair('This.')),
  conversation('asks', { messages: [ask] }),
  conversation('tells', { messages: says('This.') }),
];
/** Labels and a preference of what nobody wrote. */
const UNWRITTEN = [
  conversation('good-unwritten', { messages: [ask], label: true }),
  conversation('bad-unwritten', { messages: [ask], completionFrom: 1, label: false }),
  conversation('half-pair', { completionFrom: 1, preference: { chosen: says('This.'), rejected: [] } }),
];
const objective = (kind: ObjectiveKind, more: Partial<ObjectiveSettings> = {}): ObjectiveSettings => ({
  ...DEFAULT_OBJECTIVE,
  kind,
  ...more,
});
/** Why, by id; what is learnt from is missing. */
const left = (settings: ObjectiveSettings, composes = false, all = ALL) =>
  Object.fromEntries(
    all.flatMap((one) => {
      const why = leftOut(settings, composes, offerOf(one));
      return why ? [[one.id, why]] : [];
    }),
  );

describe('what is left out', () => {
  test('by SFT, what is labelled bad', () => {
    expect(left(objective('sft'))).toEqual({ bad: 'labelledBad' });
  });

  test('by what learns from rewards, what has none; by RAFT, what has too low a one', () => {
    const without = { plain: 'unrewarded', asks: 'noCompletion', tells: 'unrewarded' };
    expect(left(objective('rwr'))).toEqual(without);
    expect(left(objective('raft', { keepFrom: 0.5 }))).toEqual({ ...without, bad: 'below', low: 'below' });
    // Rewards that are composed say nothing before a run; what they would be given to must be there.
    expect(left(objective('raft'), true)).toEqual({ asks: 'noCompletion', tells: 'noCompletion' });
  });

  test('by DPO, what is no pair, and two of which none can be preferred; by KTO, what has no label, or one that weighs nothing', () => {
    const { pair: none, ...others } = left(objective('dpo'));
    expect(none).toBeUndefined();
    expect(others).toMatchObject({ same: 'same', plain: 'noPair', good: 'noPair', low: 'noPair' });
    expect(Object.keys(others)).toHaveLength(8);
    expect(left(objective('kto', { undesirableWeight: 0 }))).toMatchObject({
      bad: 'weightless',
      low: 'noLabel',
    });
    expect(left(objective('kto', { undesirableWeight: 0 }))).not.toHaveProperty('pair');
  });

  test('by what learns from completions, a label or a pair without one', () => {
    const none = { 'good-unwritten': 'noCompletion', 'bad-unwritten': 'noCompletion' };
    const all = { ...none, 'half-pair': 'noCompletion' };
    expect(left(objective('kto'), false, UNWRITTEN)).toEqual(all);
    expect(left(objective('rwr'), false, UNWRITTEN)).toEqual(all);
    expect(left(objective('dpo'), false, UNWRITTEN)).toMatchObject({ 'half-pair': 'noCompletion' });
    // What has a label of its own is not told by its pair.
    const both = conversation('both', { ...UNWRITTEN[2], id: 'both', label: true, reward: 1 });
    expect(left(objective('kto'), false, [both])).toEqual({});
    expect(left(objective('rwr'), false, [both])).toEqual({});
  });

  test('labels without completions are none to learn from, and that is what is said', () => {
    const data = objectiveData([...UNWRITTEN, conversation('good', { label: true })]);
    expect(data).toMatchObject({ good: 1, bad: 0, labelled: 4 });
    expect(missing('kto', data)).toMatch(/^Every label is good/);
    const unwritten = objectiveData(UNWRITTEN);
    expect(unwritten).toMatchObject({ good: 0, bad: 0, labelled: 3 });
    expect(missing('kto', unwritten)).toBeUndefined();
    const { used, leftOut } = objectiveUse(objective('kto'), false, UNWRITTEN.map(offerOf));
    expect(used).toBe(0);
    expect(words.leftOut('KTO', 0, leftOut)).toBe('KTO leaves out 3 conversations without a completion.');
  });

  test('on policy, what asks nothing', () => {
    expect(left(objective('grpo'), true)).toEqual({ tells: 'noPrompt' });
  });

  test.each<[ObjectiveKind, Partial<ObjectiveSettings>]>([
    ['rwr', {}],
    ['raft', { keepFrom: 0.5 }],
    ['raft', { keepFrom: 1 }],
    ['dpo', {}],
    ['kto', {}],
  ])('%s %j: a run makes sequences of the others, and of no more', (kind, more) => {
    const settings = objective(kind, more);
    const samples = sampleKindOf(kind) ?? expect.fail('It learns from samples.');
    const all = [...ALL, ...UNWRITTEN];
    const { sequences } = inspector.sequences(all, DEFAULT_POLICY, 200, {}, { samples });
    const { kept } = usableSamples(
      sequences,
      samples,
      kind === 'raft' ? { keepFrom: settings.keepFrom } : {},
    );
    const used = new Set(kept.map(({ origin }) => origin.conversation));
    const out = left(settings, false, all);
    expect([...used].sort()).toEqual(
      all
        .map(({ id }) => id)
        .filter((id) => !(id in out))
        .sort(),
    );
  });
});

describe('what is said', () => {
  const use = (settings: ObjectiveSettings, composes = false) =>
    objectiveUse(settings, composes, ALL.map(offerOf));

  test('a label of weight 0 is one of a KTO batch, unless there is no other', () => {
    const { used, leftOut } = use(objective('kto', { undesirableWeight: 0 }));
    const whys = leftOut.map(({ why }) => why);
    expect(whys).not.toContain('weightless');
    expect(used).toBe(use(objective('kto')).used);
    const none = use(objective('kto', { undesirableWeight: 0, desirableWeight: 0 }));
    expect(none.used).toBe(0);
    expect(none.leftOut.map(({ why }) => why)).toContain('weightless');
  });
  const outlook = (settings: ObjectiveSettings, conversations = ALL.length, composes = false) =>
    runOutlook({
      train: {
        ...{ status: 'idle', step: 0, steps: 0, settings: { steps: 30, epochs: 0 } },
        objective: { kind: settings.kind, use: use(settings, composes) },
      } as unknown as OutlookFacts['train'],
      conversations,
      trained: undefined,
    });

  test('before a run: on how many of the conversations, and why not on the others', () => {
    const raft = objective('raft', { keepFrom: 0.5 });
    expect(outlook(raft)).toBe('RAFT: 30 steps on 4 of 9 conversations.');
    expect(words.leftOut('RAFT', 0.5, use(raft).leftOut)).toBe(
      'RAFT leaves out 2 conversations without a reward, 2 with a reward below 0.5 and 1 without a completion.',
    );
    expect(outlook(objective('dpo'))).toBe('DPO: 30 steps on 1 of 9 conversations.');
    expect(words.leftOut('SFT', 1, use(objective('sft')).leftOut)).toBe(
      'SFT leaves out 1 conversation labelled bad.',
    );
    // Composed rewards may leave out more.
    expect(outlook(objective('raft'), 9, true)).toBe('RAFT: 30 steps on at most 7 of 9 conversations.');
    // What is known of another list says nothing of this one.
    expect(outlook(objective('dpo'), 12)).toBe('DPO: 30 steps on 12 conversations.');
  });

  test('beside the mask of one: that no run trains it as things are, and why', () => {
    const text = (id: string, settings: ObjectiveSettings, heldOut = false) =>
      leftOutText(
        ALL.find((one) => one.id === id) ?? expect.fail(id),
        { kind: settings.kind, judged: settings, composes: false, onPolicy: settings.kind === 'grpo' },
        heldOut,
      );
    expect(text('bad', objective('sft'))).toMatch(/^SFT leaves this conversation out: it is labelled bad/);
    expect(text('plain', objective('sft'))).toBeUndefined();
    expect(text('plain', objective('sft'), true)).toMatch(/held out/);
    expect(text('low', objective('raft', { keepFrom: 0.5 }))).toBe(
      'RAFT leaves this conversation out: its reward of 0.25 is lower than 0.5, from which completions are kept.',
    );
    expect(text('same', objective('dpo'))).toMatch(/^DPO .* are the same, so there is nothing to prefer\.$/);
    expect(text('high', objective('dpo'))).toMatch(/^DPO .* no chosen and rejected completion/);
    expect(text('plain', objective('grpo'))).toMatch(/^GRPO trains none of these tokens/);
    expect(text('tells', objective('grpo'))).toMatch(
      /^GRPO leaves this conversation out: it has no user message/,
    );
  });
});
