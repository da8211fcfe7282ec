/**
 * @file A token that holds only a part of a character says which bytes of which character it holds.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { joinedTexts } from '../../src/state/whole-characters';
import { byteParts, sharedIn, sharedTokens, type BytePart } from '../../src/ui/byte-parts';
import { stripTokens } from '../../src/ui/strip-token';
import { tokenDetail } from '../../src/ui/token-detail';
import { cut } from './strip-view';

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

/** Each token as the strip shows it: the bytes of a character before in brackets, then its text. */
function shown(view: ReturnType<typeof cut>): string[] {
  const count = view.encoded.ids.length;
  const values = { weights: new Float32Array(count), overlay: 'weight' as const };
  return stripTokens(view, values, 0, count).map(({ bytes, text }) => (bytes ? `[${bytes}]${text}` : text));
}
const bytes = (count: number) => Array.from({ length: count }, () => 1);

test.each([
  ['你好', bytes(6), ['你', '[2]', '[3]', '好', '[2]', '[3]']],
  ['你', [2, 1], ['你', '[3]']],
  ['你', [1, 2], ['你', '[2–3]']],
  // With what a token holds besides.
  ['a 你b', [3, 3], ['a·你', '[2–3]b']],
  // The end of one character and the beginning of the next.
  ['你好', [2, 2, 2], ['你', '[3]好', '[2–3]']],
  ['你好\n', [1, 3, 3], ['你', '[2–3]好', '[2–3]⏎\n']],
  ['שלום', bytes(8), ['ש', '[2]', 'ל', '[2]', 'ו', '[2]', 'ם', '[2]']],
  // What a reader takes for one character is one.
  ['👨‍👩', bytes(11), ['👨‍👩', ...bytes(10).map((_, i) => `[${i + 2}]`)]],
  ['👍🏽!', [4, 2, 2, 1], ['👍', '🏽', '[3–4]', '!']],
  ['👍🏽!', [2, 2, 4, 1], ['👍🏽', '[3–4]', '[5–8]', '!']],
  ['🇳🇴🇸🇪', [4, 4, 4, 2, 2], ['🇳', '🇴', '🇸', '🇪', '[3–4]']],
  ['🇳🇴🇸🇪', [2, 2, 4, 2, 2, 4], ['🇳🇴', '[3–4]', '[5–8]', '🇸🇪', '[3–4]', '[5–8]']],
  // One that begins in a whole token is not: its parts are drawn as the tokens are.
  ['🇳🇴🇸🇪', [4, 2, 2, 2, 2, 4], ['🇳', '🇴', '[3–4]', '🇸🇪', '[3–4]', '[5–8]']],
  ['你👍🏽', [1, 6, 2, 2], ['你', '[2–3]👍', '🏽', '[3–4]']],
  ['हि', [1, 2, 3], ['हि', '[2–3]', '[4–6]']],
  // A mark whose letter is a whole token stands by itself, as it does where it is a whole token.
  ['e\u0301', [1, 1, 1], ['e', '◌\u0301', '[2]']],
  // Spaces and what leaves no ink are named.
  ['\u3000', [1, 2], ['U+3000', '[2–3]']],
  ['\u00A0', [1, 1], ['⍽', '[2]']],
] as const)('%j cut into %j bytes is shown as %j', (text, lengths, tokens) => {
  expect(shown(cut(text, lengths))).toEqual(tokens);
});

test('over any text, however it is cut, the tokens show all of it once, and every byte of what they share', () => {
  const unit = fc.constantFrom('a', ' ', 'é', '你', '👍', '🏽', '\u200D', '🇳', '\u0301', 'ش', '\\', '\r\n');
  fc.assert(
    fc.property(
      fc.string({ unit, minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 6 })),
      (text, stream) => {
        const lengths: number[] = [];
        let left = new TextEncoder().encode(text).length;
        while (left > 0) {
          const next = Math.min(left, stream.next().value ?? 1);
          lengths.push(next);
          left -= next;
        }
        const view = cut(text, lengths);
        const shared = sharedTokens(view);
        /** The character that is not yet at its end. */
        let open: BytePart | undefined;
        let read = '';
        lengths.forEach((_, i) => {
          const token = shared.get(i);
          if (!token) {
            expect(open === undefined && !view.bytes.has(i), `token ${i}`).toBe(true);
            read += text.slice(view.encoded.start[i], view.encoded.end[i]);
            return;
          }
          const { rest, begun } = token;
          expect([rest?.character, rest?.of, rest?.first]).toEqual([
            open?.character,
            open?.of,
            open && open.last + 1,
          ]);
          read += token.text;
          open = begun ?? (rest && rest.last < rest.of ? rest : undefined);
        });
        expect(open).toBe(undefined);
        expect(read).toBe(text);
      },
    ),
  );
});

test('bytes that are none of the text, and those of no character, are shown as bytes', () => {
  const view = cut('你好', bytes(6));
  const other = { ...view, rendered: { ...view.rendered, text: '你x' } };
  expect(shown(other).slice(3)).toEqual(['\\xE5', '\\xA5', '\\xBD']);
  const invalid = new Map([...view.bytes, [0, '\\xFF']]);
  expect(shown({ ...view, bytes: invalid })).toEqual(['\\xFF', '\\xBD', '\\xA0', '好', '[2]', '[3]']);
});

test('what a token holds is said in words', () => {
  const names = (text: string, lengths: readonly number[]) => {
    const view = cut(text, lengths);
    const values = { weights: new Float32Array(lengths.length), overlay: 'weight' as const };
    return stripTokens(view, values, 0, lengths.length).map(({ name }) => name);
  };
  expect(names('你好', [2, 2, 2])).toEqual([
    'bytes 1 to 2 of the 3 of 你',
    'byte 3 of the 3 of 你, byte 1 of the 3 of 好',
    'bytes 2 to 3 of the 3 of 好',
  ]);
  expect(names(' a你 b', [3, 2, 2])).toEqual([
    '·a, byte 1 of the 3 of 你',
    'bytes 2 to 3 of the 3 of 你',
    undefined,
  ]);
});

test('the details name what is drawn as one, too', () => {
  const { facts } = tokenDetail(cut('👍🏽', bytes(8)), 5, 1, DEFAULT_POLICY, {});
  expect(facts.find(({ label }) => label === 'Bytes')?.value).toBe(
    '\\x9F: byte 2 of the 4 of 🏽; byte 6 of the 8 of 👍🏽',
  );
});

test('the details name the character', () => {
  const { facts, shown } = tokenDetail(cut('好你', [3, 1, 1, 1]), 1, 1, DEFAULT_POLICY, {});
  expect(shown).toBe('\\xE4');
  expect(facts.find(({ label }) => label === 'Bytes')?.value).toBe('\\xE4: byte 1 of the 3 of 你');
  expect(facts.find(({ label }) => label === 'Token')?.value).toBe('2 of 4');
});

test('tokens that are known by their texts alone are told the same; bytes of no character are told of by none', () => {
  const view = cut('a 你好', [1, 2, 3, 2]);
  const texts = ['a', ' \\xE4', '\\xBD\\xA0\\xE5', '\\xA5\\xBD'];
  expect([...view.bytes.values()]).toEqual(texts.slice(1));
  expect([...sharedIn(texts)]).toEqual([...sharedTokens(view)]);
  expect(sharedIn(texts).size).toBe(3);
  expect([...sharedIn([...texts, '\\xF0\\x9F', '!']).keys()]).toEqual([1, 2, 3]);
  expect(sharedIn(['a', '\\xE4', '\\xBD']).size).toBe(0);
});

test.each<[string[], string[]]>([
  // A byte of no character behind the end of one, before the beginning of one, and both.
  [
    ['\\xF0\\x9F', '\\x91\\x8D\\xFF', '!'],
    ['👍', '[3–4]\\xFF', '!'],
  ],
  [
    ['a\\xFF\\xE4', '\\xBD\\xA0'],
    ['a\\xFF你', '[2–3]'],
  ],
  [
    ['\\xE4', '\\xBD\\xA0\\xC0\\xE5\\xA5', '\\xBD'],
    ['你', '[2–3]\\xC0好', '[3]'],
  ],
  // A text that ends within a character, in the token that ends the one before.
  [
    ['\\xF0\\x9F\\x91', '\\x8D\\xF0', '\\x9F'],
    ['👍', '[4]\\xF0', '\\x9F'],
  ],
  // None at all.
  [
    ['\\xFF\\xE4', '\\xBD'],
    ['\\xFF\\xE4', '\\xBD'],
  ],
])('what was written is shown as characters as far as it is some: %j', (texts, as) => {
  const { text, start, end, bytes } = joinedTexts(texts);
  const view = cut(text, [text.length]);
  const count = texts.length;
  const encoded = {
    ...view.encoded,
    ...{ ids: new Int32Array(count), start, end, kind: new Uint8Array(count) },
    ...{ message: new Int32Array(count), generated: new Uint8Array(count) },
  };
  expect(shown({ ...view, encoded, bytes })).toEqual(as);
  const shared = sharedIn(texts);
  texts.forEach((_, i) => {
    const { rest, text: own = as[i] } = shared.get(i) ?? {};
    if (!rest && own === as[i]) return;
    const range = rest && (rest.first === rest.last ? `${rest.last}` : `${rest.first}–${rest.last}`);
    expect(`[${range}]${own}`).toBe(as[i]);
  });
});
