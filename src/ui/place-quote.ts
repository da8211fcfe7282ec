/**
 * @file A line of a text with the place in it that something is said of. Pure.
 */
import { beginning, ending, firstCharacter } from '../conversation/beginning';
import type { TextPlace } from '../errors';

/** Part of a line: what stands before the place, the word or sign there, and what comes after it. */
export interface PlaceQuote {
  before: string;
  at: string;
  after: string;
}

/** UTF-16 units on either side: templates may be one line of thousands. */
const BESIDE = 48;

/** The line of a place, cut where it is long; undefined where the text has no such line. */
export function quoteLine(text: string, { line, column }: TextPlace): PlaceQuote | undefined {
  const whole = text.split('\n')[line - 1];
  if (whole === undefined) return undefined;
  const from = column - 1;
  const rest = whole.slice(from);
  const at =
    /^(?:[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*|\{[{%#]-?|-?[}%#]\})/u.exec(rest)?.[0] ?? firstCharacter(rest);
  const [before, after] = [whole.slice(0, from).trimStart(), whole.slice(from + at.length).trimEnd()];
  return {
    before: before.length > BESIDE ? `…${ending(before, BESIDE)}` : before,
    // A line break, or the end of all.
    at: at || '⏎',
    after: after.length > BESIDE ? `${beginning(after, BESIDE)}…` : after,
  };
}
