/**
 * @file What is held out, what was edited, and what can be taken back of a list of conversations.
 */
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { DataHistory } from '../../src/state/data-history.svelte';
import { DataList, MemoryPart } from '../../src/state/data-list';
import { mix32, PartSplit, splitOf } from '../../src/state/data-split';
import { exportName, inPart } from '../../src/state/data-export.svelte';

function conversations(count: number, name: string): Conversation[] {
  return Array.from({ length: count }, (_, record) => ({
    id: `${name}#${record}`,
    messages: [{ role: 'user' as const, content: `Question ${record}` }],
    extra: {},
    source: { file: name, record, line: record + 1 },
  }));
}

const heldOut = (list: DataList) => list.heldOutRows().map((row) => list.id(row));

describe('split', () => {
  test('the mixer is fmix32 of MurmurHash3', () => {
    // MurmurHash3_x86_32 of the empty string is fmix32 of the seed; known values of the reference, smhasher.
    expect(mix32(0)).toBe(0);
    expect(mix32(1)).toBe(0x514e28b7);
    expect(mix32(0xffffffff)).toBe(0x81f16f39);
  });

  test.each([
    [10, 0.2, 2],
    [2, 0.2, 0],
    [3, 0.2, 1],
    [1000, 0.5, 500],
    [7, 0, 0],
    [7, 1, 7],
    [0, 0.5, 0],
    [100_000, 0.1234, 12_340],
  ])('of %i conversations a share of %f is exactly %i', (length, share, count) => {
    const split = new PartSplit(length, { share, seed: 3 });
    let rows = 0;
    for (let row = 0; row < length; row++) if (split.has(row)) rows++;
    expect(split.count).toBe(count);
    expect(rows).toBe(count);
  });

  test('the same seed gives the same ones, another seed others, a larger share those and more', () => {
    const rows = (share: number, seed: number) => {
      const split = new PartSplit(200, { share, seed });
      return Array.from({ length: 200 }, (_, row) => row).filter((row) => split.has(row));
    };
    expect(rows(0.2, 1)).toEqual(rows(0.2, 1));
    expect(rows(0.2, 1)).not.toEqual(rows(0.2, 2));
    expect(rows(0.4, 1)).toEqual(expect.arrayContaining(rows(0.2, 1)));
    // Spread over the whole import, not its beginning or end.
    const thirds = [0, 0, 0];
    for (const row of rows(0.3, 5)) thirds[Math.floor(row / 67)]!++;
    for (const third of thirds) expect(third).toBeGreaterThan(10);
    const same = { share: 0.2, seed: 1 };
    expect(splitOf(200, same)).toBe(splitOf(200, same));
  });

  test('another import moves none of them; what was made to be held out is in any case', () => {
    const first = new DataList([new MemoryPart(conversations(50, 'a'))], { share: 0.2, seed: 1 });
    const more = first.with(new MemoryPart(conversations(30, 'b')));
    expect(heldOut(first)).toHaveLength(10);
    expect(more.heldOutCount).toBe(16);
    expect(heldOut(more).slice(0, 10)).toEqual(heldOut(first));
    const made = more.with(new MemoryPart(conversations(4, 'c'), [], { heldOut: true }));
    expect(made.heldOutCount).toBe(20);
    expect(made.withSplit(undefined).heldOutRows()).toEqual([80, 81, 82, 83]);
    const [part] = made.parts;
    expect(part && heldOut(made.without(part))).toEqual(heldOut(made).slice(10));
  });
});

describe('edited', () => {
  const part = new MemoryPart(conversations(3, 'a'));
  const list = new DataList([part], { share: 0.5, seed: 1 });
  const edit = (row: number, text: string): Conversation => ({
    ...(list.at(row) as Conversation),
    messages: [{ role: 'user', content: text }],
  });

  test('rows are marked, keep their side of the split, and can be given back', async () => {
    const changed = list.replaced(1, edit(1, 'New'));
    expect(changed.editedRows()).toEqual([1]);
    expect(changed.edited(0)).toBe(false);
    expect(heldOut(changed)).toEqual(heldOut(list));
    expect((await changed.read([0, 1]))[1]?.messages[0]?.content).toBe('New');
    expect(changed.rowOf('a#1')).toBe(1);
    expect(changed.changedKeys(list)).toEqual([list.key(1)]);
    expect(list.changedKeys(changed)).toEqual([list.key(1)]);
    expect(changed.restored(1).editedRows()).toEqual([]);
    expect(changed.restored(1).parts[0]).toBe(part);
    // The imported conversation itself is no change.
    expect(changed.replaced(1, list.at(1) as Conversation).editedRows()).toEqual([]);
    expect(changed.without(part).length).toBe(0);
    expect(changed.has(part)).toBe(true);
  });

  test('each part of a list is exported under its own name', () => {
    const changed = list.replaced(0, edit(0, 'New'));
    const rows = (name: 'all' | 'training' | 'held-out' | 'edited') =>
      [0, 1, 2].filter(inPart(changed, name)).length;
    expect([rows('all'), rows('training'), rows('held-out'), rows('edited')]).toEqual([3, 1, 2, 1]);
    expect(exportName('chat.jsonl', 'trl', 'held-out')).toBe('chat.held-out.trl.jsonl');
    expect(exportName('chat.jsonl', 'openai')).toBe('chat.openai.jsonl');
  });
});

describe('history', () => {
  const lists = Array.from({ length: 4 }, (_, i) => new DataList([new MemoryPart(conversations(i, 'a'))]));
  const at = (i: number) => lists[i] as DataList;

  test('changes are taken back and made again, under their names', () => {
    const history = new DataHistory();
    history.record('import', at(0));
    history.record('edit', at(1));
    expect([history.undoLabel, history.redoLabel]).toEqual(['edit', undefined]);
    expect(history.undo(at(2))).toBe(at(1));
    expect([history.undoLabel, history.redoLabel]).toEqual(['import', 'edit']);
    expect(history.redo(at(1))).toBe(at(2));
    expect(history.undo(at(2))).toBe(at(1));
    history.record('clearing', at(1));
    expect(history.redoLabel).toBeUndefined();
    expect(history.undo(at(3))).toBe(at(1));
    expect(history.undo(at(1))).toBe(at(0));
    expect(history.undo(at(0))).toBeUndefined();
  });

  test('what is typed into one field is one change, until the field is left', () => {
    const history = new DataHistory();
    history.record('edit', at(0), 'a');
    history.record('edit', at(1), 'a');
    history.seal();
    history.record('edit', at(2), 'a');
    expect(history.undo(at(3))).toBe(at(2));
    expect(history.undo(at(2))).toBe(at(0));
  });

  test('lists whose files were closed are out of reach, and so is what lies beyond them', () => {
    const history = new DataHistory();
    for (const list of lists.slice(0, 3)) history.record('edit', list);
    const [closed] = at(1).parts;
    history.forget((part) => part === closed);
    expect(history.undo(at(3))).toBe(at(2));
    expect(history.undo(at(2))).toBeUndefined();
  });
});
