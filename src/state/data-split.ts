/**
 * @file Which conversations are held out: a share of each import, by a seed, as whole conversations. The same seed, share
 * and import always give the same ones, and another import moves none of them.
 */

/** A held-out split. The same object as long as nothing of it changes. */
export interface Split {
  /** Share of conversations that are held out, from 0 to 1. */
  readonly share: number;
  /** A whole number from 0 to 2³² − 1. */
  readonly seed: number;
}

/** The finalizer of MurmurHash3 (fmix32): one to one on 32 bits, so that no two rows ever share a number. */
export function mix32(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The held-out rows of one import with `length` rows: exactly `round(share · length)` of them. */
export class PartSplit {
  /** How many rows are held out. */
  readonly count: number;
  readonly #salt: number;
  /** Rows whose number is at most this are held out; −1 for none. */
  readonly #most: number;

  constructor(
    readonly length: number,
    { share, seed }: Split,
  ) {
    this.count = Math.min(length, Math.max(0, Math.round(share * length)));
    // A seed of 0 would leave the rows in the order of the mixer alone.
    this.#salt = mix32((seed ^ 0x9e3779b9) >>> 0);
    this.#most = this.#smallest(this.count);
  }

  /** Whether a row, from 0, is held out. */
  has(row: number): boolean {
    return this.#number(row) <= this.#most;
  }

  #number(row: number): number {
    return mix32((row ^ this.#salt) >>> 0);
  }

  /** The `count`th smallest number of all rows. Millions of rows are sorted by their upper bits, and only one heap in full. */
  #smallest(count: number): number {
    if (count === 0) return -1;
    if (count === this.length) return 0xffffffff;
    const heaps = new Uint32Array(1 << 16);
    for (let row = 0; row < this.length; row++) {
      const heap = this.#number(row) >>> 16;
      heaps[heap] = (heaps[heap] ?? 0) + 1;
    }
    let heap = 0;
    let before = 0;
    for (; before + (heaps[heap] ?? 0) < count; heap++) before += heaps[heap] ?? 0;
    const numbers: number[] = [];
    for (let row = 0; row < this.length; row++) {
      const number = this.#number(row);
      if (number >>> 16 === heap) numbers.push(number);
    }
    return numbers.sort((a, b) => a - b)[count - before - 1] ?? -1;
  }
}

/** By split and length: nothing else decides it. */
const known = new WeakMap<Split, Map<number, PartSplit>>();

/** The held-out rows of an import with `length` rows; the same object for the same split. */
export function splitOf(length: number, split: Split): PartSplit {
  let lengths = known.get(split);
  if (!lengths) known.set(split, (lengths = new Map()));
  let part = lengths.get(length);
  if (!part) lengths.set(length, (part = new PartSplit(length, split)));
  return part;
}
