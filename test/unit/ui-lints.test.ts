/**
 * @file Findings as the page shows them, and conversations that were changed on the page.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import type { Finding } from '../../src/lint/types';
import { DataList, MemoryPart } from '../../src/state/data-list';
import { changeNotes } from '../../src/strings/en/core-change-notes';
import { coreFindings } from '../../src/strings/en/core-findings';
import { countMessagesFrom } from '../../src/strings/en/numbers';
import { countFindings, countsText, findingMarks, groupFindings, isTold } from '../../src/ui/lint-view';

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

describe('messages are counted from one on the page, and from zero elsewhere', () => {
  afterEach(() => countMessagesFrom(0));
  const said = () => [
    coreFindings['earlier-thinking-stripped'].stripped(2),
    coreFindings['prompt-no-prefix'].withoutThinking(4, [1, 3]),
    coreFindings['control-token-in-content'].inField('content', 0),
    // Whatever stands in a quotation, and however it is quoted, is of the data.
    coreFindings['end-of-turn-untrained'].untrained(4, '“„message 4” and message 5“ «message 6»'),
    coreFindings['retokenisation-drift'].refused('message 7 is refused'),
    changeNotes.segment('answer', 0),
  ];

  test('by what is said once, and never by reading the sentence', () => {
    const numbers = () => said().map((text) => text.match(/\d+/g)?.join(' '));
    expect(numbers()).toEqual(['2', '4 1 3', '0', '4 4 5 6', '7', '0']);
    countMessagesFrom(1);
    expect(numbers()).toEqual(['3', '5 2 4', '1', '5 4 5 6', '7', '1']);
  });

  test('no sentence writes the index itself', () => {
    const folder = new URL('../../src/strings/en/', import.meta.url);
    for (const name of readdirSync(folder).filter((file) => file.startsWith('core-')))
      expect(readFileSync(new URL(name, folder), 'utf8'), name).not.toMatch(
        /[Mm]essages? \$\{(?!messageNumber|all\(stripped\.map\(messageNumber)/,
      );
  });
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
