/**
 * @file Who answers the calls of a chat: simulators where the practice world lists the tool, a person elsewhere.
 */
import { describe, expect, test } from 'vitest';
import type { Message, ToolCall, ToolSchema } from '../../src/conversation/types';
import { answerCalls, CHAT_WORLD, practiceTools, resultMessages } from '../../src/state/chat-tools';

const tools = practiceTools();
const call = (name: string, args: ToolCall['arguments']): ToolCall => ({
  ...{ name, arguments: args, rawArguments: JSON.stringify(args) },
});
const own: ToolSchema = {
  type: 'function',
  function: { name: 'order_pizza', description: 'Orders a pizza.' },
};

describe('calls', () => {
  test('run in the practice world, the same call with the same result', () => {
    const calls = [call('calculate', { expression: '23+48' })];
    expect(answerCalls(calls, tools, CHAT_WORLD, [])).toEqual(['{"result": 71}']);
    expect(answerCalls(calls, tools, 8, [])).toEqual(['{"result": 71}']);
  });

  test('a bad argument gives an error, as from a real server', () => {
    const [text] = answerCalls([call('calculate', { sum: 1 })], tools, CHAT_WORLD, []);
    expect(JSON.parse(text ?? '')).toEqual({ error: 'The argument “expression” is missing.' });
  });

  test('a tool that is not listed gives an error; where none are listed, a person answers', () => {
    const calls = [call('fly', {})];
    expect(answerCalls(calls, tools, CHAT_WORLD, [])).toEqual(['{"error": "unknown tool fly"}']);
    expect(answerCalls(calls, [], CHAT_WORLD, [])).toEqual([undefined]);
  });

  test('a listed tool without a simulator is asked of a person, beside others that run', () => {
    const calls = [call('order_pizza', { size: 30 }), call('calculate', { expression: '2+2' })];
    expect(answerCalls(calls, [own, ...tools], CHAT_WORLD, [])).toEqual([undefined, '{"result": 4}']);
  });

  test('without a world nothing is simulated, though a tool is called like one of ours', () => {
    expect(answerCalls([call('calculate', { expression: '2+2' })], tools, undefined, [])).toEqual([
      undefined,
    ]);
  });

  test('what earlier calls stored is there', () => {
    const save = call('save_note', { text: 'buy milk' });
    const [saved] = answerCalls([save], tools, CHAT_WORLD, []);
    const { number } = JSON.parse(saved ?? '') as { number: number };
    const before: Message[] = [{ role: 'assistant', content: '', toolCalls: [save] }];
    const read = [call('read_note', { number })];
    expect(answerCalls(read, tools, CHAT_WORLD, before)).toEqual(['{"text": "buy milk"}']);
    expect(answerCalls(read, tools, CHAT_WORLD, [])).not.toEqual(['{"text": "buy milk"}']);
  });

  test('results are messages of the tools, in the order of the calls', () => {
    expect(resultMessages([{ ...call('a', {}), id: 'x' }, call('b', {})], ['1', '2'])).toEqual([
      { role: 'tool', content: '1', name: 'a', toolCallId: 'x' },
      { role: 'tool', content: '2', name: 'b' },
    ]);
  });
});
