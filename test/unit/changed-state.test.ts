/**
 * @file What the table of all conversations counts: those that a run trained, whole or in part, those that no step had reached, those
 * that changed since and those that took no part, each by itself.
 */
import { expect, test } from 'vitest';
import type { Conversation } from '../../src/conversation/types';
import { ChangedState } from '../../src/state/changed.svelte';
import { ComparePair } from '../../src/state/compare-pair.svelte';
import type { RunMaking } from '../../src/state/run-trained';
import type { EngineService } from '../../src/worker/engine-client';
import { runOf, says, text, turns, user } from './run-trained-support';

const engine = {
  score: ({ sequences, which }: Parameters<EngineService['score']>[0]) =>
    Promise.resolve({
      logProbs: sequences.map(({ ids }) => new Float32Array(ids.length).fill(which === 'base' ? -2 : -1)),
    }),
} as unknown as EngineService;
const { models } = new ComparePair({
  sources: () => [
    { id: 'base', label: 'Original', weights: 'base' },
    { id: 'tuned', label: 'Tuned', weights: 'tuned' },
  ],
  trained: () => true,
  inLesson: () => false,
});

async function outcomeOf(shown: readonly Conversation[], making: RunMaking) {
  const changed = new ChangedState(text, engine);
  await changed.run(() => Promise.resolve([...shown]), making, 'Run', models);
  if (!changed.outcome) throw new Error(changed.error?.message);
  return changed.outcome;
}

/** Two sequences when it is forked: the template strips the first thinking. */
const thinks = (id: string) =>
  turns(id, '', {
    messages: [
      user('One?'),
      { role: 'assistant', reasoning: `The first of ${id}.`, content: 'First.' },
      user('Two?'),
      { role: 'assistant', reasoning: `The second of ${id}.`, content: 'Two.' },
    ],
  });

test('every conversation is counted as what it was to the run, over several slices', async () => {
  const plain = 'abcdefgh'.split('').map((id) => turns(id, `Answer ${id}.`));
  const all = [...plain, thinks('s'), thinks('t'), thinks('u')];
  const run = await runOf('sft', all, {
    division: { strategy: 'fork', truncate: 'end' },
    settings: { batchSize: 1, epochs: 0, steps: 8 },
  });
  const { standing, found } = await run.said();
  const of = (one: string) => Object.keys(standing).filter((id) => standing[id] === one);
  const [taken, unreached] = [of('taken'), of('unreached')];
  const changed = taken.filter((id) => !found.partly?.has(id)).slice(0, 3);
  const partly = found.partly?.size ?? 0;
  const shown = [
    ...all.map((one) => (changed.includes(one.id) ? { ...one, messages: [user('So?'), says('No.')] } : one)),
    ...['n', 'o', 'p', 'q', 'r'].map((id) => turns(id, 'New.')),
    turns('z', 'Bad.', { label: false }),
  ];
  const outcome = await outcomeOf(shown, run.making());
  const counts = [changed.length, 5, unreached.length, partly];
  // Each another number, so that none can stand for another.
  expect(new Set([0, ...counts]).size).toBe(5);
  expect(outcome).toMatchObject({
    by: 'Run',
    trained: true,
    measured: 16,
    changedSince: changed.length,
    notTaken: 5,
    unreached: unreached.length,
    partly,
  });
  expect(outcome.conversations).toHaveLength(16);
  expect(outcome.left).toEqual([
    { reason: expect.stringMatching(/label false/) as string, conversations: 1 },
  ]);
  // A step before the first had trained none of them.
  expect(await outcomeOf(all, run.making(0))).toMatchObject({
    ...{ measured: 11, changedSince: 0, notTaken: 0, unreached: 11, partly: 0 },
  });
});

test('a run on policy took none of the recorded turns: that is not counted against them', async () => {
  const { making } = await runOf('sft', [turns('a', 'Two.')]);
  const shown = [turns('a', 'Two.'), turns('b', 'Three.')];
  expect(await outcomeOf(shown, { ...making(), kind: 'grpo' })).toMatchObject({
    ...{ trained: false, measured: 2, notTaken: 0, changedSince: 0, unreached: 0, partly: 0 },
  });
});
