/**
 * @file Settings begin where the objective wants them, and what a person chose stays.
 */
import { describe, expect, test } from 'vitest';
import { Given } from '../../src/cli/arguments';
import { readRunSettings, SETTING_FLAGS } from '../../src/cli/train-settings';
import type { ObjectiveKind } from '../../src/settings/objective';
import { chosenOf, defaultDrafts, defaultOf, hasOwnDefault } from '../../src/settings/run-defaults';
import { checkSetting, TRAIN_SETTINGS } from '../../src/settings/train';
import { RunChoices } from '../../src/state/run-choices.svelte';
import { hasPracticeTurns } from '../../src/state/practice-data';
import { composeAll } from '../../src/conversation/practice/compose';
import type { Conversation } from '../../src/conversation/types';
import { OBJECTIVES } from '../../src/settings/objective';

const rate = TRAIN_SETTINGS.find(({ key }) => key === 'learningRate') as (typeof TRAIN_SETTINGS)[number];

test('every default lies within its range, and on policy the rate is a fifth of that of SFT', () => {
  for (const kind of OBJECTIVES) {
    const drafts = defaultDrafts(kind);
    for (const setting of TRAIN_SETTINGS)
      expect(checkSetting(setting, drafts[setting.key]).error).toBeUndefined();
  }
  expect(defaultOf(rate, 'sft')).toBe(0.001);
  expect(defaultOf(rate, 'grpo')).toBe(0.0002);
  expect(hasOwnDefault('learningRate', 'dpo')).toBe(true);
  expect(hasOwnDefault('steps', 'dpo')).toBe(false);
});

test('on the command line a setting that is left out is the default of the objective too', () => {
  const rateOf = (flags: [string, string[]][], kind: ObjectiveKind) =>
    readRunSettings(new Given(new Map(flags)), kind).learningRate;
  for (const kind of OBJECTIVES) expect(rateOf([], kind)).toBe(defaultOf(rate, kind));
  expect(rateOf([['--learning-rate', ['0.001']]], 'grpo')).toBe(0.001);
  expect(SETTING_FLAGS['--learning-rate']?.about).toMatch(/ 0\.001 without it; .*; 0\.0001 with dpo, kto;/);
  expect(SETTING_FLAGS['--steps']?.about).toMatch(/\d without it\.$/);
});

test('only what differs from the objective’s default is a choice, however it is written', () => {
  const drafts = { ...defaultDrafts('grpo'), learningRate: '2e-4', steps: '7', warmupSteps: '' };
  expect(chosenOf(drafts, 'grpo')).toEqual({ steps: '7', warmupSteps: '' });
});

describe('choices', () => {
  const make = () => {
    const state: { kind: ObjectiveKind } = { kind: 'sft' };
    return { state, choices: new RunChoices(() => state.kind) };
  };

  test('the rate follows the objective until somebody chooses one', () => {
    for (const kind of ['grpo', 'dpo', 'raft'] as const) {
      const { state, choices } = make();
      state.kind = kind;
      expect(Number(choices.drafts.learningRate)).toBe(defaultOf(rate, kind));
    }
    const { state, choices } = make();
    choices.drafts = { ...choices.drafts, learningRate: '0.002' };
    state.kind = 'grpo';
    expect(choices.drafts.learningRate).toBe('0.002');
  });

  test('a choice outlives an objective of which it is the default', () => {
    const { state, choices } = make();
    choices.drafts = { ...choices.drafts, learningRate: '2e-4' };
    state.kind = 'grpo';
    choices.drafts = { ...choices.drafts, steps: '7' };
    state.kind = 'sft';
    expect(choices.drafts).toMatchObject({ learningRate: '2e-4', steps: '7' });
  });

  test('what is given by name is a choice even where it is a default, and own choices come back', () => {
    const { state, choices } = make();
    const before = choices.own;
    choices.choose({ learningRate: 0.001 }, { strategy: 'last', truncate: 'end' });
    state.kind = 'grpo';
    expect(choices.drafts.learningRate).toBe('0.001');
    expect(choices.division.strategy).toBe('last');
    choices.own = before;
    expect(choices.drafts.learningRate).toBe('0.0002');
    expect(choices.division.strategy).toBe('whole');
  });
});

describe('practice data', () => {
  const read = (all: readonly Conversation[]) => ({
    read: async (rows: readonly number[]) => rows.flatMap((row) => all[row] ?? []),
  });
  const rows = (count: number) => Array.from({ length: count }, (_, i) => i);

  test('of several turns is merged and forked, with the reason', async () => {
    const turns = composeAll(6, { seed: 1, turns: 2 });
    const single = composeAll(6, { seed: 1, turns: 1 });
    const other = turns.map((one): Conversation => ({ ...one, extra: {} }));
    expect(await hasPracticeTurns(read(turns), rows(6))).toBe(true);
    expect(await hasPracticeTurns(read(single), rows(6))).toBe(false);
    expect(await hasPracticeTurns(read(other), rows(6))).toBe(false);
    // A fair part of a long list is found wherever it stands.
    const many = composeAll(80, { seed: 2, turns: 3 });
    const long = [...Array.from({ length: 500 }, () => other[0] as Conversation), ...many];
    expect(await hasPracticeTurns(read(long), rows(long.length - 1))).toBe(true);
    const broken = { read: () => Promise.reject(new Error('gone')) };
    expect(await hasPracticeTurns(broken, rows(3))).toBe(false);
  });

  test('makes it the default, and a division that was chosen stays', () => {
    const { choices } = { choices: new RunChoices(() => 'sft') };
    expect(choices.divisionReason).toBeUndefined();
    choices.practice = true;
    expect(choices.division.strategy).toBe('fork');
    expect(choices.divisionReason).toMatch(/strips the thinking/);
    choices.division = { strategy: 'whole', truncate: 'end' };
    expect(choices.division.strategy).toBe('whole');
    expect(choices.divisionReason).toBeUndefined();
  });
});

describe('own data that the template rewrites', () => {
  const opened = {};
  const [rewritten, other] = [{}, {}];
  const about = (...parts: object[]) => ({ opened, parts });

  test('is merged and forked with the reason, also once the checks find nothing any more', () => {
    const choices = new RunChoices(() => 'sft');
    choices.noteRewriting(about(rewritten), []);
    expect(choices.division.strategy).toBe('whole');
    choices.noteRewriting(about(rewritten), [rewritten]);
    choices.noteRewriting(about(rewritten), []);
    expect(choices.division.strategy).toBe('fork');
    expect(choices.forkedForData).toBe(true);
    expect(choices.divisionReason).toMatch(/^Chosen for your data/);
    expect(choices.own.division).toBeUndefined();
    choices.noteRewriting(about(rewritten, other), []);
    expect(choices.forkedForData).toBe(true);
  });

  test('the reason goes with the data that was the cause, and comes back with it', () => {
    const choices = new RunChoices(() => 'sft');
    choices.noteRewriting(about(rewritten), [rewritten]);
    choices.noteRewriting(about(other), []);
    expect(choices.division.strategy).toBe('whole');
    expect(choices.divisionReason).toBeUndefined();
    choices.noteRewriting(about(rewritten), [rewritten]);
    expect(choices.divisionReason).toMatch(/^Chosen for your data/);
  });

  test('another template, or no data, is looked at anew', () => {
    const choices = new RunChoices(() => 'sft');
    choices.noteRewriting(about(rewritten), [rewritten]);
    choices.noteRewriting({ opened: {}, parts: [rewritten] }, []);
    expect(choices.division.strategy).toBe('whole');
    choices.noteRewriting(about(rewritten), [rewritten]);
    choices.noteRewriting(undefined, []);
    expect(choices.forkedForData).toBe(false);
  });

  test('undone it stays whole as long as that data is there; other data is a new question', () => {
    const choices = new RunChoices(() => 'sft');
    choices.noteRewriting(about(rewritten), [rewritten]);
    choices.divideWhole();
    choices.noteRewriting(about(rewritten), [rewritten]);
    expect(choices.division.strategy).toBe('whole');
    expect(choices.forkedForData).toBe(false);
    expect(choices.divisionReason).toBeUndefined();
    choices.noteRewriting(about(other), []);
    expect(choices.own.division).toBeUndefined();
    choices.noteRewriting(about(other), [other]);
    expect(choices.forkedForData).toBe(true);
  });

  test('without the part of it that is harmless it is the same data, divided as before or whole by choice', () => {
    const choices = new RunChoices(() => 'sft');
    choices.noteRewriting(about(rewritten, other), [rewritten]);
    choices.noteRewriting(about(rewritten), undefined);
    expect(choices.forkedForData).toBe(true);
    choices.noteRewriting(about(rewritten, other), undefined);
    choices.divideWhole();
    choices.noteRewriting(about(rewritten), undefined);
    expect(choices.own.division?.strategy).toBe('whole');
    choices.noteRewriting(about(rewritten), [rewritten]);
    expect(choices.division.strategy).toBe('whole');
    expect(choices.forkedForData).toBe(false);
  });

  test('without the part that showed it the rest is looked at; the choice goes where that shows nothing', () => {
    const choices = new RunChoices(() => 'sft');
    choices.noteRewriting(about(rewritten, other), [rewritten]);
    choices.divideWhole();
    // A filter leaves what shows nothing: the data is still there.
    choices.noteRewriting(about(rewritten, other), []);
    choices.noteRewriting(about(other), undefined);
    expect(choices.own.division?.strategy).toBe('whole');
    choices.noteRewriting(about(other), [other]);
    expect(choices.forkedForData).toBe(false);
    choices.noteRewriting(about(other), []);
    expect(choices.own.division).toBeUndefined();
    choices.noteRewriting(about(other), [other]);
    expect(choices.forkedForData).toBe(true);
  });

  test('a division that was chosen is never changed', () => {
    const choices = new RunChoices(() => 'sft');
    choices.noteRewriting(about(rewritten), [rewritten]);
    choices.divideWhole();
    choices.division = { strategy: 'last', truncate: 'end' };
    choices.noteRewriting(undefined, []);
    expect(choices.division.strategy).toBe('last');
  });
});
