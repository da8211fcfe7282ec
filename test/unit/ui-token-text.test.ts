/**
 * @file What tokens look like: whitespace, invisible characters, split characters, direction.
 */
import { describe, expect, test } from 'vitest';
import { splitTokens } from '../../src/state/split-tokens';
import { escapedText, isDelimiter, startsRightToLeft, visibleText } from '../../src/ui/token-text';

describe('visibleText', () => {
  test.each([
    ['the', 'the'],
    [' the', '·the'],
    ['\n', '⏎\n'],
    ['a\nb', 'a⏎\nb'],
    ['\t', '⇥'],
    ['\r\n', '␍⏎\n'],
    ['', '∅'],
    ['\u200B', 'U+200B'],
    ['\u200D', 'U+200D'],
    ['\uFEFF\u200E', 'U+FEFF U+200E'],
    ['\u0000', 'U+0000'],
    ['\u00A0', '⍽'],
    ['\u3000', 'U+3000'],
    ['\u0301', '◌\u0301'],
    ['é', 'é'],
    ['日本', '日本'],
    ['שלום', 'שלום'],
    ['👨\u200D👩', '👨\u200D👩'],
  ])('%j is shown as %j', (text, shown) => expect(visibleText(text)).toBe(shown));
});

test('exact text spells what cannot be seen', () => {
  expect(escapedText(' a\n"\\')).toBe('" a\\n\\"\\\\"');
  expect(escapedText('\u200D\u00A0')).toBe('"\\u200d\\u00a0"');
});

test('only a whole delimiter counts as one', () => {
  expect(['<|im_end|>', '</think>', '<tool_call>'].every(isDelimiter)).toBe(true);
  expect(['<', '<>', '< a>', 'a<b>', '<a><b>', '1 > 0'].some(isDelimiter)).toBe(false);
});

test('tokens that share a character are found, neighbours are not', () => {
  const split = splitTokens({ start: Int32Array.of(0, 1, 1, 1, 3), end: Int32Array.of(1, 3, 3, 3, 4) });
  expect(split).toEqual([false, true, true, true, false]);
  expect(splitTokens({ start: new Int32Array(), end: new Int32Array() })).toEqual([]);
});

test('direction follows the first letter', () => {
  expect(startsRightToLeft('12 · שלום')).toBe(true);
  expect(startsRightToLeft('مرحبا hello')).toBe(true);
  expect(startsRightToLeft('hello שלום')).toBe(false);
  expect(startsRightToLeft('123')).toBe(false);
});
