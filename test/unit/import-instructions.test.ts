/**
 * @file Alpaca, xLAM and When2Call, each with the exact conversation that must result.
 */
import { describe } from 'vitest';
import { assistant, call, schema, system, testCases, user } from './import-cases';

describe('Alpaca', () => {
  testCases('Alpaca (JSON)', [
    {
      name: 'instruction and output',
      input: { instruction: 'U', input: '', output: 'A', source: 'x' },
      expected: { messages: [user('U'), assistant('A')], extra: { source: 'x' } },
    },
    {
      name: 'an input, on a line of its own',
      input: { instruction: 'Translate.', input: 'Hi', output: 'Hallo' },
      expected: { messages: [user('Translate.\nHi'), assistant('Hallo')] },
    },
    {
      name: 'an instruction that is empty',
      input: { instruction: '', input: 'U', output: 'A' },
      expected: { messages: [user('U'), assistant('A')] },
    },
    {
      name: 'system and history',
      input: { system: 'S', instruction: 'U', output: 'A', history: [['Q', '<think>R</think>P']] },
      expected: {
        messages: [system('S'), user('Q'), assistant('P', { reasoning: 'R' }), user('U'), assistant('A')],
      },
    },
    {
      name: 'empty system, input and history, as in a table',
      input: { system: '', instruction: 'U', input: null, output: 'A', history: '' },
      expected: { messages: [user('U'), assistant('A')] },
    },
    {
      name: 'tools',
      input: { instruction: 'U', output: 'A', tools: [{ name: 'f' }] },
      expected: { messages: [user('U'), assistant('A')], tools: [schema('f')] },
    },
    {
      name: 'a preference',
      input: { instruction: 'U', chosen: 'A', rejected: 'B' },
      expected: {
        messages: [user('U'), assistant('A')],
        completionFrom: 1,
        preference: { chosen: [assistant('A')], rejected: [assistant('B')] },
      },
    },
    {
      name: 'an output beside a preference',
      input: { instruction: 'U', output: 'A', chosen: 'A', rejected: 'B' },
      expected: { messages: [user('U'), assistant('A')], extra: { chosen: 'A', rejected: 'B' } },
    },
    {
      name: 'an empty output',
      input: { instruction: 'U', output: '' },
      expected: { messages: [user('U'), assistant('')] },
      problems: ['warning 1 output: the assistant message is empty'],
    },
    {
      name: 'values that are no text, a history that is no pair',
      input: '{"instruction": 3,\n"output": ["A"],\n"history": [["Q"], ["Q", "A", "B"], "x"]}',
      problems: [
        'error 3 history[0]: the turn of the history is not a pair of texts',
        'error 3 history[1]: the turn of the history is not a pair of texts',
        'error 3 history[2]: the turn of the history is not a pair of texts',
        'error 1 instruction: instruction is a number, not a string',
        'error 2 output: output is a list, not a string',
      ],
    },
    {
      name: 'no output, where the format is asked for',
      input: { instruction: 'U' },
      options: { format: 'alpaca' },
      problems: ['error 1 : the record has no output'],
    },
  ]);
});

describe('xLAM', () => {
  const tools = [{ name: 'f', description: 'd', parameters: { x: { type: 'str' } } }];
  const offered = [schema('f', { description: 'd', parameters: { x: { type: 'str' } } })];
  const SCHEMA = 'warning 1 tools: the parameters of `f` are no JSON Schema; they stay as they are';
  testCases('xLAM (JSON)', [
    {
      name: 'tools and answers as JSON strings',
      input: {
        id: 0,
        query: 'Q',
        tools: JSON.stringify(tools),
        answers: '[{"name": "f", "arguments": {"x":  "a"}}]',
      },
      expected: {
        messages: [user('Q'), assistant('', { toolCalls: [call('f', '{"x":  "a"}')] })],
        tools: offered,
        extra: { id: 0 },
      },
      problems: [SCHEMA],
    },
    {
      name: 'both as lists',
      input: { query: 'Q', tools, answers: [{ name: 'f', arguments: { x: 'a' } }] },
      expected: {
        messages: [user('Q'), assistant('', { toolCalls: [call('f', '{"x":"a"}')] })],
        tools: offered,
      },
      problems: [SCHEMA],
    },
    {
      name: 'parallel calls, and parameters that are a JSON Schema',
      input: {
        query: 'Q',
        tools: [{ name: 'f', parameters: { type: 'object' } }],
        answers: '[{"name": "f", "arguments": {}}, {"name": "f", "arguments": {"y": 2}}]',
      },
      expected: {
        messages: [user('Q'), assistant('', { toolCalls: [call('f', '{}'), call('f', '{"y": 2}')] })],
        tools: [schema('f', { parameters: { type: 'object' } })],
      },
    },
    {
      name: 'a call of a tool that is not offered',
      input: { query: 'Q', tools: '[]', answers: '[{"name": "f", "arguments": {}}]' },
      expected: { messages: [user('Q'), assistant('', { toolCalls: [call('f', '{}')] })], tools: [] },
      problems: ['warning 1 answers: the tool `f` is called but not offered in `tools`'],
    },
    {
      name: 'no call that would be right: nothing is made up',
      input: { query: 'Q', tools: '[]', answers: '[]' },
      expected: { messages: [user('Q')], tools: [], extra: { answers: '[]' } },
      problems: [
        'warning 1 answers: no call is right here, and the answer in words is not in the data; none was made up',
        'warning 1 : the conversation has no assistant message',
      ],
    },
    {
      name: 'no tools',
      input: { query: 'Q', answers: [{ name: 'f', arguments: '{}' }] },
      expected: { messages: [user('Q'), assistant('', { toolCalls: [call('f', '{}')] })] },
    },
    {
      name: 'answers that are no JSON',
      input: '{"query": "Q",\n"answers": "[{\\"name\\": \\"f\\", \\"arguments\\": }]"}',
      problems: ['error 2 answers: the call is not valid JSON: expected a JSON value, found }'],
    },
    {
      name: 'a query that is a list, tools that are no JSON',
      input: { query: [], tools: 'x', answers: [] },
      problems: [
        'error 1 tools: the tools are a string that is not valid JSON: expected a JSON value, found x at character 1',
        'error 1 query: query is a list, not a string',
      ],
    },
  ]);
});

describe('When2Call', () => {
  const U = { role: 'user', content: 'U' };
  const response = (content: string) => ({ role: 'assistant', content });
  const CALL = '<TOOLCALL>[{"name": "f", "arguments": {"x": 1}}]</TOOLCALL>';
  const called = assistant('', { toolCalls: [call('f', '{"x": 1}')] });
  testCases('When2Call (JSON)', [
    {
      name: 'two responses, tools as a list of JSON strings',
      input: {
        tools: ['{"name": "f", "parameters": {"type": "dict"}}'],
        messages: [U],
        chosen_response: response('Which x?'),
        rejected_response: response(CALL),
      },
      expected: {
        messages: [user('U'), assistant('Which x?')],
        tools: [schema('f', { parameters: { type: 'dict' } })],
        completionFrom: 1,
        preference: { chosen: [assistant('Which x?')], rejected: [called] },
      },
    },
    {
      name: 'responses as texts, a system message, other fields',
      input: {
        messages: [{ role: 'system', content: 'S' }, U],
        chosen_response: CALL,
        rejected_response: 'B',
        uuid: 'x',
      },
      expected: {
        messages: [system('S'), user('U'), called],
        completionFrom: 2,
        preference: { chosen: [called], rejected: [assistant('B')] },
        extra: { uuid: 'x' },
      },
    },
    {
      name: 'messages with calls inside the text',
      input: { messages: [U, response(`Wait.\n${CALL}`)] },
      expected: { messages: [user('U'), assistant('Wait.', { toolCalls: [call('f', '{"x": 1}')] })] },
    },
    {
      name: 'a tag beside `tool_calls` stays text',
      input: {
        messages: [U, { ...response(CALL), tool_calls: [{ function: { name: 'g', arguments: '{}' } }] }],
      },
      expected: { messages: [user('U'), assistant(CALL, { toolCalls: [call('g', '{}')] })] },
    },
    {
      name: 'several calls in one list',
      input: {
        messages: [
          U,
          response('<TOOLCALL>[{"name": "f", "arguments": {}}, {"name": "g", "arguments": {}}]</TOOLCALL>'),
        ],
      },
      expected: { messages: [user('U'), assistant('', { toolCalls: [call('f', '{}'), call('g', '{}')] })] },
    },
    {
      name: 'a tag of a user stays text',
      input: {
        messages: [{ role: 'user', content: CALL }],
        chosen_response: response('A'),
        rejected_response: response('B'),
      },
      expected: {
        messages: [user(CALL), assistant('A')],
        completionFrom: 1,
        preference: { chosen: [assistant('A')], rejected: [assistant('B')] },
      },
    },
    {
      name: 'a call that is no JSON, at its own line',
      input:
        '{"messages": [{"role": "user", "content": "U"}],\n"chosen_response": {"role": "assistant", "content": "A"},\n"rejected_response": {"role": "assistant",\n"content": "<TOOLCALL>[{]</TOOLCALL>"}}',
      problems: [
        'error 4 rejected_response.content: the call is not valid JSON: expected a key in double quotes, found ] (character 3)',
      ],
    },
    {
      name: 'one response alone',
      input: { messages: [U], chosen_response: response('A') },
      problems: ['error 1 : the record has no rejected_response'],
    },
    {
      name: 'no messages',
      input: { chosen_response: response('A'), rejected_response: response('B') },
      problems: ['error 1 : the record has no list of messages, only `chosen_response`, `rejected_response`'],
    },
    {
      name: 'a tool that is a string but no JSON',
      input: { tools: ['f'], messages: [U], chosen_response: 'A', rejected_response: 'B' },
      problems: [
        'error 1 tools[0]: the tools are a string that is not valid JSON: expected a JSON value, found f',
      ],
    },
  ]);
});
