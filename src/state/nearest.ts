/**
 * @file The known names that are nearest to one that was mistyped.
 */

/**
 * Names that differ from `given` by few letters, the nearest first.
 *
 * @param most how many at most
 */
export function nearest(given: string, known: readonly string[], most = 3): string[] {
  // A third of the letters wrong is another word.
  const limit = Math.max(1, Math.floor(given.length / 3));
  const wanted = given.toLowerCase();
  const near = known
    .map((name) => ({ name, distance: distance(wanted, name.toLowerCase(), limit) }))
    .filter((other) => other.distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  const least = near[0]?.distance ?? 0;
  return near
    .filter((other) => other.distance <= least + 1)
    .slice(0, most)
    .map(({ name }) => name);
}

/** Letters to insert, leave out, change or swap with their neighbour; any number above `limit` where it is more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? limit + 1;
}
