/**
 * @file Which bytes of which characters a token holds, where several tokens make up one character.
 */
import type { MaskView } from '../state/mask.svelte';

/** Bytes of a character in UTF-8, counted from 1. */
export interface BytePart {
  character: string;
  first: number;
  last: number;
  of: number;
}

/** A byte as the text worker spells it, or any other character. */
const PIECE = /\\x[89A-F][0-9A-F]|[^]/gu;

const encoder = new TextEncoder();

/** How many bytes a token's spelling stands for. */
function length(spelt: string): number {
  let bytes = 0;
  for (const [piece] of spelt.matchAll(PIECE))
    bytes += piece.length === 4 && piece.startsWith('\\x') ? 1 : encoder.encode(piece).length;
  return bytes;
}

/**
 * The characters that a token holds only some bytes of, in their order; none where it holds whole ones, and where its bytes are
 * not those of the text, as when the tokenizer writes characters otherwise before it splits them.
 */
export function byteParts(
  { bytes, encoded, rendered }: Pick<MaskView, 'bytes' | 'encoded' | 'rendered'>,
  index: number,
): BytePart[] {
  const spelt = bytes.get(index);
  if (spelt === undefined) return [];
  /** Tokens of which each holds a part of a character that the next has a part of, too. */
  const joined = (i: number) =>
    bytes.has(i) && bytes.has(i + 1) && (encoded.start[i + 1] ?? 0) < (encoded.end[i] ?? 0);
  let [first, last] = [index, index];
  while (joined(first - 1)) first--;
  while (joined(last)) last++;
  const lengths: number[] = [];
  for (let i = first; i <= last; i++) lengths.push(length(bytes.get(i) ?? ''));
  const from = lengths.slice(0, index - first).reduce((sum, one) => sum + one, 0);
  const to = from + length(spelt);
  const text = rendered.text.slice(encoded.start[first] ?? 0, encoded.end[last] ?? 0);
  if (encoder.encode(text).length !== lengths.reduce((sum, one) => sum + one, 0)) return [];
  const parts: BytePart[] = [];
  let at = 0;
  for (const character of text) {
    const of = encoder.encode(character).length;
    const [begin, end] = [Math.max(from, at), Math.min(to, at + of)];
    if (end > begin && end - begin < of) parts.push({ character, first: begin - at + 1, last: end - at, of });
    at += of;
  }
  return parts;
}
