/**
 * @file A strict reader of comma-separated values (RFC 4180), with the line of every cell.
 */
import type { SourceText } from './source-text';

export interface CsvCell {
  text: string;
  /** Line on which the cell begins. */
  line: number;
}

export type CsvRow = { line: number } & ({ ok: true; cells: CsvCell[] } | { ok: false; reason: string });

export const DELIMITERS = [',', ';', '\t'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/**
 * Rows of a text, blank lines left out. A cell in double quotes may hold the delimiter, line breaks and, doubled, quotes;
 * rows end with `\n` or `\r\n`. After a row that is wrong, reading goes on at the line after its first.
 *
 * @param limit Most rows to read.
 */
export function readCsv(source: SourceText, delimiter: Delimiter, limit = Infinity): CsvRow[] {
  const { text } = source;
  const rows: CsvRow[] = [];
  for (let at = 0; at < text.length && rows.length < limit;) {
    const blank = /\r?\n/y;
    blank.lastIndex = at;
    if (blank.test(text)) {
      at = blank.lastIndex;
      continue;
    }
    const row = readRow(source, at, delimiter);
    rows.push(row.row);
    at = row.next;
  }
  return rows;
}

function readRow(source: SourceText, begin: number, delimiter: Delimiter): { row: CsvRow; next: number } {
  const { text } = source;
  const line = source.line(begin);
  const cells: CsvCell[] = [];
  const wrong = (reason: string) => {
    const end = text.indexOf('\n', begin);
    return { row: { ok: false as const, line, reason }, next: end < 0 ? text.length : end + 1 };
  };
  for (let at = begin; ;) {
    const start = at;
    let value: string;
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end < 0) return wrong('a cell opens with a double quote that is never closed');
      value = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      at = endOfPlain(text, at, delimiter);
      value = text.slice(start, at);
      if (value.includes('"')) return wrong('a cell has a double quote inside but does not begin with one');
    }
    cells.push({ text: value, line: source.line(start) });
    if (text[at] === delimiter) {
      at++;
      continue;
    }
    if (at >= text.length) return { row: { ok: true, line, cells }, next: at };
    if (text[at] === '\n') return { row: { ok: true, line, cells }, next: at + 1 };
    if (text.startsWith('\r\n', at)) return { row: { ok: true, line, cells }, next: at + 2 };
    return wrong('there is text behind the closing double quote of a cell');
  }
}

/** The quote that closes a cell; -1 where there is none. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

function endOfPlain(text: string, from: number, delimiter: Delimiter): number {
  const line = text.indexOf('\n', from);
  const end = line < 0 ? text.length : line > from && text[line - 1] === '\r' ? line - 1 : line;
  // Not indexOf in the whole text: where no delimiter follows, each row would search the rest of the file.
  const next = text.slice(from, end).indexOf(delimiter);
  return next < 0 ? end : from + next;
}
