/**
 * @file Conversations of a part that stays in its file: what is read comes whole and in its order, whatever else is read meanwhile.
 */
import { expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { FilePart } from '../../src/state/file-part';
import type { FileReader } from '../../src/worker/file-client';

const ROWS = 2000;
const conversation = (row: number): Conversation => ({
  id: `large.jsonl#${row}`,
  messages: [{ role: 'user', content: `Question ${row}` }],
  extra: {},
  source: { file: 'large.jsonl', record: row, line: row + 1 },
});
const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

/** A part whose file answers when it is told to. */
function openPart() {
  const answers: (() => void)[] = [];
  let held = false;
  const asked: number[][] = [];
  const file = { conversations: ROWS, records: ROWS, name: 'large.jsonl' };
  const reader = {
    opened: { files: [file], warned: [] },
    read: async ({ rows }: { rows: number[] }) => {
      asked.push(rows);
      if (held) await new Promise<void>((resolve) => answers.push(resolve));
      return rows.map(conversation);
    },
  } as unknown as FileReader;
  return {
    part: new FilePart(reader),
    asked,
    hold: () => void (held = true),
    /** Answers what is asked from now on at once, and returns what answers what was asked before. */
    release: () => {
      held = false;
      return () => answers.splice(0).forEach((answer) => answer());
    },
  };
}

test('what was at hand is still part of a long reading when others push it out meanwhile', async () => {
  const { part, asked, hold, release } = openPart();
  const rows = from(0, 1000);
  await part.read(from(0, 24));
  hold();
  const reading = part.read(rows);
  const answer = release();
  // As the counts of the list do: more than are kept.
  for (let first = 1000; first < 1600; first += 100) await part.read(from(first, 100));
  expect(part.peek(3)).toBeUndefined();
  answer();
  expect((await reading).map(({ id }) => id)).toEqual(rows.map((row) => conversation(row).id));
  // Only what was not at hand was asked for.
  expect(asked[1]).toEqual(from(24, 976));
});

test('a long reading pushes nothing out, a short one what was read first', async () => {
  const { part, asked } = openPart();
  await part.read([5]);
  await part.read(from(100, 1000));
  expect(part.peek(5)?.id).toBe('large.jsonl#5');
  expect(part.rowOf('large.jsonl#100')).toBe(-1);
  for (let first = 0; first < 500; first += 100) await part.read(from(1000 + first, 100));
  expect(part.peek(5)).toBeUndefined();
  expect(part.peek(1499)?.id).toBe('large.jsonl#1499');
  const count = asked.length;
  await part.read([1499]);
  expect(asked).toHaveLength(count);
});
