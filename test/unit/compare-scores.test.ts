/**
 * @file Which of the two compared models a conversation is scored under: both, unless they are the same.
 */
import { expect, test } from 'vitest';
import { CompareState, type Tokenized } from '../../src/state/compare.svelte';
import { ComparePair } from '../../src/state/compare-pair.svelte';
import type { ChatSource } from '../../src/state/chat-sources';
import type { EngineService } from '../../src/worker/engine-client';
import type { TextService } from '../../src/worker/text-client';

const kept = { adaptation: { kind: 'full' }, values: [] } as unknown as ChatSource['weights'];
const SOURCES: readonly ChatSource[] = [
  { id: 'base', label: 'Original', weights: 'base' },
  { id: 'tuned', label: 'Tuned', weights: 'tuned' },
  { id: 'run 1 step 5', label: 'Run 1', weights: kept },
];
const tokenized = {
  source: { id: 'a', messages: [] },
  encoded: { ids: Int32Array.of(1, 2), kind: new Uint8Array(2) },
} as unknown as Tokenized;

test.each([
  ['base', 'tuned', true, ['base', 'tuned']],
  ['base', 'tuned', false, ['base']],
  // After a reset, a kept run against what is tuned now are still two models.
  ['run 1 step 5', 'tuned', false, [kept, 'tuned']],
  ['run 1 step 5', 'run 1 step 5', true, [kept]],
] as const)('%s against %s, trained: %s', async (base, tuned, trained, expected) => {
  const asked: unknown[] = [];
  const engine = {
    score: ({ which }: { which: unknown }) => {
      asked.push(which);
      return Promise.resolve({ logProbs: [new Float32Array(2)] });
    },
  } as unknown as EngineService;
  const pair = new ComparePair({ sources: () => SOURCES, trained: () => trained, inLesson: () => false });
  pair.choose('base', base);
  pair.choose('tuned', tuned);
  const state = new CompareState({} as TextService, engine, pair);
  await state.score(tokenized, 8);
  expect(asked).toEqual(expected);
});
