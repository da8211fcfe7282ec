/**
 * @file A JSON text as records: one value, a list of records, JSON Lines, or values one after another.
 */
import { onlySpace, type JsonError, type JsonNode, type JsonNote } from './json';
import { scanJson } from './json-scanner';
import { listed } from './report';
import { Cursor, type Place, type SourceText } from './source-text';

/** One record as it stood in the file, or why it could not be read as JSON. */
export interface RawRecord {
  record: number;
  line: number;
  content:
    | { ok: true; root: Cursor; notes: JsonNote[] }
    | { ok: false; place: Place; reason: string; remedy: string };
}

export interface Records {
  container: 'JSON' | 'JSONL' | 'CSV';
  records: RawRecord[];
}

/** Fields under which a record's list of messages is looked for, in this order. */
export const LIST_KEYS = ['messages', 'conversations', 'conversation'] as const;

/** Fields under which a document's list of records is looked for. */
const WRAPPERS = ['data', 'records', 'rows', 'examples', 'samples', 'items', 'train', ...LIST_KEYS];

/** Fields that make a document a record of its own, whatever lists it has. */
const RECORD_KEYS = new Set(
  'prompt completion chosen rejected instruction output query answers text segments chosen_response rejected_response'.split(
    ' ',
  ),
);

/** Lines looked at to tell JSON Lines from a printed document; the rest is read once only. */
const SAMPLE_LINES = 20;

/** Splits a file whose text begins with `{` or `[`. Bad records come back as such, so that the good ones still load. */
export function splitRecords(source: SourceText, name: string): Records {
  const lines = [...source.lines()].filter(({ start, end }) => !onlySpace(source.text, start, end));
  const named = /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(name);
  if (lines.length > 1 && readsByLine(source, lines.slice(0, SAMPLE_LINES), named)) {
    return { container: 'JSONL', records: readLines(source, lines) };
  }
  const scan = scanJson(source.text);
  if (scan.ok && onlySpace(source.text, scan.next)) {
    const records = documentRecords(source, scan.node, scan.notes);
    return { container: named ? 'JSONL' : 'JSON', records };
  }
  if (scan.ok) return { container: 'JSONL', records: readStream(source) };
  if (named && lines.length > 1) return { container: 'JSONL', records: readLines(source, lines) };
  return { container: 'JSON', records: brokenDocument(source, scan.complete, scan.notes, scan.error) };
}

type Line = { start: number; end: number; line: number };

/** Lines that are whole JSON values at the margin: half of the sample, or one where the file's name says JSON Lines. */
function readsByLine(source: SourceText, sample: Line[], named: boolean): boolean {
  const whole = sample.filter(({ start, end }) => {
    if (!/[[{]/.test(source.text.charAt(start))) return false;
    const scan = scanJson(source.text, start, end);
    return scan.ok && onlySpace(source.text, scan.next, end);
  });
  return whole.length >= (named ? 1 : sample.length / 2);
}

function readLines(source: SourceText, lines: Line[]): RawRecord[] {
  return lines.map(({ start, end, line }, record) => {
    const scan = scanJson(source.text, start, end);
    if (!scan.ok) return invalid(source, record, line, scan.error);
    if (!onlySpace(source.text, scan.next, end)) {
      const reason = 'there is more text after the record';
      return invalid(source, record, line, { path: [], offset: scan.next, reason });
    }
    return { record, line, content: { ok: true, root: new Cursor(scan.node, source), notes: scan.notes } };
  });
}

/** Values one after another, each over several lines; after an error, reading goes on at the next line that opens a value. */
function readStream(source: SourceText): RawRecord[] {
  const records: RawRecord[] = [];
  for (let at = 0; !onlySpace(source.text, at);) {
    const scan = scanJson(source.text, at);
    const record = records.length;
    if (scan.ok) {
      const root = new Cursor(scan.node, source);
      records.push({ record, line: root.line, content: { ok: true, root, notes: scan.notes } });
      at = scan.next;
    } else {
      const begin = at + source.text.slice(at).search(/\S/);
      records.push(invalid(source, record, source.line(begin), scan.error));
      const restart = /\n[[{]/g;
      restart.lastIndex = begin;
      const match = restart.exec(source.text);
      if (!match) break;
      at = match.index + 1;
    }
  }
  return records;
}

function documentRecords(source: SourceText, node: JsonNode, notes: JsonNote[]): RawRecord[] {
  const wrapped = unwrap(node);
  if (wrapped) {
    const { key, items, beside } = wrapped;
    // The records' own notes, with paths that begin below the list.
    const inner = notes
      .filter(({ path }) => path[0] === key)
      .map((note) => ({ ...note, path: note.path.slice(1) }));
    const records = listRecords(source, items, inner);
    const first = records[0]?.content;
    if (first?.ok && beside.length > 0) {
      const reason = `beside the list \`${key}\` the document has ${listed(beside)}, which is no part of a record`;
      const remedy = 'Put it into the records to keep it.';
      first.notes.push({ kind: 'wrapper', path: [], offset: node.start, reason, remedy });
    }
    return records;
  }
  if (node.kind !== 'array' || isMessageList(node.items)) {
    const root = new Cursor(node, source);
    return [{ record: 0, line: root.line, content: { ok: true, root, notes } }];
  }
  return listRecords(source, node.items, notes);
}

/** A document that is nothing but one list of records under a usual name, and fields that are no lists. */
function unwrap(node: JsonNode): { key: string; items: JsonNode[]; beside: string[] } | undefined {
  if (node.kind !== 'object') return undefined;
  const lists = [...node.entries].filter(([, value]) => value.kind === 'array');
  const [only] = lists;
  if (lists.length !== 1 || !only || !WRAPPERS.includes(only[0])) return undefined;
  const [key, list] = only;
  if (list.kind !== 'array' || list.items.length === 0 || isMessageList(list.items)) return undefined;
  if ([...node.entries.keys()].some((name) => RECORD_KEYS.has(name))) return undefined;
  // A row that is a list is a list of messages, or nothing that a record could be.
  if (
    !list.items.every(
      (item) => item.kind === 'object' || (item.kind === 'array' && isMessageList(item.items)),
    )
  ) {
    return undefined;
  }
  // Under the name of a list of messages, only records that surely are conversations are no broken messages.
  const isRecord = (item: JsonNode) =>
    item.kind === 'array' || (item.kind === 'object' && LIST_KEYS.some((name) => item.entries.has(name)));
  if (LIST_KEYS.some((name) => name === key) && !list.items.every(isRecord)) return undefined;
  return { key, items: list.items, beside: [...node.entries.keys()].filter((name) => name !== key) };
}

function listRecords(source: SourceText, items: JsonNode[], notes: JsonNote[]): RawRecord[] {
  const notesOf = new Map<unknown, JsonNote[]>();
  for (const note of notes) {
    const [item, ...path] = note.path;
    const list = notesOf.get(item) ?? [];
    list.push({ ...note, path });
    notesOf.set(item, list);
  }
  return items.map((item, record) => {
    const root = new Cursor(item, source);
    return { record, line: root.line, content: { ok: true, root, notes: notesOf.get(record) ?? [] } };
  });
}

/** A document that is no JSON from some place on: of a list of records, those before it are good. */
function brokenDocument(
  source: SourceText,
  complete: JsonNode[],
  notes: JsonNote[],
  error: JsonError,
): RawRecord[] {
  const records = isMessageList(complete) ? [] : listRecords(source, complete, notes);
  const path =
    typeof error.path[0] === 'number' && !isMessageList(complete) ? error.path.slice(1) : error.path;
  const bad = invalid(source, records.length, source.line(error.offset), { ...error, path });
  if (!bad.content.ok) bad.content.remedy += ' Nothing after this place was read.';
  return [...records, bad];
}

/** Whether a list is one conversation's messages rather than a list of records. */
function isMessageList(items: JsonNode[]): boolean {
  const has = (node: JsonNode, key: string) => node.kind === 'object' && node.entries.has(key);
  if (items.some((item) => LIST_KEYS.some((key) => has(item, key)))) return false;
  return items.some((item) => has(item, 'role') || has(item, 'from'));
}

function invalid(source: SourceText, record: number, line: number, error: JsonError): RawRecord {
  const at = `line ${source.line(error.offset)}, column ${source.column(error.offset)}`;
  const place = new Cursor({ kind: 'null', start: error.offset, end: error.offset }, source, error.path);
  return {
    record,
    line,
    content: {
      ok: false,
      place,
      reason: `not valid JSON at ${at}: ${error.reason}`,
      remedy: 'Correct the JSON there; a file of JSON Lines holds one whole record on each line.',
    },
  };
}
