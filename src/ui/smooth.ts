/**
 * @file Smoothing of a curve: the exponential moving average that training dashboards use, without its bias at the start.
 */

/**
 * s_t = f · s_(t−1) + (1 − f) · v_t, divided by 1 − f^t, so that the first values are not pulled towards zero (the
 * correction of Adam, arXiv 1412.6980). Gaps stay gaps and do not count.
 *
 * @param factor f, from 0 (as it is) to below 1
 */
export function smooth(values: readonly (number | null)[], factor: number): (number | null)[] {
  if (factor === 0) return [...values];
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = factor * sum + (1 - factor) * value;
    weight = factor * weight + (1 - factor);
    return sum / weight;
  });
}
