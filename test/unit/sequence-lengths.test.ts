/**
 * @file Sequences that are too long or too short: cutting, packing, batches of like length.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { absoluteWeight, toBatch } from '../../src/sequence/batch';
import { lengthBuckets } from '../../src/sequence/buckets';
import { pack, packOrder } from '../../src/sequence/pack';
import type { Truncation } from '../../src/sequence/truncate';
import type { TrainingSequence } from '../../src/sequence/types';
import { inspector as pocket } from './mask-support';
import { Contexts, CONVERSATIONS, templateNamed, trainedSet, turnsOfDigits } from './sequence-support';

const chatml = templateNamed('chatml-keeps-thinking');
const three = turnsOfDigits([3, 3, 3]);

describe('truncation', () => {
  const full = chatml.divide(three, DEFAULT_POLICY, { strategy: 'whole' }).sequences[0]?.sequence;
  const turn = (full?.ids.length ?? 0) / 3;
  const cut = (maxLength: number, truncate: Truncation, strategy: 'whole' | 'last' = 'whole') =>
    chatml.divide(three, DEFAULT_POLICY, { strategy, maxLength, truncate });

  test('end: the first tokens are kept, and what is lost is told', () => {
    const { sequences, notes } = cut(2 * turn - 3, 'end');
    const [view] = sequences;
    expect(view?.length).toBe(full?.ids.length);
    expect(view?.sequence.ids).toEqual(full?.ids.slice(0, 2 * turn - 3));
    expect(view?.sequence.origin).toMatchObject({ trained: [1, 3], context: [0, 2] });
    expect(notes.map(({ message, text }) => [message, text])).toEqual([
      [3, 'The sequence is too long, and 2 of this message’s 4 trained tokens are left in it.'],
      [5, 'The sequence is too long, and none of this message’s trained tokens is left in it.'],
    ]);
  });

  test('start: the last tokens are kept, positions begin at 0, and contexts are no longer those of inference', () => {
    const length = 2 * turn - 3;
    const { sequences } = cut(length, 'start');
    const [view] = sequences;
    expect(view?.sequence.ids).toEqual(full?.ids.slice(-length));
    expect([...(view?.sequence.positions ?? [])]).toEqual(Array.from({ length }, (_, i) => i));
    expect([...(view?.encoded.message.subarray(0, 1) ?? [])]).toEqual([2]);
    const options = { strategies: ['whole'] as const, maxLength: length, truncate: 'start' as const };
    const [report] = chatml.compare(three, DEFAULT_POLICY, options);
    expect(report?.differences.map(({ message, cause, token }) => [message, cause, token])).toEqual([
      [3, 'cut', 0],
      [5, 'cut', 0],
    ]);
  });

  test('turns: no turn is split, and contexts stay what they were', () => {
    for (const length of [2 * turn, 2 * turn + 1, 3 * turn - 1]) {
      const { sequences } = cut(length, 'turns');
      expect(sequences.map(({ sequence }) => sequence.ids.length)).toEqual([2 * turn]);
      expect(sequences[0]?.sequence.origin.trained).toEqual([1, 3]);
    }
    expect(cut(3 * turn, 'turns').sequences[0]?.sequence.ids).toEqual(full?.ids);
    const none = cut(turn - 1, 'turns');
    expect(none.sequences).toEqual([]);
    expect(none.notes).toHaveLength(3);
    const { problems } = chatml.sequences([three], DEFAULT_POLICY, turn - 1, {}, { truncate: 'turns' });
    expect(problems[0]?.reason).toBe('Its first turn alone is longer than the longest sequence.');
  });

  test('turns, on hostile conversations: what is left ends where a user’s turn would begin', () => {
    for (const conversation of CONVERSATIONS) {
      const [whole] = pocket.divide(conversation, DEFAULT_POLICY, { strategy: 'whole' }).sequences;
      const length = whole?.sequence.ids.length ?? 0;
      for (const maxLength of [length - 1, Math.ceil(length / 2)]) {
        const options = { strategy: 'whole', maxLength, truncate: 'turns' } as const;
        const [view] = pocket.divide(conversation, DEFAULT_POLICY, options).sequences;
        if (!view) continue;
        const kept = view.sequence.ids.length;
        expect(kept).toBeLessThanOrEqual(maxLength);
        const next = whole?.encoded.message[kept] ?? -1;
        expect(conversation.messages[next]?.role).toBe('user');
        expect(whole?.encoded.message[kept - 1]).not.toBe(next);
        expect(view.encoded.message.some((m) => conversation.messages[m]?.role === 'assistant')).toBe(true);
      }
    }
  });

  test('a sequence whose trained turn is cut away is in the division, and not in training', () => {
    expect(cut(turn, 'end', 'last').sequences[0]?.sequence.origin.trained).toEqual([]);
    const { sequences, problems } = chatml.sequences([three], DEFAULT_POLICY, turn, {}, { strategy: 'last' });
    expect(sequences).toEqual([]);
    expect(problems[0]?.reason).toMatch(/beyond the longest sequence \(\d+ of \d+ tokens kept\)/);
  });
});

/** A sequence of `length` tokens that no other has. */
function sequence(number: number, length: number): TrainingSequence {
  return {
    ids: Int32Array.from({ length }, (_, i) => 100 * number + i),
    weights: Float32Array.from({ length }, (_, i) => i + 1),
    kind: new Uint8Array(length).fill(number),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: String(number) },
  };
}

describe('packing', () => {
  test('best fit, longest first; of even ones the earlier', () => {
    expect(packOrder([3, 7, 5, 2, 5], 10)).toEqual([[1, 0], [2, 4], [3]]);
    // 2 goes into the fuller of two rows that have room: the one with 3 left, not the one with 4.
    expect(packOrder([6, 7, 2], 10)).toEqual([[1, 2], [0]]);
    expect(packOrder([12, 3], 10)).toEqual([[0], [1]]);
    expect(packOrder([], 10)).toEqual([]);
    expect(() => packOrder([1], 0)).toThrow('a whole number from 1');
  });

  test('documents and positions', () => {
    const [row, ...others] = pack([sequence(1, 2), sequence(2, 3)], 5);
    expect(others).toEqual([]);
    expect(row).toEqual({
      ids: Int32Array.of(200, 201, 202, 100, 101),
      weights: Float32Array.of(1, 2, 3, 1, 2),
      kind: Uint8Array.of(2, 2, 2, 1, 1),
      positions: Int32Array.of(0, 1, 2, 0, 1),
      document: Int32Array.of(1, 1, 1, 2, 2),
      origin: { conversation: '2', documents: [{ conversation: '2' }, { conversation: '1' }] },
    });
    // The first token of the second document is predicted by nothing.
    expect([...toBatch(row ? [row] : []).weights]).toEqual([2, 3, 0, 2, 0]);
  });

  test('packed rows can be packed again', () => {
    const [row] = pack([sequence(1, 2), sequence(2, 3)], 5);
    const [again] = pack(row ? [row, sequence(3, 1)] : [], 6);
    expect([...(again?.document ?? [])]).toEqual([1, 1, 1, 2, 2, 3]);
    expect(again?.origin.documents).toHaveLength(3);
  });

  test('any lengths: all once, none over the limit, the loss’s weight unchanged, no worse than first-fit’s bound', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
        fc.integer({ min: 40, max: 90 }),
        (lengths, capacity) => {
          const rows = packOrder(lengths, capacity);
          expect(rows.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
          const filled = rows.map((row) => row.reduce((sum, i) => sum + (lengths[i] ?? 0), 0));
          for (const length of filled) expect(length).toBeLessThanOrEqual(capacity);
          // No two rows could have been one.
          filled.sort((a, b) => a - b);
          if (filled.length > 1) expect((filled[0] ?? 0) + (filled[1] ?? 0)).toBeGreaterThan(capacity);
          const parts = lengths.map((length, i) => sequence(i + 1, length));
          const packed = pack(parts, capacity);
          expect(absoluteWeight(packed)).toBeCloseTo(absoluteWeight(parts), 6);
          expect(pack(parts, capacity)).toEqual(packed);
        },
      ),
    );
  });

  test('what is trained, and on which context, is the same packed and not', () => {
    const { sequences } = pocket.sequences(CONVERSATIONS, DEFAULT_POLICY, 512, {}, { strategy: 'fork' });
    const rows = pack(sequences, 512);
    expect(rows.length).toBeLessThan(sequences.length);
    const documents = rows.flatMap((row) => {
      const numbers = [...new Set(row.document)];
      return numbers.map((number) => ({
        ids: row.ids.filter((_, i) => row.document[i] === number),
        weights: row.weights.filter((_, i) => row.document[i] === number),
      }));
    });
    const contexts = new Contexts();
    expect(trainedSet(contexts, documents)).toEqual(trainedSet(contexts, sequences));
    expect(rows.flatMap(({ origin }) => origin.documents ?? [])).toHaveLength(sequences.length);
  });
});

describe('batches of like length', () => {
  test('one epoch has each sequence once; the same seed gives the same batches', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 300 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer(),
        (lengths, size, seed) => {
          const batches = lengthBuckets(lengths, size, seed);
          expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
          expect(batches.filter((batch) => batch.length !== size).length).toBeLessThanOrEqual(1);
          expect(lengthBuckets(lengths, size, seed)).toEqual(batches);
        },
      ),
    );
  });

  test('less padding than by chance, in another order for another seed', () => {
    const lengths = Array.from({ length: 400 }, (_, i) => 10 + ((i * 7919) % 491));
    const padding = (batches: number[][]) =>
      batches.reduce((sum, batch) => {
        const own = batch.map((i) => lengths[i] ?? 0);
        return sum + own.length * Math.max(...own) - own.reduce((a, b) => a + b, 0);
      }, 0);
    const inOrder = Array.from({ length: 50 }, (_, b) => Array.from({ length: 8 }, (_, i) => 8 * b + i));
    expect(padding(lengthBuckets(lengths, 8, 1))).toBeLessThan(padding(inOrder) / 10);
    expect(lengthBuckets(lengths, 8, 2)).not.toEqual(lengthBuckets(lengths, 8, 1));
    expect(() => lengthBuckets(lengths, 0, 1)).toThrow('a whole number from 1');
  });
});
