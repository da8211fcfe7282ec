/**
 * @file Tables: the strict reader, which column is which field, and the conversations that must result.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv, type Delimiter } from '../../src/conversation/csv';
import { importText } from '../../src/conversation/import';
import { SourceText } from '../../src/conversation/source-text';
import { assistant, call, schema, system, testCases, tool, user } from './import-cases';

/** `line: cell|cell` of each row; `line! reason` of a wrong one. */
const rows = (text: string, delimiter: Delimiter = ',') =>
  readCsv(new SourceText(text), delimiter).map((row) =>
    row.ok ? `${row.line}: ${row.cells.map((cell) => cell.text).join('|')}` : `${row.line}! ${row.reason}`,
  );

describe('the reader', () => {
  it.each<[name: string, text: string, expected: string[]]>([
    ['plain cells', 'a,b\nc,d', ['1: a|b', '2: c|d']],
    ['empty cells', ',\n""\n,,', ['1: |', '2: ', '3: ||']],
    ['a last line end, and blank lines', 'a\r\n\r\nb\n\n', ['1: a', '3: b']],
    ['quotes', '"a,b","say ""hi"""', ['1: a,b|say "hi"']],
    ['line breaks in quotes', '"a\nb",c\nd,e', ['1: a\nb|c', '3: d|e']],
    ['white space, which is part of a cell', ' a , b', ['1:  a | b']],
    ['a carriage return inside a cell', 'a\rb,c', ['1: a\rb|c']],
    [
      'text behind a quote',
      '"a"b,c\nd,e',
      ['1! there is text behind the closing double quote of a cell', '2: d|e'],
    ],
    [
      'a quote inside a plain cell',
      'a"b,c\nd,e',
      ['1! a cell has a double quote inside but does not begin with one', '2: d|e'],
    ],
    [
      'a quote that is never closed',
      'a,b\n"c,d\ne,f',
      ['1: a|b', '2! a cell opens with a double quote that is never closed', '3: e|f'],
    ],
  ])('%s', (_, text, expected) => {
    expect(rows(text)).toEqual(expected);
  });

  it('takes another delimiter', () => {
    expect(rows('a;b,c;"d;e"', ';')).toEqual(['1: a|b,c|d;e']);
    expect(rows('a\tb', '\t')).toEqual(['1: a|b']);
  });

  it('reads back what a writer of RFC 4180 wrote', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ';', ' ', '🙂') });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), (cells, end) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = cells.map((row) => row.map(quoted).join(',')).join(end);
        const read = readCsv(new SourceText(text), ',');
        expect(read.map((row) => (row.ok ? row.cells.map((each) => each.text) : row.reason))).toEqual(cells);
      }),
    );
  });
});

const TEXT = ['warning 2 prompt: prompt is plain text', 'warning 2 completion: completion is plain text'];
const CHATTED = { messages: [user('U'), assistant('A')] };

describe('columns known by their names', () => {
  const csv = { options: { name: 'x.csv' } };
  testCases('Alpaca (CSV)', [
    {
      ...csv,
      name: 'question and answer, as system, user and assistant',
      input: 'Question,Answer,System\nU,A,S',
      expected: { messages: [system('S'), user('U'), assistant('A')] },
    },
    {
      ...csv,
      name: 'prompt and response, other columns kept',
      input: 'prompt,response,id\nU,A,7',
      expected: { ...CHATTED, extra: { id: '7' } },
    },
    {
      ...csv,
      name: 'instruction, input, output, empty cells absent',
      input: 'instruction,input,output,note\nU,,A,',
      expected: { ...CHATTED, extra: { note: null } },
    },
    {
      ...csv,
      name: 'semicolons, quotes, line breaks',
      input: 'question;answer\n"U";"a; ""b""\nc"',
      expected: { messages: [user('U'), assistant('a; "b"\nc')] },
    },
    { name: 'a table by its header alone', input: 'question\tanswer\nU\tA', expected: CHATTED },
    {
      name: 'a byte order mark, the format asked for',
      input: '\uFEFFprompt,answer\r\nU,A\r\n',
      options: { format: 'csv' },
      expected: CHATTED,
    },
    {
      ...csv,
      name: 'text that begins like JSON stays text',
      input: 'question,answer\n[1],"{""a"": 1}"',
      expected: { messages: [user('[1]'), assistant('{"a": 1}')] },
    },
  ]);

  testCases('TRL (CSV)', [
    {
      ...csv,
      name: 'prompt and completion',
      input: 'prompt,completion\nU,A',
      expected: { ...CHATTED, completionFrom: 1 },
      problems: TEXT,
    },
    {
      ...csv,
      name: 'a label',
      input: 'prompt,completion,label\nU,A,True',
      expected: { ...CHATTED, completionFrom: 1, label: true },
      problems: TEXT,
    },
    {
      ...csv,
      name: 'messages in cells, as JSON and as Python wrote them',
      input: `prompt,chosen,rejected\nU,"[{""role"": ""assistant"", ""content"": ""A""}]","[{'role': 'assistant', 'content': 'B'}]"`,
      expected: {
        ...CHATTED,
        completionFrom: 1,
        preference: { chosen: [assistant('A')], rejected: [assistant('B')] },
      },
      problems: ['warning 2 prompt: '],
    },
  ]);
  testCases('xLAM (CSV)', [
    {
      ...csv,
      name: 'query, tools and answers',
      input: 'query,tools,answers\nU,"[{""name"": ""f""}]","[{""name"": ""f"", ""arguments"": {}}]"',
      expected: {
        messages: [user('U'), assistant('', { toolCalls: [call('f', '{}')] })],
        tools: [schema('f')],
      },
    },
  ]);
  testCases('OpenAI CSV', [
    {
      ...csv,
      name: 'messages in a cell, with the line of what is wrong',
      input:
        'id,messages\n1,"[{""role"": ""user"", ""content"": ""U""},\n{""role"": ""x"", ""content"": """"}]"',
      problems: ['error 3 messages[1].role: the role "x" is unknown'],
    },
    {
      ...csv,
      name: 'a row for each message',
      input: 'role,content\nuser,U\nassistant,A\ntool,7\nassistant,',
      expected: { messages: [user('U'), assistant('A'), tool('7'), assistant('')] },
      problems: [
        'warning 4 messages[2]: the tool result follows no call',
        'warning 5 messages[3]: the assistant message is empty',
      ],
    },
  ]);
  testCases('ShareGPT (CSV)', [
    {
      ...csv,
      name: 'a row for each turn, of one conversation each',
      input: 'conversation_id,from,value\nx,human,U\nx,gpt,A',
      expected: { ...CHATTED, extra: { conversation_id: 'x' } },
    },
  ]);
  testCases('unknown', [
    {
      ...csv,
      name: 'nothing known',
      input: 'a,b\n1,2',
      problems: ['error 1 : no column is known, only `a`, `b`'],
    },
    {
      ...csv,
      name: 'a header alone',
      input: 'prompt,completion\n',
      problems: ['error 1 : the table has no rows'],
    },
    {
      ...csv,
      name: 'a column twice',
      input: 'prompt,Prompt,completion\n1,2,3',
      problems: ['error 1 : two columns are the field `prompt`'],
    },
    {
      name: 'no table',
      input: '"x',
      options: { format: 'csv' },
      problems: ['error 1 : the first line is no header of a table'],
    },
  ]);
});

describe('a column mapping', () => {
  testCases('Alpaca (CSV)', [
    {
      name: 'from column to field',
      input: 'Frage,Antwort\nU,A',
      options: { columns: { Frage: 'instruction', Antwort: 'output' } },
      expected: CHATTED,
    },
  ]);
  testCases('OpenAI CSV', [
    {
      name: 'of rows that are messages',
      input: 'who,said\nuser,U\nassistant,A',
      options: { columns: { who: 'role', said: 'content' } },
      expected: CHATTED,
    },
  ]);
  testCases('unknown', [
    {
      name: 'of a column that is not there',
      input: 'a,b\n1,2',
      options: { columns: { c: 'prompt' } },
      problems: ['error 1 : the table has no column `c`, only `a`, `b`'],
    },
  ]);
});

describe('several rows', () => {
  it('keeps rows and lines of conversations apart', () => {
    const text = 'chat_id,role,content\n1,user,"U\n"\n2,user,V\n1,assistant,A\n2,assistant,B';
    const { conversations } = importText(text, { name: 'x.csv' });
    expect(
      conversations.map(({ messages, extra, source }) => [source.record, source.line, extra, messages]),
    ).toEqual([
      [0, 2, { chat_id: '1' }, [user('U\n'), assistant('A')]],
      [1, 4, { chat_id: '2' }, [user('V'), assistant('B')]],
    ]);
  });

  it('lists bad rows and loads the good ones', () => {
    const text = 'question,answer\nU,A\n"U"x,A\nU\nU,B\n,\nU,';
    const { conversations, problems, records, format } = importText(text, { name: 'x.csv' });
    expect([records, format]).toEqual([6, 'Alpaca (CSV)']);
    expect(conversations.map(({ messages, source }) => [source.record, messages[1]?.content])).toEqual([
      [0, 'A'],
      [3, 'B'],
    ]);
    expect(problems.map(({ record, line, reason }) => [record, line, reason])).toEqual([
      [1, 3, 'there is text behind the closing double quote of a cell'],
      [2, 4, 'the row has 1 cell, the header 2'],
      [4, 6, 'the record has no instruction'],
      [5, 7, 'the record has no output'],
    ]);
  });

  it('refuses the conversation that a bad row is part of', () => {
    const text = 'id,role,content\n1,user,U\n1,assistant\n';
    const { conversations, problems } = importText(text, { name: 'x.csv' });
    expect(conversations).toEqual([]);
    expect(problems.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'the row has 2 cells, the header 3'],
    ]);
  });
});
