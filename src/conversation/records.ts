/**
 * @file A JSON text as records: one value, a list of records, JSON Lines, or values one after another.
 */
import { isSpace, onlySpace, type JsonError, type JsonNode, type JsonNote } from './json';
import { scanJson } from './json-scanner';
import { LIST_KEYS, RECORD_KEYS, WRAPPERS } from './record-keys';
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

/** Lines looked at to tell JSON Lines from a printed document; the rest is read once only. */
export const SAMPLE_LINES = 20;

/** Whether a file's name says that it is JSON Lines. */
export function isNamedLines(name: string): boolean {
  return /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(name);
}

/** Whether a sample of lines says that each line is a record: half of them, or one where the file's name says so. */
export function areRecordLines(whole: number, sample: number, named: boolean): boolean {
  return whole >= (named ? 1 : sample / 2);
}

/** Splits a file whose text begins with `{` or `[`. Bad records come back as such, so that the good ones still load. */
export function splitRecords(source: SourceText, name: string): Records {
  const lines = [...source.lines()].filter(({ start, end }) => !onlySpace(source.text, start, end));
  const named = isNamedLines(name);
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

function readsByLine(source: SourceText, sample: Line[], named: boolean): boolean {
  const whole = sample.filter((line) => isWholeValue(source.text, line.start, line.end));
  return areRecordLines(whole.length, sample.length, named);
}

/** Whether a line is a whole list or object at the margin. */
export function isWholeValue(text: string, start = 0, end = text.length): boolean {
  if (!/[[{]/.test(text.charAt(start))) return false;
  const scan = scanJson(text, start, end);
  return scan.ok && onlySpace(text, scan.next, end);
}

function readLines(source: SourceText, lines: Line[]): RawRecord[] {
  return lines.map((line, record) => readLine(source, line, record));
}

/** A record that is a line, or part of a text. */
export function readLine(source: SourceText, { start, end, line }: Line, record: number): RawRecord {
  const scan = scanJson(source.text, start, end);
  if (!scan.ok) return invalid(source, record, line, scan.error);
  if (!onlySpace(source.text, scan.next, end)) {
    const reason = 'there is more text after the record';
    return invalid(source, record, line, { path: [], offset: scan.next, reason });
  }
  return { record, line, content: { ok: true, root: new Cursor(scan.node, source), notes: scan.notes } };
}

/** Values one after another, each over several lines; after an error, reading goes on at the next line that opens a value. */
function readStream(source: SourceText): RawRecord[] {
  const records: RawRecord[] = [];
  const { text } = source;
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const { raw, next } = readValue(source, at, records.length);
    records.push(raw);
    if (next !== undefined) {
      at = next;
      continue;
    }
    const restart = /\n[[{]/g;
    restart.lastIndex = at;
    const match = restart.exec(text);
    if (!match) break;
    at = match.index + 1;
  }
  return records;
}

/** The record whose value begins at an offset, and the offset behind it; undefined where it is no value. */
export function readValue(
  source: SourceText,
  at: number,
  record: number,
  depth = 0,
): { raw: RawRecord; next: number | undefined } {
  const line = source.line(at);
  const scan = scanJson(source.text, at, source.text.length, depth);
  if (!scan.ok) return { raw: invalid(source, record, line, scan.error), next: undefined };
  const root = new Cursor(scan.node, source);
  return { raw: { record, line, content: { ok: true, root, notes: scan.notes } }, next: scan.next };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
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
    if (first?.ok && beside.length > 0) first.notes.push(wrapperNote(key, beside, source.line(node.start)));
    return records;
  }
  if (node.kind !== 'array' || isMessageList(node.items)) {
    const root = new Cursor(node, source);
    return [{ record: 0, line: root.line, content: { ok: true, root, notes } }];
  }
  return listRecords(source, node.items, notes);
}

/** A warning about what a document has beside its list of records; `line` is where the document begins. */
export function wrapperNote(key: string, beside: readonly string[], line: number): JsonNote {
  const reason = `beside the list \`${key}\` the document has ${listed(beside)}, which is no part of a record`;
  const remedy = 'Put it into the records to keep it.';
  return { kind: 'wrapper', path: [], offset: 0, line, reason, remedy };
}

function unwrap(node: JsonNode): { key: string; items: JsonNode[]; beside: string[] } | undefined {
  if (node.kind !== 'object') return undefined;
  const [only, ...more] = [...node.entries].filter(([, value]) => value.kind === 'array');
  const list = only?.[1];
  if (!only || list?.kind !== 'array' || more.length > 0) return undefined;
  const [key] = only;
  const keys = [...node.entries.keys()];
  if (!wrapsRecords(key, keys, factsOf(list.items))) return undefined;
  return { key, items: list.items, beside: keys.filter((name) => name !== key) };
}

/**
 * Whether a document is nothing but one list of records under a usual name, and fields that are no lists.
 *
 * @param key The name of its only list.
 * @param keys All its names.
 */
export function wrapsRecords(key: string, keys: readonly string[], facts: ListFacts): boolean {
  if (!WRAPPERS.includes(key) || facts.count === 0 || facts.isMessages) return false;
  if (keys.some((name) => RECORD_KEYS.has(name)) || !facts.isRows) return false;
  // Under the name of a list of messages, only records that surely are conversations are no broken messages.
  return !LIST_KEYS.some((name) => name === key) || facts.isConversations;
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
  const messages = isMessageList(complete);
  const records = messages ? [] : listRecords(source, complete, notes);
  return [...records, brokenItem(source, records.length, error, messages)];
}

/**
 * The record at which a document stops being JSON.
 *
 * @param messages Whether the document's list is one conversation, so that the error's path begins at the list.
 */
export function brokenItem(
  source: SourceText,
  record: number,
  error: JsonError,
  messages: boolean,
): RawRecord {
  const path = typeof error.path[0] === 'number' && !messages ? error.path.slice(1) : error.path;
  const bad = invalid(source, record, source.line(error.offset), { ...error, path });
  if (!bad.content.ok) bad.content.remedy += ' Nothing after this place was read.';
  return bad;
}

/** What the items of a list say about it; they may come one by one. */
export class ListFacts {
  count = 0;
  #list = false;
  #speaker = false;
  /** Whether every item is an object, or a list of messages: anything else is nothing that a record could be. */
  isRows = true;
  /** Whether every item surely is a conversation. */
  isConversations = true;

  /** Whether the list is one conversation's messages rather than a list of records. */
  get isMessages(): boolean {
    return this.#speaker && !this.#list;
  }

  see(item: JsonNode): void {
    this.count++;
    const has = (key: string) => item.kind === 'object' && item.entries.has(key);
    const list = LIST_KEYS.some(has);
    this.#list ||= list;
    this.#speaker ||= has('role') || has('from');
    this.isRows &&= item.kind === 'object' || (item.kind === 'array' && isMessageList(item.items));
    const tree = has('mapping') || has('chat_messages');
    this.isConversations &&= item.kind === 'array' || list || tree;
  }

  /** Counts an item that is too long to be looked into. */
  passOver(): void {
    this.count++;
  }
}

function factsOf(items: readonly JsonNode[]): ListFacts {
  const facts = new ListFacts();
  for (const item of items) facts.see(item);
  return facts;
}

function isMessageList(items: readonly JsonNode[]): boolean {
  return factsOf(items).isMessages;
}

/** A record that is no JSON from some place on. */
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
