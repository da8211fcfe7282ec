/**
 * @file Tokenizer files that are broken, hostile, or not followed to the letter: refused or pointed out, never guessed.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LosslightError } from '../../src/errors';
import { ChatTokenizer } from '../../src/tokenizer/tokenizer';

type Json = Record<string, unknown>;

const golden = (name: string, change: (json: Json & { model: Json; added_tokens: Json[] }) => void) => {
  const json = JSON.parse(readFileSync(`test/golden/tokenizer/${name}.tokenizer.json`, 'utf8')) as Json & {
    model: Json;
    added_tokens: Json[];
  };
  change(json);
  return JSON.stringify(json);
};
const gpt2 = (change: Parameters<typeof golden>[1]) => golden('byte-gpt2', change);
const split = (pattern: unknown, behavior = 'Isolated', invert = false) => ({
  type: 'Split',
  pattern,
  behavior,
  invert,
});

function refusal(json: string, text?: string): LosslightError {
  try {
    const tokenizer = new ChatTokenizer(json, '{}');
    if (text !== undefined) tokenizer.encode(text);
  } catch (error) {
    if (error instanceof LosslightError) return error;
    throw error;
  }
  throw new Error('not refused');
}

describe('a tokenizer.json that is refused', () => {
  const replaceAll = (content: string) => ({ type: 'Replace', pattern: { String: 'a' }, content });
  const CASES: [what: string, json: string, message: RegExp][] = [
    ['a web page', '<!doctype html>', /tokenizer\.json is not valid JSON/],
    ['a list', '[]', /holds no JSON object/],
    ['no model', '{"added_tokens": []}', /model is missing/],
    ['no vocabulary', gpt2((j) => delete j.model.vocab), /model\.vocab is missing/],
    [
      'an id that is no number',
      gpt2((j) => (j.model.vocab = { a: 'x' })),
      /model\.vocab\["a"\] is not an id/,
    ],
    // The library makes an array with a place for each id, and walks through it.
    [
      'an id of four milliards',
      gpt2((j) => (j.added_tokens[0] = { id: 4e9, content: 'x' })),
      /added_tokens\[0\]\.id is not an id/,
    ],
    [
      'an added token without text',
      gpt2((j) => (j.added_tokens[1] = { id: 1, content: '' })),
      /added_tokens\[1\]\.content is not a text/,
    ],
    [
      'pieces without scores',
      golden('unigram-nfkc', (j) => (j.model.vocab = [['a']])),
      /model\.vocab\[0\] is not a piece/,
    ],
    // The library would drop the whole text.
    [
      'a split without a pattern',
      gpt2((j) => (j.pre_tokenizer = split({}))),
      /pre_tokenizer\.pattern is neither/,
    ],
    [
      'a pattern that is not closed',
      gpt2((j) => (j.pre_tokenizer = split({ Regex: '(a' }))),
      /cannot be loaded/,
    ],
    // The library would never come to an end.
    [
      'pieces of length 0',
      gpt2((j) => (j.pre_tokenizer = { type: 'FixedLength', length: 0 })),
      /pre_tokenizer\.length is not/,
    ],
    [
      'a normalizer that doubles the text forty times',
      gpt2(
        (j) =>
          (j.normalizer = {
            type: 'Sequence',
            normalizers: Array.from({ length: 40 }, () => replaceAll('aa')),
          }),
      ),
      /normalizer\.normalizers\[9\] can make a text more than 1000 times longer/,
    ],
    [
      'an unknown normalizer',
      gpt2((j) => (j.normalizer = { type: 'Rot13' })),
      /Unknown Normalizer type: Rot13/,
    ],
    [
      'an unknown pre-tokenizer',
      gpt2((j) => (j.pre_tokenizer = { type: 'UnicodeScripts' })),
      /Unknown PreTokenizer type/,
    ],
    ['an unknown decoder', gpt2((j) => (j.decoder = { type: 'Rot13' })), /Unknown Decoder type/],
  ];

  it.each(CASES)('%s', (_, json, message) => {
    const error = refusal(json);
    expect(error.code).toBe('bad-tokenizer');
    expect(error.message).toMatch(message);
    expect(error.remedy).not.toBe('');
  });

  it('sequences that nest too deep for the library', () => {
    const nested = `${'{"type":"Sequence","normalizers":['.repeat(20_000)}${']}'.repeat(20_000)}`;
    const error = refusal(gpt2((j) => (j.normalizer = 'HERE')).replace('"HERE"', nested));
    expect(error.code).toBe('bad-tokenizer');
  });
});

describe('a text that is refused', () => {
  it('has characters that a Unigram without unknown token does not know', () => {
    const error = refusal(
      golden('unigram-nfkc', (j) => (j.model.unk_id = null)),
      'the ☃☄ x',
    );
    expect(error.code).toBe('unknown-character');
    expect(error.message).toContain('☃☄');
  });

  it('is too long for the library', () => {
    const error = refusal(
      golden('unigram-nfkc', () => undefined),
      'x y '.repeat(100_000),
    );
    expect(error.code).toBe('tokenizer-failed');
    expect(error.message).toContain('400000 characters');
  });

  it('is changed by a normalizer in a way that cannot be followed', () => {
    // JavaScript reads `$&` as the match itself, Python as two characters: neither is assumed.
    const json = gpt2((j) => (j.normalizer = { type: 'Replace', pattern: { String: 'a' }, content: '$&$&' }));
    expect(refusal(json, 'the weather').code).toBe('bad-offsets');
    expect([...new ChatTokenizer(json, '{}').encode('no').start]).toEqual([0, 1]);
  });
});

describe('differences', () => {
  const differences = (json: string) => new ChatTokenizer(json, '{}').differences;

  it('are none for the kinds that agree with Python', () => {
    for (const name of [
      'byte-gpt2',
      'byte-llama3',
      'bpe-metaspace-first',
      'bpe-prepend-replace',
      'unigram-nfkc',
    ]) {
      expect(differences(golden(name, () => undefined)), name).toEqual([]);
    }
    // As in Gemma: the pattern never matches, since the normalizer has replaced every space.
    expect(differences(golden('bpe-replace-unknown', () => undefined))).toEqual([]);
  });

  const FEATURES: [what: string, json: string, sentence: RegExp][] = [
    [
      'single_word',
      gpt2((j) => ((j.added_tokens[2] ?? {}).single_word = true)),
      /“<mask>” is found inside words/,
    ],
    [
      'merged matches',
      gpt2((j) => (j.pre_tokenizer = split({ String: 't' }, 'MergedWithPrevious'))),
      /MergedWithPrevious/,
    ],
    [
      'inverted matches',
      gpt2((j) => (j.pre_tokenizer = split({ Regex: 't' }, 'Isolated', true))),
      /Isolated, inverted/,
    ],
    ['removed strings', gpt2((j) => (j.pre_tokenizer = split({ String: 't' }, 'Removed'))), /\(Removed\)/],
    [
      'single marks',
      gpt2((j) => (j.pre_tokenizer = { type: 'Punctuation', behavior: 'Isolated' })),
      /stay together/,
    ],
    [
      'bytes in Unigram',
      golden('unigram-nfkc', (j) => (j.model.byte_fallback = true)),
      /byte_fallback of Unigram/,
    ],
    [
      'the table of Precompiled',
      golden('unigram-precompiled', () => undefined),
      /table of the normalizer is not read/,
    ],
  ];
  it.each(FEATURES)('name %s', (_, json, sentence) => {
    expect(differences(json)).toHaveLength(1);
    expect(differences(json)[0]).toMatch(sentence);
  });

  it('are not named where the library does what is said', () => {
    expect(differences(gpt2((j) => (j.pre_tokenizer = split({ Regex: 't' }, 'Removed', true))))).toEqual([]);
    expect(differences(gpt2((j) => (j.pre_tokenizer = split({ Regex: '\\s' }, 'Removed'))))).toEqual([]);
  });
});
