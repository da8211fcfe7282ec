/**
 * @file What a run asks an engine to make ready before its first step: exactly the shapes of the batches that follow.
 */
import { expect, test } from 'vitest';
import type { BatchShape, Engine, StepResult } from '../../src/model/engine';
import { bucketLength } from '../../src/plan/buckets';
import type { Batch, TrainingSequence } from '../../src/sequence/types';
import { TrainingLoop } from '../../src/train/loop';

function sequence(length: number): TrainingSequence {
  return {
    ids: new Int32Array(length),
    weights: new Float32Array(length).fill(1),
    kind: new Uint8Array(length),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: `of ${length}` },
  };
}

const SETTINGS = {
  steps: 30,
  batchSize: 3,
  learningRate: 0.1,
  warmupSteps: 2,
  weightDecay: 0,
  clipNorm: 1,
  seed: 1,
  maxLength: 1500,
};

function start(prepare: Engine['prepare']) {
  const steps: Batch[][] = [];
  const engine = {
    contextLength: 2048,
    ...(prepare && { prepare }),
    step: (batches: Batch[]): Promise<StepResult> => {
      steps.push(batches);
      const logProbs = batches.map(({ weights }) => new Float32Array(weights.length));
      return Promise.resolve({ loss: 1, gradientNorm: 1, logProbs });
    },
  };
  const states: string[] = [];
  const shares: [number, number][] = [];
  const sequences = [9, 40, 41, 100, 700, 1400, 1800].map(sequence);
  const loop = new TrainingLoop(engine as unknown as Engine, sequences, SETTINGS, {
    onPreparing: (share, programs) => shares.push([share, programs]),
    onStep: () => undefined,
    onState: (state) => states.push(state),
  });
  return { loop, steps, states, shares };
}

test('the shapes of all batches, the most frequent first, once, before the first step', async () => {
  const asked: (readonly BatchShape[])[] = [];
  const run = start((shapes, onProgress) => {
    expect(run.steps).toEqual([]);
    asked.push(shapes);
    onProgress?.(0.5, 3);
    return Promise.resolve();
  });
  await run.loop.run(false);
  const counts = new Map<string, number>();
  for (const { rows, length } of run.steps.flat()) {
    const name = `${rows}×${bucketLength(length)}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  expect(asked.length).toBe(1);
  const names = asked[0]?.map(({ rows, length }) => `${rows}×${length}`) ?? [];
  expect([...names].sort()).toEqual([...counts.keys()].sort());
  expect(names.length).toBeGreaterThan(3);
  const frequencies = names.map((name) => counts.get(name) ?? 0);
  expect(frequencies).toEqual([...frequencies].sort((a, b) => b - a));
  expect(run.shares).toEqual([[0.5, 3]]);
  expect(run.states).toEqual(['running', 'finished']);
});

test('an engine that prepares nothing is not asked; one that cannot is a failed run', async () => {
  const plain = start(undefined);
  await plain.loop.run(false);
  expect(plain.steps.length).toBe(30);
  const broken = start(() => Promise.reject(new Error('no memory')));
  await broken.loop.run(false);
  expect(broken.steps).toEqual([]);
  expect(broken.states).toEqual(['running', 'failed']);
});

test('a run can be stopped while it is made ready; what fails after that is nobody’s', async () => {
  let fail: ((error: Error) => void) | undefined;
  let signal: AbortSignal | undefined;
  const slow = start((_shapes, _onProgress, _options, given) => {
    signal = given;
    return new Promise((_, reject) => (fail = reject));
  });
  const end = slow.loop.run(false);
  await Promise.resolve();
  expect(signal?.aborted).toBe(false);
  slow.loop.stop();
  await end;
  // The engine is told, so that it begins nothing more.
  expect(signal?.aborted).toBe(true);
  fail?.(new Error('The device was lost.'));
  await new Promise((resolve) => setTimeout(resolve));
  expect(slow.steps).toEqual([]);
  expect(slow.states).toEqual(['running', 'stopped']);
});
