/**
 * @file The shift of weights from tokens to predictions, spelled out, and what surrounds it.
 */
import { describe, expect, test } from 'vitest';
import { absoluteWeight, cut, toBatch, toTokens } from '../../src/sequence/batch';
import { meanNllByKind } from '../../src/sequence/by-kind';
import type { TrainingSequence } from '../../src/sequence/types';
import { SEGMENT_KINDS } from '../../src/template/rendered';

/** A sequence of tokens written `id:weight:document`; positions restart with each document. */
function sequence(text: string): TrainingSequence {
  const tokens = text.split(' ').map((token) => token.split(':').map(Number) as [number, number, number]);
  const document = Int32Array.from(tokens, ([, , number]) => number);
  return {
    ids: Int32Array.from(tokens, ([id]) => id),
    weights: Float32Array.from(tokens, ([, weight]) => weight),
    kind: Uint8Array.from(tokens, (_, i) => i % SEGMENT_KINDS.length),
    positions: document.map((number, i) => i - document.indexOf(number)),
    document,
    origin: { conversation: 'c' },
  };
}

describe('toBatch', () => {
  test('one document: each place carries the id and the weight of the token after it', () => {
    const batch = toBatch([sequence('10:9:1 11:0:1 12:1:1 13:0.5:1 14:-1:1')]);
    expect(batch).toEqual({
      rows: 1,
      length: 5,
      ids: Int32Array.of(10, 11, 12, 13, 14),
      targets: Int32Array.of(11, 12, 13, 14, 0),
      weights: Float32Array.of(0, 1, 0.5, -1, 0),
      positions: Int32Array.of(0, 1, 2, 3, 4),
      documents: Int32Array.of(1, 1, 1, 1, 1),
      kind: Uint8Array.of(1, 2, 3, 4, 0),
      // |0| + |1| + |0.5| + |−1|; the first token's 9 is not predicted by anything.
      norm: 2.5,
    });
  });

  test('a document border: the last token of a document predicts nothing, and the next one’s first is not predicted', () => {
    const batch = toBatch([sequence('10:1:1 11:1:1 12:1:1 20:7:2 21:1:2')]);
    expect([...batch.targets]).toEqual([11, 12, 0, 21, 0]);
    expect([...batch.weights]).toEqual([1, 1, 0, 1, 0]);
    expect([...batch.positions]).toEqual([0, 1, 2, 0, 1]);
    expect([...batch.documents]).toEqual([1, 1, 1, 2, 2]);
    expect([...batch.kind]).toEqual([1, 2, 0, 4, 0]);
    expect(batch.norm).toBe(3);
  });

  test('packed and padded rows: padding is document 0 without target or weight', () => {
    const batch = toBatch([sequence('10:1:1 11:2:1'), sequence('20:1:1 21:1:1 30:1:2 31:3:2')]);
    expect(batch.length).toBe(4);
    expect([...batch.ids]).toEqual([10, 11, 0, 0, 20, 21, 30, 31]);
    expect([...batch.targets]).toEqual([11, 0, 0, 0, 21, 0, 31, 0]);
    expect([...batch.weights]).toEqual([2, 0, 0, 0, 1, 0, 3, 0]);
    expect([...batch.documents]).toEqual([1, 1, 0, 0, 1, 1, 2, 2]);
    expect([...batch.positions]).toEqual([0, 1, 0, 0, 0, 1, 0, 1]);
    expect(batch.norm).toBe(6);
  });

  test('padding within a sequence is neither predicted nor predicts', () => {
    const batch = toBatch([sequence('10:1:1 11:1:1 0:5:0 0:5:0')]);
    expect([...batch.targets]).toEqual([11, 0, 0, 0]);
    expect([...batch.weights]).toEqual([1, 0, 0, 0]);
    expect(batch.norm).toBe(1);
  });

  test('the norm is taken over everything that is accumulated', () => {
    const parts = [sequence('1:1:1 2:1:1 3:1:1'), sequence('1:1:1 2:-0.5:1')];
    const norm = absoluteWeight(parts);
    expect(norm).toBe(2.5);
    expect(parts.map((part) => toBatch([part], norm).norm)).toEqual([2.5, 2.5]);
  });

  test('one token, and no sequence', () => {
    expect(toBatch([sequence('1:1:1')])).toMatchObject({ rows: 1, length: 1, norm: 0 });
    expect(() => toBatch([])).toThrow('at least one sequence');
    const broken = { ...sequence('1:1:1 2:1:1'), weights: new Float32Array(1) };
    expect(() => toBatch([broken])).toThrow('conversation c has arrays of 2, 1, 2, 2, 2');
  });
});

test('toTokens takes values of targets back to the tokens', () => {
  const sequences = [sequence('10:1:1 11:1:1 20:1:2 21:1:2'), sequence('30:1:1 31:1:1')];
  const values = Float32Array.of(-1, -2, -3, -4, -5, -6, -7, -8);
  expect(toTokens(values, toBatch(sequences), sequences).map((row) => [...row])).toEqual([
    [0, -1, 0, -3],
    [0, -5],
  ]);
});

test('cut keeps the beginning of every array', () => {
  const whole = sequence('1:1:1 2:1:1 3:1:1');
  expect(cut(whole, 3)).toBe(whole);
  const { ids, weights, kind, positions, document } = cut(whole, 2);
  expect([ids, weights, kind, positions, document].map((array) => array.length)).toEqual([2, 2, 2, 2, 2]);
});

test('meanNllByKind counts every trained token once, whatever its weight', () => {
  const think = SEGMENT_KINDS.indexOf('think');
  const answer = SEGMENT_KINDS.indexOf('answer');
  const batch = toBatch([sequence('1:0:1 2:1:1 3:-5:1 4:0:1 5:0.5:1')]);
  batch.kind = Uint8Array.of(think, think, answer, answer, 0);
  const logProbs = [Float32Array.of(-1, -3, -100, -2, -100)];
  expect(meanNllByKind([batch], logProbs)).toEqual({ think: 2, answer: 2 });
});
