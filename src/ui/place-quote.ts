/**
 * @file A line of a text with the place in it that something is said of. Pure.
 */
import type { TextPlace } from '../errors';

/** Part of a line: what stands before the place, the word or sign there, and what comes after it. */
export interface PlaceQuote {
  before: string;
  at: string;
  after: string;
}

/** Characters on either side: templates may be one line of thousands. */
const BESIDE = 48;

/** The line of a place, cut where it is long; undefined where the text has no such line. */
export function quoteLine(text: string, { line, column }: TextPlace): PlaceQuote | undefined {
  const whole = text.split('\n')[line - 1];
  if (whole === undefined) return undefined;
  const from = column - 1;
  const at = /^(?:\w+|\{[{%#]-?|-?[}%#]\}|[\s\S])/u.exec(whole.slice(from))?.[0] ?? '';
  const [before, after] = [whole.slice(0, from).trimStart(), whole.slice(from + at.length).trimEnd()];
  return {
    before: before.length > BESIDE ? `…${before.slice(-BESIDE)}` : before,
    // A line break, or the end of all.
    at: at || '⏎',
    after: after.length > BESIDE ? `${after.slice(0, BESIDE)}…` : after,
  };
}
