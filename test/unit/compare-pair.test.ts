/**
 * @file The choice of two models: one that is not kept any more is replaced, and that is said until it is taken note of.
 */
import { SvelteSet } from 'svelte/reactivity';
import { expect, test } from 'vitest';
import type { ChatSource } from '../../src/state/chat-sources';
import { ComparePair } from '../../src/state/compare-pair.svelte';

const RUN: ChatSource = { id: 'run 1 step 20', label: 'SFT, step 20', weights: 'tuned' };

function pairOf() {
  const sources = new SvelteSet<ChatSource>([
    { id: 'base', label: 'Original', weights: 'base' },
    { id: 'tuned', label: 'Tuned', weights: 'tuned' },
    RUN,
  ]);
  const pair = new ComparePair({
    sources: () => [...sources],
    trained: () => true,
    inLesson: () => false,
  });
  return { pair, forget: () => sources.delete(RUN) };
}

test('a run that is deleted while it is compared is named, with what takes its place', () => {
  const { pair, forget } = pairOf();
  pair.choose('base', RUN.id);
  expect(pair.models.base.name).toBe('SFT, step 20');
  expect(pair.lost).toEqual([]);
  forget();
  expect(pair.models.base.name).toBe('Original');
  expect(pair.lost).toEqual([{ side: 'base', name: 'SFT, step 20', instead: 'Original' }]);
  pair.accept();
  expect(pair.lost).toEqual([]);
  expect(pair.models.base.id).toBe('base');
});

test('a run that is deleted while both sides have it is named for each', () => {
  const { pair, forget } = pairOf();
  pair.choose('base', RUN.id);
  pair.choose('tuned', RUN.id);
  forget();
  expect(pair.lost).toEqual([
    { side: 'base', name: 'SFT, step 20', instead: 'Original' },
    { side: 'tuned', name: 'SFT, step 20', instead: 'Tuned' },
  ]);
});

test('nothing is lost where nothing was chosen', () => {
  const { pair, forget } = pairOf();
  forget();
  expect(pair.lost).toEqual([]);
});
