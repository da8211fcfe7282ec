/**
 * @file The lines of a file that is read in pieces.
 */
import type { ByteWindow } from './byte-window';

/** A line that is not blank: its range without its line end, and where the next begins. */
export interface FoundLine {
  start: number;
  end: number;
  line: number;
  next: number;
  /** Longer than the limit: its bytes are not in the window. */
  long: boolean;
}

/** The first line from `at` on, which is the beginning of a line, that holds more than JSON's white space. */
export async function nextLine(
  window: ByteWindow,
  at: number,
  limit: number,
): Promise<FoundLine | undefined> {
  for (let start = at; ;) {
    if (start >= window.end && !(await window.more(start))) return undefined;
    const line = window.lineAt(start);
    let found = window.indexOf(0x0a, start);
    let long = false;
    while (found < 0) {
      const from = window.end;
      long ||= from - start > limit;
      if (!(await window.more(long ? from : start))) break;
      found = window.indexOf(0x0a, from);
    }
    let end = found < 0 ? window.end : found;
    const next = found < 0 ? end : found + 1;
    long ||= end - start > limit;
    if (end > window.start && end > start && window.at(end - 1) === 0x0d) end--;
    if (long || !isBlank(window.view(start, end))) return { start, end, line, next, long };
    start = next;
  }
}

/** Whether bytes are nothing but JSON's white space. */
function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes)
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) return false;
  return true;
}
