/**
 * @file Search in the strip: what a query finds, and what is said of one that cannot be read.
 */
import { describe, expect, test } from 'vitest';
import { foundMarks, searchStrip, stepFound, type Searched } from '../../src/ui/strip-search';
import { viewOf } from './strip-view';

const VIEW = viewOf(
  [
    ['<|im_start|>', 'header', 0],
    ['user', 'header', 0],
    ['\n', 'header', 0],
    ['Red', 'user', 0],
    [' cha', 'user', 0],
    ['ir', 'user', 0],
    ['<|im_end|>', 'header', 0],
    [' a', 'think', 1, true],
    ['İ red', 'answer', 1, true],
    [' chair', 'answer', 1, true],
    [' שלום', 'answer', 1, true],
    ['你好', 'answer', 1, true],
    ['👍', 'answer', 1, true],
    ['<|im_end|>', 'end', 1, true],
  ],
  [
    { role: 'user', content: 'Red chair' },
    { role: 'assistant', reasoning: ' a', content: 'İ red chair שלום你好👍' },
  ],
);
const COUNT = VIEW.encoded.ids.length;
const WEIGHTS = Float32Array.of(0, 0, 0, 0, 0, 0, 0, 0.3, 1, 1, 1, 1, -1, 1);
const LOG_PROBS = Float32Array.from({ length: COUNT }, (_, i) => -i / 4);
const NUMBERS = Float32Array.from({ length: COUNT }, (_, i) => i);
const SEARCHED: Searched = {
  view: VIEW,
  weights: WEIGHTS,
  scores: {
    base: LOG_PROBS,
    predicted: {
      base: { entropy: NUMBERS, ranks: NUMBERS, topIds: new Float32Array(), topLogProbs: new Float32Array() },
    },
  },
};
const runs = (query: string, more: Partial<Searched> = {}) =>
  searchStrip(query, { ...SEARCHED, ...more }).runs;
const problem = (query: string, more: Partial<Searched> = {}) =>
  searchStrip(query, { ...SEARCHED, ...more }).problem;

describe('text', () => {
  test('in any case, across tokens, each place once', () => {
    expect(runs('red chair')).toEqual([
      [3, 5],
      [8, 9],
    ]);
    expect(runs('CHAIR')).toEqual([
      [4, 5],
      [9, 9],
    ]);
    expect(runs('nowhere')).toEqual([]);
    expect(runs('  ')).toEqual([]);
  });

  test('of any script, with characters that grow in lower case before it', () => {
    expect(runs('שלום')).toEqual([[10, 10]]);
    expect(runs('你好👍')).toEqual([[11, 12]]);
    expect(runs('好')).toEqual([[11, 11]]);
  });

  test('in quotes what looks like a condition is text', () => {
    expect(runs('"kind:answer"')).toEqual([]);
    expect(runs('"red" kind:answer')).toEqual([[8, 8]]);
    expect(runs('"red" "שלום"')).toEqual([[8, 8]]);
  });
});

describe('conditions', () => {
  test('ids, segments, messages, roles and states', () => {
    expect(runs('id:103')).toEqual([[3, 3]]);
    expect(runs('kind:answer')).toEqual([[8, 12]]);
    expect(runs('KIND:Answer')).toEqual([[8, 12]]);
    expect(runs('message:2')).toEqual([[7, 13]]);
    expect(runs('role:user')).toEqual([[0, 6]]);
    expect(runs('is:context')).toEqual([[0, 6]]);
    expect(runs('is:trained kind:end')).toEqual([[13, 13]]);
    expect(runs('is:generated kind:think')).toEqual([[7, 7]]);
    expect(
      runs('is:edited', { edited: Uint8Array.from({ length: COUNT }, (_, i) => Number(i === 4)) }),
    ).toEqual([[4, 4]]);
    expect(runs('is:cut', { cutAt: 12 })).toEqual([[12, 13]]);
    expect(runs('is:differs')).toEqual([]);
  });

  test('numbers', () => {
    expect(runs('weight>0')).toEqual([
      [7, 11],
      [13, 13],
    ]);
    // As a person writes it: 0.3 is not a number of 32 bits.
    expect(runs('weight=0.3')).toEqual([[7, 7]]);
    expect(runs('weight<0')).toEqual([[12, 12]]);
    expect(runs('weight>=-1 weight!=0 weight<=0.3')).toEqual([
      [7, 7],
      [12, 12],
    ]);
    expect(runs('logprob<=-3')).toEqual([[12, 13]]);
    expect(runs('p<5%')).toEqual([[12, 13]]);
    expect(runs('probability<.05')).toEqual([[12, 13]]);
    // Nothing predicts the first token.
    expect(runs('logprob=0')).toEqual([]);
    expect(runs('rank>12')).toEqual([[13, 13]]);
    expect(runs('entropy>=12 loss>0')).toEqual([[13, 13]]);
    expect(runs('loss<0')).toEqual([[12, 12]]);
    expect(runs('chair weight>0')).toEqual([[9, 9]]);
  });

  test('what is wrong is said with its remedy', () => {
    expect(problem('kind:answers')).toMatch(/“kind:answers” is not known; choose one of system, tools, user/);
    expect(problem('weight>many')).toBe('“many” is no number; write, for example, “weight>0.5”.');
    expect(problem('id>3')).toBe('“id” takes “:”, as in “id:3”.');
    expect(problem('change>1')).toBe('“change” is not known: nothing was trained yet.');
    expect(problem('rank>1', { scores: {} })).toMatch(/the model has not read this conversation yet/);
    expect(problem('chair')).toBeUndefined();
  });
});

test('going from place to place, round the ends', () => {
  const places = runs('chair');
  expect([0, 4, 9].map((from) => stepFound(places, 1, from))).toEqual([0, 1, 0]);
  expect([0, 9].map((from) => stepFound(places, -1, from))).toEqual([1, 0]);
  expect(stepFound([], 1, 0)).toBeUndefined();
  expect([...(foundMarks(COUNT, places, 1) ?? [])]).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 0, 2, 0, 0, 0, 0]);
  expect(foundMarks(COUNT, [], undefined)).toBeUndefined();
});
