/**
 * @file A text that still knows where each of its characters came from, through every rewriting.
 *
 * The semantics are those of `NormalizedString` in the `tokenizers` library (tokenizer/normalizer.rs), so that offsets
 * agree with Python's, also where they are a matter of definition: a character that is inserted belongs to the original
 * characters of the one before it, a composed character to those of its first part.
 */
import { LosslightError } from '../errors';

/** `text`, with the range of the original (UTF-16 offsets) for each UTF-16 unit; units of one character share a range. */
export interface Aligned {
  readonly text: string;
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Offset in the original where the section began that this text was made from. */
  readonly from: number;
}

/**
 * One character of a rewritten text. `change` says what it replaces: 0 the next character, -n the next one and the n
 * after it, more than 0 none (it is inserted).
 */
export type Change = readonly [character: string, change: number];

/** The characters `from` to `to` of the original text, each standing for itself. */
export function original(text: string, from: number, to: number): Aligned {
  const length = to - from;
  const start = new Int32Array(length);
  const end = new Int32Array(length);
  const part = text.slice(from, to);
  for (let i = 0; i < length;) {
    const size = sizeAt(part, i);
    start.fill(from + i, i, i + size);
    end.fill(from + i + size, i, i + size);
    i += size;
  }
  return { text: part, start, end, from };
}

/** UTF-16 units of the character at `at`: 2 for a surrogate pair, else 1. */
export function sizeAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** The units `from` to `to`, with their ranges. */
export function slice(source: Aligned, from: number, to: number): Aligned {
  return {
    text: source.text.slice(from, to),
    start: source.start.subarray(from, to),
    end: source.end.subarray(from, to),
    from: source.start[from] ?? source.from,
  };
}

/** Collects characters with their ranges. */
export class AlignedBuilder {
  #text = '';
  readonly #start: number[] = [];
  readonly #end: number[] = [];

  constructor(readonly from: number) {}

  /** Adds `text`, all of whose units belong to the range of unit `unit` of `source` (-1: to the point before it). */
  add(text: string, source: Aligned, unit: number): void {
    const start = unit < 0 ? source.from : source.start[unit];
    const end = unit < 0 ? source.from : source.end[unit];
    if (start === undefined || end === undefined)
      throw new RangeError('A change reaches past the end of its text.');
    this.#text += text;
    for (let i = 0; i < text.length; i++) {
      this.#start.push(start);
      this.#end.push(end);
    }
  }

  /** Adds units `from` to `to` of `source` as they are. */
  copy(source: Aligned, from: number, to: number): void {
    this.#text += source.text.slice(from, to);
    for (let i = from; i < to; i++) {
      this.#start.push(source.start[i] ?? 0);
      this.#end.push(source.end[i] ?? 0);
    }
  }

  build(): Aligned {
    return {
      text: this.#text,
      start: Int32Array.from(this.#start),
      end: Int32Array.from(this.#end),
      from: this.from,
    };
  }
}

/** Rewrites a text by changes, after leaving out its first `skip` characters (`transform` in normalizer.rs). */
export function transform(source: Aligned, changes: Iterable<Change>, skip = 0): Aligned {
  const out = new AlignedBuilder(source.from);
  let at = 0;
  const step = () => (at += sizeAt(source.text, at));
  for (let i = 0; i < skip; i++) step();
  for (const [character, change] of changes) {
    out.add(character, source, change > 0 ? at - 1 : at);
    if (change <= 0) step();
    for (let i = change; i < 0; i++) step();
  }
  return out.build();
}

/** Keeps the characters that `keep` accepts, each with its own range. */
export function filter(source: Aligned, keep: (character: string) => boolean): Aligned {
  const out = new AlignedBuilder(source.from);
  let at = 0;
  for (const character of source.text) {
    if (keep(character)) out.copy(source, at, at + character.length);
    at += character.length;
  }
  return out.build();
}

/** Replaces each match of a global `pattern` by `content`, which belongs to the last character replaced. */
export function replace(source: Aligned, pattern: RegExp, content: string): Aligned {
  const out = new AlignedBuilder(source.from);
  let at = 0;
  let found = false;
  for (const match of source.text.matchAll(pattern)) {
    found = true;
    const end = match.index + match[0].length;
    out.copy(source, at, match.index);
    out.add(content, source, end - 1);
    at = end;
  }
  if (!found) return source;
  out.copy(source, at, source.text.length);
  return out.build();
}

/**
 * Puts `prefix` before the first character, whose range it shares. Before an empty text it covers nothing (Python leaves
 * an empty text as it is; the JavaScript library does not).
 */
export function prepend(source: Aligned, prefix: string): Aligned {
  if (!prefix) return source;
  const out = new AlignedBuilder(source.from);
  out.add(prefix, source, source.text ? 0 : -1);
  out.copy(source, 0, source.text.length);
  return out.build();
}

/** Without white space (as JavaScript sees it) on the sides named. */
export function trim(source: Aligned, left: boolean, right: boolean): Aligned {
  const { text } = source;
  const from = left ? text.length - text.trimStart().length : 0;
  const to = right ? text.trimEnd().length : text.length;
  return from || to < text.length ? slice(source, from, Math.max(from, to)) : source;
}

/** The parts of `source` that a global `pattern` matches, without empty ones. */
export function matches(source: Aligned, pattern: RegExp): Aligned[] {
  return Array.from(source.text.matchAll(pattern), (match) =>
    slice(source, match.index, match.index + match[0].length),
  ).filter(({ text }) => text);
}

/** The error for a text whose tokens cannot be located: offsets are never guessed. */
export function unaligned(what: string, source: string): LosslightError {
  return new LosslightError(
    'bad-offsets',
    `Which characters the tokens cover is not certain: ${what} in “${source.slice(0, 40)}”.`,
    'Please report this tokenizer.json; until then use another tokenizer, or leave out the text shown.',
  );
}

/** Parts in a row as one text. */
export function concat(parts: readonly Aligned[], from: number): Aligned {
  const out = new AlignedBuilder(from);
  for (const part of parts) out.copy(part, 0, part.text.length);
  return out.build();
}
