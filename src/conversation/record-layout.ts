/**
 * @file How the bytes of one record become the record, for each way in which a file holds its records.
 */
import { readRange, type ByteSource } from './byte-source';
import { readCsv } from './csv';
import { rowRecord, type TableLayout } from './csv-records';
import type { JsonNote } from './json';
import { readLine, readValue, type RawRecord } from './records';
import { SourceText } from './source-text';

/** How a file holds its records. */
export type RecordLayout =
  | { kind: 'lines' }
  | { kind: 'values' }
  | {
      kind: 'list';
      /** How many lists and objects a record stands in. */
      depth: number;
      /** What is to be told beside the first record. */
      note?: JsonNote;
      /** The last record, at which reading stopped. */
      broken?: RawRecord;
    }
  | { kind: 'rows'; table: TableLayout };

/** Bytes of an error's surroundings that the strict scanner may look at: the longest character. */
export const LOOK_AHEAD = 4;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as text; those that are no UTF-8 as U+FFFD. */
export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/**
 * The record that is a passage of a file.
 *
 * @param line Line on which the passage begins.
 * @param before UTF-16 code units before it on that line; only errors of `values` need them, see `unitsBefore`.
 */
export function rawRecord(
  layout: RecordLayout,
  text: string,
  record: number,
  line: number,
  before = 0,
): RawRecord {
  const source = new SourceText(text, line, false, before);
  switch (layout.kind) {
    case 'lines':
      return readLine(source, { start: 0, end: text.length, line }, record);
    case 'values':
      return readValue(source, 0, record).raw;
    case 'list': {
      if (layout.broken?.record === record) return layout.broken;
      const { raw } = readValue(source, 0, record, layout.depth);
      if (record === 0 && layout.note && raw.content.ok) raw.content.notes.push(layout.note);
      return raw;
    }
    case 'rows': {
      const [row] = readCsv(source, layout.table.delimiter, 1);
      return rowRecord(row ?? { ok: false, line, reason: 'the row is empty' }, record, layout.table);
    }
  }
}

/** A record that is not read because of its length. */
export function longRecord(record: number, line: number, bytes: number, limit: number): RawRecord {
  const size = bytes >= 2 ** 32 - 1 ? 'more than 4 GB' : `${bytes} bytes`;
  return {
    record,
    line,
    content: {
      ok: false,
      place: { field: '', line },
      reason: `the record has ${size}, more than the ${limit} that are read at once`,
      remedy: 'Split it into shorter conversations, or close what is left open in it.',
    },
  };
}

/** UTF-16 code units between the beginning of a line and an offset on it. The file's text begins at `from`. */
export async function unitsBefore(
  source: ByteSource,
  from: number,
  offset: number,
  signal?: AbortSignal,
): Promise<number> {
  const CHUNK = 1 << 16;
  let start = offset;
  for (let found = false; start > from && !found;) {
    const begin = Math.max(from, start - CHUNK);
    const at = (await readRange(source, begin, start, signal)).lastIndexOf(0x0a);
    found = at >= 0;
    start = found ? begin + at + 1 : begin;
  }
  const text = new TextDecoder('utf-8', { ignoreBOM: true });
  let units = 0;
  for (let at = start; at < offset; at += CHUNK) {
    const bytes = await readRange(source, at, Math.min(at + CHUNK, offset), signal);
    units += text.decode(bytes, { stream: true }).length;
  }
  return units + text.decode().length;
}
