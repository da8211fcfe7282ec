/**
 * @file Which bytes of which characters a token holds, where several tokens make up one character; and what the strip shows of
 * such tokens: the character at the first of them, and at the others which of its bytes they hold.
 */
import type { MaskView } from '../state/mask.svelte';
import { joinedTexts } from '../state/whole-characters';

/** Bytes of a character in UTF-8, counted from 1. */
export interface BytePart {
  character: string;
  first: number;
  last: number;
  of: number;
}

/** A token that holds bytes of characters that other tokens hold the rest of, or the beginning. */
export interface SharedToken {
  /** What it holds of a character that begins in a token before. */
  rest: BytePart | undefined;
  /** Whole characters and what begins in it, as far as these go: it is drawn here, once. */
  text: string;
  /** What it holds of the character that begins in it and ends in a later token. */
  begun: BytePart | undefined;
}

interface Spelt {
  bytes: MaskView['bytes'];
  encoded: Pick<MaskView['encoded'], 'start' | 'end'>;
  rendered: Pick<MaskView['rendered'], 'text'>;
}

/** A byte as the text worker spells it, or any other character. */
const PIECE = /\\x([89A-F][0-9A-F])|[^]/gu;

const encoder = new TextEncoder();

/** The code points of a text; a byte that is of none, and stands in it as it is spelt, is one of its own. */
const pointsOf = (text: string): string[] => text.match(PIECE) ?? [];

/** The bytes that a token's spelling, or a text that has such bytes in it, stands for. */
function bytesOf(spelt: string): number[] {
  return [...spelt.matchAll(PIECE)].flatMap(([piece, hex]) =>
    hex === undefined ? [...encoder.encode(piece)] : [parseInt(hex, 16)],
  );
}

/** Bytes of a character in UTF-8, or of what is spelt as a byte. */
function lengthOf(character: string): number {
  if (character.length > 2) return 1;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/** True where a token holds a part of a character that the next has a part of, too. */
function joined({ bytes, encoded }: Spelt, i: number): boolean {
  return bytes.has(i) && bytes.has(i + 1) && (encoded.start[i + 1] ?? 0) < (encoded.end[i] ?? 0);
}

/** Tokens from one that begins with a character to one that ends with one. */
interface Group {
  first: number;
  last: number;
  text: string;
  /** Where the bytes of each token end, from the beginning of the group. */
  ends: number[];
}

/**
 * The tokens around one that hold parts of the same characters as it; undefined where their bytes are not those of the text, as
 * when the tokenizer writes characters otherwise before it splits them.
 */
function groupAt(view: Spelt, index: number): Group | undefined {
  const { bytes, encoded, rendered } = view;
  let [first, last] = [index, index];
  while (joined(view, first - 1)) first--;
  while (joined(view, last)) last++;
  const spelt: number[] = [];
  const ends: number[] = [];
  for (let i = first; i <= last; i++) {
    spelt.push(...bytesOf(bytes.get(i) ?? ''));
    ends.push(spelt.length);
  }
  const text = rendered.text.slice(encoded.start[first] ?? 0, encoded.end[last] ?? 0);
  const exact = bytesOf(text);
  if (exact.length !== spelt.length || exact.some((byte, i) => byte !== spelt[i])) return undefined;
  return { first, last, text, ends };
}

/** Characters that stand one after the other, and where the bytes of each end. */
interface Units {
  characters: readonly string[];
  ends: readonly number[];
}

function unitsFrom(characters: readonly string[]): Units {
  let sum = 0;
  const ends = characters.map((character) => {
    for (const point of pointsOf(character)) sum += lengthOf(point);
    return sum;
  });
  return { characters, ends };
}

/** What the bytes from `from` to `to` are of each character, beginning with the one at `place`. */
function partsIn({ characters, ends }: Units, from: number, to: number, place = 0): BytePart[] {
  const parts: BytePart[] = [];
  for (let i = place; i < characters.length && (ends[i - 1] ?? 0) < to; i++) {
    const [begin, end] = [ends[i - 1] ?? 0, ends[i] ?? 0];
    if (end <= from) continue;
    const [first, last] = [Math.max(from, begin) - begin + 1, Math.min(to, end) - begin];
    parts.push({ character: characters[i] ?? '', first, last, of: end - begin });
  }
  return parts;
}

const isWhole = ({ first, last, of }: BytePart): boolean => first === 1 && last === of;

/**
 * The characters that a token holds only some bytes of, in their order; none where it holds whole ones, and where its bytes are
 * not those of the text.
 */
export function byteParts(view: Spelt, index: number): BytePart[] {
  if (!view.bytes.has(index)) return [];
  const group = groupAt(view, index);
  if (!group) return [];
  const k = index - group.first;
  const units = unitsFrom(pointsOf(group.text));
  return partsIn(units, group.ends[k - 1] ?? 0, group.ends[k] ?? 0).filter((part) => !isWhole(part));
}

/** What makes one character of several code points: marks, joiners, flags, skin tones, parts of Hangul. */
const JOINING =
  /[\p{M}\p{Cf}\p{Regional_Indicator}\p{Emoji_Modifier}\u1100-\u11FF\uA960-\uA97C\uD7B0-\uD7FB]/u;
/** What may go on with the character before. */
const GOES_ON = /^[\p{M}\u200D\p{Regional_Indicator}\p{Emoji_Modifier}]/u;
/** As much of the text before as is read to know where its characters end. */
const CONTEXT = 64;

let segmenter: Intl.Segmenter | undefined;

/** Where characters as a reader counts them begin in `text`. */
function characterStarts(text: string): Set<number> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return new Set(Array.from(segmenter.segment(text), ({ index }) => index));
}

/**
 * The characters that groups which follow each other are drawn in: a character as a reader counts it where its first code point is
 * spread over tokens, so that emoji and letters with marks are seen as such; code points otherwise, as in all other tokens.
 */
function charactersOf({ rendered, encoded }: Spelt, groups: readonly Group[]): string[] {
  const [first, last] = [groups[0], groups.at(-1)];
  const from = encoded.start[first?.first ?? 0] ?? 0;
  const text = rendered.text.slice(from, encoded.end[last?.last ?? 0]);
  const points = pointsOf(text);
  if (!JOINING.test(text)) return points;
  let before = from;
  while (before > 0 && from - before < CONTEXT && rendered.text.charCodeAt(before - 1) > 0x7f) before--;
  const starts = characterStarts(rendered.text.slice(before, from) + text);
  /** Where the bytes of tokens end. */
  const ends = new Set<number>();
  let sum = 0;
  for (const group of groups) {
    for (const end of group.ends) ends.add(sum + end);
    sum += group.ends.at(-1) ?? 0;
  }
  const isCut = (byte: number, length: number) => {
    for (let i = 1; i < length; i++) if (ends.has(byte + i)) return true;
    return false;
  };
  const characters: string[] = [];
  let [place, byte] = [from - before, 0];
  /** True within a character that is drawn as a whole. */
  let whole = false;
  for (const point of points) {
    const begins = starts.has(place);
    if (begins) whole = isCut(byte, lengthOf(point));
    if (whole && !begins) characters.push((characters.pop() ?? '') + point);
    else characters.push(point);
    place += point.length;
    byte += lengthOf(point);
  }
  return characters;
}

const known = new WeakMap<Spelt['bytes'], ReadonlyMap<number, SharedToken>>();

/**
 * What the strip shows of the tokens that hold only parts of characters; those that are not among them are shown as bytes:
 * their bytes are no characters, or not those of the text.
 */
export function sharedTokens(view: Spelt): ReadonlyMap<number, SharedToken> {
  let shared = known.get(view.bytes);
  if (!shared) known.set(view.bytes, (shared = findShared(view)));
  return shared;
}

/**
 * The same of tokens whose texts are all that there is, such as what a model is writing.
 *
 * @param texts one string a token, in the order of the text
 */
export function sharedIn(texts: readonly string[]): ReadonlyMap<number, SharedToken> {
  if (!texts.some((text) => text.includes('\\x'))) return new Map();
  const { text, start, end, bytes } = joinedTexts(texts);
  return findShared({ bytes, encoded: { start, end }, rendered: { text } });
}

function findShared(view: Spelt): Map<number, SharedToken> {
  const { bytes, encoded, rendered } = view;
  const shared = new Map<number, SharedToken>();
  /** Groups that follow each other. */
  let stretch: Group[] = [];
  let next = 0;
  for (const index of [...bytes.keys()].sort((a, b) => a - b)) {
    if (index < next) continue;
    const group = groupAt(view, index);
    if (stretch.length && !(group && index === next)) {
      share(view, stretch, shared);
      stretch = [];
    }
    next = (group?.last ?? index) + 1;
    if (!group) continue;
    stretch.push(group);
    // Whole tokens that may be of its last character, such as joiners.
    for (; next < encoded.start.length && !bytes.has(next); next++) {
      const [start, end] = [encoded.start[next] ?? 0, encoded.end[next] ?? 0];
      const text = rendered.text.slice(start, end);
      if (!GOES_ON.test(text) && rendered.text[start - 1] !== '\u200D') break;
      stretch.push({ first: next, last: next, text, ends: [bytesOf(text).length] });
    }
  }
  if (stretch.length) share(view, stretch, shared);
  return shared;
}

/** Deals the characters of groups that follow each other out to their tokens. */
function share(view: Spelt, stretch: readonly Group[], shared: Map<number, SharedToken>): void {
  const units = unitsFrom(charactersOf(view, stretch));
  let [before, place] = [0, 0];
  for (const { first, ends } of stretch) {
    ends.forEach((end, k) => {
      const [from, to] = [before + (ends[k - 1] ?? 0), before + end];
      while ((units.ends[place] ?? Infinity) <= from) place++;
      const parts = partsIn(units, from, to, place);
      const rest = parts.find((part) => part.first > 1);
      const begun = parts.find((part) => part.first === 1 && part.last < part.of);
      const text = parts.flatMap((part) => (part.first === 1 ? [part.character] : [])).join('');
      if (rest || begun) shared.set(first + k, { rest, text, begun });
    });
    before += ends.at(-1) ?? 0;
  }
}
