/**
 * @file Drawing tokens from logits, and the random numbers behind it.
 */
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/model/random';
import { checkOptions, sample } from '../../src/model/sample';

const logits = Float32Array.from([0.1, 0.5, 0.25, 0.15], Math.log);
const draws = (temperature: number, topP: number, count = 20_000) => {
  const random = seededRandom(5);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) counts[sample(logits, { temperature, topP }, random).id]!++;
  return counts.map((n) => n / count);
};
/** Five standard deviations of a share of 20,000 draws. */
const close = (share: number, expected: number) => Math.abs(share - expected) < 5 * Math.sqrt(0.25 / 20_000);

describe('sampling', () => {
  test('greedy takes the largest, the lowest id among equals, and needs no random number', () => {
    const never = () => {
      throw new Error('A random number was drawn.');
    };
    expect(sample(logits, { temperature: 0, topP: 1 }, never).id).toBe(1);
    expect(sample(Float32Array.of(3, 7, 7), { temperature: 0, topP: 1 }, never).id).toBe(1);
  });

  test('temperature 1 follows the probabilities', () => {
    const expected = [0.1, 0.5, 0.25, 0.15];
    draws(1, 1).forEach((share, id) =>
      expect(close(share, expected[id]!), `token ${id}: ${share}`).toBe(true),
    );
  });

  test('temperature ½ squares them', () => {
    const squares = [0.01, 0.25, 0.0625, 0.0225].map((square) => square / 0.345);
    draws(0.5, 1).forEach((share, id) =>
      expect(close(share, squares[id]!), `token ${id}: ${share}`).toBe(true),
    );
  });

  test('top-p keeps the smallest set that reaches it', () => {
    const shares = draws(1, 0.7);
    expect(shares[0]).toBe(0);
    expect(shares[3]).toBe(0);
    expect(close(shares[1]!, 2 / 3)).toBe(true);
    expect(draws(1, 0.001)).toEqual([0, 1, 0, 0]);
  });

  test('the log-probability is the model’s own, whatever the temperature', () => {
    for (const temperature of [0, 0.3, 1, 2]) {
      const { id, logProb } = sample(logits, { temperature, topP: 0.9 }, seededRandom(1));
      expect(logProb).toBeCloseTo(Math.log([0.1, 0.5, 0.25, 0.15][id]!), 6);
    }
  });

  test('large logits overflow nothing', () => {
    const { id, logProb } = sample(
      Float32Array.of(1e30, -1e30, 1e30),
      { temperature: 0.01, topP: 1 },
      () => 0.9,
    );
    expect([0, 2]).toContain(id);
    expect(logProb).toBeCloseTo(Math.log(0.5), 6);
  });
});

describe('random numbers', () => {
  test('are the same for the same seed and lie in [0, 1)', () => {
    const [a, b, c] = [seededRandom(1), seededRandom(1), seededRandom(2)];
    const first = Array.from({ length: 1000 }, a);
    expect(Array.from({ length: 1000 }, b)).toEqual(first);
    expect(Array.from({ length: 1000 }, c)).not.toEqual(first);
    expect(first.every((x) => x >= 0 && x < 1)).toBe(true);
  });

  test('fill sixteen bins evenly, for neighbouring seeds too', () => {
    const bins = new Array<number>(16).fill(0);
    for (let seed = 0; seed < 200; seed++) {
      const random = seededRandom(seed);
      for (let i = 0; i < 80; i++) bins[Math.floor(random() * 16)]!++;
    }
    // χ² with 15 degrees of freedom exceeds 45 once in 10,000.
    expect(bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(45);
  });
});

test.each([
  { maxNewTokens: 0 },
  { maxNewTokens: 1.5 },
  { temperature: -1 },
  { temperature: NaN },
  { topP: 0 },
  { topP: 1.1 },
  { seed: NaN },
])('the option %o is refused by name', (wrong) => {
  const options = { maxNewTokens: 5, temperature: 1, topP: 1, seed: 0, stopIds: [], ...wrong };
  expect(() => checkOptions(options)).toThrow(`${Object.keys(wrong)[0]} is `);
});
