// @ts-check
/**
 * @file Figures from several measurements.
 */

/**
 * @param {readonly number[]} values
 * @returns {number}
 * @throws {RangeError} where there is none
 */
export function median(values) {
  if (values.length === 0) throw new RangeError('There is nothing to take the median of.');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/**
 * Exponent e of the power law y = c · xᵉ that fits best: the slope of the line through the logarithms.
 *
 * @param {readonly (readonly [x: number, y: number])[]} points at least two with different x; all numbers above 0
 * @returns {number}
 */
export function powerLaw(points) {
  if (new Set(points.map(([x]) => x)).size < 2) throw new RangeError('A power law needs two points.');
  const logs = points.map(([x, y]) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (/** @type {'x' | 'y'} */ key) => logs.reduce((sum, p) => sum + p[key], 0) / logs.length;
  const [x0, y0] = [mean('x'), mean('y')];
  const along = logs.reduce((sum, { x, y }) => sum + (x - x0) * (y - y0), 0);
  return along / logs.reduce((sum, { x }) => sum + (x - x0) ** 2, 0);
}

/** How far losses may be apart. */
export const TOLERANCE = 1e-4;

/**
 * Which competitors computed the same: whose every loss is within `TOLERANCE` of the median of all.
 *
 * @param {readonly (readonly number[])[]} losses of each competitor, of the same steps; an empty list where it failed
 * @returns {{ agrees: boolean, apart: number }[]} whether, and the largest distance from the median
 */
export function agreement(losses) {
  const present = losses.filter((list) => list.length > 0);
  const steps = Math.min(...present.map(({ length }) => length));
  return losses.map((list) => {
    if (list.length === 0) return { agrees: false, apart: NaN };
    const apart = Math.max(
      ...Array.from({ length: steps }, (_, i) =>
        Math.abs((list[i] ?? NaN) - median(present.map((other) => other[i] ?? NaN))),
      ),
    );
    // NaN is no agreement.
    return { agrees: apart <= TOLERANCE, apart };
  });
}
