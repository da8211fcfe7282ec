/**
 * @file What is kept of a run so that its sequences can be made again: where they were cut, and the weights of labels at each step.
 */
import { expect, test } from 'vitest';
import { TrainState } from '../../src/state/train.svelte';
import type { EngineService } from '../../src/worker/engine-client';
import { trainedOf, makingOf } from '../../src/state/run-trained';
import { exactOf, MASK, runOf, text, turns } from './run-trained-support';

test.each([
  ['the model', 24, 512],
  ['the setting', 512, 24],
])('a run that is cut by %s is measured as it was cut', async (_, limit, maxLength) => {
  let given: string[] = [];
  const engine = {
    train: ({ sequences }: Parameters<EngineService['train']>[0]) => {
      given = sequences.map(exactOf);
      return Promise.resolve({ run: 1 });
    },
  } as unknown as EngineService;
  const train = new TrainState(text, engine);
  train.drafts = { ...train.drafts, maxLength: String(maxLength) };
  const all = [turns('a', 'Two, and much more that lies beyond the end.')];
  await train.start({
    read: () => Promise.resolve(all),
    policy: MASK.policy,
    limit,
    paused: false,
    model: { model: 'm', modelKey: 'm', adaptation: { kind: 'full' }, engine: 'cpu' },
  });
  const [run] = train.runs.list;
  if (!run) throw new Error(train.error?.message);
  expect(run.facts.mask?.maxLength).toBe(24);
  expect(given[0]?.split(':')[0]?.split(' ')).toHaveLength(24);
  // By what the run keeps, not by what the model at hand can read.
  const { sequences } = await trainedOf(
    text,
    all,
    makingOf(run, 0, () => MASK),
  );
  expect(sequences.map(exactOf)).toEqual(given);
});

test('weights of labels are those of the step: neither of the one before nor of the one after', async () => {
  const labels = [turns('g', 'Right.', { label: true }), turns('h', 'Wrong.', { label: false })];
  const run = await runOf('kto', labels, {
    settings: { epochs: 0, steps: 4 },
    objective: { undesirableWeight: 0, desirableWeight: 0.5 },
    after: { 1: { undesirableWeight: 0.75 }, 2: { desirableWeight: 2 }, 3: { undesirableWeight: 0 } },
  });
  const at = [0, 1, 2, 3, 4].map((step) => run.making(step).labelWeights);
  expect(at.map((weights) => [weights?.desirableWeight, weights?.undesirableWeight])).toEqual([
    [0.5, 0],
    [0.5, 0],
    [0.5, 0.75],
    [2, 0.75],
    [2, 0],
  ]);
  // A bad completion that the run has never seen would be trained at the steps between.
  const said = await Promise.all(
    [1, 2, 3, 4].map((step) => run.said([turns('n', 'New.', { label: false })], step)),
  );
  expect(said.map(({ standing, reasons }) => [standing['n'], /weight 0/.test(reasons['n'] ?? '')])).toEqual([
    [undefined, true],
    ['other', false],
    ['other', false],
    [undefined, true],
  ]);
});
