/**
 * @file Completions as rows: what is flat, dropped and right; sorting and filters; and which steps are kept.
 */
import { expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { readReaction } from '../../src/reward/reaction';
import type { TrainingSequence } from '../../src/sequence/types';
import { SEGMENT_KINDS, type SegmentKind } from '../../src/template/rendered';
import { passes, ROLLOUT_FILTERS, rolloutRows, sortedRows } from '../../src/ui/rollout-rows';
import { rolloutView, trainedMessages } from '../../src/ui/rollout-view';
import { stripTokens } from '../../src/ui/strip-token';
import type { RolloutReport } from '../../src/worker/protocol';

const CONVERSATION: Conversation = {
  id: 'c',
  messages: [
    { role: 'user', content: 'What is the weather in Oslo?' },
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ name: 'get_weather', arguments: { city: 'Oslo' }, rawArguments: '{"city": "Oslo"}' }],
    },
  ],
  extra: {},
  source: { file: 'x', record: 0, line: 1 },
};

const kinds = (...names: SegmentKind[]) => Uint8Array.from(names, (name) => SEGMENT_KINDS.indexOf(name));
const SEQUENCE: TrainingSequence = {
  ids: Int32Array.of(1, 2, 3, 4, 5, 6),
  kind: kinds('header', 'user', 'end', 'header', 'call', 'end'),
  weights: Float32Array.of(0, 0, 0, 0, -0.5, -0.5),
  positions: Int32Array.of(0, 1, 2, 3, 4, 5),
  document: new Int32Array(6).fill(1),
  origin: { conversation: 'c' },
};

function report(rollout: number, group: number, total: number | undefined, text: string): RolloutReport {
  const reaction = readReaction(text, []);
  return {
    rollout,
    group,
    conversation: 'c',
    message: 0,
    completion: {
      messages: [
        { role: 'assistant', content: reaction.answer, reasoning: 'Hm.', toolCalls: [...reaction.calls] },
        { role: 'tool', content: '{"sky": "clear"}' },
      ],
      reactions: [reaction],
      text,
      tokens: text.length,
      thinkTokens: 0,
      ended: true,
    },
    reward: { total, parts: [{ id: 'decision', value: total }] },
    ...(total !== undefined && { advantage: total }),
    sequence: SEQUENCE,
  };
}

const CALL = '<tool_call>{"name": "get_weather", "arguments": {"city": "Oslo"}}</tool_call>';
const REPORTS = [
  report(0, 0, 1, CALL),
  report(1, 0, -1, 'Sunny.'),
  report(2, 1, 0.5, 'Rainy, I think.'),
  report(3, 1, 0.5, 'Snow.'),
  report(4, 1, undefined, ''),
];
const ROWS = rolloutRows(REPORTS, (id) => (id === 'c' ? CONVERSATION : undefined));
const numbers = (rows: typeof ROWS) => rows.map(({ report: { rollout } }) => rollout);

test('filters: each keeps what its name says', () => {
  const kept = ROLLOUT_FILTERS.map((filter) => [filter, numbers(ROWS.filter((row) => passes(row, filter)))]);
  expect(Object.fromEntries(kept)).toEqual({
    all: [0, 1, 2, 3, 4],
    varied: [0, 1],
    dropped: [4],
    flat: [2, 3, 4],
    right: [0],
    wrong: [1, 2, 3, 4],
    false: [],
    missed: [1, 2, 3, 4],
  });
});

test('sorting: by a number either way, equal ones as they came, those without one last', () => {
  expect(numbers(sortedRows(ROWS, { column: 'total', descending: true }))).toEqual([0, 2, 3, 1, 4]);
  expect(numbers(sortedRows(ROWS, { column: 'total', descending: false }))).toEqual([1, 2, 3, 0, 4]);
  expect(numbers(sortedRows(ROWS, { column: 'part:decision', descending: true }))).toEqual([0, 2, 3, 1, 4]);
});

test('a completion in its segments, in the order in which they were written', () => {
  expect(ROWS[0]?.prompt).toBe('What is the weather in Oslo?');
  expect(ROWS[0]?.segments).toEqual([
    { kind: 'think', text: 'Hm.' },
    { kind: 'call', text: 'get_weather {"city": "Oslo"}' },
    { kind: 'result', text: '{"sky": "clear"}' },
  ]);
});

test('a conversation that is not at hand grades nothing', () => {
  const [row] = rolloutRows(REPORTS, () => undefined);
  expect(row?.grade).toBeUndefined();
  expect(row && passes(row, 'right')).toBe(false);
});

test('the strip tiles the tokens, cuts turns at headers, and knows whose they are', () => {
  const shown = rolloutView(REPORTS[0] as RolloutReport, [
    '<user>',
    'Hi',
    '<end>',
    '<assistant>',
    'call',
    '<end>',
  ]);
  const { view } = shown;
  expect(view.rendered.text).toBe('<user>Hi<end><assistant>call<end>');
  expect([...view.encoded.start]).toEqual([0, 6, 8, 13, 24, 28]);
  expect([...view.encoded.message]).toEqual([0, 0, 0, 1, 1, 1]);
  expect(view.source.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect([...trainedMessages(shown)]).toEqual([[1, { time: 1, of: 1 }]]);
});

const header = '<assistant>';
test.each<[string[], string[][]]>([
  // Tokens of one byte each; a space before; two characters in one token; an emoji with its skin tone.
  [
    [header, '\\xE4', '\\xBD', '\\xA0', '!', '<end>'],
    [[header], ['你'], ['', '2'], ['', '3'], ['!'], ['<end>']],
  ],
  [
    [header, ' \\xE4\\xBD', '\\xA0\\xE5', '\\xA5\\xBD', '好', '<end>'],
    [[header], ['·你'], ['好', '3'], ['', '2–3'], ['好'], ['<end>']],
  ],
  [
    [header, '👍', '\\xF0\\x9F', '\\x8F\\xBD', '<end>', ''],
    [[header], ['👍'], ['🏽'], ['', '3–4'], ['<end>'], ['∅']],
  ],
  // Cut off within a character, and bytes of none.
  [
    [header, '\\xC3', '\\xA9', '\\xF0\\x9F', '\\x91', '<end>'],
    [[header], ['é'], ['', '2'], ['\\xF0\\x9F'], ['\\x91'], ['<end>']],
  ],
  [
    [header, '\\xFF', ' a', '\\xA0', '\\xE4\\xBD', '\\xA0\\xFF'],
    [[header], ['\\xFF'], ['·a'], ['\\xA0'], ['你'], ['\\xFF', '3']],
  ],
])('the strip of %j shows characters whole', (texts, expected) => {
  const { view, sequence } = rolloutView(REPORTS[0] as RolloutReport, texts);
  const drawn = stripTokens(view, { weights: sequence.weights, overlay: 'weight' }, 0, texts.length);
  expect(drawn.map(({ text, bytes }) => (bytes === undefined ? [text] : [text, bytes]))).toEqual(expected);
});
