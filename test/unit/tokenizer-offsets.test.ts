/**
 * @file Ids, offsets and decoded texts of sixteen kinds of tokenizer on 71 texts, against the `tokenizers` library
 * (tools/golden/tokenizer.py). Where the JavaScript library tokenizes otherwise than Python, the text is named here with
 * the reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ChatTokenizer } from '../../src/tokenizer/tokenizer';

const FOLDER = 'test/golden/tokenizer/';
const read = (file: string) => readFileSync(FOLDER + file, 'utf8');

interface Golden {
  ids: number[];
  offsets: [number, number][];
  decoded: string;
}

interface Difference {
  /** What differs from Python's. */
  what: 'ids' | 'offsets';
  reason: string;
}

/** Tokenizer → text → how the two libraries differ. Whatever is not listed is equal. */
const DIFFERENT: Record<string, Record<string, Difference[]>> = {
  'byte-clip': {
    'ΟΔΥΣΣΕΥΣ Σ ΑΣ, Σοφός': [
      { what: 'ids', reason: 'JavaScript lowers a sigma at the end of a word to ς, Python’s Lowercase to σ' },
    ],
  },
  'unigram-accents-first': {
    '<Tool> <tool> <TOOL> a<Tool>b': [
      {
        what: 'ids',
        reason:
          'JavaScript’s Metaspace with `first` looks at the section, not at where it begins: text after a normalized added token gets a ▁',
      },
    ],
  },
  'unigram-lowercase-strip': {
    '\ufeffbom first': [
      { what: 'ids', reason: 'JavaScript’s trim takes U+FEFF for white space, Python’s does not' },
    ],
  },
  'unigram-precompiled': {
    'carriage\r\nreturn\r\n': [
      {
        what: 'offsets',
        reason: 'Python’s Precompiled takes \\r\\n as one grapheme, and replaces both by one space',
      },
    ],
    'e\u0301\u0323 o\u0323\u0302 a\u0328\u0301': [
      {
        what: 'ids',
        reason: 'Python’s Precompiled replaces a grapheme by the rule for its first characters',
      },
    ],
    '\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab\u1100\u116e\u11a8': [
      {
        what: 'offsets',
        reason: 'Python’s Precompiled composes no grapheme of six bytes or more; JavaScript does',
      },
    ],
    'word\u0301word e\u0301\u200d\u0301 \u0300\u0301': [
      {
        what: 'ids',
        reason: 'Python’s Precompiled replaces a grapheme by the rule for its first characters',
      },
    ],
  },
  'wordpiece-bert': {
    '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 𠀀𠀁': [
      { what: 'ids', reason: 'JavaScript’s BertNormalizer puts no spaces around ideographs beyond U+FFFF' },
    ],
  },
};

const texts = JSON.parse(read('texts.json')) as string[];
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.tokenizer.json'))
  .map((file) => file.replace('.tokenizer.json', ''));

it('has tokenizers of every kind', () => {
  expect(names).toHaveLength(16);
  expect(texts).toHaveLength(71);
  for (const name of Object.keys(DIFFERENT)) expect(names).toContain(name);
});

describe.each(names)('%s', (name) => {
  const tokenizer = new ChatTokenizer(read(`${name}.tokenizer.json`), '{}');
  const golden = JSON.parse(read(`${name}.json`)) as Golden[];

  it('agrees with Python on ids, offsets and text, save for what is listed', () => {
    expect(golden).toHaveLength(texts.length);
    texts.forEach((text, i) => {
      const expected = golden[i];
      if (!expected) throw new Error(`no golden values for ${text}`);
      const listed = DIFFERENT[name]?.[text]?.map(({ what }) => what) ?? [];
      const { ids, start, end } = tokenizer.encode(text);
      const offsets = Array.from(start, (from, j) => [from, end[j]]);
      // What is listed must still differ, so that the list stays true.
      const compare = (what: Difference['what'], ours: unknown, theirs: unknown) => {
        const where = `${what} of ${JSON.stringify(text)}`;
        if (listed.includes(what)) expect(ours, where).not.toEqual(theirs);
        else expect(ours, where).toEqual(theirs);
      };
      compare('ids', [...ids], expected.ids);
      // Offsets of other tokens cannot be compared.
      if (!listed.includes('ids')) compare('offsets', offsets, expected.offsets);
      expect(tokenizer.decode(expected.ids), `ids of ${JSON.stringify(text)}, decoded`).toBe(
        expected.decoded,
      );
    });
  });
});
