/**
 * @file A text that is shortened ends with a whole character.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beginning, ending, firstCharacter } from '../../src/conversation/beginning';

test.each([
  ['as it is', 8, 'as it is'],
  ['cut here', 3, 'cut'],
  // Two units; four with a skin tone; a family of eleven; a flag of four; a letter with its mark.
  ['ab👍', 3, 'ab'],
  ['ab👍🏽!', 5, 'ab'],
  ['👨‍👩‍👧‍👦 and', 11, '👨‍👩‍👧‍👦'],
  ['x👨‍👩‍👧‍👦 and', 11, 'x'],
  ['🇳🇴🇸🇪🇩🇰', 9, '🇳🇴🇸🇪'],
  ['ae\u0301!', 2, 'a'],
  ['हिन्दी', 3, 'हि'],
  // One character that is longer than there is room for, which may be all that there is.
  ['👍👍', 1, ''],
  [`e${'\u0301'.repeat(200)}`, 5, `e${'\u0301'.repeat(4)}`],
])('%j to %i', (text, most, short) => {
  expect(beginning(text, most)).toBe(short);
});

test('any text: no longer than there is room for, no half of a character, and nothing else left out', () => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.integer({ min: 20, max: 80 }),
      (text, most) => {
        const short = beginning(text, most);
        expect(text.startsWith(short)).toBe(true);
        expect(short.length).toBeLessThanOrEqual(Math.max(most, 0));
        const next = [...segmenter.segment(text)].find(({ index }) => index >= short.length);
        if (next) expect(next.index + next.segment.length).toBeGreaterThan(most);
        if (next) expect(next.index).toBe(short.length);
      },
    ),
  );
});

test.each([
  ['as it is', 8, 'as it is'],
  ['cut here', 4, 'here'],
  ['👍b', 2, 'b'],
  ['and 👨‍👩‍👧‍👦', 12, ' 👨‍👩‍👧‍👦'],
  ['and 👨‍👩‍👧‍👦', 10, ''],
  ['!👍🏽ab', 5, 'ab'],
  ['ae\u0301', 1, ''],
])('the end of %j: %i', (text, most, short) => {
  expect(ending(text, most)).toBe(short);
});

test('the first character', () => {
  expect(['👨‍👩‍👧‍👦 and', 'e\u0301a', 'ab', ''].map(firstCharacter)).toEqual(['👨‍👩‍👧‍👦', 'e\u0301', 'a', '']);
});
