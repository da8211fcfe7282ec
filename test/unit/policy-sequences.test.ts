/**
 * @file What a policy loss takes of each token goes with the token: into batches, where it moves to the target like the
 * weight, through cuts, and into packed rows.
 */
import { expect, test } from 'vitest';
import { cut, toBatch } from '../../src/sequence/batch';
import { pack, packed } from '../../src/sequence/pack';
import type { TrainingSequence } from '../../src/sequence/types';

/** Tokens first, first + 1, …; each term of token i says whose it is. */
function sequence(first: number, length: number, conversation = 'a'): TrainingSequence {
  const count = (from: number) => Float32Array.from({ length }, (_, i) => from + i);
  return {
    ids: Int32Array.from({ length }, (_, i) => first + i),
    weights: count(first + 0.5),
    kind: new Uint8Array(length),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    policy: {
      advantages: count(first + 100),
      oldLogProbs: count(first + 200),
      referenceLogProbs: count(first + 300),
    },
    sample: { group: conversation, reward: first },
    origin: { conversation },
  };
}

test('terms move to the target with the weight, and are 0 where nothing is predicted', () => {
  const batch = toBatch([sequence(10, 3), sequence(40, 2)], 1);
  expect([...batch.targets]).toEqual([11, 12, 0, 41, 0, 0]);
  expect([...batch.weights]).toEqual([11.5, 12.5, 0, 41.5, 0, 0]);
  expect([...(batch.policy?.advantages ?? [])]).toEqual([111, 112, 0, 141, 0, 0]);
  expect([...(batch.policy?.oldLogProbs ?? [])]).toEqual([211, 212, 0, 241, 0, 0]);
  expect([...(batch.policy?.referenceLogProbs ?? [])]).toEqual([311, 312, 0, 341, 0, 0]);
});

test('a batch without terms has none', () => {
  const { policy, ...plain } = sequence(10, 3);
  expect(policy).toBeDefined();
  expect(toBatch([plain]).policy).toBeUndefined();
});

test('a cut leaves the terms and the sample of what is left', () => {
  const { policy, sample, ids } = cut(sequence(10, 5), 2);
  expect([...ids]).toEqual([10, 11]);
  expect([...(policy?.advantages ?? [])]).toEqual([110, 111]);
  expect([...(policy?.referenceLogProbs ?? [])]).toEqual([310, 311]);
  expect(sample).toEqual({ group: 'a', reward: 10 });
});

test('packed rows hold the terms of all; a sample only where it is of one sequence', () => {
  const rows = pack([sequence(10, 3, 'a'), sequence(40, 2, 'b'), sequence(60, 5, 'c')], 5);
  expect(rows.map(({ ids }) => [...ids])).toEqual([
    [60, 61, 62, 63, 64],
    [10, 11, 12, 40, 41],
  ]);
  expect(rows.map(({ sample }) => sample?.group)).toEqual(['c', undefined]);
  const [, both] = rows as [TrainingSequence, TrainingSequence];
  expect([...(both.policy?.oldLogProbs ?? [])]).toEqual([210, 211, 212, 240, 241]);
  expect([...(toBatch([both], 1).policy?.oldLogProbs ?? [])]).toEqual([211, 212, 0, 241, 0]);
});

test('sequences with terms and others without are not mixed, and lengths must agree', () => {
  const { policy, ...plain } = sequence(10, 3);
  expect(() => toBatch([sequence(1, 2), plain])).toThrow(/no advantages/);
  expect(() => packed([sequence(1, 2), plain])).toThrow(/advantages/);
  const short = { ...plain, policy: { ...policy, advantages: new Float32Array(2) } } as TrainingSequence;
  expect(() => toBatch([short])).toThrow(/arrays of/);
});
