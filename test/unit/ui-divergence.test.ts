/**
 * @file When a run counts as diverging, and the learning rate that is offered then.
 */
import { describe, expect, test } from 'vitest';
import { divergenceOf, tenthOf } from '../../src/ui/divergence';

describe('a run diverges', () => {
  test('where each of its last three losses is far above the first', () => {
    expect(divergenceOf([5.8, 20, 90, 130])).toEqual({ from: 5.8, to: 80 });
    expect(divergenceOf([0.25, 1.5, 1.5, 3])).toEqual({ from: 0.25, to: 2 });
  });
  test.each([
    ['nothing yet', []],
    ['too short to tell', [5.8, 20, 90]],
    ['it falls', [3, 2.5, 2, 1.5, 1]],
    ['one hard batch', [2, 1.8, 1.7, 6]],
    ['hardly above', [3, 3.5, 4, 4.4]],
    ['a small loss that doubles', [0.1, 0.2, 0.3, 0.2]],
    ['it came back', [2, 40, 30, 2, 1.9, 1.8]],
  ])('not where %s', (_, losses) => {
    expect(divergenceOf(losses)).toBeUndefined();
  });
});

test.each([
  ['1', '0.1'],
  ['0.003', '0.0003'],
  ['5e-4', '0.00005'],
  ['', undefined],
  ['fast', undefined],
  ['0', undefined],
])('a tenth of %j is %j', (typed, tenth) => {
  expect(tenthOf(typed)).toBe(tenth);
});
