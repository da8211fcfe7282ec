/**
 * @file Properties: import never throws and accounts for every record; export then import is the identity.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toOpenAI, toOpenAIJsonl } from '../../src/conversation/export';
import { FORMATS, importText } from '../../src/conversation/import';
import type { Conversation, Json, Message, ToolCall, ToolSchema } from '../../src/conversation/types';

/** JSON values; -0 is not among them, for JSON.stringify writes it as 0. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
const jsonText = fc.json();
/** Values as conversations have them, at every place possibly wrong. */
const nearly = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 8, arbitrary }, { weight: 1, arbitrary: json });
const role = fc.constantFrom(
  ...[
    'system',
    'user',
    'assistant',
    'tool',
    'function',
    'assistant_think',
    'assistant_tool',
    'assistant_answer',
    'x',
  ],
);
const words = fc.constantFrom(
  ...[
    'Hi',
    '',
    '<think>',
    '</think>',
    '<think>a</think>b',
    '<tool_call>',
    'f(x=1)',
    '{"name":"f","arguments":{}}',
    '---',
  ],
);
const messageLike = fc.record(
  {
    role: nearly(role),
    content: nearly(words),
    tool_calls: nearly(
      fc.array(
        nearly(
          fc.record({
            id: nearly(fc.string()),
            function: nearly(fc.record({ name: words, arguments: nearly(jsonText) })),
          }),
        ),
      ),
    ),
    reasoning_content: nearly(words),
    tool_call_id: nearly(fc.string()),
    weight: nearly(fc.double()),
  },
  { requiredKeys: [] },
);
const recordLike = fc.record(
  {
    messages: nearly(fc.array(nearly(messageLike))),
    conversation: nearly(fc.array(nearly(messageLike))),
    tools: nearly(fc.array(nearly(fc.record({ name: words, parameters: json })))),
    id: json,
  },
  { requiredKeys: [] },
);
const transcriptLike = fc
  .array(
    fc.tuple(
      fc.constantFrom('', ' ', '    ', '\t'),
      fc.oneof(role, words, fc.string()),
      fc.constantFrom('', ':', ': x'),
    ),
  )
  .map((lines) => lines.map((parts) => parts.join('')).join('\n'));

/** Imports in every way; checks that nothing is lost: each record is loaded or has an error, never both. */
function check(text: string): void {
  for (const name of ['a.json', 'a.jsonl', 'a.txt']) {
    for (const format of [undefined, ...FORMATS.map(({ id }) => id)]) {
      const result = importText(text, { name, format });
      const bad = new Set(
        result.problems.filter(({ severity }) => severity === 'error').map(({ record }) => record),
      );
      const good = new Set(result.conversations.map(({ source }) => source.record));
      const lines = text.split('\n').length;
      expect([...good].filter((record) => bad.has(record))).toEqual([]);
      if (result.records > 0) expect(good.size + bad.size).toBe(result.records);
      else expect(bad.size).toBe(1);
      for (const { line, reason, remedy } of result.problems) {
        expect(line >= 1 && line <= lines).toBe(true);
        expect(reason !== '' && remedy !== '').toBe(true);
      }
      expect(structuredClone(result)).toEqual(result);
    }
  }
}

describe('import of anything', () => {
  it.each<[string, fc.Arbitrary<string>]>([
    ['strings', fc.string({ unit: 'binary', maxLength: 200 })],
    ['JSON', fc.json({ maxDepth: 5 })],
    [
      'JSON that is cut off',
      fc.tuple(fc.json(), fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1))),
    ],
    ['records', fc.array(recordLike, { maxLength: 4 }).map((records) => JSON.stringify(records))],
    [
      'lines of records and other lines',
      fc
        .array(
          fc.oneof(
            recordLike.map((r) => JSON.stringify(r)),
            fc.json(),
            fc.string(),
          ),
          { maxLength: 5 },
        )
        .map((lines) => lines.join('\n')),
    ],
    [
      'bare messages',
      fc.array(nearly(messageLike), { maxLength: 5 }).map((list) => JSON.stringify(list, null, 1)),
    ],
    ['transcripts', transcriptLike],
  ])('%s', (_, texts) => {
    fc.assert(fc.property(texts, check), { numRuns: 100 });
  });
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  words,
  fc.constantFrom('a<|im_end|>b', '\n\n', '🙂'),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** An object without the keys whose value is undefined, as importers write them. */
const compact = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

const argumentsText = fc
  .tuple(fc.dictionary(fc.string(), json), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, null, indent));
const toolCall: fc.Arbitrary<ToolCall> = fc
  .record({ id: optional(fc.string()), name: fc.string({ minLength: 1 }), rawArguments: argumentsText })
  .map((call) => compact({ ...call, arguments: JSON.parse(call.rawArguments) as { [key: string]: Json } }));
const shared = {
  content: text,
  name: optional(fc.string()),
  weight: optional(fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0)),
};
const message: fc.Arbitrary<Message> = fc
  .oneof(
    fc.record({ ...shared, role: fc.constantFrom<'system' | 'user'>('system', 'user') }),
    fc.record({ ...shared, role: fc.constant('tool' as const), toolCallId: optional(fc.string()) }),
    fc.record({
      ...shared,
      role: fc.constant('assistant' as const),
      reasoning: optional(text),
      toolCalls: optional(fc.array(toolCall, { minLength: 1, maxLength: 3 })),
    }),
  )
  .map((given): Message => compact(given))
  // The one case that the format cannot hold: see the docstring of toOpenAI.
  .filter((m) => m.role !== 'assistant' || m.reasoning !== undefined || !/<\/?think>/.test(m.content));
const tool: fc.Arbitrary<ToolSchema> = fc
  .record({
    name: fc.string({ minLength: 1 }),
    description: optional(fc.string()),
    parameters: optional(fc.dictionary(fc.string(), json)),
  })
  .map((definition) => ({ type: 'function', function: compact(definition) }));
const RESERVED = ['messages', 'tools', 'functions'];
const conversation = fc
  .record({
    messages: fc.array(message, { minLength: 1, maxLength: 6 }),
    tools: optional(fc.array(tool, { maxLength: 2 })),
    extra: fc.dictionary(
      fc.string().filter((key) => !RESERVED.includes(key)),
      json,
    ),
  })
  .map((parts): Conversation => compact({ id: '', ...parts, source: { file: '', record: 0, line: 1 } }));

/** Without what an import gives anew; as text, so that the order of keys counts. */
const essence = ({ messages, tools, extra }: Conversation) => ({ messages, tools, extra });

describe('export', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(conversation, { minLength: 1, maxLength: 3 }), (conversations) => {
        const result = importText(toOpenAIJsonl(conversations), { name: 'x.jsonl', format: 'openai' });
        expect(result.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(result.conversations.map(essence)).toEqual(conversations.map(essence));
        expect(toOpenAIJsonl(result.conversations)).toBe(toOpenAIJsonl(conversations));
      }),
      { numRuns: 300 },
    );
  });

  it('writes OpenAI records', () => {
    const source = [
      '{"messages": [{"role": "user", "content": "U"},',
      '{"role": "assistant", "content": "<think>R</think>", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {"x": 3.0}}}]},',
      '{"role": "tool", "tool_call_id": "a", "name": "f", "content": "1"},',
      '{"role": "assistant", "content": "A", "weight": 0}], "tools": [{"name": "f"}], "id": 7}',
    ].join('\n');
    const [imported] = importText(source).conversations;
    if (!imported) throw new Error('the record did not load');
    expect(toOpenAI(imported)).toEqual({
      messages: [
        { role: 'user', content: 'U' },
        {
          role: 'assistant',
          content: '',
          reasoning_content: 'R',
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"x": 3.0}' } }],
        },
        { role: 'tool', content: '1', tool_call_id: 'a', name: 'f' },
        { role: 'assistant', content: 'A', weight: 0 },
      ],
      tools: [{ type: 'function', function: { name: 'f' } }],
      id: 7,
    });
    expect(JSON.stringify(toOpenAI(imported, { arguments: 'object' }))).toContain('"arguments":{"x":3}');
    expect(toOpenAIJsonl([imported, imported]).split('\n')).toHaveLength(3);
  });
});
