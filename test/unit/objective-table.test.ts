/**
 * @file The table of objectives' settings: whole, without clashes, and checked as typed.
 */
import { describe, expect, test } from 'vitest';
import { DEFAULT_OBJECTIVE, OBJECTIVES } from '../../src/settings/objective';
import {
  OBJECTIVE_FAMILIES,
  OBJECTIVE_ROWS,
  OBJECTIVE_SETTINGS,
  objectiveDraftsOf,
  objectiveOf,
  objectiveProblem,
  settingsReadBy,
} from '../../src/settings/objective-table';
import { TRAIN_SETTINGS } from '../../src/settings/train';

test('every objective has a row in a family that is offered, and every setting but its kind a row that some objective reads', () => {
  expect(OBJECTIVE_ROWS.map(({ kind }) => kind).sort()).toEqual([...OBJECTIVES].sort());
  const families = OBJECTIVE_FAMILIES.map(({ family }) => family);
  expect(OBJECTIVE_ROWS.every(({ family }) => families.includes(family))).toBe(true);
  const keys = Object.keys(DEFAULT_OBJECTIVE).filter((key) => key !== 'kind');
  expect(OBJECTIVE_SETTINGS.map(({ key }) => key).sort()).toEqual(keys.sort());
  expect(OBJECTIVE_SETTINGS.every(({ readBy }) => readBy.length > 0)).toBe(true);
});

test('no two settings of a run share a key in the address', () => {
  const urls = [...TRAIN_SETTINGS, ...OBJECTIVE_SETTINGS].map(({ url }) => url);
  expect(new Set(urls).size).toBe(urls.length);
});

test('the defaults pass their own checks, and give the defaults', () => {
  const drafts = objectiveDraftsOf();
  for (const row of OBJECTIVE_SETTINGS) expect(objectiveProblem(row, drafts[row.key])).toBeUndefined();
  for (const kind of OBJECTIVES) expect(objectiveOf(kind, drafts)).toEqual({ ...DEFAULT_OBJECTIVE, kind });
});

describe('what is typed', () => {
  const row = (key: string) => OBJECTIVE_SETTINGS.find((setting) => setting.key === key);
  test.each([
    ['groupSize', 'many', 'Completions a prompt must be a number.'],
    ['groupSize', '2.5', 'Completions a prompt must be a whole number.'],
    ['groupSize', '0', 'Completions a prompt must be between 1 and 64.'],
    ['labelSmoothing', '1', 'Label smoothing must be between 0 and 0.99.'],
    ['reduction', 'mean', 'Mean of the loss must be one of dapo, grpo, bnpo, dr_grpo.'],
    ['dft', 'yes', 'Weigh tokens by their probability (DFT) must be true or false.'],
  ])('%s: %s', (key, text, problem) => {
    const setting = row(key);
    expect(setting && objectiveProblem(setting, text)).toBe(problem);
  });

  test('a wrong setting stops the objectives that read it, and no other', () => {
    const drafts = { ...objectiveDraftsOf(), groupSize: 'x' };
    const blocked = OBJECTIVES.filter((kind) => objectiveOf(kind, drafts) === undefined);
    expect(blocked).toEqual(['reinforce', 'rloo', 'grpo', 'gspo']);
  });

  test('what another objective reads stays at its default', () => {
    const drafts = { ...objectiveDraftsOf(), preferenceBeta: '0.5', kl: '0.04', dft: 'true' };
    expect(objectiveOf('dpo', drafts)).toMatchObject({ preferenceBeta: 0.5, kl: 0, dft: false });
    expect(objectiveOf('grpo', drafts)).toMatchObject({ preferenceBeta: 0.1, kl: 0.04 });
    expect(objectiveOf('sft', drafts)).toMatchObject({ dft: true });
    expect(settingsReadBy('rloo').map(({ key }) => key)).not.toContain('rewardScale');
  });
});
