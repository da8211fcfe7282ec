/**
 * @file Characters that are spread over several tokens are read as characters.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wholeCharacters } from '../../src/state/whole-characters';

const spelt = (text: string) =>
  [...new TextEncoder().encode(text)].map((byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`);

test.each([
  [
    ['a ', ...spelt('ש'), ' b'],
    ['a ', 'ש', '', ' b'],
  ],
  [
    [...spelt('👍'), '!'],
    ['👍', '', '', '', '!'],
  ],
  // Several bytes in one token, and text beside them.
  [
    ['x\\xE4\\xBD', '\\xA0y'],
    ['x你', 'y'],
  ],
  [
    ['\\xD7\\xA9\\xD7', '\\x9C'],
    ['של', ''],
  ],
  // Cut off, out of order, or no character at all: as it is.
  [['\\xD7'], ['\\xD7']],
  [
    ['\\xF0\\x9F', ' ', '\\x91\\x8D'],
    ['\\xF0\\x9F', ' ', '\\x91\\x8D'],
  ],
  [
    ['\\xA9', ...spelt('ש')],
    ['\\xA9', 'ש', ''],
  ],
  [['\\xED\\xA0\\x80'], ['\\xED\\xA0\\x80']],
  // What somebody wrote with a backslash.
  [
    ['\\x41', 'C:\\xyz'],
    ['\\x41', 'C:\\xyz'],
  ],
  [[], []],
])('%j', (texts, shown) => {
  expect(wholeCharacters(texts)).toEqual(shown);
});

test('any text comes back, however its bytes are dealt out to tokens', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(3)), (text, sizes) => {
      fc.pre(!text.includes('\\'));
      // ASCII as it is, all else by bytes, a few to a token.
      const pieces = [...text].flatMap((c) => (c.charCodeAt(0) < 0x80 ? [c] : spelt(c)));
      const tokens: string[] = [];
      for (let at = 0, i = 0; at < pieces.length; i++) {
        const size = 1 + (sizes[i % Math.max(1, sizes.length)] ?? 0);
        tokens.push(pieces.slice(at, at + size).join(''));
        at += size;
      }
      const shown = wholeCharacters(tokens);
      expect(shown).toHaveLength(tokens.length);
      expect(shown.join('')).toBe(text);
    }),
  );
});
