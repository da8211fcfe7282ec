/**
 * @file Text to read from the texts of single tokens: where a character is spread over several tokens as `\xNN`, the first of
 * them shows it and the others show nothing. What is no UTF-8, such as a character that was cut off, stays as it is.
 */

/** A byte of more than one, as the text worker writes it where a token holds part of a character. */
const BYTE = /\\x([89A-F][0-9A-F])/g;

/** Bytes of a character in UTF-8, by its first byte; 0 where none begins with it. */
function lengthOf(byte: number): number {
  if (byte >= 0xc2 && byte <= 0xdf) return 2;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  return byte >= 0xf0 && byte <= 0xf4 ? 4 : 0;
}

/** The character of these bytes; undefined where they are none. */
function characterOf(bytes: readonly number[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

/** A part of the text: a character made up of bytes, a byte that is of none, or a stretch without bytes. */
interface Piece {
  text: string;
  /** The tokens that hold it. */
  first: number;
  last: number;
}

/** The text of tokens in pieces, in their order. */
function piecesOf(texts: readonly string[]): Piece[] {
  /** Each a byte or a stretch without one. */
  const spelt: { token: number; text: string; byte?: number }[] = [];
  texts.forEach((text, token) => {
    let from = 0;
    for (const match of text.matchAll(BYTE)) {
      if (match.index > from) spelt.push({ token, text: text.slice(from, match.index) });
      spelt.push({ token, text: match[0], byte: parseInt(match[1] ?? '', 16) });
      from = match.index + match[0].length;
    }
    if (from < text.length) spelt.push({ token, text: text.slice(from) });
  });
  const pieces: Piece[] = [];
  for (let at = 0; at < spelt.length;) {
    const one = spelt[at];
    if (!one) break;
    const length = one.byte === undefined ? 0 : lengthOf(one.byte);
    const all = spelt.slice(at, at + length);
    const bytes = all.flatMap(({ byte }) => (byte === undefined ? [] : [byte]));
    const character = length && bytes.length === length ? characterOf(bytes) : undefined;
    if (character === undefined) pieces.push({ text: one.text, first: one.token, last: one.token });
    else pieces.push({ text: character, first: one.token, last: all.at(-1)?.token ?? one.token });
    at += character === undefined ? 1 : length;
  }
  return pieces;
}

/**
 * The texts with whole characters, as many as there were.
 *
 * @param texts one string a token, in the order of the text
 */
export function wholeCharacters(texts: readonly string[]): string[] {
  if (!texts.some((text) => text.includes('\\x'))) return [...texts];
  const shown = texts.map(() => '');
  for (const { text, first } of piecesOf(texts)) shown[first] += text;
  return shown;
}

/** What tokens write, and where in it each of them stands. */
export interface JoinedTexts {
  text: string;
  /** Per token; one that holds a part of a character covers the whole of it. */
  start: Int32Array;
  end: Int32Array;
  /** For tokens that hold bytes of characters, or bytes of none: how they are spelt. */
  bytes: Map<number, string>;
}

/**
 * The text that tokens make up, with whole characters; bytes that are no UTF-8 stand in it as they are spelt.
 *
 * @param texts one string a token, in the order of the text
 */
export function joinedTexts(texts: readonly string[]): JoinedTexts {
  const start = new Int32Array(texts.length);
  const end = new Int32Array(texts.length);
  let text = '';
  /** Tokens whose beginning is known. */
  let begun = 0;
  for (const piece of piecesOf(texts)) {
    // Those before it that are empty stand where it does.
    for (; begun <= piece.last; begun++) start[begun] = end[begun] = text.length;
    text += piece.text;
    for (let i = piece.first; i <= piece.last; i++) if (texts[i]) end[i] = text.length;
  }
  start.fill(text.length, begun);
  end.fill(text.length, begun);
  const bytes = new Map(texts.flatMap((spelt, i) => (spelt.search(BYTE) >= 0 ? [[i, spelt] as const] : [])));
  return { text, start, end, bytes };
}
