/**
 * @file Very many of everything: no list is spread into a call's arguments, and nothing is searched again for each item,
 * which at these sizes would not end within the limit of a test.
 */
import { describe, expect, it } from 'vitest';
import { importText } from '../../src/conversation/import';

const many = 50_000;
const times = (text: string) => text.repeat(many);
const list = <T>(value: T): T[] => Array.from({ length: many }, () => value);
const human = { from: 'human', value: 'U' };
const TAG = '<tool_call>{"name": "f", "arguments": {}}</tool_call>';
const called = { from: 'gpt', value: TAG };

describe('very many', () => {
  it.each<[name: string, text: string, [records: number, loaded: number, messages: number]]>([
    ['Harmony messages', times('<|start|>user<|message|>U<|end|>'), [1, 1, many]],
    ['Harmony openings', times('<|start|>'), [1, 0, 0]],
    ['speakers', times('User: U\nAssistant: A\n'), [1, 1, 2 * many]],
    ['rows', `question,answer\n${times('U,A\n')}`, [many, many, 2]],
    ['rows of one conversation', `role,content\n${times('tool,x\n')}`, [1, 1, many]],
    ['open quotes', `question,answer\n${times('"U,A\n')}`, [many, 0, 0]],
    [
      'records in a document',
      JSON.stringify({ data: list({ prompt: 'U', completion: 'A' }) }),
      [many, many, 2],
    ],
    [
      'turns of the history',
      JSON.stringify({ instruction: 'U', output: 'A', history: list(['Q', 'P']) }),
      [1, 1, 2 * many + 2],
    ],
    ['calls in a text', JSON.stringify([human, { from: 'gpt', value: times(TAG) }]), [1, 1, 2]],
    [
      'turns of calls',
      JSON.stringify([human, ...list({ from: 'function_call', value: '{"name": "f", "arguments": {}}' })]),
      [1, 1, 2],
    ],
    [
      'open results',
      JSON.stringify([human, called, { from: 'tool', value: times('<tool_response>') }]),
      [1, 1, 3],
    ],
    [
      'results',
      JSON.stringify([human, called, { from: 'tool', value: times('<tool_response>1</tool_response>') }]),
      [1, 1, many + 2],
    ],
    ['segments', JSON.stringify({ segments: list({ text: 'x', label: true }) }), [1, 1, 1]],
  ])('%s', (_, text, expected) => {
    const { records, conversations } = importText(text);
    expect([records, conversations.length, conversations[0]?.messages.length ?? 0]).toEqual(expected);
  });
});
