/**
 * @file Groups without variance: told once they are most of a run's latest groups.
 */
import { describe, expect, test } from 'vitest';
import { composeAll } from '../../src/conversation/practice/compose';
import { learnsFromGroups, mostlyFlat } from '../../src/state/flat-groups';
import { objectiveData } from '../../src/state/objective-data';
import { CONTESTED_QUESTIONS } from '../../src/settings/practice';

const steps = (...flat: (number | undefined)[]) =>
  flat.map((flatGroups) => ({ metrics: flatGroups === undefined ? {} : { flatGroups } }));

describe('groups without variance', () => {
  test('more than half of the latest ten steps, and enough of them to tell', () => {
    expect(mostlyFlat(steps(4, 4), 4)).toEqual({ flat: 8, groups: 8 });
    expect(mostlyFlat(steps(3, 2), 4)).toEqual({ flat: 5, groups: 8 });
    expect(mostlyFlat(steps(2, 2), 4)).toBeUndefined();
    expect(mostlyFlat(steps(4), 4)).toBeUndefined();
    const early = Array.from({ length: 20 }, () => 4);
    const late = Array.from({ length: 10 }, () => 0);
    expect(mostlyFlat(steps(...early, ...late), 4)).toBeUndefined();
    expect(mostlyFlat(steps(...late, ...early), 4)).toEqual({ flat: 40, groups: 40 });
  });

  test('each step counts the groups that it had: their number may be changed while a run goes', () => {
    const changed = [
      { metrics: { flatGroups: 2, groups: 8 } },
      { metrics: { flatGroups: 2, groups: 8 } },
      { metrics: { flatGroups: 2, groups: 2 } },
    ];
    // By the present setting of 2 it would be 6 of 6.
    expect(mostlyFlat(changed, 2)).toBeUndefined();
    expect(mostlyFlat([{ metrics: { flatGroups: 15, groups: 16 } }, ...changed], 2)).toEqual({
      flat: 21,
      groups: 34,
    });
  });

  test('steps that tell of no groups are not counted', () => {
    expect(mostlyFlat(steps(undefined, undefined, undefined), 4)).toBeUndefined();
    expect(mostlyFlat(steps(undefined, 4, 3), 4)).toEqual({ flat: 7, groups: 8 });
  });
});

test('only where advantages are differences within a group does one without variance teach nothing', () => {
  const kinds = (kl: number) =>
    (['reinforce', 'rloo', 'grpo', 'gspo'] as const).filter((kind) => learnsFromGroups({ kind, kl }));
  expect(kinds(0)).toEqual(['rloo', 'grpo', 'gspo']);
  expect(kinds(0.1)).toEqual(['grpo', 'gspo']);
});

describe('contested questions', () => {
  const shareOf = (contested: number, turns: number, withTools: number) => {
    const data = objectiveData(composeAll(100, { seed: 1, contested, turns, withTools }));
    expect(data.expected).toBe(data.prompts);
    return data.contested / data.prompts;
  };

  test('are counted, and those that are offered are far more contested than the generator’s usual ones', () => {
    expect(shareOf(0, 1, 1)).toBe(0);
    expect(shareOf(0.2, 2, 0.7)).toBeLessThan(0.4);
    const { contested, turns, withTools } = CONTESTED_QUESTIONS;
    expect(shareOf(Number(contested) / 100, Number(turns), Number(withTools) / 100)).toBeGreaterThan(0.55);
  });
});
