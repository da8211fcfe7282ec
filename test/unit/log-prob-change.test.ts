/**
 * @file What changed in a data set: sums by segment and by conversation, spelled out on a few tokens.
 */
import { expect, test } from 'vitest';
import { LogProbChange } from '../../src/sequence/log-prob-change';
import type { TrainingSequence } from '../../src/sequence/types';
import { SEGMENT_KINDS } from '../../src/template/rendered';

const codeOf = (kind: (typeof SEGMENT_KINDS)[number]) => SEGMENT_KINDS.indexOf(kind);

function sequence(
  conversation: string,
  weights: number[],
  kinds: (typeof SEGMENT_KINDS)[number][],
): TrainingSequence {
  const { length } = weights;
  return {
    ids: new Int32Array(length),
    weights: Float32Array.from(weights),
    kind: Uint8Array.from(kinds, codeOf),
    positions: new Int32Array(length),
    document: new Int32Array(length).fill(1),
    origin: { conversation },
  };
}

test('counts trained tokens once each, the first never, and conversations by how much they changed', () => {
  const change = new LogProbChange();
  change.add(
    sequence('a', [1, 1, 0, 0.5, -2], ['answer', 'answer', 'user', 'call', 'call']),
    Float32Array.of(0, -1, -9, -2, -4),
    Float32Array.of(0, -0.5, -1, -2.005, -5),
  );
  change.add(sequence('b', [0, 1], ['user', 'answer']), Float32Array.of(0, -3), Float32Array.of(0, -1));
  // Cut by the model's context: only what both have is counted.
  change.add(
    sequence('b', [0, 1, 1], ['user', 'answer', 'end']),
    Float32Array.of(0, -3),
    Float32Array.of(0, -1),
  );
  expect(change.kinds).toEqual([
    { kind: 'call', tokens: 2, base: -3, tuned: expect.closeTo(-3.5025, 5) as number, more: 0, less: 0.5 },
    {
      kind: 'answer',
      tokens: 3,
      base: expect.closeTo(-7 / 3, 6) as number,
      tuned: expect.closeTo(-2.5 / 3, 6) as number,
      more: 1,
      less: 0,
    },
    {
      kind: 'all',
      tokens: 5,
      base: expect.closeTo(-13 / 5, 6) as number,
      tuned: expect.closeTo(-1.901, 6) as number,
      more: 0.6,
      less: 0.2,
    },
  ]);
  expect(change.conversations.map(({ conversation, tokens }) => [conversation, tokens])).toEqual([
    ['b', 2],
    ['a', 3],
  ]);
});

test('completions of a pair, and good and bad ones, are told apart: their changes would cancel', () => {
  const change = new LogProbChange();
  const add = (sample: TrainingSequence['sample'], tuned: number) =>
    change.add(
      { ...sequence('a', [0, 1], ['user', 'answer']), ...(sample && { sample }) },
      Float32Array.of(0, -2),
      Float32Array.of(0, tuned),
    );
  add({ group: 'a', preference: 'rejected' }, -3);
  add({ group: 'a', preference: 'chosen' }, -1);
  expect(change.kinds.map(({ part, kind, tuned }) => [part, kind, tuned])).toEqual([
    ['chosen', 'answer', -1],
    ['chosen', 'all', -1],
    ['rejected', 'answer', -3],
    ['rejected', 'all', -3],
  ]);
  expect(change.conversations.map(({ part }) => part).sort()).toEqual(['chosen', 'rejected']);
  // A pair is good and bad to KTO.
  add({ group: 'a', preference: 'chosen', desirable: true }, -1);
  expect(change.kinds.at(-1)?.part).toBe('good');
});
