/**
 * @file Fields of messages and their tokens, both ways.
 */
import { describe, expect, test } from 'vitest';
import { droppedFields, litTokens, placeInField, sourceFields } from '../../src/ui/source-fields';
import { viewOf } from './strip-view';

const VIEW = viewOf(
  [
    ['<|im_start|>', 'header', 0],
    ['What', 'user', 0],
    ['?', 'user', 0],
    ['<|im_end|>', 'header', 0],
    ['<think>\n', 'think', 1, true],
    ['I', 'think', 1, true],
    [' know', 'think', 1, true],
    ['\n</think>', 'think', 1, true],
    ['<tool_call>', 'call', 1, true],
    ['{"name": "f"}', 'call', 1, true],
    ['Frid', 'answer', 1, true],
    ['ay 👍', 'answer', 1, true],
    ['<|im_end|>', 'end', 1, true],
  ],
  [
    // The template trims it.
    { role: 'user', content: '  What?' },
    {
      role: 'assistant',
      reasoning: 'I know',
      content: 'Friday 👍',
      toolCalls: [{ name: 'f', arguments: {}, rawArguments: '{}' }],
    },
  ],
);
const FIELDS = sourceFields(VIEW.source);

test('fields in the order in which they are read', () => {
  expect(FIELDS.map(({ message, kind, text }) => [message, kind, text])).toEqual([
    [0, 'user', '  What?'],
    [1, 'think', 'I know'],
    [1, 'answer', 'Friday 👍'],
    [1, 'call', 'f {}'],
  ]);
  const tools = [{ type: 'function' as const, function: { name: 'f' } }];
  expect(sourceFields({ ...VIEW.source, tools })[0]).toMatchObject({
    message: -1,
    role: 'tools',
    kind: 'tools',
  });
});

describe('from a field to its tokens', () => {
  test.each([
    [0, [1, 2]],
    [1, [4, 5, 6, 7]],
    [2, [10, 11]],
    [3, [8, 9]],
  ])('field %i', (field, tokens) => {
    const lit = litTokens(VIEW, FIELDS[field] ?? expect.fail());
    expect([...(lit ?? [])].flatMap((on, i) => (on ? [i] : []))).toEqual(tokens);
  });

  test('one that the template left out has none', () => {
    expect(litTokens(VIEW, { message: 1, role: 'system', kind: 'system', text: 'x' })).toBeUndefined();
  });
});

describe('from a token to its field', () => {
  const marked = (token: number) =>
    FIELDS.flatMap((field) => {
      const range = placeInField(VIEW, token, field);
      return range ? [field.text.slice(range.start, range.end)] : [];
    });

  test('the characters that it covers, through what the template trims', () => {
    expect([1, 2].map(marked)).toEqual([['What'], ['?']]);
    expect([5, 6].map(marked)).toEqual([['I'], [' know']]);
    expect([10, 11].map(marked)).toEqual([['Frid'], ['ay 👍']]);
  });

  test('a delimiter, a header, and a call that the template spells its own way have none', () => {
    expect([0, 3, 4, 7, 8, 9, 12].map(marked)).toEqual([[], [], [], [], [], [], []]);
  });
});

describe('fields that the template drops', () => {
  const messages = [
    { role: 'user' as const, content: 'What?' },
    { role: 'assistant' as const, reasoning: 'I know', content: 'Friday' },
    { role: 'system' as const, content: 'Be brief.' },
  ];
  const view = viewOf(
    [
      // The system's message stands in that of the user.
      ['Be brief. ', 'user', 0],
      ['What?', 'user', 0],
      ['Friday', 'answer', 1, true],
    ],
    messages,
  );

  test('thinking of which no token came; what stands elsewhere is not dropped', () => {
    expect(droppedFields(view, sourceFields(view.source))).toEqual([false, true, false, false]);
  });

  test('a message that stands nowhere', () => {
    const other = {
      ...view,
      source: {
        ...view.source,
        messages: [...messages.slice(0, 2), { role: 'system' as const, content: 'Be long.' }],
      },
    };
    expect(droppedFields(other, sourceFields(other.source))).toEqual([false, true, false, true]);
  });

  test('calls and tools are told by their tokens alone', () => {
    expect(droppedFields(VIEW, FIELDS)).toEqual([false, false, false, false]);
    const tools = [{ type: 'function' as const, function: { name: 'f' } }];
    const without = { ...VIEW, source: { ...VIEW.source, tools } };
    expect(droppedFields(without, sourceFields(without.source))[0]).toBe(true);
  });
});
