/**
 * @file What an edit of one conversation costs in a list of ten thousand, counted in conversations that are looked through.
 */
import { expect, test } from 'vitest';
import type { Conversation, Message } from '../../src/conversation/types';
import { DataList, MemoryPart } from '../../src/state/data-list';
import { objectiveData } from '../../src/state/objective-data';

const COUNT = 10_000;

/** A list of conversations of many kinds, which count how often their messages are looked at. */
function watched() {
  let looks = 0;
  const conversations = Array.from({ length: COUNT }, (_, i): Conversation => {
    const messages: Message[] = [
      { role: 'user', content: `Question ${i}` },
      ...(i % 5 ? [{ role: 'assistant', content: 'Yes.' } as const] : []),
      ...(i % 3 ? [{ role: 'user', content: 'And then?' } as const] : []),
    ];
    const made: Conversation = {
      id: `c${i}`,
      messages,
      extra: { ...(i % 7 === 0 && { world: i, expected: [] }) },
      source: { file: 'many.jsonl', record: i, line: i + 1 },
      ...(i % 2 && { tools: [{ type: 'function', function: { name: 'look_up' } }] }),
      ...(i % 4 === 0 && { label: i % 8 === 0 }),
      ...(i % 6 === 0 && { reward: 0.5 }),
      ...(i % 9 === 0 && {
        preference: { chosen: [], rejected: [{ role: 'assistant', content: 'No.' }] },
      }),
    };
    return Object.defineProperty(made, 'messages', { get: () => (looks++, messages), enumerable: true });
  });
  const reset = () => {
    const before = looks;
    looks = 0;
    return before;
  };
  return { list: new DataList([new MemoryPart(conversations)]), looks: reset };
}

const rows = Array.from({ length: COUNT }, (_, row) => row);

test('what the data offers to objectives: the same numbers, but only the edited conversation is looked through', async () => {
  const { list, looks } = watched();
  const all = objectiveData(await list.read(rows));
  expect(all).toEqual({
    conversations: COUNT,
    rewarded: rows.filter((i) => i % 4 === 0 || i % 6 === 0 || i % 9 === 0).length,
    completions: rows.filter((i) => i % 5).length,
    pairs: rows.filter((i) => i % 9 === 0).length,
    labelled: rows.filter((i) => i % 4 === 0 || i % 9 === 0).length,
    good: rows.filter((i) => i % 5 && (i % 4 ? i % 9 === 0 : i % 8 === 0)).length,
    bad: rows.filter((i) => i % 5 && (i % 4 ? i % 9 === 0 : i % 8 !== 0)).length,
    labelledBad: rows.filter((i) => i % 4 === 0 && i % 8).length,
    prompts: rows.reduce((sum, i) => sum + (i % 3 ? 2 : 1), 0),
    withTools: rows.filter((i) => i % 2).reduce((sum, i) => sum + (i % 3 ? 2 : 1), 0),
    withoutSimulator: rows.filter((i) => i % 2 && i % 7).reduce((sum, i) => sum + (i % 3 ? 2 : 1), 0),
    expected: rows.filter((i) => i % 7 === 0).reduce((sum, i) => sum + (i % 3 ? 2 : 1), 0),
    contested: 0,
  });
  expect(looks()).toBe(COUNT);
  const before = list.at(5001);
  if (!before) throw new Error('The row is in memory.');
  const { id, extra, source } = before;
  const edited = list.replaced(5001, {
    id,
    extra,
    source,
    messages: [{ role: 'user', content: 'Only this?' }],
  });
  expect(looks()).toBe(0);
  const now = objectiveData(await edited.read(rows));
  expect(looks()).toBe(0);
  expect([now.prompts, now.withTools]).toEqual([all.prompts, all.withTools - 1]);
  expect(objectiveData(await list.read(rows))).toEqual(all);
});
