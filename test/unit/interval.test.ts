/**
 * @file Intervals, against values computed elsewhere.
 */
import { describe, expect, it } from 'vitest';
import { groupedWilson, independentDifference, pairedDifference, wilson } from '../../src/reward/interval';

describe("Wilson's interval", () => {
  // scipy: binomtest(hits, cases).proportion_ci(method='wilson')
  it.each([
    [5, 10, 0.23659309051256394, 0.763406909487436],
    [0, 10, 0, 0.2775327998628892],
    [10, 10, 0.7224672001371106, 1],
    [1, 3, 0.06149194472039624, 0.7923403991979523],
  ])('%i of %i', (hits, cases, low, high) => {
    const [from, to] = wilson({ hits, cases });
    expect(from).toBeCloseTo(low, 10);
    expect(to).toBeCloseTo(high, 10);
  });

  it('needs cases', () => {
    expect(() => wilson({ hits: 0, cases: 0 })).toThrow(RangeError);
  });
});

describe("Wilson's interval of cases in groups", () => {
  const grouped = (groups: readonly (readonly [hits: number, cases: number])[]) =>
    groups.flatMap(([hits, cases], group) =>
      Array.from({ length: cases }, (_, i) => ({ group, hit: i < hits })),
    );

  it('is that of so many cases as they are worth', () => {
    // numpy: the variance of the groups' residuals, by that of the cases; then Wilson's with n over their quotient, 2.2607.
    const cases = grouped([
      [3, 3],
      [0, 2],
      [1, 3],
      [2, 2],
      [0, 1],
      [3, 3],
      [1, 1],
      [0, 3],
    ]);
    const [low, high] = groupedWilson(cases);
    expect(low).toBeCloseTo(0.2534263764211615, 10);
    expect(high).toBeCloseTo(0.8215241427710247, 10);
  });

  it('is the plain one where no group has two cases', () => {
    const cases = grouped([
      ...Array<[number, number]>(5).fill([1, 1]),
      ...Array<[number, number]>(5).fill([0, 1]),
    ]);
    expect(groupedWilson(cases)).toEqual(wilson({ hits: 5, cases: 10 }));
  });

  it('is no narrower for asking the same questions again', () => {
    const asked = (times: number) =>
      grouped(Array.from({ length: 20 }, (_, i) => [i < 13 ? times : 0, times]));
    const width = ([low, high]: readonly [number, number]) => high - low;
    expect(width(groupedWilson(asked(3)))).toBeGreaterThanOrEqual(width(groupedWilson(asked(1))));
    const all = (times: number) => grouped(Array.from({ length: 20 }, () => [times, times]));
    expect(groupedWilson(all(3))).toEqual(wilson({ hits: 20, cases: 20 }));
  });
});

describe('a paired difference', () => {
  it('with a case a conversation has the standard error of a mean', () => {
    const pairs = Array.from({ length: 100 }, (_, group) => ({
      group,
      before: group < 40,
      after: group < 70,
    }));
    const { difference, low, high } = pairedDifference(pairs);
    expect(difference).toBeCloseTo(0.3, 12);
    const error = Math.sqrt((0.3 * 0.7) / 99);
    expect(high - low).toBeCloseTo(2 * 1.959963984540054 * error, 10);
  });

  it('does not count cases of one conversation as independent', () => {
    const one = Array.from({ length: 50 }, (_, group) => ({ group, before: false, after: group % 2 === 0 }));
    const thrice = one.flatMap((pair) => [pair, pair, pair]);
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    expect(width(pairedDifference(thrice))).toBeCloseTo(width(pairedDifference(one)), 10);
  });

  it('of a single conversation tells nothing', () => {
    expect(pairedDifference([{ group: 0, before: false, after: true }])).toEqual({
      difference: 1,
      low: -1,
      high: 1,
      cases: 1,
    });
  });
});

describe('the difference of shares of different cases', () => {
  // Newcombe (1998), table II, method 10.
  it.each([
    [{ hits: 48, cases: 80 }, { hits: 56, cases: 70 }, 0.0524, 0.3339],
    [{ hits: 3, cases: 10 }, { hits: 9, cases: 10 }, 0.1705, 0.809],
    [{ hits: 0, cases: 20 }, { hits: 0, cases: 10 }, -0.1611, 0.2775],
    [{ hits: 0, cases: 10 }, { hits: 10, cases: 10 }, 0.6075, 1],
  ])('%j to %j', (before, after, low, high) => {
    const found = independentDifference(before, after);
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  it('is refused where there are none', () => {
    expect(() => independentDifference({ hits: 0, cases: 0 }, { hits: 1, cases: 1 })).toThrow(RangeError);
  });
});
