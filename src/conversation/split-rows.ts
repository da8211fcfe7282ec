/**
 * @file The rows of a table that is read in pieces; their rules are those of `csv.ts`.
 */
import type { ByteWindow } from './byte-window';
import type { Delimiter } from './csv';
import { decode, LOOK_AHEAD } from './record-layout';

/** A row: a range that holds all that tells what is in it, and where the next begins. */
export interface FoundRow {
  start: number;
  end: number;
  line: number;
  next: number;
  /** The range's text; undefined where it is longer than the limit. */
  text: string | undefined;
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** The first row from `at` on, which is the beginning of a line; blank lines are passed over. */
export async function nextRow(
  window: ByteWindow,
  at: number,
  delimiter: Delimiter,
  limit: number,
): Promise<FoundRow | undefined> {
  let start = at;
  for (;;) {
    const byte = await window.need(start, start);
    if (byte < 0) return undefined;
    if (byte === LINE_FEED) start++;
    else if (byte === RETURN && (await window.need(start + 1, start)) === LINE_FEED) start += 2;
    else break;
  }
  const line = window.lineAt(start);
  let found = rowEnd(window.view(start, window.end), delimiter.charCodeAt(0), window.atEnd);
  while (!found && window.end - start <= limit) {
    await window.more(start);
    found = rowEnd(window.view(start, window.end), delimiter.charCodeAt(0), window.atEnd);
  }
  const end = found ? start + found.end : window.end;
  const text = end - start > limit ? undefined : decode(window.view(start, end));
  if (found?.right) return { start, end, line, next: end, text };
  // After a row that is wrong, reading goes on at the line after its first.
  let lineEnd = window.indexOf(LINE_FEED, start);
  while (lineEnd < 0) {
    const from = window.end;
    if (!(await window.more(from))) break;
    lineEnd = window.indexOf(LINE_FEED, from);
  }
  return { start, end, line, next: lineEnd < 0 ? window.end : lineEnd + 1, text };
}

/** Where the row that begins with these bytes ends, its line end included; undefined where more bytes must tell. */
function rowEnd(
  bytes: Uint8Array,
  delimiter: number,
  atEnd: boolean,
): { end: number; right: boolean } | undefined {
  const { length } = bytes;
  const unknown = (right: boolean) => (atEnd ? { end: length, right } : undefined);
  for (let at = 0; ;) {
    if (at >= length) return unknown(true);
    if (bytes[at] === QUOTE) {
      let close = bytes.indexOf(QUOTE, at + 1);
      while (close >= 0 && bytes[close + 1] === QUOTE) close = bytes.indexOf(QUOTE, close + 2);
      if (close < 0 || (close + 1 >= length && !atEnd)) return unknown(false);
      at = close + 1;
      if (at >= length) return { end: length, right: true };
      const byte = bytes[at];
      if (byte === RETURN && at + 1 >= length && !atEnd) return undefined;
      if (byte === LINE_FEED) return { end: at + 1, right: true };
      if (byte === RETURN && bytes[at + 1] === LINE_FEED) return { end: at + 2, right: true };
      if (byte !== delimiter) {
        if (at + LOOK_AHEAD > length && !atEnd) return undefined;
        return { end: Math.min(at + LOOK_AHEAD, length), right: false };
      }
      at++;
      continue;
    }
    let quoted = false;
    for (; at < length && bytes[at] !== delimiter && bytes[at] !== LINE_FEED; at++) {
      quoted ||= bytes[at] === QUOTE;
    }
    if (at >= length) return unknown(!quoted);
    // The cell is wrong, and its text up to the delimiter says so.
    if (quoted) return { end: at + 1, right: false };
    if (bytes[at] === LINE_FEED) return { end: at + 1, right: true };
    at++;
  }
}
