/**
 * @file Which weights of runs are kept: those of single steps only beside what is to last, and none under a step whose weights they
 * are not.
 */
import { expect, test } from 'vitest';
import { RunsState, type RunFacts } from '../../src/state/runs.svelte';
import type { StepReport } from '../../src/worker/protocol';

/** Of so many bytes a snapshot. */
function open(bytes: number, limit: number) {
  let [asked, learnt] = [0, 0];
  let hold: Promise<void> | undefined;
  const engine = {
    snapshot: async () => {
      asked++;
      const values = new Map([['w', new Float32Array(bytes / 4).fill(learnt)]]);
      await hold;
      return { values };
    },
    restore: () => Promise.resolve(null),
    adapt: () => Promise.reject(new Error('not asked for')),
  };
  const runs = new RunsState(engine as never, limit);
  const begin = () => runs.begin({} as RunFacts, 'SFT', []);
  const step = () => {
    learnt++;
    runs.report([{ step: learnt } as StepReport]);
  };
  const single = async () => {
    step();
    return runs.keep(true);
  };
  const kept = () =>
    runs.list.map(({ snapshots }) => snapshots.map(({ step, passing }) => (passing ? -step : step)));
  const held = () => {
    let release = () => {};
    hold = new Promise((resolve) => (release = resolve));
    return () => (release(), (hold = undefined));
  };
  return { runs, begin, step, single, kept, held, asked: () => asked };
}

test('weights of single steps go before what was kept at an end, the oldest first', async () => {
  const { runs, begin, step, single, kept } = open(40, 100);
  begin();
  step();
  runs.status('stopped');
  await runs.settled();
  begin();
  await single();
  expect(kept()).toEqual([[1], [-1]]);
  await single();
  // Room for two: the end of the first run is one of them.
  expect(kept()).toEqual([[1], [-2]]);
  runs.status('stopped');
  await runs.settled();
  expect(kept()).toEqual([[1], [2]]);
  begin();
  step();
  runs.status('finished');
  await runs.settled();
  expect(kept()).toEqual([[], [2], [1]]);
});

test('where only what is to last has room, weights after single steps are not kept, and not read again and again', async () => {
  const { runs, begin, step, single, kept, asked } = open(60, 100);
  begin();
  step();
  await runs.keep();
  await single();
  await single();
  expect([kept(), asked()]).toEqual([[[1]], 2]);
  // On request they are, in place of the older ones.
  await runs.keep();
  expect(kept()).toEqual([[3]]);
});

test('what a single step left lasts once it is asked for, without being read again', async () => {
  const { runs, begin, single, kept, asked } = open(4, 100);
  begin();
  await single();
  await runs.keep();
  expect([kept(), asked()]).toEqual([[[1]], 1]);
});

test('weights that were read when the run had gone on, or back, are not kept under the step before', async () => {
  const { runs, begin, step, single, kept, held } = open(4, 100);
  begin();
  step();
  const release = held();
  const keeping = single();
  runs.wentBack(1);
  release();
  await keeping;
  expect(kept()).toEqual([[]]);
});

test('weights that were read when the original ones were put back are not kept under the step that a run had', async () => {
  const { runs, begin, step, kept, held } = open(4, 100);
  begin();
  step();
  const release = held();
  runs.status('stopped');
  runs.atOriginal();
  release();
  await runs.settled();
  expect(kept()).toEqual([[]]);
});

test('where one single step’s weights push out those of the one before, no more are read', async () => {
  const { runs, begin, single, kept, asked } = open(60, 100);
  begin();
  await single();
  await single();
  await single();
  expect([kept(), asked()]).toEqual([[[-2]], 2]);
  expect(runs.stepBefore?.snapshot.step).toBe(2);
});

test('what an undo takes back is the run in progress, before its first step, too', async () => {
  const { runs, begin, step } = open(4, 100);
  begin();
  step();
  runs.status('stopped');
  await runs.settled();
  expect(runs.undoPoint).toBe('original');
  begin();
  expect(runs.latest?.id).toBe(2);
  expect(runs.undoPoint).toMatchObject({ run: { id: 1 }, snapshot: { step: 1 } });
  runs.status('stopped');
  expect(runs.undoPoint).toBe('original');
});
