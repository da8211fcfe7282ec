/**
 * @file Aligned pre-tokenization: the words are the library's on any text, and each unit knows where it is from.
 */
import {
  BertPreTokenizer,
  ByteLevelPreTokenizer,
  DigitsPreTokenizer,
  FixedLengthPreTokenizer,
  MetaspacePreTokenizer,
  type PreTokenizer,
  PunctuationPreTokenizer,
  ReplacePreTokenizer,
  SequencePreTokenizer,
  SplitPreTokenizer,
  WhitespacePreTokenizer,
  WhitespaceSplitPreTokenizer,
} from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { original } from '../../src/tokenizer/aligned';
import { splitter } from '../../src/tokenizer/pre-tokenize';

/** Each word with the range of its first and its last unit. */
const split = (library: PreTokenizer, text: string, section = 0) =>
  splitter(library)(original(text, 0, text.length), section).map(
    ({ text: word, start, end }) => `${word} ${start[0]}-${end.at(-1)}`,
  );

const KINDS: [string, PreTokenizer, source: string, expected: string[]][] = [
  ['ByteLevel', new ByteLevelPreTokenizer({ type: 'ByteLevel' }), 'a é', ['a 0-1', 'ĠÃ© 1-3']],
  [
    'ByteLevel with a space in front',
    new ByteLevelPreTokenizer({ type: 'ByteLevel', add_prefix_space: true, use_regex: false }),
    'ab',
    ['Ġab 0-2'],
  ],
  ['Metaspace', new MetaspacePreTokenizer({ type: 'Metaspace' }), 'a b', ['▁a▁b 0-3']],
  [
    'Split',
    new SplitPreTokenizer({ type: 'Split', pattern: { Regex: 'b+' }, behavior: 'Isolated' }),
    'abbc',
    ['a 0-1', 'bb 1-3', 'c 3-4'],
  ],
  [
    'Split, removed',
    new SplitPreTokenizer({ type: 'Split', pattern: { Regex: '\\s+' }, behavior: 'Removed' }),
    'a  a',
    ['a 0-1', 'a 3-4'],
  ],
  [
    'Split of a string',
    new SplitPreTokenizer({ type: 'Split', pattern: { String: '.' }, behavior: 'Removed', invert: false }),
    'a.b',
    ['a 0-1', '. 1-2', 'b 2-3'],
  ],
  [
    'Split, inverted',
    new SplitPreTokenizer({ type: 'Split', pattern: { Regex: '\\w+' }, behavior: 'Removed', invert: true }),
    'a, b',
    ['a 0-1', 'b 3-4'],
  ],
  [
    'Digits',
    new DigitsPreTokenizer({ type: 'Digits', individual_digits: true }),
    'a12',
    ['a 0-1', '1 1-2', '2 2-3'],
  ],
  ['Punctuation', new PunctuationPreTokenizer({ type: 'Punctuation' }), 'a!?b', ['a 0-1', '!? 1-3', 'b 3-4']],
  ['Whitespace', new WhitespacePreTokenizer(), ' a!b', ['a 1-2', '! 2-3', 'b 3-4']],
  ['WhitespaceSplit', new WhitespaceSplitPreTokenizer(), ' a! b', ['a! 1-3', 'b 4-5']],
  ['BertPreTokenizer', new BertPreTokenizer(), ' a!!', ['a 1-2', '! 2-3', '! 3-4']],
  [
    'Replace',
    new ReplacePreTokenizer({ type: 'Replace', pattern: { String: 'a' }, content: 'xy' }),
    'ba',
    ['bxy 0-2'],
  ],
  [
    'FixedLength',
    new FixedLengthPreTokenizer({ type: 'FixedLength', length: 2 }),
    'abc',
    ['ab 0-2', 'c 2-3'],
  ],
  [
    'Sequence',
    new SequencePreTokenizer({
      type: 'Sequence',
      pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'ByteLevel', add_prefix_space: true }],
    }),
    ' a b',
    ['Ġa 1-2', 'Ġb 3-4'],
  ],
];

describe.each(KINDS)('%s', (_, library, source, expected) => {
  it('gives words with their ranges', () => {
    expect(split(library, source)).toEqual(expected);
  });

  it('follows the library on any text', () => {
    const text = fc
      .array(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom(' ', 'a', 'b1', '.', '\n')),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (any) => {
        // It throws where its words are not the library's.
        for (const word of splitter(library)(original(any, 0, any.length), 1)) {
          expect(word.start.length).toBe(word.text.length);
          expect(word.end.at(-1)).toBeLessThanOrEqual(any.length);
        }
      }),
      { numRuns: 200 },
    );
  });
});

it('puts a ▁ in front of the first part alone, where the scheme is `first`', () => {
  const first = new MetaspacePreTokenizer({ type: 'Metaspace', prepend_scheme: 'first' });
  expect(split(first, 'a', 0)).toEqual(['▁a 0-1']);
  expect(split(first, 'a', 1)).toEqual(['a 0-1']);
});
