/**
 * @file A table as records: each row, or each run of rows that are one message each, as the JSON record that it stands
 * for. Which format that record has is asked as for JSON.
 */
import { DELIMITERS, readCsv, type CsvCell, type CsvRow, type Delimiter } from './csv';
import { onlySpace } from './json';
import { scanJson } from './json-scanner';
import { pythonToJson } from './python-literal';
import type { RawRecord, Records } from './records';
import { listed } from './report';
import { Cursor, SourceText } from './source-text';

/** From the name of a column to the name of the field that it is, such as `{Frage: 'instruction', Antwort: 'output'}`. */
export type ColumnMapping = Readonly<Record<string, string>>;

const QUESTIONS = ['question', 'query', 'prompt', 'user', 'human', 'instruction', 'input'];
const ANSWERS = ['answer', 'response', 'completion', 'assistant', 'output', 'reply', 'bot'];
const SYSTEM = ['system', 'system_prompt', 'system prompt'];
/** Columns that make a record by themselves. */
const RECORDS = [
  ['messages'],
  ['conversations'],
  ['conversation'],
  ['segments'],
  ['chosen', 'rejected'],
  ['query', 'answers'],
  ['instruction', 'output'],
];
const SPEAKERS = ['role', 'from', 'speaker'];
const TEXTS = ['content', 'value', 'text', 'message'];
/** Columns whose equal values say that rows belong to one conversation. */
const GROUPS = [
  'conversation_id',
  'conversation',
  'dialogue_id',
  'dialog_id',
  'thread_id',
  'session_id',
  'chat_id',
];
/** Fields whose cell may hold JSON. */
const STRUCTURED = new Set(
  'messages conversations conversation segments history chosen rejected prompt completion chosen_response rejected_response chat_template_kwargs tool_calls'.split(
    ' ',
  ),
);

const REMEDY =
  'Name the columns prompt and completion, or role and content, or say with the column mapping which column is which.';

/** Whether a text begins with a header that a table of conversations has. */
export function looksLikeCsv(source: SourceText): boolean {
  const header = readHeader(source);
  return header !== undefined && header.names.length > 1 && plan(header.names, {}) !== undefined;
}

/** How a table is read. */
export interface TableLayout {
  delimiter: Delimiter;
  /** The field of each column. */
  fields: string[];
  /** Where each row is one message: the column that tells conversations apart, -1 where there is one only. */
  group?: number;
}

type Refusal = { ok: false; reason: string; remedy: string };

/** The layout of a table, by its header, or why the table as a whole cannot be read. */
export function tableLayout(
  source: SourceText,
  mapping: ColumnMapping = {},
): { ok: true; layout: TableLayout } | Refusal {
  const header = readHeader(source);
  if (!header) return { ok: false, reason: 'the first line is no header of a table', remedy: REMEDY };
  const missing = Object.keys(mapping).filter((column) => !header.names.includes(column));
  if (missing.length > 0) {
    const reason = `the table has no column ${listed(missing)}, only ${listed(header.names)}`;
    return { ok: false, reason, remedy: 'Correct the column mapping.' };
  }
  const layout = plan(header.names, mapping);
  if (!layout) {
    return { ok: false, reason: `no column is known, only ${listed(header.names)}`, remedy: REMEDY };
  }
  const twice = layout.fields.find((field, i) => layout.fields.indexOf(field) !== i);
  if (twice !== undefined) {
    const reason = `two columns are the field ${listed([twice])}`;
    return { ok: false, reason, remedy: 'Rename one of them, in the table or in the column mapping.' };
  }
  return { ok: true, layout: { ...layout, delimiter: header.delimiter } };
}

/** The records of a table, or why the table as a whole cannot be read. */
export function splitCsv(
  source: SourceText,
  mapping: ColumnMapping = {},
): (Records & { ok: true }) | Refusal {
  const header = tableLayout(source, mapping);
  if (!header.ok) return header;
  const { layout } = header;
  const rows = readCsv(source, layout.delimiter).slice(1);
  const records =
    layout.group === undefined
      ? rows.map((row, record) => rowRecord(row, record, layout))
      : groupedRows(
          rows.map((row) => checkWidth(row, layout.fields.length)),
          layout,
        );
  return { ok: true, container: 'CSV', records };
}

type Layout = Omit<TableLayout, 'delimiter'>;

function readHeader(source: SourceText): { names: string[]; delimiter: Delimiter } | undefined {
  let best: { names: string[]; delimiter: Delimiter } | undefined;
  for (const delimiter of DELIMITERS) {
    const [row] = readCsv(source, delimiter, 1);
    if (!row?.ok) continue;
    const names = row.cells.map(({ text }) => text.trim());
    if (!best || names.length > best.names.length) best = { names, delimiter };
  }
  return best;
}

/** What each column is: by the mapping, else by its name. Undefined where nothing is known. */
function plan(names: readonly string[], mapping: ColumnMapping): Layout | undefined {
  const mapped = Object.keys(mapping).length > 0;
  const known = new Set([
    ...RECORDS.flat(),
    ...SPEAKERS,
    ...TEXTS,
    ...QUESTIONS,
    ...ANSWERS,
    ...SYSTEM,
    ...GROUPS,
    'label',
    'tools',
  ]);
  const fields = names.map((name) => {
    if (Object.hasOwn(mapping, name)) return mapping[name] ?? name;
    return known.has(name.toLowerCase()) ? name.toLowerCase() : name;
  });
  const first = (list: readonly string[]) => list.find((name) => fields.includes(name));
  const [speaker, text] = [first(SPEAKERS), first(TEXTS)];
  if (speaker !== undefined && text !== undefined) {
    const key = first(GROUPS);
    const turn = speaker === 'from' || text === 'value' ? ['from', 'value'] : ['role', 'content'];
    return {
      fields: fields.map((name) => (name === speaker ? turn[0] : name === text ? turn[1] : name) ?? name),
      group: key === undefined ? -1 : fields.indexOf(key),
    };
  }
  if (RECORDS.some((all) => all.every((name) => fields.includes(name)))) return { fields };
  const [question, answer, system] = [first(QUESTIONS), first(ANSWERS), first(SYSTEM)];
  const exact = fields.includes('prompt') && (fields.includes('completion') || fields.includes('label'));
  if (exact && system === undefined) return { fields };
  if (question === undefined || answer === undefined)
    return mapped || fields.includes('prompt') ? { fields } : undefined;
  const renamed = new Map([
    [question, 'instruction'],
    [answer, 'output'],
    [system ?? '', 'system'],
  ]);
  return { fields: fields.map((name) => renamed.get(name) ?? name) };
}

function checkWidth(row: CsvRow, width: number): CsvRow {
  if (!row.ok || row.cells.length === width) return row;
  const cells = row.cells.length === 1 ? '1 cell' : `${row.cells.length} cells`;
  return { ok: false, line: row.line, reason: `the row has ${cells}, the header ${width}` };
}

function bad(record: number, line: number, reason: string): RawRecord {
  const remedy = 'Put the cell in double quotes, and write a double quote inside it twice.';
  return { record, line, content: { ok: false, place: { field: '', line }, reason, remedy } };
}

/** The record of a row in a table where each row is one. */
export function rowRecord(given: CsvRow, record: number, { fields }: TableLayout): RawRecord {
  const row = checkWidth(given, fields.length);
  if (!row.ok) return bad(record, row.line, row.reason);
  const text = new CellText();
  text.object(row.line, row.cells, fields);
  return text.record(record, row.line);
}

/** Rows with the same value in the group's column are one conversation, in the order of their first row. */
function groupedRows(rows: readonly CsvRow[], { fields, group = -1 }: Layout): RawRecord[] {
  const groups = new Map<
    string,
    { line: number; rows: CsvCell[][]; wrong?: { line: number; reason: string } }
  >();
  let current: string | undefined;
  for (const row of rows) {
    // A row that cannot be read is one of the conversation before it, which lacks a message then.
    current = row.ok ? (row.cells[group]?.text ?? '') : (current ?? '');
    const found = groups.get(current) ?? { line: row.line, rows: [] };
    groups.set(current, found);
    if (row.ok) found.rows.push(row.cells);
    else found.wrong ??= { line: row.line, reason: row.reason };
  }
  return [...groups].map(([key, { line, rows: messages, wrong }], record) => {
    if (wrong) return { ...bad(record, wrong.line, wrong.reason), line };
    const name = fields[group];
    const text = new CellText();
    text.add('{"messages": [');
    messages.forEach((cells, i) => {
      if (i > 0) text.add(', ');
      text.object(
        cells[0]?.line ?? line,
        cells.filter((_, column) => column !== group),
        fields.filter((_, column) => column !== group),
      );
    });
    text.add(name === undefined ? ']}' : `], ${JSON.stringify(name)}: ${JSON.stringify(key)}}`);
    return text.record(record, line);
  });
}

/** JSON text made of cells, which knows the line of each. */
class CellText {
  private text = '';
  private readonly pieces: { start: number; line: number; verbatim: boolean }[] = [];

  add(text: string): void {
    this.text += text;
  }

  object(line: number, cells: readonly CsvCell[], fields: readonly string[]): void {
    this.pieces.push({ start: this.text.length, line, verbatim: false });
    this.add('{');
    cells.forEach((cell, i) => {
      const field = fields[i] ?? '';
      const json = structured(field, cell.text);
      this.add(`${i > 0 ? ', ' : ''}${JSON.stringify(field)}: `);
      this.pieces.push({ start: this.text.length, line: cell.line, verbatim: json !== undefined });
      // An empty cell is a field that is absent.
      this.add(json ?? (cell.text === '' ? 'null' : JSON.stringify(cell.text)));
    });
    this.add('}');
  }

  record(record: number, line: number): RawRecord {
    const scan = scanJson(this.text);
    if (!scan.ok) return bad(record, line, `the row cannot be read: ${scan.error.reason}`);
    const root = new Cursor(scan.node, new CellSource(this.text, line, this.pieces));
    return { record, line, content: { ok: true, root, notes: scan.notes } };
  }
}

class CellSource extends SourceText {
  constructor(
    text: string,
    private readonly rowLine: number,
    private readonly pieces: readonly { start: number; line: number; verbatim: boolean }[],
  ) {
    super(text, rowLine);
  }

  override line(offset: number): number {
    let low = -1;
    let high = this.pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.pieces[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const piece = this.pieces[low];
    if (!piece) return this.rowLine;
    return piece.verbatim ? piece.line + super.line(offset) - super.line(piece.start) : piece.line;
  }
}

/** The JSON of a cell, where its field may hold some; undefined where the cell is text. */
function structured(field: string, text: string): string | undefined {
  if (field === 'label')
    return { true: 'true', '1': 'true', false: 'false', '0': 'false' }[text.trim().toLowerCase()];
  if (!STRUCTURED.has(field) || !/^\s*(?:\[\s*[[{]|\{)/.test(text)) return undefined;
  return [text, pythonToJson(text)].find((json) => {
    if (json === undefined) return false;
    const scan = scanJson(json);
    return scan.ok && onlySpace(json, scan.next);
  });
}
