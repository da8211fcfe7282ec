/**
 * @file Findings as the page shows them, and conversations that were changed on the page.
 */
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import type { Finding } from '../../src/lint/types';
import { DataList, MemoryPart } from '../../src/state/data-list';
import { countFindings, countsText, findingMarks, groupFindings, isTold } from '../../src/ui/lint-view';
import { fromOne } from '../../src/ui/message-numbers';

const finding = (lint: string, severity: Finding['severity'], tokens?: [number, number]): Finding => ({
  lint,
  severity,
  message: lint,
  place: { message: 1, ...(tokens && { tokens: { start: tokens[0], end: tokens[1] } }) },
});

const conversation = (id: string, content: string): Conversation => ({
  id,
  messages: [{ role: 'user', content }],
  extra: {},
  source: { file: 'a.json', record: 0, line: 1 },
});

describe('messages are counted from one', () => {
  test.each([
    ['The thinking of message 2 is stripped', 'The thinking of message 3 is stripped'],
    ['without the thinking of message 1 and 3: when', 'without the thinking of message 2 and 4: when'],
    [
      'in the content of message 0 becomes one, 3 times.',
      'in the content of message 1 becomes one, 3 times.',
    ],
    ['Message 4 “message 4” for “x”', 'Message 5 “message 4” for “x”'],
    ['Truncation removes 3 of 9 trained tokens', 'Truncation removes 3 of 9 trained tokens'],
  ])('%s', (text, shown) => expect(fromOne(text)).toBe(shown));
});

describe('findings', () => {
  const findings = [
    finding('a', 'warning', [2, 5]),
    finding('b', 'error', [4, 6]),
    finding('a', 'warning'),
    finding('c', 'info'),
  ];

  test('are grouped by lint, the gravest first', () => {
    expect(groupFindings(findings).map(({ lint, severity, count }) => [lint, severity, count])).toEqual([
      ['b', 'error', 1],
      ['a', 'warning', 2],
      ['c', 'info', 1],
    ]);
    expect(countsText(countFindings(findings))).toBe('1 error, 2 warnings, 1 note');
    expect(countsText(countFindings([]))).toBe('');
  });

  test('mark their tokens, the gravest where two meet', () => {
    const sorted = [...findings].sort((a) => (a.severity === 'error' ? -1 : 0));
    const marks = findingMarks(sorted, 8);
    expect([...(marks?.codes ?? [])]).toEqual([0, 0, 2, 2, 1, 1, 0, 0]);
    expect(marks?.marks.map(({ look }) => look)).toEqual(['error', 'warning', 'info']);
    expect(findingMarks([finding('a', 'error')], 8)).toBeUndefined();
  });

  test('say what a note says of the same message', () => {
    const note = { severity: 'warning', message: 1, text: 'x', code: 'thinking-left-out' } as const;
    expect(isTold(note, [finding('earlier-thinking-stripped', 'warning')])).toBe(true);
    expect(isTold({ ...note, message: 3 }, [finding('earlier-thinking-stripped', 'warning')])).toBe(false);
    expect(isTold(note, [finding('prompt-no-prefix', 'warning')])).toBe(false);
  });
});

describe('a conversation that was changed on the page', () => {
  const rows = [conversation('a', 'one'), conversation('b', 'two'), conversation('c', 'three')];
  const list = new DataList([new MemoryPart(rows)]);
  const changed = list.replaced(1, conversation('b', 'four'));

  test('stands in its row, which stays the same one', async () => {
    expect(changed.at(1)?.messages[0]?.content).toBe('four');
    expect(list.at(1)?.messages[0]?.content).toBe('two');
    expect([0, 1, 2].map((row) => changed.key(row))).toEqual([0, 1, 2].map((row) => list.key(row)));
    expect(changed.rowOfKey(list.key(2))).toBe(2);
    const read = await changed.read([2, 1, 0]);
    expect(read.map(({ messages }) => messages[0]?.content)).toEqual(['three', 'four', 'one']);
  });

  test('is found by what it says now', async () => {
    expect((await changed.search('four', 0, 3)).rows).toEqual([1]);
    expect((await changed.search('two', 0, 3)).rows).toEqual([]);
    expect((await changed.search('three', 0, 3)).rows).toEqual([2]);
  });

  test('a second change keeps the first, and changing back is possible', () => {
    const second = changed.replaced(0, conversation('a', 'five'));
    expect([second.at(0), second.at(1)].map((c) => c?.messages[0]?.content)).toEqual(['five', 'four']);
    expect(second.replaced(1, rows[1] as Conversation).at(1)?.messages[0]?.content).toBe('two');
  });
});
