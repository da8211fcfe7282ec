/**
 * @file ShareGPT and Hermes, each with the exact conversation that must result.
 */
import { describe } from 'vitest';
import { assistant, call, schema, system, testCases, tool, user } from './import-cases';

const human = { from: 'human', value: 'U' };
const gpt = { from: 'gpt', value: 'A' };

describe('ShareGPT', () => {
  testCases('ShareGPT (JSON)', [
    {
      name: 'human and gpt',
      input: { conversations: [human, gpt], id: 'x' },
      expected: { messages: [user('U'), assistant('A')], extra: { id: 'x' } },
    },
    {
      name: 'a bare list of turns',
      input: [{ from: 'system', value: 'S' }, human, gpt],
      expected: { messages: [system('S'), user('U'), assistant('A')] },
    },
    {
      name: 'roles named as OpenAI names them',
      input: {
        conversations: [
          { from: 'user', value: 'U' },
          { from: 'assistant', value: 'A' },
        ],
      },
      expected: { messages: [user('U'), assistant('A')] },
    },
    {
      name: 'under `messages`',
      input: { messages: [human, gpt] },
      expected: { messages: [user('U'), assistant('A')] },
    },
    {
      name: 'system and tools at the top, thinking inside the text',
      input: {
        system: 'S',
        tools: '[{"name": "f", "description": "d", "parameters": {}}]',
        conversations: [human, { from: 'gpt', value: '<think>\nR\n</think>\n\nA' }],
      },
      expected: {
        messages: [system('S'), user('U'), assistant('A', { reasoning: 'R' })],
        tools: [schema('f', { description: 'd', parameters: {} })],
      },
    },
    {
      name: 'empty system and tools, as in a table',
      input: { conversations: [human, gpt], system: '', tools: '' },
      expected: { messages: [user('U'), assistant('A')] },
    },
    {
      name: 'two different system texts',
      input: { system: 'S', conversations: [{ from: 'system', value: 'T' }, human, gpt] },
      expected: { messages: [system('T'), user('U'), assistant('A')], extra: { system: 'S' } },
      problems: ['warning 1 system: the field `system` differs from the system turn'],
    },
    {
      name: 'function_call and observation',
      input: {
        conversations: [
          human,
          { from: 'function_call', value: '{"name": "f", "arguments": {"x": 3.0}}' },
          { from: 'observation', value: '7' },
          gpt,
        ],
      },
      expected: {
        messages: [
          user('U'),
          assistant('', { toolCalls: [call('f', '{"x": 3.0}')] }),
          tool('7'),
          assistant('A'),
        ],
      },
    },
    {
      name: 'parallel calls: in one turn, and in turns one after another',
      input: {
        conversations: [
          human,
          {
            from: 'function_call',
            value: '[{"name": "f", "arguments": {}}, {"name": "g", "arguments": {}}]',
          },
          { from: 'function_call', value: '<think>R</think>{"name": "h", "arguments": {}}' },
          { from: 'function_call', value: { name: 'i', arguments: {} } },
        ],
      },
      expected: {
        messages: [
          user('U'),
          assistant('', { toolCalls: [call('f', '{}'), call('g', '{}')] }),
          assistant('', { reasoning: 'R', toolCalls: [call('h', '{}'), call('i', '{}')] }),
        ],
      },
      problems: [
        'warning 1 conversations[1].value: the result of the call of `f` is missing; none was made up',
        'warning 1 conversations[1].value: the result of the call of `g` is missing; none was made up',
      ],
    },
    {
      name: 'a call that is no JSON',
      input:
        '{"conversations": [{"from": "human", "value": "U"},\n{"from": "function_call", "value": "{\\"name\\": f}"}]}',
      problems: [
        'error 2 conversations[1].value: the call is not valid JSON: expected a JSON value, found f (character 10)',
      ],
    },
    {
      name: 'weights and unknown fields of turns',
      input: {
        conversations: [
          { ...human, weight: 0 },
          { ...gpt, weight: 0.5, lang: 'en' },
        ],
      },
      expected: { messages: [{ ...user('U'), weight: 0 }, assistant('A', { weight: 0.5 })] },
      problems: ['warning 1 conversations[1].lang: the field `lang` is not used'],
    },
    {
      name: 'a preference as LLaMA-Factory writes it',
      input: { conversations: [human], chosen: gpt, rejected: { from: 'gpt', value: 'B' } },
      expected: {
        messages: [user('U'), assistant('A')],
        completionFrom: 1,
        preference: { chosen: [assistant('A')], rejected: [assistant('B')] },
      },
    },
    {
      name: 'a kto_tag',
      input: { conversations: [human, gpt], kto_tag: false },
      expected: { messages: [user('U'), assistant('A')], completionFrom: 1, label: false },
    },
    {
      name: 'an unknown speaker',
      input: '{"conversations": [{"from": "human", "value": "U"},\n{"from": "narrator", "value": "A"}]}',
      problems: ['error 2 conversations[1].from: the speaker "narrator" is unknown'],
    },
    {
      name: 'a speaker with the name of an object method, a turn without text, a text that is a number',
      input: [{ from: 'constructor', value: '' }, { from: 'gpt' }, { from: 'gpt', value: 3 }, 'x'],
      problems: [
        'error 1 [0].from: the speaker "constructor" is unknown',
        'error 1 [1]: the gpt turn has no value',
        'error 1 [2].value: value is a number, not a string',
        'error 1 [3]: the turn is a string, not an object',
      ],
    },
  ]);
});

describe('Hermes', () => {
  const turn = (value: string) => ({ conversations: [human, { from: 'gpt', value }] });
  const answered = (content: string, ...toolCalls: ReturnType<typeof call>[]) => ({
    messages: [user('U'), assistant(content, { toolCalls })],
  });
  testCases('Hermes (JSON)', [
    {
      name: 'a call and its result',
      input: {
        conversations: [
          human,
          { from: 'gpt', value: '<tool_call>\n{"name": "f", "arguments": {"x":  1}}\n</tool_call>' },
          { from: 'tool', value: '<tool_response>\n{"name": "f", "content": 7}\n</tool_response>' },
          gpt,
        ],
        tools: [{ type: 'function', function: { name: 'f' } }],
      },
      expected: {
        messages: [
          user('U'),
          assistant('', { toolCalls: [call('f', '{"x":  1}')] }),
          tool('{"name": "f", "content": 7}'),
          assistant('A'),
        ],
        tools: [schema('f')],
      },
    },
    {
      name: 'text before a call, without the line break between them',
      input: turn('Let me see.\n<tool_call>{"arguments": {}, "name": "f"}</tool_call>'),
      expected: answered('Let me see.', call('f', '{}')),
    },
    {
      name: 'thinking, then two calls',
      input: turn(
        '<think>R</think>\n<tool_call>{"name": "f", "arguments": {}}</tool_call>\n<tool_call>{"name": "g", "arguments": "{\\"a\\": 1}"}</tool_call>',
      ),
      expected: {
        messages: [
          user('U'),
          assistant('', { reasoning: 'R', toolCalls: [call('f', '{}'), call('g', '{"a": 1}')] }),
        ],
      },
    },
    {
      name: 'a call written as Python',
      input: turn(
        `<tool_call>\n{'name': 'f', 'arguments': {'a': 'it\\'s', "b": True, 'c': None, 'd': 1.50}}\n</tool_call>`,
      ),
      expected: {
        messages: [
          user('U'),
          assistant('', {
            toolCalls: [
              {
                name: 'f',
                arguments: { a: "it's", b: true, c: null, d: 1.5 },
                rawArguments: '{"a": "it\'s", "b": true, "c": null, "d": 1.50}',
              },
            ],
          }),
        ],
      },
      problems: ['warning 1 conversations[1].value: a call is written as Python'],
    },
    {
      name: 'text behind a call',
      input: turn('One <tool_call>{"name": "f", "arguments": {}}</tool_call> two'),
      expected: answered('One\ntwo', call('f', '{}')),
      problems: ['warning 1 conversations[1].value: text stands behind a call'],
    },
    {
      name: 'a tag that is not closed',
      input: turn('<tool_call>{"name": "f"}'),
      expected: { messages: [user('U'), assistant('<tool_call>{"name": "f"}')] },
      problems: ['warning 1 conversations[1].value: the text has <tool_call> without </tool_call>'],
    },
    {
      name: 'a tag in prose',
      input: turn('Write <tool_call>…</tool_call>.'),
      expected: { messages: [user('U'), assistant('Write <tool_call>…</tool_call>.')] },
      problems: ['warning 1 conversations[1].value: the text has <tool_call> that holds no JSON'],
    },
    {
      name: 'a call that is neither JSON nor Python',
      input: turn('<tool_call>{"name": f}</tool_call>'),
      problems: [
        'error 1 conversations[1].value: the call is not valid JSON: expected a JSON value, found f',
      ],
    },
    {
      name: 'several results in one turn, and a result with other text',
      input: {
        conversations: [
          human,
          {
            from: 'gpt',
            value: '<tool_call>[{"name": "f", "arguments": {}}, {"name": "g", "arguments": {}}]</tool_call>',
          },
          { from: 'tool', value: '<tool_response>\n1\n</tool_response>\n<tool_response>2</tool_response>' },
          gpt,
          human,
          { from: 'gpt', value: '<tool_call>{"name": "f", "arguments": {}}</tool_call>' },
          { from: 'tool', value: 'x <tool_response>3</tool_response>' },
          gpt,
        ],
      },
      expected: {
        messages: [
          user('U'),
          assistant('', { toolCalls: [call('f', '{}'), call('g', '{}')] }),
          tool('1'),
          tool('2'),
          assistant('A'),
          user('U'),
          assistant('', { toolCalls: [call('f', '{}')] }),
          tool('x <tool_response>3</tool_response>'),
          assistant('A'),
        ],
      },
      problems: ['warning 1 conversations[6].value: the result has text beside <tool_response>'],
    },
    {
      name: 'tools in the system text and at the top',
      input: {
        tools: [{ name: 'f' }],
        conversations: [
          { from: 'system', value: 'S <tools>[]</tools>' },
          human,
          { from: 'gpt', value: '<tool_call>{"name": "f", "arguments": {}}</tool_call>' },
        ],
      },
      expected: {
        messages: [system('S <tools>[]</tools>'), user('U'), assistant('', { toolCalls: [call('f', '{}')] })],
        tools: [schema('f')],
      },
      problems: ['warning 1 conversations: the system text lists the tools that `tools` holds too'],
    },
  ]);
});

describe('ShareGPT asked for', () => {
  testCases('ShareGPT (JSON)', [
    {
      name: 'leaves calls in the text where they are',
      input: {
        conversations: [
          human,
          { from: 'gpt', value: '<tool_call>{"name": "f", "arguments": {}}</tool_call>' },
        ],
      },
      options: { format: 'sharegpt' },
      expected: {
        messages: [user('U'), assistant('<tool_call>{"name": "f", "arguments": {}}</tool_call>')],
      },
      problems: ['warning 1 conversations[1].value: the text holds <tool_call>, which stays plain text'],
    },
  ]);
});
