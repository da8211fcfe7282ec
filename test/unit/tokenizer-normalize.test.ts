/**
 * @file Aligned normalization: the text is exact for any input, and each character knows what it was made from. Against
 * Python's offsets in tokenizer-offsets.test.ts.
 */
import {
  BertNormalizer,
  LowercaseNormalizer,
  PrecompiledNormalizer,
  PrependNormalizer,
  ReplaceNormalizer,
  StripAccentsNormalizer,
  StripNormalizer,
} from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Aligned, original, transform } from '../../src/tokenizer/aligned';
import { normalizerStage } from '../../src/tokenizer/normalize';
import { toUnicodeForm, type UnicodeForm } from '../../src/tokenizer/unicode-forms';

const whole = (text: string) => original(text, 0, text.length);
/** Each UTF-16 unit with its range, as `é0-1`. */
const shown = ({ text, start, end }: Aligned) =>
  Array.from({ length: text.length }, (_, i) => `${text.charAt(i)}${start[i]}-${end[i]}`).join(' ');
const FORMS: UnicodeForm[] = ['NFC', 'NFD', 'NFKC', 'NFKD'];

describe('transform', () => {
  it('replaces, inserts, removes and skips, as NormalizedString does', () => {
    expect(
      shown(
        transform(whole('abcd'), [
          ['x', 0],
          ['y', 1],
          ['z', -1],
          ['d', 0],
        ]),
      ),
    ).toBe('x0-1 y0-1 z1-2 d3-4');
    expect(
      shown(
        transform(
          whole('  ab'),
          [
            ['a', 0],
            ['b', 0],
          ],
          2,
        ),
      ),
    ).toBe('a2-3 b3-4');
    expect(
      shown(
        transform(whole('😀b'), [
          ['x', 0],
          ['b', 0],
        ]),
      ),
    ).toBe('x0-2 b2-3');
    // Inserted before everything: at the point where the text begins.
    expect(
      shown(
        transform(original('ab', 1, 2), [
          ['x', 1],
          ['b', 0],
        ]),
      ),
    ).toBe('x1-1 b1-2');
    expect(() =>
      transform(whole('a'), [
        ['a', 0],
        ['b', 0],
      ]),
    ).toThrow(RangeError);
  });
});

describe('toUnicodeForm', () => {
  it('gives a composed character the range of its first part, and inserted ones that of the character before', () => {
    expect(shown(toUnicodeForm(whole('xe\u0301y'), 'NFC'))).toBe('x0-1 é1-2 y3-4');
    expect(shown(toUnicodeForm(whole('xéy'), 'NFD'))).toBe('x0-1 e1-2 \u03011-2 y2-3');
    expect(shown(toUnicodeForm(whole('ﬁx'), 'NFKC'))).toBe('f0-1 i0-1 x1-2');
    expect(shown(toUnicodeForm(whole('\u1112\u1161\u11ab'), 'NFC'))).toBe('\ud55c0-1');
  });

  it('is exact for every character, alone and between marks', () => {
    for (let point = 0; point < 0x30000; point++) {
      if (point >= 0xd800 && point < 0xe000) continue;
      const character = String.fromCodePoint(point);
      for (const form of FORMS) {
        if (character.normalize(form) === character) continue;
        // It throws where its text is not that of the engine.
        toUnicodeForm(whole(`a\u0301\u0323${character}\u0345\u0334b`), form);
      }
    }
  });

  it('is exact and in order for any text', () => {
    const marks = fc.integer({ min: 0x300, max: 0x36f }).map((point) => String.fromCodePoint(point));
    const text = fc
      .array(
        fc.oneof(
          marks,
          fc.constantFrom('e', 'ṩ', 'Å', '\u1112', '\u1161', '\u11ab', '\u0344'),
          fc.string({ unit: 'binary' }),
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.constantFrom(...FORMS), (source, form) => {
        const result = toUnicodeForm(whole(source), form);
        expect(result.text).toBe(source.normalize(form));
        for (let i = 1; i < result.text.length; i++) {
          expect(result.start[i]).toBeGreaterThanOrEqual(result.start[i - 1] ?? 0);
          expect(result.end[i]).toBeGreaterThanOrEqual(result.end[i - 1] ?? 0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes ten thousand marks in the worst order', () => {
    const text = `a${'\u0345'.repeat(5000)}${'\u0334'.repeat(5000)}`;
    expect(toUnicodeForm(whole(text), 'NFC').text).toBe(text.normalize('NFC'));
  });
});

describe('normalizerStage', () => {
  const STAGES: [string, Parameters<typeof normalizerStage>[0], source: string, expected: string][] = [
    ['Lowercase', new LowercaseNormalizer({ type: 'Lowercase' }), 'İΑΣ', 'i0-1 \u03070-1 α1-2 ς2-3'],
    [
      'Strip',
      new StripNormalizer({ type: 'Strip', strip_left: true, strip_right: true }),
      ' \ta b\n',
      'a2-3  3-4 b4-5',
    ],
    ['StripAccents', new StripAccentsNormalizer({ type: 'StripAccents' }), 'e\u0301x', 'e0-1 x2-3'],
    ['Prepend', new PrependNormalizer({ type: 'Prepend', prepend: '▁' }), 'ab', '▁0-1 a0-1 b1-2'],
    [
      'Replace',
      new ReplaceNormalizer({ type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' }),
      'a   b',
      // The last character replaced, as in the `tokenizers` library.
      'a0-1 ▁3-4 b4-5',
    ],
    [
      'Precompiled',
      new PrecompiledNormalizer({ type: 'Precompiled', precompiled_charsmap: '' }),
      'ﬁ\x01\t～',
      'f0-1 i0-1  2-3 ～3-4',
    ],
    [
      'BertNormalizer',
      new BertNormalizer({
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        lowercase: true,
      }),
      'É\x00今\t',
      'e0-1  2-3 今2-3  2-3  3-4',
    ],
  ];

  it.each(STAGES)('%s', (_, normalizer, source, expected) => {
    expect(shown(normalizerStage(normalizer)(whole(source)))).toBe(expected);
  });

  it.each(STAGES)('%s follows the library on any text', (_, normalizer) => {
    const stage = normalizerStage(normalizer);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (source) => {
        // It throws where its text is not the library's.
        const { text, start, end } = stage(whole(source));
        expect(start.length).toBe(text.length);
        for (let i = 0; i < text.length; i++) expect(end[i]).toBeLessThanOrEqual(source.length);
      }),
      { numRuns: 300 },
    );
  });
});
