/**
 * @file Shares with intervals: how sure a figure from so many cases is.
 */

export interface Share {
  hits: number;
  cases: number;
}

/** Two-sided 95%: the standard normal's quantile at 0.975. */
const Z = 1.959963984540054;

/**
 * Wilson's score interval of a share, 95%, both ends from 0 to 1.
 *
 * @see Wilson, E. B. (1927), “Probable inference, the law of succession, and statistical inference”, JASA 22, 209–212
 * @throws RangeError where there are no cases.
 */
export function wilson({ hits, cases }: Share): [low: number, high: number] {
  if (!(cases > 0)) throw new RangeError('There is no interval of no cases.');
  const p = hits / cases;
  const spread = Z * Math.sqrt((p * (1 - p)) / cases + Z ** 2 / (4 * cases ** 2));
  const scale = 1 + Z ** 2 / cases;
  const centre = p + Z ** 2 / (2 * cases);
  // The ends are exact where all cases agree; rounding would put them a hair outside.
  return [hits === 0 ? 0 : (centre - spread) / scale, hits === cases ? 1 : (centre + spread) / scale];
}

/** A case of a share: in one group with those that are not independent of it. */
export interface GroupedCase {
  group: number;
  hit: boolean;
}

/**
 * Wilson's interval of a share whose cases come in groups, such as the turns of one conversation or a question that several
 * seeds answer: that of as many independent cases as these are worth, n divided by the design effect, which is the variance
 * over groups (as in `pairedDifference`) by that of independent cases, and at least 1. Where all cases agree no variance can
 * be told, and a group counts as one case.
 *
 * @see Dean, N. and Pagano, M. (2015), “Evaluating confidence interval methods for binomial proportions in clustered surveys”,
 * Journal of Survey Statistics and Methodology 3, 484–503
 * @throws RangeError where there are no cases.
 */
export function groupedWilson(cases: readonly GroupedCase[]): [low: number, high: number] {
  const n = cases.length;
  const hits = cases.filter(({ hit }) => hit).length;
  const groups = new Map<number, { hits: number; cases: number }>();
  for (const { group, hit } of cases) {
    const entry = groups.get(group) ?? { hits: 0, cases: 0 };
    groups.set(group, entry);
    entry.hits += Number(hit);
    entry.cases++;
  }
  const m = groups.size;
  if (m === n) return wilson({ hits, cases: n });
  if (hits === 0 || hits === n || m < 2) return wilson({ hits: (hits / n) * m, cases: m });
  const p = hits / n;
  const residuals = [...groups.values()].reduce((sum, entry) => sum + (entry.hits - p * entry.cases) ** 2, 0);
  const variance = ((m / (m - 1)) * residuals) / n ** 2;
  const effect = Math.max(1, variance / ((p * (1 - p)) / (n - 1)));
  return wilson({ hits: hits / effect, cases: n / effect });
}

/** A difference of two shares with its 95% interval, all from −1 to 1. */
export interface Difference {
  difference: number;
  low: number;
  high: number;
}

/**
 * The difference of two shares of different cases, after − before, with its 95% interval: Wilson's intervals put together.
 *
 * @see Newcombe, R. G. (1998), “Interval estimation for the difference between independent proportions: comparison of eleven
 * methods”, Statistics in Medicine 17, 873–890, method 10
 * @throws RangeError where one of both has no cases.
 */
export function independentDifference(before: Share, after: Share): Difference {
  const [beforeLow, beforeHigh] = wilson(before);
  const [afterLow, afterHigh] = wilson(after);
  const p = before.hits / before.cases;
  const q = after.hits / after.cases;
  const difference = q - p;
  return {
    difference,
    low: difference - Math.hypot(q - afterLow, beforeHigh - p),
    high: difference + Math.hypot(afterHigh - q, p - beforeLow),
  };
}

/** A case that both of two models had: in one group with those that came from the same conversation. */
export interface Pair {
  group: number;
  before: boolean;
  after: boolean;
}

/**
 * The difference of two shares on the same cases, after − before, with its 95% interval. Cases of one conversation are not
 * independent, so whole groups are what counts: the standard error is that of a ratio of sums over groups (Cochran 1977,
 * “Sampling Techniques”, 3rd ed., section 9.2 with 2.11), without a correction for finite populations.
 *
 * @throws RangeError where there are no cases.
 */
export function pairedDifference(pairs: readonly Pair[]): Difference & { cases: number } {
  const cases = pairs.length;
  if (cases === 0) throw new RangeError('There is no difference of no cases.');
  const groups = new Map<number, { sum: number; cases: number }>();
  for (const { group, before, after } of pairs) {
    const entry = groups.get(group) ?? { sum: 0, cases: 0 };
    groups.set(group, entry);
    entry.sum += Number(after) - Number(before);
    entry.cases++;
  }
  const total = [...groups.values()].reduce((sum, entry) => sum + entry.sum, 0);
  const difference = total / cases;
  const residuals = [...groups.values()].reduce(
    (sum, entry) => sum + (entry.sum - difference * entry.cases) ** 2,
    0,
  );
  const n = groups.size;
  // One group alone tells nothing of how groups differ.
  const error = n < 2 ? Infinity : Math.sqrt((n / (n - 1)) * residuals) / cases;
  return {
    difference,
    low: Math.max(-1, difference - Z * error),
    high: Math.min(1, difference + Z * error),
    cases,
  };
}
