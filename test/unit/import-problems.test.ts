/**
 * @file What is said about bad records: file, record, exact line, field, reason, remedy; and that the good ones load.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withUniqueIds } from '../../src/conversation/ids';
import { importFiles, importText, MAX_FILE_CHARACTERS } from '../../src/conversation/import';
import { MAX_JSON_DEPTH } from '../../src/conversation/json-scanner';

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/import/${name}`, import.meta.url), 'utf8');
const HI = '{"role": "user", "content": "Hi"}';
const GOOD = `{"messages": [${HI}, {"role": "assistant", "content": "A"}]}`;

/** `record:line field: reason` of each error. */
const errors = (text: string, name = 'x.json') =>
  importText(text, { name })
    .problems.filter((problem) => problem.severity === 'error')
    .map(({ record, line, field, reason }) => `${record}:${line} ${field}: ${reason}`);

describe('fixtures', () => {
  it('loads all of eight.jsonl without a remark', () => {
    const result = importText(fixture('eight.jsonl'), { name: 'eight.jsonl' });
    expect(result).toMatchObject({ format: 'OpenAI JSONL', records: 8, problems: [] });
    expect(result.conversations.map(({ id, source }) => [id, source.line])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((line) => [`eight.jsonl#${line - 1}`, line]),
    );
    expect(
      result.conversations.flatMap(({ messages }) => messages.map((m) => m.reasoning ?? '')).join(''),
    ).toBe('7 + 6 = 13.9 is more than 4.');
    expect(result.conversations[4]?.messages).toHaveLength(4);
    expect(result.conversations[5]?.messages[1]?.content).toBe('Good to hear! 🙂');
  });

  it('loads the eight good records of mixed.jsonl and names the line of each of the four bad ones', () => {
    const text = fixture('mixed.jsonl');
    const result = importText(text, { name: 'mixed.jsonl' });
    expect(result.records).toBe(12);
    expect(result.conversations.map(({ source }) => source.record)).toEqual([0, 1, 3, 5, 7, 8, 10, 11]);
    expect(result.conversations.map(({ source }) => source.line)).toEqual([1, 2, 4, 7, 9, 10, 12, 13]);
    expect(errors(text, 'mixed.jsonl')).toEqual([
      '2:3 messages[1]: not valid JSON at line 3, column 88: expected a comma or } in an object, found the end of the text',
      '4:5 messages[1].role: the role "narrator" is unknown',
      '6:8 messages[1].tool_calls[0].function.arguments: the arguments of `weather` are not valid JSON: expected a JSON value, found O at character 10',
      '9:11 : the record has no list of messages, only `text`',
    ]);
    for (const problem of result.problems) {
      expect(problem.file).toBe('mixed.jsonl');
      expect(problem.remedy).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('lines and fields of errors', () => {
  const pretty = (message: object) =>
    JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }, message] }, null, 1);
  const call = (fn: unknown) => ({
    role: 'assistant',
    tool_calls: [{ id: 'a', type: 'function', function: fn }],
  });

  it.each<[name: string, text: string, expected: string[]]>([
    ['no role', pretty({ content: 'A' }), ['0:7 messages[1]: the message has no role']],
    [
      'a role that is no string',
      pretty({ role: 3 }),
      ['0:8 messages[1].role: the role is a number, not a string'],
    ],
    [
      'the role `constructor`',
      pretty({ role: 'constructor' }),
      ['0:8 messages[1].role: the role "constructor" is unknown'],
    ],
    [
      'a message that is no object',
      '[{"role": "user", "content": ""},\n "x"]',
      ['0:2 [1]: the message is a string, not an object'],
    ],
    ['no content', pretty({ role: 'user' }), ['0:7 messages[1]: the user message has no content']],
    [
      'content of another type',
      pretty({ role: 'tool', content: { a: 1 } }),
      ['0:9 messages[1].content: the content is an object, neither text nor a list of text parts'],
    ],
    [
      'an image',
      pretty({ role: 'user', content: [{ type: 'image_url', image_url: {} }] }),
      ['0:10 messages[1].content[0]: the part of the content is of type "image_url"'],
    ],
    [
      'a text part without text',
      pretty({ role: 'user', content: [{ type: 'text' }] }),
      ['0:10 messages[1].content[0]: the part of the content holds no text'],
    ],
    [
      'a weight in quotes',
      pretty({ role: 'assistant', content: '', weight: '1' }),
      ['0:10 messages[1].weight: the weight is a string, not a number'],
    ],
    [
      'a name that is no string',
      pretty({ role: 'user', content: '', name: 1 }),
      ['0:10 messages[1].name: name is a number, not a string'],
    ],
    [
      'an id that is no string',
      pretty({ role: 'tool', content: '', tool_call_id: 1 }),
      ['0:10 messages[1].tool_call_id: tool_call_id is a number, not a string'],
    ],
    [
      'thinking in a user message',
      pretty({ role: 'user', content: 'x', reasoning: 'R' }),
      ['0:10 messages[1].reasoning: a user message cannot have thinking'],
    ],
    [
      'two different texts of thinking',
      pretty({ role: 'assistant', content: 'x', reasoning: 'R', thinking: 'S' }),
      ['0:11 messages[1].thinking: the message has two different texts of thinking'],
    ],
    [
      'thinking that is no string',
      pretty({ role: 'assistant', content: 'x', reasoning: ['R'] }),
      ['0:10 messages[1].reasoning: the thinking is a list, not a string'],
    ],
    [
      'calls by a user',
      pretty({ role: 'user', content: '', tool_calls: [{}] }),
      ['0:10 messages[1].tool_calls: a user message cannot call tools'],
    ],
    [
      'tool_calls that is no list',
      pretty({ role: 'assistant', tool_calls: {} }),
      ['0:9 messages[1].tool_calls: tool_calls is an object, not a list'],
    ],
    [
      'both forms of calls',
      pretty({
        role: 'assistant',
        tool_calls: [{ name: 'f', arguments: {} }],
        function_call: { name: 'f', arguments: '{}' },
      }),
      ['0:15 messages[1].function_call: the message has both tool_calls and function_call'],
    ],
    [
      'a call without a name',
      pretty(call({ arguments: '{}' })),
      ['0:13 messages[1].tool_calls[0].function: the call does not name its tool'],
    ],
    [
      'a call without arguments',
      pretty(call({ name: 'f' })),
      ['0:13 messages[1].tool_calls[0].function: the call of `f` has no arguments'],
    ],
    [
      'arguments that are a list',
      pretty(call({ name: 'f', arguments: '[1]' })),
      ['0:15 messages[1].tool_calls[0].function.arguments: the arguments of `f` are JSON, but not an object'],
    ],
    [
      'arguments encoded twice',
      pretty(call({ name: 'f', arguments: JSON.stringify('{"x":1}') })),
      ['0:15 messages[1].tool_calls[0].function.arguments: the arguments of `f` are encoded as JSON twice'],
    ],
    [
      'arguments with text behind them',
      pretty(call({ name: 'f', arguments: '{} {}' })),
      [
        '0:15 messages[1].tool_calls[0].function.arguments: the arguments of `f` are not valid JSON: more text follows at character 3',
      ],
    ],
    [
      'tools that are no list',
      `{"messages": [${HI}],\n"tools": {}}`,
      ['0:2 tools: the tools are an object, not a list'],
    ],
    [
      'a tool without a name',
      `{"messages": [${HI}], "tools": [\n{"type": "function", "function": {}}]}`,
      ['0:2 tools[0].function: the tool has no name'],
    ],
    [
      'tools in a broken string',
      `{"messages": [${HI}],\n"tools": "[{]"}`,
      [
        '0:2 tools: the tools are a string that is not valid JSON: expected a key in double quotes, found ] at character 3',
      ],
    ],
    [
      'several errors in one record, all of them named',
      '[{"role": "x"},\n{"role": "user"},\n{"role": "assistant", "content": 1}]',
      [
        '0:1 [0].role: the role "x" is unknown',
        '0:2 [1]: the user message has no content',
        '0:3 [2].content: the content is a number, neither text nor a list of text parts',
      ],
    ],
    ['an empty file', ' \n ', ['0:1 : the file is empty']],
    ['an empty list', '[]', ['0:1 : the list holds no conversation']],
    ['an empty object', '{}', ['0:1 : the record has no list of messages, no fields at all']],
    ['an empty list of messages', '{"messages": []}', ['0:1 messages: the list of messages is empty']],
    [
      'messages that are no list',
      '{"messages": "x"}',
      ['0:1 messages: the messages are a string, not a list'],
    ],
    ['a single message', HI, ['0:1 : the record is a single message, not a conversation']],
    [
      'numbers',
      '[1,\n2]',
      [
        '0:1 : the record is a number, not a conversation',
        '1:2 : the record is a number, not a conversation',
      ],
    ],
    ['prose', '\n\nSome prose.', ['0:3 : the file is neither JSON nor a transcript with known roles']],
  ])('%s', (_, text, expected) => {
    expect(errors(text)).toEqual(expected);
    expect(importText(text).conversations).toEqual([]);
  });
});

describe('files that are broken in part', () => {
  it('loads the records of a list before a syntax error, and says that it stopped', () => {
    const text = `[\n${GOOD},\n${GOOD},\n{"messages": [}\n, ${GOOD}]`;
    const result = importText(text);
    expect(result.conversations.map(({ source }) => source.line)).toEqual([2, 3]);
    expect(result.problems).toEqual([
      {
        file: 'pasted text',
        record: 2,
        line: 4,
        field: 'messages[0]',
        severity: 'error',
        reason: 'not valid JSON at line 4, column 15: expected a JSON value, found }',
        remedy: expect.stringMatching(/Nothing after this place was read\.$/) as string,
      },
    ]);
  });

  it('does not take the first messages of a broken list of messages for a conversation', () => {
    const result = importText(`[${HI},\n{"role": "assistant", "content": "A"},\n{"role": ]`);
    expect(result.conversations).toEqual([]);
    expect(result.problems.map(({ record, line, field }) => [record, line, field])).toEqual([
      [0, 3, '[2].role'],
    ]);
  });

  it('reads values that are printed over several lines one after another, and goes on after a bad one', () => {
    const printed = JSON.stringify(JSON.parse(GOOD), null, 2);
    const result = importText(`${printed}\n${printed.replace('"A"', 'A')}\n${printed}\n`);
    expect(result.conversations.map(({ source }) => [source.record, source.line])).toEqual([
      [0, 1],
      [2, 25],
    ]);
    expect(result.problems.map(({ record, line }) => [record, line])).toEqual([[1, 21]]);
  });

  it('tells a printed document whose last line parses alone from JSON Lines', () => {
    const text = `{"messages": [\n${HI},\n{"role": "assistant", "content": "A"}\n]}`;
    expect(importText(text)).toMatchObject({ format: 'OpenAI JSON', records: 1, problems: [] });
  });

  it('reads JSON Lines with Windows line ends, blank lines and no last line end', () => {
    const result = importText(`${GOOD}\r\n\r\n${GOOD}\r\n${GOOD}`);
    expect(result).toMatchObject({ format: 'OpenAI JSONL', records: 3, problems: [] });
    expect(result.conversations.map(({ source }) => source.line)).toEqual([1, 3, 4]);
  });

  it('reads a record that nothing claims in the format of the others', () => {
    const result = importText(`${GOOD}\n${GOOD}\n{"messages": [{"content": "A"}]}`);
    expect(result.format).toBe('OpenAI JSONL');
    expect(result.problems.map(({ reason }) => reason)).toEqual(['the message has no role']);
  });

  it('tells once, with a count, about numbers that a template prints differently', () => {
    const text = GOOD.replace(/}$/, ', "chat_template_kwargs": {"min": 3.0, "max": 1e2}, "score": 3.0}');
    expect(importText(text).problems.map(({ field, reason }) => [field, reason])).toEqual([
      [
        'chat_template_kwargs.min',
        'the number 3.0 will be rendered as 3, and so will 1 more of this record in their own way',
      ],
    ]);
  });

  it('tells about a number of a message only where its value changes', () => {
    const text = GOOD.replace('"content"', '"x": 3.0, "y": 12345678901234567890, "content"');
    expect(importText(text).problems.map(({ field, reason }) => [field, reason])).toContainEqual([
      'messages[0].y',
      'the number 12345678901234567890 will be rendered as 12345678901234567000',
    ]);
    expect(importText(text).problems.filter(({ field }) => field.endsWith('x'))).toHaveLength(1);
  });

  it('has nothing to tell about numbers and keys whose text is kept', () => {
    const tool =
      '{"type": "function", "function": {"name": "f", "parameters": {"min": 3.0, "2": 0, "1": 1e30}}}';
    const extra = '"score": 3.0, "id": 12345678901234567890, "e": {"1": 0, "0": 0}';
    const text = GOOD.replace(/}$/, `, "tools": [${tool}], ${extra}}`);
    expect(importText(text).problems).toEqual([]);
  });
});

describe('limits', () => {
  it('refuses a file that is too long for a tab', () => {
    const result = importText(' '.repeat(MAX_FILE_CHARACTERS + 1));
    expect(result.problems.map(({ reason }) => reason)).toEqual([
      `the file has ${MAX_FILE_CHARACTERS + 1} characters, more than the ${MAX_FILE_CHARACTERS} that fit into a tab`,
    ]);
  });

  it('refuses nesting beyond the limit instead of overflowing the stack', () => {
    const reason = `the nesting is deeper than ${MAX_JSON_DEPTH} levels`;
    expect(errors('['.repeat(1_000_000))[0]).toContain(reason);
    const args = JSON.stringify(`{"x": ${'['.repeat(100_000)}`);
    const deep = `[${HI}, {"role": "assistant", "tool_calls": [{"name": "f", "arguments": ${args}}]}]`;
    expect(errors(deep)[0]).toContain(reason);
    const step = `[{"role": "assistant_tool", "content": ${JSON.stringify(`f(x=${'['.repeat(100_000)})`)}}]`;
    expect(errors(step)[0]).toContain(reason);
  });

  it('reads very many records, messages and calls without running out of arguments or stack', () => {
    // Spreading this many values into a call would throw a RangeError.
    const many = 150_000;
    expect(errors(`[${'1,'.repeat(many)}1]`)).toHaveLength(many + 1);
    expect(errors(`[${'{"role":"x"},'.repeat(many)}{"role":"x"}]`)).toHaveLength(many + 1);
    const result = importText(`user: U\nassistant_tool\n${'f()\n'.repeat(many)}assistant_tool: g()`);
    expect(result.conversations[0]?.messages[1]?.toolCalls).toHaveLength(many + 1);
    const orphans = `[${HI},${'{"role":"tool","content":""},'.repeat(many)}{"role":"assistant","content":"A"}]`;
    expect(importText(orphans).problems).toHaveLength(many);
    expect(importText(`${'---\n'.repeat(many)}user: U\nassistant: A`).records).toBe(1);
  }, 120_000);
});

describe('several files', () => {
  it('gives each conversation an id of its own, even where a file comes twice', () => {
    const file = { name: 'a.jsonl', text: `${GOOD}\n${GOOD}` };
    const result = importFiles([file, file, { name: 'b.txt', text: 'user: U\nassistant_answer: A' }], {
      taken: ['b.txt#0'],
    });
    expect(result.conversations.map(({ id }) => id)).toEqual([
      'a.jsonl#0',
      'a.jsonl#1',
      'a.jsonl#0 (2)',
      'a.jsonl#1 (2)',
      'b.txt#0 (2)',
    ]);
    expect(result).toMatchObject({
      format: 'OpenAI JSONL, thread roles (transcript)',
      records: 5,
      problems: [],
    });
    const again = withUniqueIds(
      result.conversations.slice(0, 2),
      result.conversations.map(({ id }) => id),
    );
    expect(again.map(({ id }) => id)).toEqual(['a.jsonl#0 (3)', 'a.jsonl#1 (3)']);
  });

  it('reads a file as the format that it is told', () => {
    const plain = `[${HI}, {"role": "assistant", "content": "A"}]`;
    expect(importText(plain, { format: 'thread' })).toMatchObject({
      format: 'thread roles (JSON)',
      conversations: [{ messages: [{ content: 'Hi' }, { role: 'assistant', content: 'A' }] }],
    });
    const steps = '[{"role": "user", "content": "U"}, {"role": "assistant_answer", "content": "A"}]';
    expect(importText(steps, { format: 'openai' }).problems.map(({ reason }) => reason)).toEqual([
      'the role "assistant_answer" is unknown',
    ]);
    expect(importText(plain, { format: 'thread-transcript' }).problems.map(({ reason }) => reason)).toEqual([
      'no line of the file is a role of the thread format',
    ]);
    expect(importText('user: U', { format: 'openai' }).problems[0]?.reason).toBe(
      'not valid JSON at line 1, column 1: expected a JSON value, found u',
    );
  });
});
