/**
 * @file Which rows go through a model at once: those of like length together, so that little of a pass is padding.
 */

/** Most tokens, padding included, of one forward pass; larger batches are accumulated in parts. */
export const MICRO_BATCH_TOKENS = 2048;

/**
 * Groups of at most `limit` tokens, padding included, shortest first. A row that is longer than the limit has a group of its own.
 *
 * @param lengthOf tokens of a row
 */
export function groupByLength<T>(
  rows: readonly T[],
  lengthOf: (row: T) => number,
  limit = MICRO_BATCH_TOKENS,
): T[][] {
  const sorted = [...rows].sort((a, b) => lengthOf(a) - lengthOf(b));
  const groups: T[][] = [];
  for (const row of sorted) {
    const last = groups.at(-1);
    if (last && (last.length + 1) * lengthOf(row) <= limit) last.push(row);
    else groups.push([row]);
  }
  return groups;
}
