/**
 * @file What the page says of a conversation's advantage while rewards are looked at, and where they could not be read.
 */
import { expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { LosslightError } from '../../src/errors';
import { AdvantageState } from '../../src/state/advantages.svelte';
import type { DataList } from '../../src/state/data-list';
import { advantageBlock } from '../../src/ui/advantage-note';

const rated = (id: string, reward: number): Conversation => ({
  id,
  messages: [
    { role: 'user', content: 'One?' },
    { role: 'assistant', content: id },
  ],
  reward,
  extra: {},
  source: { file: 'test.json', record: 0, line: 1 },
});
const listOf = (read: () => Promise<Conversation[]>) => ({ read }) as unknown as DataList;
const good = rated('good', 1);
const listed = listOf(() => Promise.resolve([good, rated('bad', 0)]));

function opened() {
  let key: readonly [DataList, readonly number[]] = [listed, [0, 1]];
  const state = new AdvantageState(() => key);
  const said = () =>
    advantageBlock({
      conversation: good,
      found: state.of(good),
      fresh: state.fresh,
      error: state.error,
      completions: 0,
    });
  return { state, said, change: (list: DataList) => (key = [list, [0, 1]]) };
}

test('of data that changed since, nothing is told until it was looked at again', async () => {
  const { state, said, change } = opened();
  expect(said()).toBe('Looking at the rewards…');
  state.want();
  await expect.poll(() => state.of(good)?.advantage).toBe(0.5);
  expect(said()).toBeUndefined();
  change(listOf(() => Promise.resolve([good, rated('worse', -1)])));
  expect(state.of(good)).toBeUndefined();
  expect(said()).toBe('Looking at the rewards…');
  state.want();
  await expect.poll(() => state.of(good)?.advantage).toBe(1);
});

test('where the list cannot be read, why', async () => {
  const { state, said, change } = opened();
  change(listOf(() => Promise.reject(new LosslightError('gone', 'The file is gone.', 'Choose it again.'))));
  state.want();
  await expect.poll(said).toBe('The rewards could not be read: The file is gone. Choose it again.');
});
