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
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

/**
 * The texts with whole characters, as many as there were.
 *
 * @param texts one string a token, in the order of the text
 */
export function wholeCharacters(texts: readonly string[]): string[] {
  if (!texts.some((text) => text.includes('\\x'))) return [...texts];
  /** Pieces of the whole text in their order: each a byte or a stretch without one. */
  const pieces: { token: number; text: string; byte?: number }[] = [];
  texts.forEach((text, token) => {
    let from = 0;
    for (const match of text.matchAll(BYTE)) {
      if (match.index > from) pieces.push({ token, text: text.slice(from, match.index) });
      pieces.push({ token, text: match[0], byte: parseInt(match[1] ?? '', 16) });
      from = match.index + match[0].length;
    }
    if (from < text.length) pieces.push({ token, text: text.slice(from) });
  });
  const shown = texts.map(() => '');
  for (let at = 0; at < pieces.length;) {
    const piece = pieces[at];
    if (!piece) break;
    const length = piece.byte === undefined ? 0 : lengthOf(piece.byte);
    const bytes = pieces.slice(at, at + length).flatMap(({ byte }) => (byte === undefined ? [] : [byte]));
    const character = length && bytes.length === length ? characterOf(bytes) : undefined;
    shown[piece.token] += character ?? piece.text;
    at += character === undefined ? 1 : length;
  }
  return shown;
}
