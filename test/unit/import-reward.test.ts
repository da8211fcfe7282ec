/**
 * @file The field `reward` of a record: read, refused by name, written again as it was.
 */
import { describe, expect, test } from 'vitest';
import { toOpenAIJsonl } from '../../src/conversation/export';
import { toTrlJsonl } from '../../src/conversation/export-trl';
import { importText } from '../../src/conversation/import';

const MESSAGES = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello' },
];
const record = (reward: string) => `{"messages": ${JSON.stringify(MESSAGES)}, "reward": ${reward}}`;
const read = (text: string, name = 'data.jsonl') => importText(text, { name });

test.each([
  ['1', 1],
  ['-0.5', -0.5],
  ['1.0', 1],
  ['"0.25"', 0.25],
  ['null', undefined],
  ['""', undefined],
])('%s', (text, value) => {
  const { conversations, problems } = read(record(text));
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(conversations[0]?.reward).toBe(value);
  expect(conversations[0]?.extra['reward']).toEqual(value === undefined ? JSON.parse(text) : undefined);
});

test.each(['"good"', 'true', '"Infinity"'])('%s is refused with its line and field', (text) => {
  const { conversations, problems } = read(`${record('1')}\n${record(text)}`);
  expect(conversations).toHaveLength(1);
  const errors = problems.filter(({ severity }) => severity === 'error');
  expect(errors).toMatchObject([{ line: 2, field: 'reward' }]);
  expect(errors[0]?.reason).toMatch(/^the reward is .*, not a finite number$/);
});

test('parts of a reward stay among the fields that are only kept', () => {
  const [conversation] = read(record('{"format": 1}')).conversations;
  expect(conversation?.reward).toBeUndefined();
  expect(conversation?.extra).toEqual({ reward: { format: 1 } });
});

describe('export', () => {
  test.each([
    ['OpenAI', toOpenAIJsonl],
    ['TRL', (all: Parameters<typeof toOpenAIJsonl>[0]) => toTrlJsonl(all)],
  ])('%s writes it, as it was written', (_, write) => {
    const { conversations } = read(`${record('1.0')}\n${record('-0.5')}`);
    const text = write(conversations);
    expect(text).toContain('"reward":1.0}');
    expect(text).toContain('"reward":-0.5}');
    expect(read(text).conversations.map(({ reward }) => reward)).toEqual([1, -0.5]);
    const [first] = conversations;
    if (!first) throw new Error('Nothing was read.');
    expect(write([{ ...first, reward: 0.75 }])).toContain('"reward":0.75}');
  });
});

test('pairs and tables have rewards too', () => {
  const pair = {
    prompt: MESSAGES.slice(0, 1),
    chosen: MESSAGES.slice(1),
    rejected: MESSAGES.slice(1),
    reward: 2,
  };
  expect(read(JSON.stringify(pair)).conversations[0]?.reward).toBe(2);
  const table = read('prompt,completion,reward\nHi,Hello,0.5\nHo,Hello,\n', 'data.csv');
  expect(table.conversations.map(({ reward }) => reward)).toEqual([0.5, undefined]);
});
