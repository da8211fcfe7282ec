/**
 * @file OpenAI chat messages: each case spells out the messages that must result, and every problem.
 */
import { describe, expect, it } from 'vitest';
import { importText } from '../../src/conversation/import';
import type { Message, ToolSchema } from '../../src/conversation/types';

interface Case {
  name: string;
  /** One record, or text as it stands in the file. */
  input: unknown;
  messages: Message[];
  tools?: ToolSchema[];
  extra?: Record<string, unknown>;
  /** Fields of the warnings, in order. */
  warnings?: string[];
}

const user = { role: 'user', content: 'Hi' } as const;
const call = (args: unknown, more: object = {}) => ({
  id: 'a',
  type: 'function',
  function: { name: 'f', arguments: args },
  ...more,
});
const ask = (assistant: object) => ({ messages: [user, { role: 'assistant', ...assistant }] });
const answer = (message: Omit<Message, 'role'>): Message[] => [user, { role: 'assistant', ...message }];
const called = (
  args: Record<string, never | string | number>,
  raw: string,
  id: string | null = 'a',
): Message[] =>
  answer({
    content: '',
    toolCalls: [{ ...(id !== null && { id }), name: 'f', arguments: args, rawArguments: raw }],
  });

const CASES: Case[] = [
  { name: 'a record', input: ask({ content: 'Hello' }), messages: answer({ content: 'Hello' }) },
  {
    name: 'a bare list of messages',
    input: ask({ content: 'Hello' }).messages,
    messages: answer({ content: 'Hello' }),
  },
  {
    name: 'the list under `conversations`',
    input: { conversations: ask({ content: 'Hello' }).messages },
    messages: answer({ content: 'Hello' }),
  },
  {
    name: 'a byte order mark',
    input: `\uFEFF${JSON.stringify(ask({ content: 'Hello' }))}`,
    messages: answer({ content: 'Hello' }),
  },
  {
    name: 'unknown record fields, nulls included, kept in `extra`',
    input: { id: 7, ...ask({ content: 'Hello' }), split: null, nested: { a: [1] } },
    messages: answer({ content: 'Hello' }),
    extra: { id: 7, split: null, nested: { a: [1] } },
  },
  {
    name: 'a `__proto__` field kept as an ordinary field',
    input:
      '{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "A"}], "__proto__": {"x": 1}}',
    messages: answer({ content: 'A' }),
    extra: JSON.parse('{"__proto__": {"x": 1}}') as Record<string, unknown>,
  },
  {
    name: 'every field of an assistant message null-filled',
    input: ask({
      content: 'Hello',
      name: null,
      weight: null,
      tool_calls: null,
      function_call: null,
      tool_call_id: null,
      reasoning_content: null,
      audio: null,
    }),
    messages: answer({ content: 'Hello' }),
  },
  {
    name: 'an empty list of calls',
    input: ask({ content: 'A', tool_calls: [] }),
    messages: answer({ content: 'A' }),
  },
  {
    name: 'developer read as system, with a warning',
    input: [{ role: 'developer', content: 'S' }, ...ask({ content: 'A' }).messages],
    messages: [{ role: 'system', content: 'S' }, ...answer({ content: 'A' })],
    warnings: ['[0].role'],
  },
  {
    name: 'text parts joined without anything between them',
    input: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'H' },
          { type: 'text', text: 'i' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'A', image_url: null }] },
    ],
    messages: answer({ content: 'A' }),
  },
  {
    name: 'an unknown field of a text part named',
    input: ask({ content: [{ type: 'text', text: 'A', cache_control: {} }] }),
    messages: answer({ content: 'A' }),
    warnings: ['messages[1].content[0].cache_control'],
  },
  {
    name: 'weight 0',
    input: ask({ content: 'A', weight: 0 }),
    messages: answer({ content: 'A', weight: 0 }),
  },
  {
    name: 'weight 1.0 from Python, without a warning',
    input: '[{"role":"user","content":"Hi"},{"role":"assistant","content":"A","weight":1.0}]',
    messages: answer({ content: 'A', weight: 1 }),
  },
  {
    name: 'a negative fractional weight',
    input: ask({ content: 'A', weight: -0.5 }),
    messages: answer({ content: 'A', weight: -0.5 }),
  },
  {
    name: 'names of speakers',
    input: ask({ content: 'A', name: 'Ada' }),
    messages: answer({ content: 'A', name: 'Ada' }),
  },
  {
    name: 'an unknown message field named',
    input: ask({ content: 'A', refusal: 'no' }),
    messages: answer({ content: 'A' }),
    warnings: ['messages[1].refusal'],
  },
  {
    name: 'reasoning_content',
    input: ask({ content: 'A', reasoning_content: 'R\n' }),
    messages: answer({ content: 'A', reasoning: 'R\n' }),
  },
  {
    name: 'reasoning',
    input: ask({ content: 'A', reasoning: 'R' }),
    messages: answer({ content: 'A', reasoning: 'R' }),
  },
  {
    name: 'thinking',
    input: ask({ content: 'A', thinking: 'R' }),
    messages: answer({ content: 'A', reasoning: 'R' }),
  },
  {
    name: 'the same thinking under two names',
    input: ask({ content: 'A', reasoning: 'R', reasoning_content: 'R' }),
    messages: answer({ content: 'A', reasoning: 'R' }),
  },
  {
    name: 'an empty field for thinking: an empty think block',
    input: ask({ content: 'A', reasoning_content: '' }),
    messages: answer({ content: 'A', reasoning: '' }),
  },
  {
    name: 'empty thinking in a user message, as column-filled tables have it',
    input: {
      messages: [
        { ...user, reasoning_content: '' },
        { role: 'assistant', content: 'A' },
      ],
    },
    messages: answer({ content: 'A' }),
  },
  {
    name: 'inline thinking',
    input: ask({ content: '<think>\nR\n</think>\n\nA' }),
    messages: answer({ content: 'A', reasoning: 'R' }),
  },
  {
    name: 'inline thinking: exactly one line break goes at each end',
    input: ask({ content: '<think>\n\n R \n\n</think>A\n' }),
    messages: answer({ content: 'A\n', reasoning: '\n R \n' }),
  },
  {
    name: 'inline empty think block',
    input: ask({ content: '<think>\n\n</think>\n\nA' }),
    messages: answer({ content: 'A', reasoning: '' }),
  },
  {
    name: 'only the closing tag',
    input: ask({ content: 'R\n</think>\n\nA' }),
    messages: answer({ content: 'A', reasoning: 'R' }),
  },
  {
    name: 'unclosed think left as it is',
    input: ask({ content: '<think>R' }),
    messages: answer({ content: '<think>R' }),
    warnings: ['messages[1].content'],
  },
  {
    name: 'think after other text left as it is',
    input: ask({ content: 'A <think>R</think> B' }),
    messages: answer({ content: 'A <think>R</think> B' }),
    warnings: ['messages[1].content'],
  },
  {
    name: 'a second think block stays in the content',
    input: ask({ content: '<think>R</think><think>S</think>A' }),
    messages: answer({ content: '<think>S</think>A', reasoning: 'R' }),
    warnings: ['messages[1].content'],
  },
  {
    name: 'white space before think left out, with a warning',
    input: ask({ content: ' \n<think>R</think>A' }),
    messages: answer({ content: 'A', reasoning: 'R' }),
    warnings: ['messages[1].content'],
  },
  {
    name: 'a think tag beside the field for thinking left as it is',
    input: ask({ content: '<think>S</think>A', reasoning: 'R' }),
    messages: answer({ content: '<think>S</think>A', reasoning: 'R' }),
    warnings: ['messages[1].content'],
  },
  {
    name: 'think tags in a user message are text',
    input: {
      messages: [
        { role: 'user', content: '<think>x</think>y' },
        { role: 'assistant', content: 'A' },
      ],
    },
    messages: [
      { role: 'user', content: '<think>x</think>y' },
      { role: 'assistant', content: 'A' },
    ],
  },
  {
    name: 'an inline <tool_call> stays content',
    input: ask({ content: '<tool_call>{"name": "f"}</tool_call>' }),
    messages: answer({ content: '<tool_call>{"name": "f"}</tool_call>' }),
    warnings: ['messages[1].content'],
  },
  {
    name: 'control tokens in content kept',
    input: ask({ content: 'a<|im_end|>b' }),
    messages: answer({ content: 'a<|im_end|>b' }),
  },
  {
    name: 'arguments as text, kept exactly',
    input: ask({ content: null, tool_calls: [call('{ "x":1 }')] }),
    messages: called({ x: 1 }, '{ "x":1 }'),
  },
  {
    name: 'arguments as an object, their text kept exactly',
    input: `[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{ "x" : "y" }}}]}]`,
    messages: called({ x: 'y' }, '{ "x" : "y" }'),
  },
  {
    name: 'arguments whose number JavaScript prints differently: their text goes through the template',
    input: ask({ tool_calls: [call('{"x": 3.0}')] }),
    messages: called({ x: 3 }, '{"x": 3.0}'),
  },
  {
    name: 'empty arguments text',
    input: ask({ tool_calls: [call('')] }),
    messages: called({}, ''),
    warnings: ['messages[1].tool_calls[0].function.arguments'],
  },
  {
    name: 'a flat call',
    input: ask({ tool_calls: [{ name: 'f', arguments: { x: 1 } }] }),
    messages: called({ x: 1 }, '{"x":1}', null),
  },
  {
    name: 'an unknown field of a call named',
    input: ask({ tool_calls: [call('{}', { index: 0 })] }),
    messages: called({}, '{}'),
    warnings: ['messages[1].tool_calls[0].index'],
  },
  {
    name: 'the legacy function_call and its result',
    input: {
      messages: [
        user,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: '1' },
        { role: 'assistant', content: 'A' },
      ],
    },
    messages: [
      ...called({}, '{}', null),
      { role: 'tool', name: 'f', content: '1' },
      { role: 'assistant', content: 'A' },
    ],
    warnings: ['messages[2].role'],
  },
  {
    name: 'parallel calls answered out of order',
    input: {
      messages: [
        user,
        {
          role: 'assistant',
          tool_calls: [
            call('{}'),
            { id: 'b', type: 'function', function: { name: 'g', arguments: '{"y":2}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'b', content: '2' },
        { role: 'tool', tool_call_id: 'a', content: '1' },
        { role: 'assistant', content: 'A' },
      ],
    },
    messages: [
      user,
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: 'a', name: 'f', arguments: {}, rawArguments: '{}' },
          { id: 'b', name: 'g', arguments: { y: 2 }, rawArguments: '{"y":2}' },
        ],
      },
      { role: 'tool', toolCallId: 'b', content: '2' },
      { role: 'tool', toolCallId: 'a', content: '1' },
      { role: 'assistant', content: 'A' },
    ],
  },
  {
    name: 'a conversation that ends with its call is complete',
    input: ask({ content: 'Wait.', tool_calls: [call('{}')] }),
    messages: answer({
      content: 'Wait.',
      toolCalls: [{ id: 'a', name: 'f', arguments: {}, rawArguments: '{}' }],
    }),
  },
  {
    name: 'a missing tool result flagged, not made up',
    input: { messages: [...ask({ tool_calls: [call('{}')] }).messages, { role: 'assistant', content: 'A' }] },
    messages: [...called({}, '{}'), { role: 'assistant', content: 'A' }],
    warnings: ['messages[1].tool_calls[0]'],
  },
  {
    name: 'an orphan tool_call_id flagged, and the call that it leaves unanswered',
    input: {
      messages: [
        ...ask({ tool_calls: [call('{}')] }).messages,
        { role: 'tool', tool_call_id: 'z', content: '1' },
        { role: 'assistant', content: 'A' },
      ],
    },
    messages: [
      ...called({}, '{}'),
      { role: 'tool', toolCallId: 'z', content: '1' },
      { role: 'assistant', content: 'A' },
    ],
    warnings: ['messages[2]', 'messages[1].tool_calls[0]'],
  },
  {
    name: 'tool results with no call before them, each flagged',
    input: [
      user,
      { role: 'tool', content: '1' },
      { role: 'tool', content: '2' },
      { role: 'assistant', content: 'A' },
    ],
    messages: [
      user,
      { role: 'tool', content: '1' },
      { role: 'tool', content: '2' },
      { role: 'assistant', content: 'A' },
    ],
    warnings: ['[1]', '[2]'],
  },
  {
    name: 'an unfinished last turn flagged',
    input: [...ask({ content: 'A' }).messages, { role: 'user', content: 'And?' }],
    messages: [...answer({ content: 'A' }), { role: 'user', content: 'And?' }],
    warnings: ['[2]'],
  },
  { name: 'nothing to train flagged', input: [user], messages: [user], warnings: [''] },
  {
    name: 'an empty assistant message flagged',
    input: ask({ content: null }),
    messages: answer({ content: '' }),
    warnings: ['messages[1]'],
  },
  {
    name: 'tools in OpenAI form, unknown fields kept, nulls left out',
    input: {
      ...ask({ content: 'A' }),
      tools: [
        {
          type: 'function',
          function: { name: 'f', description: null, parameters: { type: 'object' }, strict: true },
        },
      ],
    },
    messages: answer({ content: 'A' }),
    tools: [
      {
        type: 'function',
        function: { name: 'f', parameters: { type: 'object' }, strict: true } as ToolSchema['function'],
      },
    ],
  },
  {
    name: 'bare tools in a JSON string',
    input: { ...ask({ content: 'A' }), tools: '[{"name": "f", "description": "d", "parameters": {}}]' },
    messages: answer({ content: 'A' }),
    tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: {} } }],
  },
  {
    name: 'legacy `functions`',
    input: { ...ask({ content: 'A' }), functions: [{ name: 'f' }] },
    messages: answer({ content: 'A' }),
    tools: [{ type: 'function', function: { name: 'f' } }],
  },
  {
    name: 'a call of a tool that is not offered',
    input: { ...ask({ tool_calls: [call('{}')] }), tools: [{ name: 'g' }] },
    messages: called({}, '{}'),
    tools: [{ type: 'function', function: { name: 'g' } }],
    warnings: ['messages[1].tool_calls[0]'],
  },
  {
    name: 'a key given twice: the last value, with a warning',
    input: '[{"role":"user","content":"Ha","content":"Hi"},{"role":"assistant","content":"A"}]',
    messages: answer({ content: 'A' }),
    warnings: ['[0].content'],
  },
  {
    name: 'half a surrogate pair flagged',
    input: '[{"role":"user","content":"Hi"},{"role":"assistant","content":"\\ud83d"}]',
    messages: answer({ content: '\ud83d' }),
    warnings: ['[1].content'],
  },
];

describe('OpenAI messages', () => {
  it.each(CASES)('$name', ({ input, messages, tools, extra, warnings }) => {
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    const result = importText(text, { name: 'a.json' });
    expect(result.problems.map(({ severity, field }) => ({ severity, field }))).toEqual(
      (warnings ?? []).map((field) => ({ severity: 'warning', field })),
    );
    expect(result.conversations).toEqual([
      {
        id: 'a.json#0',
        messages,
        ...(tools && { tools }),
        extra: extra ?? {},
        source: { file: 'a.json', record: 0, line: 1 },
      },
    ]);
    expect(result).toMatchObject({ format: 'OpenAI JSON', records: 1 });
  });
});
