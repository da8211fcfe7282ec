/**
 * @file The thread's roles, as JSON and as a transcript: the exact messages, and what is flagged.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importText } from '../../src/conversation/import';
import type { Json, Message } from '../../src/conversation/types';

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/import/${name}`, import.meta.url), 'utf8');
const toolCall = (name: string, args: { [key: string]: Json }, rawArguments = JSON.stringify(args)) => ({
  name,
  arguments: args,
  rawArguments,
});
/** `role=content` steps as JSON. */
const steps = (...list: [role: string, content: unknown][]) =>
  JSON.stringify(list.map(([role, content]) => ({ role, content })));
const warnings = (text: string) =>
  importText(text).problems.map(({ severity, field, line }) => `${severity} ${field} line ${line}`);
const messages = (text: string): Message[] | undefined => importText(text).conversations[0]?.messages;

describe('thread roles as JSON', () => {
  const forecast = toolCall('forecast', { city: 'Oslo' });
  const cases: { name: string; text: string; expected: Message[]; flagged?: string[] }[] = [
    {
      name: 'think, tool, answer: the answer becomes a message of its own and the result is flagged as missing',
      text: steps(
        ['system', 'S'],
        ['user', 'U'],
        ['assistant_think', 'T'],
        ['assistant_tool', '{"name":"forecast","arguments":{"city":"Oslo"}}'],
        ['assistant_answer', 'A'],
      ),
      expected: [
        { role: 'system', content: 'S' },
        { role: 'user', content: 'U' },
        { role: 'assistant', content: '', reasoning: 'T', toolCalls: [forecast] },
        { role: 'assistant', content: 'A' },
      ],
      flagged: ['warning [3].content line 1'],
    },
    {
      name: 'think and answer are one message',
      text: steps(['user', 'U'], ['assistant_think', 'T'], ['assistant_answer', 'A']),
      expected: [
        { role: 'user', content: 'U' },
        { role: 'assistant', content: 'A', reasoning: 'T' },
      ],
    },
    {
      name: 'an empty think step is an empty think block',
      text: steps(['user', 'U'], ['assistant_think', ''], ['assistant_answer', 'A']),
      expected: [
        { role: 'user', content: 'U' },
        { role: 'assistant', content: 'A', reasoning: '' },
      ],
    },
    ...['tool', 'tool_result', 'assistant_tool_result', 'observation'].map((role) => ({
      name: `the role ${role} supplies the result; thinking after it begins the next message`,
      text: steps(
        ['user', 'U'],
        ['assistant_think', 'T'],
        ['assistant_tool', 'forecast(city="Oslo")'],
        [role, 'rain'],
        ['assistant_think', 'T2'],
        ['assistant_answer', 'A'],
      ),
      expected: [
        { role: 'user', content: 'U' },
        {
          role: 'assistant',
          content: '',
          reasoning: 'T',
          toolCalls: [toolCall('forecast', { city: 'Oslo' }, '{"city": "Oslo"}')],
        },
        { role: 'tool', content: 'rain' },
        { role: 'assistant', content: 'A', reasoning: 'T2' },
      ] satisfies Message[],
    })),
    {
      name: 'thinking after a call without a result begins a message, and the result is flagged',
      text: steps(
        ['user', 'U'],
        ['assistant_tool', 'f()'],
        ['assistant_think', 'T'],
        ['assistant_answer', 'A'],
      ),
      expected: [
        { role: 'user', content: 'U' },
        { role: 'assistant', content: '', toolCalls: [toolCall('f', {})] },
        { role: 'assistant', content: 'A', reasoning: 'T' },
      ],
      flagged: ['warning [1].content line 1'],
    },
    {
      name: 'calls in a row are parallel',
      text: steps(['user', 'U'], ['assistant_tool', 'f()'], ['assistant_tool', 'g()']),
      expected: [
        { role: 'user', content: 'U' },
        { role: 'assistant', content: '', toolCalls: [toolCall('f', {}), toolCall('g', {})] },
      ],
    },
    {
      name: 'text before a call stays in its message',
      text: steps(['user', 'U'], ['assistant_answer', 'One moment.'], ['assistant_tool', 'f()']),
      expected: [
        { role: 'user', content: 'U' },
        { role: 'assistant', content: 'One moment.', toolCalls: [toolCall('f', {})] },
      ],
    },
    {
      name: 'two thinking steps in a row are joined, with a warning',
      text: steps(
        ['user', 'U'],
        ['assistant_think', 'T'],
        ['assistant_think', 'T2'],
        ['assistant_answer', 'A'],
      ),
      expected: [
        { role: 'user', content: 'U' },
        { role: 'assistant', content: 'A', reasoning: 'T\nT2' },
      ],
      flagged: ['warning [2].content line 1'],
    },
    {
      name: 'two answers in a row stay two messages, with a warning',
      text: steps(['user', 'U'], ['assistant_answer', 'A'], ['assistant_answer', 'B']),
      expected: [
        { role: 'user', content: 'U' },
        { role: 'assistant', content: 'A' },
        { role: 'assistant', content: 'B' },
      ],
      flagged: ['warning [2].content line 1'],
    },
    {
      name: 'the call is written as JSON, not as a string',
      text: steps(['user', 'U'], ['assistant_tool', { tool: 'forecast', args: { city: 'Oslo' } }]),
      expected: [
        { role: 'user', content: 'U' },
        { role: 'assistant', content: '', toolCalls: [forecast] },
      ],
    },
  ];

  it.each(cases)('$name', ({ text, expected, flagged }) => {
    const result = importText(text);
    expect(result.format).toBe('thread roles (JSON)');
    expect(result.conversations.map((conversation) => conversation.messages)).toEqual([expected]);
    expect(warnings(text)).toEqual(flagged ?? []);
  });

  it('keeps the fields of a record and reads its tools', () => {
    const list = JSON.parse(steps(['user', 'U'], ['assistant_tool', 'f()'])) as Json;
    const text = JSON.stringify({ conversation: list, tools: [{ name: 'f' }], topic: 'x' });
    expect(importText(text, { name: 'd' }).conversations).toEqual([
      {
        id: 'd#0',
        messages: [
          { role: 'user', content: 'U' },
          { role: 'assistant', content: '', toolCalls: [toolCall('f', {})] },
        ],
        tools: [{ type: 'function', function: { name: 'f' } }],
        extra: { topic: 'x' },
        source: { file: 'd', record: 0, line: 1 },
      },
    ]);
  });

  it('reads JSON Lines of bare lists, next to OpenAI records', () => {
    const line = steps(['user', 'U'], ['assistant_think', 'T'], ['assistant_answer', 'A']);
    const openai = '[{"role":"user","content":"U"},{"role":"assistant","content":"A","reasoning":"T"}]';
    const result = importText(`${line}\n${openai}\n`);
    expect(result.format).toBe('thread roles (JSONL), OpenAI JSONL');
    expect(result.problems).toEqual([]);
    expect(result.conversations[0]?.messages).toEqual(result.conversations[1]?.messages);
  });

  it('names an unknown role, the field and the remedy', () => {
    const text = '[\n {"role": "user", "content": "U"},\n {"role": "assistant_reply", "content": "A"}\n]';
    expect(importText(text).problems).toEqual([
      {
        file: 'pasted text',
        record: 0,
        line: 3,
        field: '[1].role',
        severity: 'error',
        reason: 'the role "assistant_reply" is unknown',
        remedy: expect.stringContaining('assistant_answer') as string,
      },
    ]);
  });
});

describe('how a call may be written', () => {
  const read = (content: string) => {
    const result = importText(steps(['user', 'U'], ['assistant_tool', content]));
    const calls = result.conversations[0]?.messages[1]?.toolCalls;
    return calls ?? result.problems.map((problem) => problem.reason);
  };

  it.each<[string, unknown]>([
    ['{"name": "f", "arguments": {"x": 1}}', [toolCall('f', { x: 1 }, '{"x": 1}')]],
    ['{"name": "f", "arguments": "{\\"x\\": 1}"}', [toolCall('f', { x: 1 }, '{"x": 1}')]],
    ['{"tool": "f", "args": {"x": 1}}', [toolCall('f', { x: 1 }, '{"x": 1}')]],
    ['{"id": "k", "function": {"name": "f", "arguments": {}}}', [{ id: 'k', ...toolCall('f', {}) }]],
    ['[{"name":"f","arguments":{}},{"name":"g","arguments":{}}]', [toolCall('f', {}), toolCall('g', {})]],
    ['{"name":"f","arguments":{}}\n{"name":"g","arguments":{}}', [toolCall('f', {}), toolCall('g', {})]],
    ['f({"x": [1, 2]})', [toolCall('f', { x: [1, 2] }, '{"x": [1, 2]}')]],
    ['f()', [toolCall('f', {})]],
    [' f ( x = 1 , y = "a, b" ) ', [toolCall('f', { x: 1, y: 'a, b' }, '{"x": 1, "y": "a, b"}')]],
    [
      "f(x='it\\'s', y=True, z=None)",
      [toolCall('f', { x: "it's", y: true, z: null }, '{"x": "it\'s", "y": true, "z": null}')],
    ],
    [
      'f(x=-2.5, y={"k": [false]})',
      [toolCall('f', { x: -2.5, y: { k: [false] } }, '{"x": -2.5, "y": {"k": [false]}}')],
    ],
    ['[f(), math.add(a=1)]', [toolCall('f', {}), toolCall('math.add', { a: 1 }, '{"a": 1}')]],
    ['f()\ng()', [toolCall('f', {}), toolCall('g', {})]],
    ['', ['the step holds no call']],
    ['search for rain', ['the text is no call of a tool (character 1)']],
    ['f(rain)', ['an argument of `f` has no name (character 3)']],
    ['f(x=rain)', ['the value is not valid JSON: expected a JSON value, found r (character 5)']],
    ['f(x=1, x=2)', ['the argument `x` of `f` is given twice (character 8)']],
    ['f(x=1', ['the call of `f` has no closing bracket here (character 6)']],
    ['[f()', ['the list of calls has no ] (character 5)']],
    ['[f()] g()', ['there is more text after the list of calls (character 6)']],
    ['{"name": "f"}', ['the call of `f` has no arguments']],
    ['{"arguments": {}}', ['the call does not name its tool']],
    ['{"name": "f", "arguments": [1]}', ['the arguments of `f` are a list, not an object']],
    [
      '{"name": "f"',
      [
        'the call is not valid JSON: expected a comma or } in an object, found the end of the text (character 13)',
      ],
    ],
  ])('%s', (content, expected) => {
    expect(read(content)).toEqual(expected);
  });
});

describe('thread roles as a transcript', () => {
  it('reads the indented form with exact text', () => {
    const result = importText(fixture('thread.txt'), { name: 'thread.txt' });
    expect(result.format).toBe('thread roles (transcript)');
    expect(result.records).toBe(2);
    expect(result.conversations.map(({ id, source }) => [id, source.line])).toEqual([
      ['thread.txt#0', 1],
      ['thread.txt#1', 33],
    ]);
    expect(result.conversations.map((conversation) => conversation.messages)).toEqual([
      [
        { role: 'system', content: 'You look up the weather.' },
        { role: 'user', content: 'Will it rain in Oslo?' },
        {
          role: 'assistant',
          content: '',
          reasoning: 'I need the forecast.\n\nOne call is enough.',
          toolCalls: [toolCall('forecast', { city: 'Oslo' }, '{"city": "Oslo"}')],
        },
        { role: 'assistant', content: 'Yes, take an umbrella.' },
        { role: 'user', content: 'And in Rome and Bonn?' },
        {
          role: 'assistant',
          content: '',
          reasoning: 'Two calls.',
          toolCalls: [
            toolCall('forecast', { city: 'Rome' }, '{"city": "Rome"}'),
            toolCall('forecast', { city: 'Bonn' }, '{"city": "Bonn"}'),
          ],
        },
        { role: 'tool', content: 'sunny' },
        { role: 'tool', content: 'cloudy' },
        {
          role: 'assistant',
          reasoning: 'Both are dry.',
          content: 'No rain in either:\n  - Rome is sunny\n  - Bonn is cloudy',
        },
      ],
      [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello.' },
      ],
    ]);
    expect(result.problems.map(({ line, severity, reason }) => [line, severity, reason])).toEqual([
      [10, 'warning', 'the result of the call of `forecast` is missing; none was made up'],
    ]);
  });

  it("refuses the thread's own outline, which holds no calls, naming the lines", () => {
    const result = importText(fixture('thread-skeleton.txt'));
    expect(result.conversations).toEqual([]);
    expect(result.records).toBe(1);
    expect(result.problems.map(({ line, field, reason }) => [line, field, reason])).toEqual([
      [4, '[3] assistant_tool', 'the step holds no call'],
      [9, '[7] assistant_tool', 'the step holds no call'],
    ]);
    expect(result.problems[0]?.remedy).toContain('search(query="rain")');
  });

  it.each<[name: string, text: string, expected: Message[][]]>([
    [
      'text at the margin beneath its role',
      'user\nHi\nassistant_think\nR\nassistant_answer\nA\n\nB\n',
      [
        [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'A\n\nB', reasoning: 'R' },
        ],
      ],
    ],
    [
      'Windows line ends and tabs',
      'user:\r\n\tHi\r\n\tthere\r\nassistant_answer: A\r\n',
      [
        [
          { role: 'user', content: 'Hi\nthere' },
          { role: 'assistant', content: 'A' },
        ],
      ],
    ],
    [
      'text on the line of the role and beneath it',
      'user: one\n  two\n    three\nassistant_answer: A',
      [
        [
          { role: 'user', content: 'one\ntwo\n  three' },
          { role: 'assistant', content: 'A' },
        ],
      ],
    ],
    [
      'a role name that is indented deeper is text',
      'user\n  system\n  user: x\nassistant_answer\n  A',
      [
        [
          { role: 'user', content: 'system\nuser: x' },
          { role: 'assistant', content: 'A' },
        ],
      ],
    ],
    [
      'a second system begins the next conversation',
      'system: S\nuser: U\nassistant_answer: A\nsystem: S2\nuser: U2\nassistant_answer: A2',
      [
        [
          { role: 'system', content: 'S' },
          { role: 'user', content: 'U' },
          { role: 'assistant', content: 'A' },
        ],
        [
          { role: 'system', content: 'S2' },
          { role: 'user', content: 'U2' },
          { role: 'assistant', content: 'A2' },
        ],
      ],
    ],
    [
      'dashes separate only where a role follows',
      'user: U\nassistant_answer\n  A\n---\nB\n---\n\n---\nuser: U2\nassistant_answer: A2\n---\n',
      [
        [
          { role: 'user', content: 'U' },
          { role: 'assistant', content: '  A\n---\nB' },
        ],
        [
          { role: 'user', content: 'U2' },
          { role: 'assistant', content: 'A2' },
        ],
      ],
    ],
  ])('%s', (_, text, expected) => {
    const result = importText(text);
    expect(result.conversations.map((conversation) => conversation.messages)).toEqual(expected);
    expect(result.problems).toEqual([]);
  });

  it('names the line of a mistake inside a call of several lines', () => {
    const text = 'user: U\nassistant_tool\n\n  {"name": "f",\n   "arguments": {\n     "x": oops}}\n';
    expect(importText(text).problems.map(({ line, field, reason }) => [line, field, reason])).toEqual([
      [
        6,
        '[1] assistant_tool',
        expect.stringMatching(/^the call is not valid JSON: expected a JSON value, found o/),
      ],
    ]);
  });

  it('gives the path of a mistake inside a call', () => {
    const text =
      'user: U\nassistant_tool\n  [{"name": "f", "arguments": {}},\n   {"name": "g", "arguments": 3}]\n';
    expect(importText(text).problems.map(({ line, field }) => [line, field])).toEqual([
      [4, '[1] assistant_tool[1].arguments'],
    ]);
  });

  it('flags an assistant role that is indented too deep', () => {
    const text = 'user\n  Hi\n  assistant_answer\n    A\n';
    expect(messages(text)).toEqual([{ role: 'user', content: 'Hi\nassistant_answer\n  A' }]);
    expect(warnings(text)).toEqual(['warning [0] user line 3', 'warning  line 1']);
  });

  it('does not drop text before the first role in silence', () => {
    const text = '# Notes\nuser: U\nassistant_answer: A\n---\nuser: U\nassistant_answer: A\n';
    const result = importText(text);
    expect(result.problems.map(({ record, line, severity }) => [record, line, severity])).toEqual([
      [0, 1, 'error'],
    ]);
    expect(result.conversations.map(({ id }) => id)).toEqual(['pasted text#1']);
  });
});
