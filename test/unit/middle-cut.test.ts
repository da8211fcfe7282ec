/**
 * @file Names that are too long, cut in the middle.
 */
import { expect, test } from 'vitest';
import { middleCut } from '../../src/ui/middle-cut';

test.each([
  ['short.json', 'short.json'],
  ['x'.repeat(40), 'x'.repeat(40)],
  [`${'x'.repeat(36)}.json`, `${'x'.repeat(25)}…${'x'.repeat(9)}.json`],
])('%s', (name, cut) => expect(middleCut(name)).toBe(cut));

test('a character of several code points is left whole, and counted as one', () => {
  const family = '👩‍👩‍👧';
  expect(middleCut(family.repeat(40))).toBe(family.repeat(40));
  expect(middleCut(family.repeat(41))).toBe(`${family.repeat(25)}…${family.repeat(14)}`);
});
