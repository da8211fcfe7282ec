/**
 * @file A small seeded random generator, so that a practice record depends on its seed and index and on nothing else.
 */

/** FNV-1a over the UTF-16 code units of `text`: an unsigned 32-bit hash. Source: Fowler, Noll and Vo. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // One round of the murmur3 finalizer: plain FNV-1a is weak in its low bits on short texts.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A stream of random numbers (mulberry32, by Tommy Ettinger) with the draws that a generator needs. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /**
   * One element, each equally likely.
   *
   * @throws RangeError if the list is empty.
   */
  pick<T>(list: readonly T[]): T {
    const index = this.int(0, list.length - 1);
    const item = list[index];
    if (index >= list.length || item === undefined) throw new RangeError('Cannot pick from an empty list.');
    return item;
  }

  /**
   * One element, drawn in proportion to `weight`.
   *
   * @throws RangeError if no element has a positive weight.
   */
  weighted<T>(list: readonly T[], weight: (item: T) => number): T {
    let left = this.next() * list.reduce((sum, item) => sum + weight(item), 0);
    for (const item of list) {
      left -= weight(item);
      if (left < 0) return item;
    }
    throw new RangeError('Cannot draw by weight: no element has a positive weight.');
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(list: readonly T[]): T[] {
    const rest = [...list];
    const out: T[] = [];
    while (rest.length > 0) out.push(...rest.splice(this.int(0, rest.length - 1), 1));
    return out;
  }
}
