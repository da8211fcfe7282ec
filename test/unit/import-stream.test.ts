/**
 * @file Files read in pieces: whatever the pieces, the very same conversations and problems as with the file in memory.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importFiles, type ImportOptions } from '../../src/conversation/import';
import { memorySource, streamConversations } from '../../src/conversation/stream-import';
import type { Conversation, ImportProblem } from '../../src/conversation/types';
import { TEXTS } from './import-texts';

const good = (content: string) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: 'U' },
      { role: 'assistant', content },
    ],
  });
const utf8 = (text: string) => new TextEncoder().encode(text);
const chunks = fc.constantFrom(1, 2, 3, 7, 64, 1 << 20);

/** The file in pieces, all of its batches together. */
async function stream(name: string, bytes: Uint8Array, options: ImportOptions, chunkBytes: number) {
  const { format, columns } = options;
  const conversations: Conversation[] = [];
  const problems: ImportProblem[] = [];
  const batches = streamConversations(memorySource(bytes, name), { format, columns, chunkBytes });
  for (;;) {
    const step = await batches.next();
    if (step.done) {
      const index = step.value;
      const errors = problems.filter(({ severity }) => severity === 'error').length;
      expect(index.problemCount).toEqual({ errors, warnings: problems.length - errors });
      expect(index.counts.good).toBe(conversations.length);
      expect(index.tallies.reduce((sum, { count }) => sum + count, 0)).toBe(problems.length);
      const warned = new Set(problems.map(({ record }) => record));
      const loaded = conversations.filter(({ source }) => warned.has(source.record));
      expect(index.counts.warned).toBe(loaded.length);
      return { format: index.format, conversations, problems, records: index.records };
    }
    conversations.push(...step.value.conversations);
    problems.push(...step.value.problems);
  }
}

async function same(name: string, text: string, options: ImportOptions, chunkBytes: number): Promise<void> {
  const bytes = utf8(text);
  const expected = importFiles(
    [{ name, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) }],
    options,
  );
  expect(await stream(name, bytes, options, chunkBytes)).toEqual(expected);
}

const FILES = ['a.json', 'a.jsonl', 'a.csv'];
const FORMATS = fc.constantFrom(
  undefined,
  undefined,
  undefined,
  'openai',
  'sharegpt',
  'csv',
  'harmony',
  'transcript',
);

const user = '{"role": "user", "content": "Ü🙂"}';
const RECORDS = [
  `{"messages": [${user}, {"role": "assistant", "content": "A"}]}`,
  `{"messages": [${user}, {"role": "assistant", "content": 1}]}`,
  `{"messages": [${user}, {"role": "assistant", "content": "a\\u0041\\n"}], "id": 12345678901234567890, "x": {"2": 1, "1": 0}}`,
  '{"conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "é"}]}',
  '{"conversations": [{"from": "gpt", "value": "Q", "train": true}], "messages": []}',
  '{"prompt": "P", "completion": "C"}',
  '{"chosen": "P A", "rejected": "P B"}',
  '{"query": "q", "answers": "[{\\"name\\": \\"f\\", \\"arguments\\": {}}]", "tools": "[]"}',
  '{"segments": [{"text": "x", "label": true}]}',
  '{"text": "<|start|>developer<|message|>D<|end|><|start|>user<|message|>U<|end|>"}',
  '{"a": 1, "a": 2}',
  user,
  `[${user}]`,
  '{"x": "half"',
  '{"x": "line\nbreak"}',
  '{}',
  '[]',
  '5',
  'true',
  'truefalse',
  '1e999',
  '-',
  '"text"',
  'nul',
];
/** JSON in every arrangement, possibly damaged. */
const arranged = fc
  .record({
    records: fc.array(fc.constantFrom(...RECORDS), { maxLength: 5 }),
    pretty: fc.boolean(),
    before: fc.constantFrom('', '', '', '\uFEFF', '\n', ' ', '\u00a0', '[', '{', '\uFEFF\uFEFF', '\n\n\t'),
    open: fc.constantFrom(
      ...['', '', '[', '[', '{"data": [', '{"n": 1, "messages": [', '{"train":[', '{"data": 2, "data": ['],
    ),
    between: fc.constantFrom('\n', '\n', ', ', ',\n', '\r\n', ' ', '\n\n', '', ',,', '\n\u2028\n'),
    close: fc.constantFrom('', '', ']', ']', ']}', '], "n": "é"}', '], "prompt": 1}', '], "m": []}', ',]'),
    after: fc.constantFrom('', '\n', '\r\n', ' ', '\n{}', 'x', '\u00a0', '\n\n{"messages": []}\n'),
    cuts: fc.array(
      fc.tuple(fc.nat(), fc.constantFrom('', '\n', '"', '}', ']', ',', 'é', '\t', '\\', '\u0000')),
      {
        maxLength: 1,
      },
    ),
  })
  .map(({ records, pretty, before, open, between, close, after, cuts }) => {
    const whole = records.map((record) => (pretty ? record.replaceAll(', ', ',\n  ') : record));
    let text = before + open + whole.join(between) + close + after;
    for (const [at, damage] of cuts) {
      const place = at % (text.length + 1);
      text = text.slice(0, place) + damage + text.slice(place + 1);
    }
    return text;
  });

const cell = fc.constantFrom(
  'U',
  'A',
  '"a,b"',
  '"a\nb"',
  '"a\r\nb"',
  '"a""b"',
  'a"b',
  '"open',
  '"x"y',
  '',
  'é🙂',
  '"',
  '1',
);
const arrangedTable = fc
  .tuple(
    fc.constantFrom(
      ...['prompt,answer', 'question;answer', 'prompt\tcompletion\tlabel', 'messages,x', 'role,content'],
    ),
    fc.array(
      fc.tuple(fc.array(cell, { minLength: 1, maxLength: 3 }), fc.constantFrom('\n', '\r\n', '\n\n', '\r')),
      {
        maxLength: 6,
      },
    ),
  )
  .map(([header, rows]) => {
    const delimiter = /[,;\t]/.exec(header)?.[0] ?? ',';
    return `${header}\n${rows.map(([cells, end]) => cells.join(delimiter) + end).join('')}`;
  });

describe('a file in pieces', () => {
  it.each<[string, fc.Arbitrary<string>]>([
    ['JSON in every arrangement', arranged],
    ['tables in every arrangement', arrangedTable],
  ])(
    'is the file in memory: %s',
    async (_, texts) => {
      await fc.assert(
        fc.asyncProperty(
          texts,
          fc.constantFrom(...FILES),
          FORMATS,
          chunks,
          async (text, name, format, chunk) =>
            same(name, text, { format: format as ImportOptions['format'] }, chunk),
        ),
        { numRuns: Number(process.env['RUNS'] ?? 1000) },
      );
    },
    600_000,
  );

  it.each(TEXTS)('is the file in memory: %s', async (_, texts) => {
    await fc.assert(
      fc.asyncProperty(texts, fc.constantFrom(...FILES), FORMATS, chunks, async (text, name, format, chunk) =>
        same(name, text, { format: format as ImportOptions['format'] }, chunk),
      ),
      { numRuns: 150 },
    );
  });

  it.each([1, 2, 3, 7, 1000])(
    'has characters, records and line ends over borders of %d bytes',
    async (chunk) => {
      const lines = `\uFEFF${good('Ä🙂')}\r\n\r\n${good('é')}\n  \n{"messages": 1}\r\n${good('日本')}`;
      await same('a.jsonl', lines, {}, chunk);
      await same('a', `[${good('Ä🙂')},\r\n ${good('}]')}]`, {}, chunk);
      await same('a', `{"v": "🙂", "rows": [${good('[')}\n, ${good('{')}]}\n`, {}, chunk);
      await same('a', `${good('a')}${good('🙂')}\n{"x": "\n}\n${good('b')}`, {}, chunk);
      await same('a.csv', 'prompt,answer\r\n"U 🙂\r\n, and ""more""",A\r\n\r\nU,"A"\n', {}, chunk);
      const columns = { Frage: 'instruction', Antwort: 'output' };
      await same('a.tsv', 'Frage\tAntwort\nU\tÄ\n', { columns }, chunk);
    },
  );

  it('tells once a file what only an unclaimed record tells first', async () => {
    const developer = '<|start|>developer<|message|>D<|end|><|start|>user<|message|>U<|end|>';
    const claimed = JSON.stringify({ text: `${developer}<|start|>assistant<|message|>A<|end|>` });
    // Nothing claims it, for its text does not begin with a message; it is read as Harmony because most records are.
    const unclaimed = JSON.stringify({ text: `x${developer}` });
    for (const lines of [
      [unclaimed, claimed, claimed],
      [claimed, unclaimed, claimed],
      [good('A'), unclaimed, unclaimed, claimed, claimed],
    ]) {
      await same('a.jsonl', lines.join('\n'), {}, 7);
    }
  });
});
