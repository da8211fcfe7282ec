/**
 * @file Texts that begin alike, such as the completions of one prompt, or prompts with the same tools: the beginning is put
 * into the cache once and copied from there. What a place of the cache holds serves others also after its text has ended,
 * until another text takes the place.
 */
import type { Sequence } from './generation-sequence';

/** Fewer tokens are computed as quickly as they are copied. */
const LEAST_TOKENS = 8;

/** Tokens of one place of the cache that are to be copied to another. */
export interface CacheShare {
  from: number;
  to: number;
  /** The first token to copy, and the one after the last. */
  begin: number;
  end: number;
}

interface Wish {
  of: Sequence;
  /** Tokens that both begin with. */
  count: number;
}

export class PrefixSharing {
  /** Whose tokens are in each place, the latest. */
  readonly #residents = new Map<number, Sequence>();
  readonly #ended = new WeakSet<Sequence>();
  readonly #wishes = new Map<Sequence, Wish>();

  /** Of a text that begins, or goes on otherwise than it did: looks for another that shares its beginning. */
  look(sequence: Sequence): void {
    const before = this.#residents.get(sequence.slot);
    if (before && before !== sequence) {
      const kept = before.commonWith(sequence, before.cached);
      if (kept > sequence.cached) sequence.adopt(kept);
    }
    this.#wishes.delete(sequence);
    let best: Wish | undefined;
    for (const [slot, of] of this.#residents) {
      if (slot === sequence.slot) continue;
      const count = of.commonWith(sequence, this.#ended.has(of) ? of.cached : of.length - 1);
      if (count > (best?.count ?? 0)) best = { of, count };
    }
    if (best && best.count - sequence.cached >= LEAST_TOKENS) this.#wishes.set(sequence, best);
    this.#residents.set(sequence.slot, sequence);
    // Whoever waited for what was in this place must do without.
    for (const [who, { of }] of this.#wishes)
      if (of === before && before !== sequence) this.#wishes.delete(who);
  }

  /** The text will get no more tokens. */
  end(sequence: Sequence): void {
    this.#ended.add(sequence);
    this.#wishes.delete(sequence);
  }

  /** The cache was laid out anew, with what these places hold. */
  keepOnly(slots: readonly number[]): void {
    const kept = new Set(slots);
    for (const slot of this.#residents.keys()) if (!kept.has(slot)) this.#residents.delete(slot);
    for (const [who, { of }] of this.#wishes) if (!kept.has(of.slot)) this.#wishes.delete(who);
  }

  /** What can be copied now. It counts as being there from now on. */
  take(): CacheShare[] {
    const shares: CacheShare[] = [];
    const targets = new Set<Sequence>();
    for (const [to, { of, count }] of [...this.#wishes]) {
      if (of.cached < count && !this.#ended.has(of)) continue;
      if (targets.has(of)) continue;
      this.#wishes.delete(to);
      const end = of.commonWith(to, Math.min(count, of.cached));
      if (end <= to.cached) continue;
      shares.push({ from: of.slot, to: to.slot, begin: to.cached, end });
      targets.add(to);
      to.adopt(end);
    }
    return shares;
  }

  /** Those that need not wait for another's tokens; all, should they wait for each other. */
  unhindered(sequences: readonly Sequence[]): readonly Sequence[] {
    const free = sequences.filter((sequence) => !this.#wishes.has(sequence));
    if (free.length > 0) return free;
    this.#wishes.clear();
    return sequences;
  }
}
