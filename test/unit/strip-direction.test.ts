/**
 * @file Tokens of a line with text of both directions stand in the order in which the text is read, each in one piece.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { directionOf, tokenLevels, turn, visualOrder, type Direction } from '../../src/ui/strip-direction';

test.each([
  ['hello', 'left'],
  [' שלום', 'right'],
  ['مرحبا', 'right'],
  // The first letter decides; digits have none.
  ['3rd', 'left'],
  ['2024', 'number'],
  ['٢٠٢٤', 'number'],
  ['5%', 'number'],
  [',', 'separator'],
  ['%', 'sign'],
  [' ', 'neutral'],
  ['👍', 'neutral'],
  [', ', 'neutral'],
] as const)('%j runs %s', (text, direction) => {
  expect(directionOf(text)).toBe(direction);
});

/** As they stand on a line, from left to right. */
function drawn(tokens: readonly string[], rightToLeft: boolean): string {
  const levels = tokenLevels(tokens.map(directionOf), rightToLeft) ?? tokens.map(() => (rightToLeft ? 1 : 0));
  return visualOrder([...levels])
    .map((i) => tokens[i])
    .join('|');
}

test.each([
  [['Say', ' ', 'של', 'ום', ' ', 'עולם', '.'], false, 'Say| |עולם| |ום|של|.'],
  [['של', 'ום', ' ', 'hel', 'lo', ' ', 'world'], true, 'hel|lo| |world| |ום|של'],
  // A number runs left to right in either.
  [['ב', '-', '20', '24', ' ', 'יוני'], true, 'יוני| |20|24|-|ב'],
  [['ש', '1', ',', '024', '%'], true, '1|,|024|%|ש'],
  [['a', ' ', 'ש', ' ', '12', '34', ' ', 'ל', ' b'], false, 'a| |ל| |12|34| |ש| b'],
  [['of', ' ', '12', '34', ' ', 'ש', 'ל'], false, 'of| |12|34| |ל|ש'],
  // After a number in a text from the left, what is neutral goes with the line.
  [['ש', 'ל', ' ', '12', '34', ' ', 'b'], false, '12|34| |ל|ש| |b'],
  [['a', 'b', ' ', 'c'], false, 'a|b| |c'],
] as const)('%j from the right: %j', (tokens, rightToLeft, visual) => {
  expect(drawn(tokens, rightToLeft)).toBe(visual);
});

test('the rest of a character stands beside its beginning', () => {
  const directions: Direction[] = [
    'left',
    'neutral',
    'right',
    'same',
    'right',
    'same',
    'neutral',
    'left',
    'same',
  ];
  expect([...(tokenLevels(directions, false) ?? [])]).toEqual([0, 0, 1, 1, 1, 1, 0, 0, 0]);
  expect(visualOrder([0, 0, 1, 1, 1, 1, 0, 0, 0])).toEqual([0, 1, 5, 4, 3, 2, 6, 7, 8]);
});

test('where all runs as the line does, or a token alone runs otherwise, nothing is turned', () => {
  expect(tokenLevels(['left', 'neutral', 'left'], false)).toBeUndefined();
  expect(tokenLevels(['right', 'neutral', 'right'], true)).toBeUndefined();
  expect(tokenLevels(['left', 'right', 'left'], false)).toBeUndefined();
  expect(tokenLevels([], true)).toBeUndefined();
});

test('turns end what they begin', () => {
  expect([turn(0, 0, 0), turn(1, 1, 1)]).toEqual(['', '']);
  expect([turn(0, 1, 0), turn(1, 0, 0)]).toEqual(['\u2067', '\u2069']);
  expect([turn(0, 2, 0), turn(2, 1, 0), turn(2, 0, 0)]).toEqual(['\u2067\u2066', '\u2069', '\u2069\u2069']);
  expect([turn(1, 2, 1), turn(2, 1, 1)]).toEqual(['\u2066', '\u2069']);
});

test('every order is of all tokens, and from the right the mirror of the levels', () => {
  const direction = fc.constantFrom<Direction[]>(
    'left',
    'right',
    'number',
    'separator',
    'sign',
    'neutral',
    'same',
  );
  fc.assert(
    fc.property(fc.array(direction, { maxLength: 20 }), fc.boolean(), (directions, rightToLeft) => {
      const levels = tokenLevels(directions, rightToLeft) ?? directions.map(() => Number(rightToLeft));
      const order = visualOrder([...levels]);
      expect([...order].sort((a, b) => a - b)).toEqual(directions.map((_, i) => i));
      expect([...levels].every((level) => level >= Number(rightToLeft) && level <= 2)).toBe(true);
      // What is opened is closed.
      let depth = 0;
      let before = Number(rightToLeft);
      for (const level of [...levels, Number(rightToLeft)]) {
        for (const mark of turn(before, level, Number(rightToLeft))) depth += mark === '\u2069' ? -1 : 1;
        expect(depth).toBeGreaterThanOrEqual(0);
        before = level;
      }
      expect(depth).toBe(0);
    }),
  );
});
