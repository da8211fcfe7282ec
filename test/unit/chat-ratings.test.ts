/**
 * @file Ratings of a chat of another visit: which records they belong to, and where those are put.
 */
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { ratingsBrought } from '../../src/state/arrival.svelte';
import { ChatRatings } from '../../src/state/chat-ratings';
import { EMPTY_TREE, type ChatNode } from '../../src/state/chat-tree';
import { DataList, MemoryPart } from '../../src/state/data-list';
import { DataState } from '../../src/state/data.svelte';
import type { TextService } from '../../src/worker/text-client';

const record = (id: string, reward?: number): Conversation => ({
  id,
  messages: [{ role: 'user', content: 'Is it cold?' }],
  extra: {},
  source: { file: 'chat', record: 0, line: 1 },
  ...(reward !== undefined && { reward }),
});
const listOf = (...ids: string[]) => new DataList([new MemoryPart(ids.map((id) => record(id)))]);
const idsOf = (list: DataList) => Array.from({ length: list.length }, (_, row) => list.id(row));

test('a rating belongs to a record that came with it, and to none that was there before', () => {
  const rating = (node: number, name: string) => ({ column: 0, node, record: name });
  const parts = [{ name: 'chat', heldOut: false, conversations: [record('chat 1', 1), record('chat 2', 0)] }];
  const names = new Map([['chat 2', 'chat 2 (2)']]);
  const ratings = [rating(1, 'chat 1'), rating(2, 'chat 2'), rating(3, 'mine')];
  expect(ratingsBrought(ratings, parts, names)).toEqual([rating(1, 'chat 1'), rating(2, 'chat 2 (2)')]);
  expect(ratingsBrought(ratings, undefined, names)).toEqual([]);
});

describe('records of another visit', () => {
  // Nothing here counts tokens.
  const unasked = () => {
    throw new Error('The mask was asked for.');
  };
  const dataOf = () => new DataState({ files: {} } as TextService, unasked, unasked);
  const ratingsOf = (data: DataState) =>
    new ChatRatings({
      list: () => data.list,
      ownList: () => data.own,
      put: (list, label, key) => data.put(list, label, key),
      bring: (list, label) => data.putOwn(list, label),
    });

  test('are no step to take back, unless something was done meanwhile', async () => {
    const data = dataOf();
    await ratingsOf(data).bring([record('chat 1', 1)]);
    expect(data.history.undoLabel).toBeUndefined();
    await data.put(listOf('a'), 'import');
    await ratingsOf(data).bring([record('chat 1', 1)]);
    expect(idsOf(data.list)).toEqual(['a', 'chat 1']);
    await data.undo();
    expect(idsOf(data.list)).toEqual(['a']);
    expect(data.history.undoLabel).toBe('import');
  });

  test.each([[[]], [['mine']]])('go to what a lesson has set aside: %j', async (own) => {
    const data = dataOf();
    await data.put(listOf(...own), 'import');
    data.putAside();
    expect(data.own).toBe(data.list);
    await data.put(listOf('lesson'), 'lesson');
    expect(idsOf(data.own)).toEqual(own);
    const ratings = ratingsOf(data);
    await ratings.bring([record('chat 1', 1)]);
    expect(idsOf(data.list)).toEqual(['lesson']);
    expect(data.history.undoLabel).toBe('lesson');
    const node: ChatNode = { id: 1, parent: 0, message: { role: 'assistant', content: 'Yes.' } };
    const columns = [{ id: 1, source: 'tuned', tree: { ...EMPTY_TREE, nodes: new Map([[1, node]]) } }];
    const kept = [{ column: 0, node: 1, record: 'chat 1' }];
    ratings.take(columns, kept);
    expect(ratings.of(columns, data.own)).toEqual(kept);
    await data.bringBack();
    expect(idsOf(data.list)).toEqual([...own, 'chat 1']);
    expect(data.own).toBe(data.list);
    expect(ratings.rewardOf(node.message)).toBe(1);
  });
});
