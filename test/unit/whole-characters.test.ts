/**
 * @file Characters that are spread over several tokens are read as characters.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinedTexts, wholeCharacters } from '../../src/state/whole-characters';

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
  // A byte order mark is a character, too.
  [spelt('\uFEFF'), ['\uFEFF', '', '']],
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

      const joined = joinedTexts(tokens);
      expect(joined.text).toBe(text);
      tokens.forEach((token, i) => {
        // Each covers what is drawn at it, and begins in what was drawn before or next to it.
        expect(text.slice(joined.start[i], joined.end[i])).toContain(shown[i]);
        expect(joined.start[i]).toBeLessThanOrEqual(joined.end[i - 1] ?? 0);
        expect(joined.bytes.get(i)).toBe(token.includes('\\x') ? token : undefined);
      });
    }),
  );
});

test.each<[string[], string, [number, number][], number[]]>([
  [
    ['a ', ...spelt('你'), '!'],
    'a 你!',
    [
      [0, 2],
      [2, 3],
      [2, 3],
      [2, 3],
      [3, 4],
    ],
    [1, 2, 3],
  ],
  // The end of one and the beginning of the next, with a space before; an emoji is two code units.
  [
    [' \\xE4\\xBD', '\\xA0\\xF0\\x9F', '\\x91\\x8D'],
    ' 你👍',
    [
      [0, 2],
      [1, 4],
      [2, 4],
    ],
    [0, 1, 2],
  ],
  // Cut off: what is whole is read, and the rest stays as it is.
  [
    [...spelt('é'), '\\xE4', '\\xBD', '<end>'],
    'é\\xE4\\xBD<end>',
    [
      [0, 1],
      [0, 1],
      [1, 5],
      [5, 9],
      [9, 14],
    ],
    [0, 1, 2, 3],
  ],
  // Tokens without a text.
  [
    ['', 'a', '', ''],
    'a',
    [
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 1],
    ],
    [],
  ],
  [
    ['\\xC3', '', '\\xA9'],
    'é',
    [
      [0, 1],
      [0, 0],
      [0, 1],
    ],
    [0, 2],
  ],
])('joined, %j is %j', (texts, text, places, spelled) => {
  const joined = joinedTexts(texts);
  expect(joined.text).toBe(text);
  expect(texts.map((_, i) => [joined.start[i], joined.end[i]])).toEqual(places);
  expect([...joined.bytes]).toEqual(spelled.map((i) => [i, texts[i]]));
});
