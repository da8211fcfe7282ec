/**
 * @file The list of conversations without the page: what it counts, finds, groups, and which rows of it are in sight.
 */
import { describe, expect, test } from 'vitest';
import { groupProblems, problemsAsText } from '../../src/conversation/problem-groups';
import { mentions, searchKey } from '../../src/conversation/search-text';
import { columnsProblem, tableHead } from '../../src/conversation/table-head';
import type { Conversation, ImportProblem } from '../../src/conversation/types';
import { maxLengthOf, draftsOf } from '../../src/settings/train';
import { exportName } from '../../src/state/data-export.svelte';
import { DataList, MemoryPart } from '../../src/state/data-list';
import { recordsLeftOut } from '../../src/state/left-out';
import {
  afterScroll,
  MAX_TRACK,
  rowsInSight,
  scrollTopFor,
  topOf,
  topToShow,
  trackHeight,
} from '../../src/ui/virtual-rows';

const problem = (
  file: string,
  record: number,
  severity: ImportProblem['severity'],
  reason = 'No.',
): ImportProblem => ({ file, record, line: record + 1, severity, field: '', reason, remedy: 'Yes.' });

function conversation(id: string, ...texts: string[]): Conversation {
  return {
    id,
    messages: texts.map((content) => ({ role: 'user', content })),
    extra: {},
    source: { file: 'a.jsonl', record: 0, line: 1 },
  };
}

describe('problems', () => {
  test('a record is left out once, however many errors it has; a warning leaves nothing out', () => {
    expect(recordsLeftOut([])).toBe(0);
    expect(
      recordsLeftOut([
        problem('a', 0, 'error'),
        problem('a', 0, 'error'),
        problem('a', 1, 'error'),
        problem('b', 0, 'error'),
        problem('b', 7, 'warning'),
      ]),
    ).toBe(3);
  });

  test('the same mistake is one group, whatever names and numbers it has; errors come first', () => {
    const groups = groupProblems([
      problem('a', 0, 'warning', 'the field `mood` is not known'),
      problem('a', 1, 'warning', 'the field `tempo` is not known'),
      problem('a', 2, 'warning', 'the id "7" is used 2 times'),
      problem('a', 3, 'error', 'the role "robot" is not known'),
      problem('a', 4, 'warning', 'the field `mood` is not known'),
      problem('a', 5, 'warning', 'it begins with “Thought for 5s”, which'),
      problem('a', 6, 'warning', 'it begins with “Thought for a moment”, which'),
    ]);
    expect(groups.map(({ severity, reason, problems }) => [severity, reason, problems.length])).toEqual([
      ['error', 'the role "robot" is not known', 1],
      ['warning', 'the field `…` is not known', 3],
      ['warning', 'it begins with “…”, which', 2],
      ['warning', 'the id "7" is used 2 times', 1],
    ]);
    expect(groups[1]?.problems.map(({ record }) => record)).toEqual([0, 1, 4]);
  });

  test('as text, each is a line with its place', () => {
    expect(problemsAsText([{ ...problem('a.jsonl', 4, 'error', 'it is wrong'), field: 'messages[0]' }])).toBe(
      'error: a.jsonl:5 messages[0]: it is wrong. Yes.\n',
    );
  });
});

describe('search', () => {
  test('looks at every text of a message, upper and lower case alike, and at nothing else', () => {
    const whole: Conversation = {
      ...conversation('a', 'Hello World'),
      tools: [{ type: 'function', function: { name: 'hidden_tool' } }],
      extra: { note: 'aside' },
      preference: { chosen: [], rejected: [{ role: 'assistant', content: 'Refused' }] },
    };
    whole.messages.push({
      role: 'assistant',
      content: '',
      reasoning: 'ÜBERLEGT',
      toolCalls: [{ name: 'get_weather', arguments: {}, rawArguments: '{"city": "Oslo"}' }],
    });
    const found = (text: string) => mentions(whole, searchKey(text));
    for (const text of ['hello w', 'WORLD', 'überlegt', 'Get_Weather', '"city": "oslo"', 'refused', ''])
      expect(found(text), text).toBe(true);
    for (const text of ['hidden_tool', 'aside', 'hello  w']) expect(found(text), text).toBe(false);
  });
});

describe('list', () => {
  const first = new MemoryPart([conversation('a', 'one'), conversation('b', 'two')], [1]);
  const second = new MemoryPart([conversation('c', 'three'), conversation('d', 'one more')], [0]);
  const list = new DataList([first]).with(second);

  test('its parts are one: rows, ids, warnings, what is read in any order', async () => {
    expect(list.length).toBe(4);
    expect([0, 1, 2, 3].map((row) => list.id(row))).toEqual(['a', 'b', 'c', 'd']);
    expect(list.rowOf('d')).toBe(3);
    expect(list.rowOf('x')).toBe(-1);
    expect(list.at(4)).toBeUndefined();
    expect([0, 1, 2, 3].filter((row) => list.warned(row))).toEqual([1, 2]);
    expect(list.warnedRows()).toEqual([1, 2]);
    expect((await list.read([3, 0, 1, 2])).map(({ id }) => id)).toEqual(['d', 'a', 'b', 'c']);
    expect(await list.read([])).toEqual([]);
  });

  test('a search ends with its part and goes on with the next', async () => {
    expect(await list.search('one', 0, 10)).toEqual({ rows: [0], next: 2 });
    expect(await list.search('one', 2, 10)).toEqual({ rows: [3], next: 4 });
    expect(await list.search('one', 4, 10)).toEqual({ rows: [], next: 4 });
  });

  test('the key of a row is its own: an id that comes back is another row', () => {
    const again = new DataList([new MemoryPart([conversation('a', 'another text')])]);
    expect(again.key(0)).not.toBe(list.key(0));
    expect(list.rowOfKey(list.key(2))).toBe(2);
    expect(list.rowOfKey(again.key(0))).toBe(-1);
    const shorter = new DataList([second]);
    expect(shorter.key(1)).toBe(list.key(3));
  });
});

describe('rows in sight', () => {
  const small = { count: 100, rowHeight: 50, viewHeight: 300 };
  const huge = { count: 2_000_000, rowHeight: 50, viewHeight: 300 };
  const start = { scrollTop: 0, ahead: 0 };

  test('a list that a browser can lay out scrolls as it is', () => {
    const place = afterScroll(small, start, 1234);
    expect(trackHeight(small)).toBe(5000);
    expect(topOf(small, place)).toBe(1234);
    expect(rowsInSight(small, 1234, 2)).toEqual({ first: 22, last: 33 });
    expect(rowsInSight(small, 0, 2)).toEqual({ first: 0, last: 8 });
    expect(rowsInSight(small, 4700, 2)).toEqual({ first: 92, last: 100 });
  });

  test('a longer one reaches its last row, goes row by row with the wheel, and in proportion with the bar', () => {
    const end = MAX_TRACK - huge.viewHeight;
    expect(trackHeight(huge)).toBe(MAX_TRACK);
    expect(topOf(huge, afterScroll(huge, start, end))).toBe(huge.count * 50 - 300);
    const middle = afterScroll(huge, start, end / 2);
    expect(topOf(huge, middle)).toBeCloseTo((huge.count * 50 - 300) / 2, 3);
    const wheel = afterScroll(huge, middle, end / 2 + 100);
    expect(topOf(huge, wheel) - topOf(huge, middle)).toBeCloseTo(100, 3);
    expect(topOf(huge, afterScroll(huge, wheel, 0))).toBe(0);
    expect(scrollTopFor(huge, topOf(huge, middle))).toBeCloseTo(end / 2, 3);
  });

  test('showing a row moves as little as possible', () => {
    expect(topToShow(small, 100, 0)).toBe(0);
    expect(topToShow(small, 100, 3)).toBe(100);
    expect(topToShow(small, 100, 20)).toBe(750);
  });
});

describe('tables', () => {
  test('the head of a table: its columns and their first values', () => {
    const text =
      '\uFEFFFrage;Antwort;Notiz\n"Was\nist das?";Das ist es.;\nUnd nun?;Nichts.;\n' +
      'x'.repeat(100) +
      ';y;\na;b;\n';
    expect(tableHead(text)).toEqual([
      { name: 'Frage', values: ['Was ist das?', 'Und nun?', `${'x'.repeat(79)}…`] },
      { name: 'Antwort', values: ['Das ist es.', 'Nichts.', 'y'] },
      { name: 'Notiz', values: [] },
    ]);
    expect(tableHead('just words\n')).toEqual([]);
    expect(tableHead('')).toEqual([]);
  });

  test('columns are whole: a question has an answer, a role its text, and no two are the same', () => {
    expect(columnsProblem({})).toContain('at least one');
    expect(columnsProblem({ a: 'question' })).toContain('one for the assistant');
    expect(columnsProblem({ a: 'question', b: 'answer' })).toBeUndefined();
    expect(columnsProblem({ a: 'role', b: 'conversation_id' })).toContain('one for the text');
    expect(columnsProblem({ a: 'system', b: 'system' })).toContain('“System prompt”');
    expect(columnsProblem({ a: 'messages' })).toBeUndefined();
  });
});

test('an exported file is named after the imported one', () => {
  expect(exportName('chat.jsonl.gz', 'trl')).toBe('chat.trl.jsonl');
  expect(exportName('pasted text', 'openai')).toBe('conversations.openai.jsonl');
  expect(exportName(undefined, 'openai')).toBe('conversations.openai.jsonl');
});

test('the longest sequence is known while another field is wrong, and not while its own is', () => {
  expect(maxLengthOf({ ...draftsOf(), steps: 'x', maxLength: '64' })).toBe(64);
  expect(maxLengthOf({ ...draftsOf(), maxLength: '3' })).toBeUndefined();
});
