/**
 * @file A run that ends with the best weights put back: what is kept and compared is of their step.
 */
import { expect, test } from 'vitest';
import { TrainState } from '../../src/state/train.svelte';
import type { EngineService } from '../../src/worker/engine-client';
import type { StepReport } from '../../src/worker/protocol';
import { MASK, text, turns } from './run-trained-support';

const report = (step: number): StepReport => ({
  ...{ step, loss: 1, lossByKind: {}, learningRate: 0.1, gradientNorm: 1 },
  ...{ tokens: 4, trainedTokens: 2, milliseconds: 1, firstTrained: [step - 1] },
});

test('the weights stand at the step whose weights were put back', async () => {
  const engine = {
    train: () => Promise.resolve({ run: 1 }),
    snapshot: () => Promise.resolve({ values: new Map([['weight', new Float32Array(1)]]) }),
  } as unknown as EngineService;
  const train = new TrainState(text, engine);
  await train.start({
    read: () => Promise.resolve([turns('a', 'Two.'), turns('b', 'Three.'), turns('c', 'Four.')]),
    policy: MASK.policy,
    paused: false,
    model: { model: 'm', modelKey: 'm', adaptation: { kind: 'full' }, engine: 'cpu' },
  });
  for (const step of [1, 2, 3]) train.receive({ type: 'step', run: 1, report: report(step) });
  const ending = { early: true, restored: { step: 2, heldOutLoss: 1 } };
  train.receive({ type: 'run', run: 1, state: 'finished', ending });
  await train.runs.settled();
  const [run] = train.runs.list;
  expect(run?.reports).toHaveLength(3);
  expect(run?.facts.taken?.map(({ id, places }) => [id, places])).toEqual([
    ['a', [0]],
    ['b', [1]],
    ['c', [2]],
  ]);
  expect(train.runs.head).toEqual({ run: run?.id, step: 2 });
  expect(run?.snapshots.map(({ step }) => step)).toEqual([2]);
});
