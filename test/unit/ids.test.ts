/**
 * @file Ids that are in use, as data: what counts on is told as a series.
 */
import { expect, test } from 'vitest';
import { asSeries, countedId, takenBy, timesOf } from '../../src/conversation/ids';

test.each([
  ['a.jsonl#4', { prefix: 'a.jsonl#', number: 4, time: 1 }],
  ['a.jsonl#4 (12)', { prefix: 'a.jsonl#', number: 4, time: 12 }],
  ['a-7#b\n.jsonl#0', { prefix: 'a-7#b\n.jsonl#', number: 0, time: 1 }],
  ['practice-7-31 (2)', { prefix: 'practice-7-', number: 31, time: 2 }],
  ['a.jsonl#04', undefined],
  ['chat 3', undefined],
])('%j counts as %j', (id, counted) => {
  expect(countedId(id)).toEqual(counted);
});

test('all ids of many lists become one series a name, which takes every one of them', () => {
  const ids = Array.from(
    { length: 3000 },
    (_, i) => `a.jsonl#${i % 1000}${i < 1000 ? '' : ` (${2 + (i % 2)})`}`,
  );
  const compact = asSeries({
    ids: [...ids, 'chat 3', 'chat 3', 'b#5'],
    series: [{ prefix: 'b#', below: 2, times: 4 }],
  });
  expect(compact).toEqual({
    ids: ['chat 3'],
    series: [
      { prefix: 'b#', below: 6, times: 4 },
      { prefix: 'a.jsonl#', below: 1000, times: 3 },
    ],
  });
  const isTaken = takenBy(compact);
  for (const id of [...ids, 'chat 3', 'b#5']) expect(isTaken(id), id).toBe(true);
  for (const id of ['a.jsonl#1000', 'a.jsonl#0 (4)', 'chat 4', 'b#6', 'c#0'])
    expect(isTaken(id), id).toBe(false);
  expect(asSeries(compact)).toEqual(compact);
  expect(timesOf('b#', compact)).toBe(4);
  expect(timesOf('c#', compact)).toBe(0);
});
