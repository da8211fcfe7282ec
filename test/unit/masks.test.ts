/**
 * @file Exactly which tokens are trained, spelled out, on the shipped tokenizer and template; and the same against the
 * masks, ids and offsets that transformers computes from a twin of the template with generation blocks.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { DEFAULT_POLICY, type MaskPolicy, tokenWeights } from '../../src/mask/policy';
import { Inspector } from '../../src/sequence/inspector';
import { SEGMENT_KINDS } from '../../src/template/rendered';
import { MASK_CONVERSATIONS } from '../fixtures/mask-conversations';

const FOLDER = 'public/models/pocket/';
const read = (file: string) => readFileSync(FOLDER + file, 'utf8');
const inspector = new Inspector(read('tokenizer.json'), read('tokenizer_config.json'));

interface Golden {
  cases: Record<string, { text: string; ids: number[]; offsets: [number, number][]; mask: number[] }>;
}
const golden = JSON.parse(readFileSync('test/golden/masks/masks.json', 'utf8')) as Golden;

function fixture(name: string): Conversation {
  const conversation = MASK_CONVERSATIONS.get(name);
  if (!conversation) throw new Error(`no fixture “${name}”`);
  return conversation;
}

/** The trained tokens in order, as `message segment` → pieces. */
function trained(name: string, policy: MaskPolicy = DEFAULT_POLICY): Record<string, string[]> {
  const conversation = fixture(name);
  const { encoded } = inspector.inspect(conversation);
  const pieces = inspector.tokenizer.pieces(encoded.ids);
  const found: Record<string, string[]> = {};
  tokenWeights(encoded, policy, conversation).forEach((weight, i) => {
    if (weight === 0) return;
    const key = `${encoded.message[i]} ${SEGMENT_KINDS[encoded.kind[i] ?? 0]}`;
    (found[key] ??= []).push(pieces[i] ?? '');
  });
  return found;
}

const think = (...words: string[]) => ['<think>', '\n', ...words, '\n', '</think>', '\n', '\n'];
const weatherIn = (...rest: string[]) => [
  ...[
    '<tool_call>',
    '\n',
    '{"',
    'name',
    '":',
    ' ',
    '"',
    'get',
    '_',
    'weather',
    '",',
    ' ',
    '"',
    'arguments',
    '":',
    ' ',
  ],
  ...['{"', 'city', '":', ' ', '"', ...rest, '\n', '</tool_call>'],
];
const end = ['<|im_end|>'];

const EXPECTED: Record<string, Record<string, string[]>> = {
  'answer only': { '2 answer': ['Hello', '!'], '2 end': end },
  'no system': { '1 answer': ['Hello', '!'], '1 end': end },
  'think and answer': {
    '1 think': think('A', ' ', 'greeting', '.'),
    '1 answer': ['Hello', '!'],
    '1 end': end,
  },
  'think only': { '1 think': think('A', ' ', 'greeting', '.'), '1 end': end },
  'empty think': { '1 think': think(), '1 answer': ['Hello', '!'], '1 end': end },
  'call only': { '1 call': weatherIn('Os', 'lo', '"}}'), '1 end': end },
  'think, call, result, answer': {
    '2 think': think('I', ' ', 'need', ' ', 'it', '.'),
    '2 call': weatherIn('Os', 'lo', '"}}'),
    '2 end': end,
    '4 think': think('I', ' ', 'know', ' ', 'it', '.'),
    '4 answer': ['3', ' ', 'degrees', '.'],
    '4 end': end,
  },
  'two turns: earlier thinking is stripped': {
    '1 answer': ['Hello', '!'],
    '1 end': end,
    '3 think': think('A', ' ', 'f', 'are', 'well', '.'),
    '3 answer': ['B', 'y', 'e', '!'],
    '3 end': end,
  },
  'parallel calls and two results': {
    '1 think': think('Two', '.'),
    '1 call': [
      ...weatherIn('Os', 'lo', '"}}'),
      '\n',
      ...weatherIn('R', 'ome', '",', ' ', '"', 'days', '":', ' ', '2', '}}'),
    ],
    '1 end': end,
    '4 answer': ['3', ' ', 'and', ' ', '1', '9', '.'],
    '4 end': end,
  },
  'content beside a call, and a call without arguments': {
    '1 answer': ['L', 'et', ' ', 'me', ' ', 'se', 'e', '.'],
    '1 call': [
      ...[
        '\n',
        '<tool_call>',
        '\n',
        '{"',
        'name',
        '":',
        ' ',
        '"',
        'clock',
        '",',
        ' ',
        '"',
        'arguments',
        '":',
        ' ',
      ],
      ...['{', '}}', '\n', '</tool_call>'],
    ],
    '1 end': end,
  },
  'content that holds the end-of-turn token': {
    '1 answer': ['I', ' ', 'say', ' ', '<|im_end|>', ' ', 'now'],
    '1 end': end,
  },
  'odd Unicode': {
    '1 think': think('\\xF0', '\\x9D', '\\x94', '\\x98'),
    '1 answer': [
      ...['\\xE4', '\\xBD', '\\xA0', '\\xE5', '\\xA5', '\\xBD', ' ', '\\xF0', '\\x9F', '\\x91', '\\x8B'],
      ...['\\xF0', '\\x9F', '\\x8F', '\\xBD', ' ', '\\xC2', '\\xA0', 'na', '\\xC3', '\\xAF', 've'],
      ...['\\xE2', '\\x80', '\\x8D', '\r', '\n', '\t', 'x'],
    ],
    '1 end': end,
  },
  'white space at the borders': {
    '1 think': think(' ', '\n'),
    '1 answer': ['\n', ' ', ' ', 'Hello', '!', ' ', '\n'],
    '1 end': end,
  },
  'an empty turn': { '1 end': end, '3 answer': ['Y', 'es', '.'], '3 end': end },
  'unfinished: the user spoke last': { '1 answer': ['Hello', '!'], '1 end': end },
  'tags in content are content': {
    '1 answer': ['U', 'se', ' ', '<think>', ' ', 'or', ' ', '</tool_call>', '.'],
    '1 end': end,
  },
};

describe('trained tokens under the default policy', () => {
  it('are spelled out for every fixture', () => {
    expect(Object.keys(EXPECTED)).toEqual([...MASK_CONVERSATIONS.keys()]);
  });

  it.each(Object.keys(EXPECTED))('%s', (name) => {
    expect(trained(name)).toEqual(EXPECTED[name]);
  });
});

describe('trained tokens under other policies', () => {
  const only = (kind: keyof MaskPolicy): MaskPolicy => {
    const off = { train: false, weight: 1 };
    return { think: off, call: off, answer: off, end: off, [kind]: { train: true, weight: 1 } };
  };
  const name = 'think, call, result, answer';

  it.each(['think', 'call', 'answer', 'end'] as const)('%s alone', (kind) => {
    const all = Object.entries(EXPECTED[name] ?? {});
    expect(trained(name, only(kind))).toEqual(Object.fromEntries(all.filter(([key]) => key.endsWith(kind))));
  });
});

describe('against transformers', () => {
  it.each([...MASK_CONVERSATIONS.keys()])('%s: same text, ids, offsets and mask', (name) => {
    const { rendered, encoded } = inspector.inspect(fixture(name));
    const wanted = golden.cases[name];
    expect(rendered.text).toBe(wanted?.text);
    expect([...encoded.ids]).toEqual(wanted?.ids);
    expect([...encoded.start].map((start, i) => [start, encoded.end[i]])).toEqual(wanted?.offsets);
    expect([...tokenWeights(encoded, DEFAULT_POLICY, fixture(name))]).toEqual(wanted?.mask);
  });
});

describe('Inspector', () => {
  it('renders what the model sees when it has to speak', () => {
    const { text, ids } = inspector.prompt(fixture('two turns: earlier thinking is stripped'), 3);
    expect(text).toBe(
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n' +
        '<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(inspector.tokenizer.decode(ids)).toBe(text);
  });

  it('cuts long conversations and says which have nothing left to train', () => {
    const conversations = ['answer only', 'think and answer', 'unfinished: the user spoke last'].map(fixture);
    const { sequences, problems } = inspector.sequences(conversations, DEFAULT_POLICY, 12);
    expect(sequences.map((sequence) => [sequence.origin.conversation, sequence.ids.length])).toEqual([
      ['think and answer', 12],
      ['unfinished: the user spoke last', 12],
    ]);
    expect(problems.map(({ conversation }) => conversation)).toEqual(['answer only']);
    expect(problems[0]?.reason).toMatch(/beyond the longest sequence \(12 of \d+ tokens kept\)/);
  });

  it('names what is wrong with tokenizer files', () => {
    const json = read('tokenizer.json');
    const config = read('tokenizer_config.json');
    expect(() => new Inspector('<!doctype html>', config)).toThrow(/tokenizer\.json is not valid JSON/);
    expect(() => new Inspector(json, '[]')).toThrow(/tokenizer_config\.json holds no JSON object/);
    expect(() => new Inspector(json, '{}')).toThrow(/no chat template/);
    const other = JSON.stringify({
      ...(JSON.parse(json) as object),
      pre_tokenizer: { type: 'UnicodeScripts' },
    });
    expect(() => new Inspector(other, config)).toThrow(/Unknown PreTokenizer/);
  });
});
