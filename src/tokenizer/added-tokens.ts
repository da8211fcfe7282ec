/**
 * @file Where added tokens stand in a text.
 */
import type { AddedToken } from '@huggingface/tokenizers';
import { type Aligned, slice } from './aligned';

/** A part of a text: an added token, or what lies between two. */
export interface Section {
  /** The part, with the white space that an added token takes from its neighbours. */
  source: Aligned;
  /** The added token as it stands in the text, which may be its normalized form. */
  word?: string;
}

/** Finds words in a text, from left to right, the longest first where several begin at one place. */
export class WordFinder {
  /** First character → length → words of it, the longest first: a list of any size is looked up, never gone through. */
  readonly #byFirst = new Map<string, [length: number, words: Set<string>][]>();

  constructor(words: Iterable<string>) {
    for (const word of new Set(words)) {
      if (!word) continue;
      const first = word.charAt(0);
      const lengths = this.#byFirst.get(first) ?? [];
      if (!lengths.length) this.#byFirst.set(first, lengths);
      const known = lengths.find(([length]) => length === word.length);
      if (known) known[1].add(word);
      else lengths.push([word.length, new Set([word])]);
    }
    for (const lengths of this.#byFirst.values()) lengths.sort(([a], [b]) => b - a);
  }

  /** Offsets of the words found, in order; they do not overlap. */
  *find(text: string): Generator<[from: number, to: number]> {
    if (!this.#byFirst.size) return;
    for (let i = 0; i < text.length;) {
      const lengths = this.#byFirst.get(text.charAt(i));
      const found = lengths?.find(
        ([length, words]) => i + length <= text.length && words.has(text.slice(i, i + length)),
      );
      if (!found) i++;
      else yield [i, (i += found[0])];
    }
  }
}

/**
 * Divides a text at the words that `finder` finds. A token with `lstrip` or `rstrip` takes the white space beside it,
 * which then belongs to it and to no other section. Sections may be left empty by that.
 */
export function sections(
  source: Aligned,
  finder: WordFinder,
  tokens: ReadonlyMap<string, AddedToken>,
): Section[] {
  const parts: { from: number; to: number }[] = [];
  const { text } = source;
  let at = 0;
  for (const [from, to] of finder.find(text)) {
    if (from > at) parts.push({ from: at, to: from });
    parts.push({ from, to });
    at = to;
  }
  if (at < text.length) parts.push({ from: at, to: text.length });

  // Each part with the white space that it takes from its neighbours, and without what they take from it.
  const taken = parts.map(({ from, to }) => ({ from, to }));
  parts.forEach((part, i) => {
    const token = tokens.get(text.slice(part.from, part.to));
    const [before, self, after] = [i > 0 ? parts[i - 1] : undefined, taken[i], parts[i + 1]];
    if (!token || !self) return;
    if (token.lstrip && before) {
      const end = before.from + text.slice(before.from, before.to).trimEnd().length;
      self.from -= before.to - end;
      before.to = end;
    }
    if (token.rstrip && after) {
      const start = after.to - text.slice(after.from, after.to).trimStart().length;
      self.to += start - after.from;
      after.from = start;
    }
  });
  return parts.map(({ from, to }, i) => {
    const word = text.slice(from, to);
    const { from: first, to: last } = taken[i] ?? { from, to };
    return tokens.has(word)
      ? { source: slice(source, first, last), word }
      : { source: slice(source, from, to) };
  });
}
