/**
 * @file The form of the policy: every knob is in it, and a knob turned back leaves no trace.
 */
import { describe, expect, test } from 'vitest';
import { BASES, DEFAULT_POLICY, TURNS, type MaskPolicy } from '../../src/mask/knobs';
import { isPolicy, readPolicy } from '../../src/mask/policy-file';
import { PRESETS } from '../../src/mask/presets';
import { fileName } from '../../src/ui/download';
import {
  choiceOf,
  knobsTurned,
  parseWeight,
  weightOf,
  withChoice,
  withWeight,
} from '../../src/ui/policy-change';
import { KNOB_GROUPS, type ChoiceKey, type ChoiceKnob, type Knob } from '../../src/ui/policy-knobs';

const KNOBS: readonly Knob[] = KNOB_GROUPS.flatMap(({ knobs }) => knobs);
const choice = (key: ChoiceKey): ChoiceKnob =>
  KNOBS.find((knob): knob is Extract<Knob, { type: 'choice' }> => knob.key === key) ?? expect.fail(key);

test('every choice and every weight of a policy has a knob, with all its words', () => {
  // A knob that is added to the policy and not here does not compile.
  const choices: Record<ChoiceKey, true> = {
    basis: true,
    turns: true,
    endOfTurn: true,
    promptEnds: true,
    emptyThink: true,
    earlierThink: true,
    messageFields: true,
    detail: true,
    border: true,
  };
  const weights = ['header', 'trailingNewline', 'prompt', 'role:system', 'role:user', 'role:tool'];
  expect(KNOBS.map(({ key }) => key).sort()).toEqual([...Object.keys(choices), ...weights].sort());
  const words = (key: ChoiceKey) => choice(key).options.map(({ value }) => value);
  expect(words('basis')).toEqual(BASES);
  expect(words('turns')).toEqual(TURNS);
  for (const { label, help } of KNOBS) expect([label, help].every((text) => text.length > 3)).toBe(true);
  // Each word is one that a policy file may have.
  for (const key of Object.keys(choices) as ChoiceKey[])
    for (const value of words(key)) expect(readPolicy(JSON.stringify({ [key]: value }))[key]).toBe(value);
});

describe('turning a knob', () => {
  test('back to its default leaves it out', () => {
    const turned = withChoice(DEFAULT_POLICY, choice('turns'), 'last-turn');
    expect(turned).toEqual({ ...DEFAULT_POLICY, turns: 'last-turn' });
    expect([choiceOf(turned, choice('turns')), knobsTurned(turned)]).toEqual(['last-turn', 1]);
    expect(withChoice(turned, choice('turns'), 'all')).toEqual(DEFAULT_POLICY);
    expect(withChoice(turned, choice('turns'), 'nonsense')).toBe(turned);
  });

  test('weights: context 0 and an empty field leave it out, a role of 0 does not', () => {
    expect(withWeight(DEFAULT_POLICY, 'prompt', 0)).toEqual(DEFAULT_POLICY);
    const user = withWeight({ ...DEFAULT_POLICY, prompt: 1 }, 'role:user', 0);
    expect([user.roles, weightOf(user, 'role:user'), weightOf(user, 'role:tool')]).toEqual([
      { user: 0 },
      0,
      undefined,
    ]);
    expect(withWeight(user, 'role:user', undefined)).toEqual({ ...DEFAULT_POLICY, prompt: 1 });
    expect(withWeight({ ...DEFAULT_POLICY, header: 2 }, 'header', undefined)).toEqual(DEFAULT_POLICY);
  });

  test('knobs at their default are not counted as turned, rules are', () => {
    expect(knobsTurned(DEFAULT_POLICY)).toBe(0);
    const policy: MaskPolicy = {
      ...DEFAULT_POLICY,
      turns: 'all',
      header: 0,
      trailingNewline: 1,
      rules: [{ pattern: 'a', weight: 0 }],
    };
    expect(knobsTurned(policy)).toBe(2);
  });
});

test('a typed weight is any finite 32-bit number', () => {
  expect(['0.3', '−1', ' 2e3 ', '+.5'].map(parseWeight)).toEqual([0.3, -1, 2000, 0.5]);
  expect(['', 'x', '1e99', 'Infinity', 'NaN', '1,5'].map(parseWeight)).toEqual(Array(6).fill(undefined));
});

test('a policy file is told from a record by its fields', () => {
  for (const { policy } of PRESETS) expect(isPolicy(policy)).toBe(true);
  expect(isPolicy({ preset: 'axolotl' })).toBe(true);
  expect([{}, { prompt: 'Hi' }, { messages: [] }, { turns: 'all', messages: [] }].map(isPolicy)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('file names that every system takes', () => {
  expect(['chat.jsonl#4', 'a/b\\c: d?', '../..', 'Größe (2)'].map(fileName)).toEqual([
    'chat.jsonl-4',
    'a-b-c-d',
    'conversation',
    'Größe-2',
  ]);
});
