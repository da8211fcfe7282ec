/**
 * @file A token that holds only a part of a character says which bytes of which character it holds.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { byteParts } from '../../src/ui/byte-parts';
import { tokenDetail } from '../../src/ui/token-detail';
import { viewOf } from './strip-view';

/** A view of `text` whose tokens are so many bytes each; those that are no whole characters are spelt as bytes. */
function cut(text: string, lengths: readonly number[]) {
  const all = new TextEncoder().encode(text);
  /** The place in the text of the character that each byte is of, and its end. */
  const places: { start: number; end: number; byte: number; of: number }[] = [];
  let at = 0;
  for (const character of text) {
    const of = new TextEncoder().encode(character).length;
    for (let byte = 0; byte < of; byte++) places.push({ start: at, end: at + character.length, byte, of });
    at += character.length;
  }
  const view = viewOf(lengths.map(() => ['', 'answer', 0]));
  const bytes = new Map<number, string>();
  let from = 0;
  lengths.forEach((length, i) => {
    const own = places.slice(from, from + length);
    view.encoded.start[i] = own[0]?.start ?? 0;
    view.encoded.end[i] = own.at(-1)?.end ?? 0;
    const split = (own[0]?.byte ?? 0) > 0 || (own.at(-1)?.byte ?? 0) + 1 < (own.at(-1)?.of ?? 1);
    if (split)
      bytes.set(
        i,
        own
          .map(({ start, end, of }, k) =>
            of === 1
              ? text.slice(start, end)
              : `\\x${(all[from + k] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`,
          )
          .join(''),
      );
    from += length;
  });
  return { ...view, rendered: { ...view.rendered, text }, bytes };
}

test.each([
  ['你', [1, 1, 1], 1, [{ character: '你', first: 2, last: 2, of: 3 }]],
  ['你', [2, 1], 0, [{ character: '你', first: 1, last: 2, of: 3 }]],
  ['a 👍!', [1, 2, 3, 1], 2, [{ character: '👍', first: 2, last: 4, of: 4 }]],
  // A space with the first byte of what follows, as byte-level tokenizers join them.
  [' é', [2, 1], 0, [{ character: 'é', first: 1, last: 1, of: 2 }]],
  // The end of one character and the beginning of the next.
  [
    '你好',
    [2, 2, 2],
    1,
    [
      { character: '你', first: 3, last: 3, of: 3 },
      { character: '好', first: 1, last: 1, of: 3 },
    ],
  ],
  // Two of the same: each is counted by itself.
  ['你你', [1, 1, 1, 1, 1, 1], 3, [{ character: '你', first: 1, last: 1, of: 3 }]],
  ['abc', [1, 1, 1], 1, []],
])('%j cut into %j bytes, token %i', (text, lengths, index, parts) => {
  expect(byteParts(cut(text, lengths), index)).toEqual(parts);
});

test('over any text, however it is cut, the parts are all bytes of the characters that are shared', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ' ', 'é', '你', '👍', '\\'), minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 4 })),
      (text, stream) => {
        const lengths: number[] = [];
        let left = new TextEncoder().encode(text).length;
        while (left > 0) {
          const next = Math.min(left, stream.next().value ?? 1);
          lengths.push(next);
          left -= next;
        }
        const view = cut(text, lengths);
        /** Bytes of each character that some token says it holds, by where the character is. */
        let told = 0;
        let shared = 0;
        for (let i = 0; i < lengths.length; i++)
          for (const { first, last } of byteParts(view, i)) told += last - first + 1;
        // By hand: a character is shared where a token ends within it.
        const borders = new Set<number>();
        lengths.reduce((sum, length) => {
          borders.add(sum + length);
          return sum + length;
        }, 0);
        let at = 0;
        for (const character of text) {
          const of = new TextEncoder().encode(character).length;
          if (Array.from({ length: of - 1 }, (_, k) => at + k + 1).some((border) => borders.has(border)))
            shared += of;
          at += of;
        }
        expect(told).toBe(shared);
      },
    ),
  );
});

test('bytes that are not those of the text are not given a place', () => {
  const view = cut('你', [1, 1, 1]);
  // The tokenizer wrote another character before it split it.
  expect(byteParts({ ...view, rendered: { ...view.rendered, text: 'x' } }, 1)).toEqual([]);
});

test('the details name the character', () => {
  const { facts, shown } = tokenDetail(cut('好你', [3, 1, 1, 1]), 1, 1, DEFAULT_POLICY, {});
  expect(shown).toBe('\\xE4');
  expect(facts.find(({ label }) => label === 'Bytes')?.value).toBe('\\xE4: byte 1 of the 3 of 你');
  expect(facts.find(({ label }) => label === 'Token')?.value).toBe('2 of 4');
});
