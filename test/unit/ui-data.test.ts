/**
 * @file What the list and the problems count.
 */
import { expect, test } from 'vitest';
import type { ImportProblem } from '../../src/conversation/types';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { maxLengthOf, draftsOf } from '../../src/settings/train';
import { trainedAwayOf, trainedOf, type Tally } from '../../src/state/data.svelte';
import { recordsLeftOut } from '../../src/state/left-out';

const problem = (file: string, record: number, severity: ImportProblem['severity']): ImportProblem => ({
  file,
  record,
  line: record + 1,
  severity,
  field: '',
  reason: 'No.',
  remedy: 'Yes.',
});

test('a record is left out once, however many errors it has; a warning leaves nothing out', () => {
  expect(recordsLeftOut([])).toBe(0);
  expect(
    recordsLeftOut([
      problem('a', 0, 'error'),
      problem('a', 0, 'error'),
      problem('a', 1, 'error'),
      problem('b', 0, 'error'),
      problem('b', 7, 'warning'),
    ]),
  ).toBe(3);
});

test('a tally counts what the policy trains of the tokens that a run reads', () => {
  const tally: Tally = {
    tokens: 40,
    trainable: [
      { kind: 'think', start: 10, end: 20, turned: false },
      { kind: 'answer', start: 22, end: 30, turned: true },
      { kind: 'end', start: 30, end: 31, turned: false },
    ],
  };
  expect(trainedOf(tally, DEFAULT_POLICY, Infinity)).toBe(19);
  expect([10, 11, 20, 22, 25, 30, 31].map((limit) => trainedOf(tally, DEFAULT_POLICY, limit))).toEqual([
    0, 1, 10, 10, 13, 18, 19,
  ]);
  const off = { ...DEFAULT_POLICY, think: { train: false, weight: 1 }, end: { train: true, weight: 0 } };
  expect(trainedOf(tally, off, 25)).toBe(3);
  expect(trainedOf(tally, off, Infinity)).toBe(8);
  expect(trainedAwayOf(tally, DEFAULT_POLICY, Infinity)).toBe(8);
  expect(trainedAwayOf(tally, off, 25)).toBe(3);
  const negative = {
    ...DEFAULT_POLICY,
    think: { train: true, weight: -0.5 },
    answer: { train: true, weight: -1 },
  };
  expect(trainedAwayOf(tally, negative, Infinity)).toBe(10);
  expect(trainedAwayOf(tally, negative, 12)).toBe(2);
});

test('the longest sequence is known while another field is wrong, and not while its own is', () => {
  expect(maxLengthOf({ ...draftsOf(), steps: 'x', maxLength: '64' })).toBe(64);
  expect(maxLengthOf({ ...draftsOf(), maxLength: '3' })).toBeUndefined();
});
