/**
 * @file How much slower a machine is made to stand for a mid-range laptop: by the numbers of Lighthouse's calculator.
 */
import { expect, it } from 'vitest';
import { LAPTOP_INDEX, slowdownOfLaptop } from '../../tools/bench/page/benchmark-index.mjs';

it('is the ratio of what the calculator gives for both, 2.9 for the laptop', () => {
  for (const [index, ofPhone] of [
    [2000, 6],
    [1766, 5],
    [1533, 4],
    [1300, 3],
  ] as const)
    expect(slowdownOfLaptop(index)).toBeCloseTo(ofPhone / 2.9, 2);
  expect(slowdownOfLaptop(2270)).toBeCloseTo(2.47, 2);
});

it('is more than the ratio of the indices on a faster machine, and never speeds one up', () => {
  for (const index of [1600, 2000, 2500])
    expect(slowdownOfLaptop(index)).toBeGreaterThan(index / LAPTOP_INDEX);
  for (const index of [100, 800, LAPTOP_INDEX]) expect(slowdownOfLaptop(index)).toBe(1);
});
