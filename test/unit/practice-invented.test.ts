/**
 * @file Made tools with invented words: sound records, words that are recognised again, and none that is known or reserved.
 */
import { expect, test } from 'vitest';
import { recordProblems } from '../../src/conversation/practice/check-record';
import { composeAll, SPLITS } from '../../src/conversation/practice/compose';
import { inventedWord, isInvented } from '../../src/conversation/practice/invented-words';
import { PROPERTIES, THINGS, VERBS } from '../../src/conversation/practice/made-words';
import { Random } from '../../src/conversation/practice/prng';
import { listingsOf } from '../../src/conversation/practice/world';
import type { ToolSchema } from '../../src/conversation/types';

const OPTIONS = { seed: 43, withTools: 1, made: 1, contested: 0.5 };

test.each(SPLITS)('records of %s are sound', (split) => {
  const records = composeAll(200, { ...OPTIONS, split, invented: 1, slips: 0.2 });
  expect(records.flatMap(recordProblems)).toEqual([]);
});

test('every made tool has one, where all are to', () => {
  const tools = composeAll(100, { ...OPTIONS, invented: 1 }).flatMap((record) => record.tools ?? []);
  expect(tools.length).toBeGreaterThan(100);
  const words = tools.map(({ function: { description = '' } }) => description.toLowerCase().split(' '));
  expect(words.filter((said) => said.some(isInvented)).length).toBe(tools.length);
  expect(new Set(words.flat().filter(isInvented)).size).toBeGreaterThan(100);
});

test('a statement about an invented property settles nothing: it is never contested', () => {
  for (const record of composeAll(300, { ...OPTIONS, invented: 1 })) {
    const expected = record.extra['expected'] as unknown as { contested: boolean; message: number }[];
    for (const { contested, message } of expected) {
      if (!contested) continue;
      const said = `${record.messages[0]?.content ?? ''} ${record.messages[message]?.content ?? ''}`;
      const known = PROPERTIES.filter(({ name, says = name }) => said.toLowerCase().includes(says));
      expect(known.length, said).toBeGreaterThan(0);
    }
  }
});

test('words are drawn anew, recognised, and none of ours', () => {
  const random = new Random(5);
  const words = Array.from({ length: 300 }, () => inventedWord(random));
  expect(words.every(isInvented)).toBe(true);
  expect(new Set(words).size).toBeGreaterThan(290);
  const ours = [...THINGS, ...VERBS, ...PROPERTIES.flatMap(({ name, says = name }) => [name, says])];
  expect(ours.filter(isInvented)).toEqual([]);
  const reserved = ['parcel', 'letter', 'letters', 'table', 'restaurant', 'count', 'book', 'track'];
  expect(reserved.filter(isInvented)).toEqual([]);
});

test.each(['Send a message', 'Delete a file', 'Size of a window', 'Name of a person'])(
  'a tool of somebody else is not taken for a made one: %s',
  (description) => {
    const schema: ToolSchema = { type: 'function', function: { name: 'x', description, parameters: {} } };
    expect(listingsOf([schema])).toEqual([]);
  },
);

test('without them the same tools as ever are drawn', () => {
  expect(composeAll(40, { ...OPTIONS, invented: 0 })).toEqual(composeAll(40, OPTIONS));
  expect(() => composeAll(1, { seed: 1, invented: 2 })).toThrow(RangeError);
});
