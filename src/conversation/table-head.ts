/**
 * @file The head of a table: its columns with their first values, for choosing which column is which.
 */
import { DELIMITERS, readCsv } from './csv';
import type { ColumnMapping } from './csv-records';
import { SourceText } from './source-text';

export interface TableColumn {
  name: string;
  /** The first values, shortened, empty ones left out. */
  values: string[];
}

/** What a column can be chosen to be. `field` is the name for a `ColumnMapping`; '' leaves the column to import. */
export interface ColumnRole {
  field: string;
  name: string;
}

export const COLUMN_ROLES: readonly ColumnRole[] = [
  { field: '', name: 'By its name' },
  { field: 'question', name: 'What the user says' },
  { field: 'answer', name: 'What the assistant answers' },
  { field: 'system', name: 'System prompt' },
  { field: 'messages', name: 'Messages as JSON' },
  { field: 'role', name: 'Role, one message a row' },
  { field: 'content', name: 'Text, one message a row' },
  { field: 'conversation_id', name: 'Conversation it belongs to' },
  { field: 'tools', name: 'Tools as JSON' },
  { field: 'label', name: 'Label (good or bad)' },
];

/** Bytes of a file that are enough to show its columns. */
export const HEAD_BYTES = 64 * 1024;
const ROWS = 3;
const VALUE_LENGTH = 80;

/** The columns of a table; none where the text has no header of at least two. */
export function tableHead(text: string): TableColumn[] {
  const source = new SourceText(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const [rows] = DELIMITERS.map((delimiter) =>
    readCsv(source, delimiter, 1 + ROWS).flatMap((row) => (row.ok ? [row.cells] : [])),
  ).sort((a, b) => (b[0]?.length ?? 0) - (a[0]?.length ?? 0));
  const [header, ...body] = rows ?? [];
  if (!header || header.length < 2) return [];
  return header.map(({ text: name }, column) => ({
    name: name.trim(),
    values: body
      .map((cells) => (cells[column]?.text ?? '').replace(/\s+/g, ' ').trim())
      .filter((value) => value !== '')
      .map((value) => (value.length > VALUE_LENGTH ? `${value.slice(0, VALUE_LENGTH - 1)}…` : value)),
  }));
}

/** What is wrong with a choice of columns, in one sentence; undefined where it can be imported. */
export function columnsProblem(mapping: ColumnMapping): string | undefined {
  const fields = Object.values(mapping);
  const twice = fields.find((field, i) => fields.indexOf(field) !== i);
  if (twice !== undefined) {
    const role = COLUMN_ROLES.find(({ field }) => field === twice)?.name ?? twice;
    return `Two columns are “${role}”; choose one of them.`;
  }
  const has = (field: string) => fields.includes(field);
  if (has('question') !== has('answer')) return 'Choose a column for the user and one for the assistant.';
  if (has('role') !== has('content')) return 'Choose a column for the role and one for the text.';
  if (!fields.length) return 'Choose what at least one column is.';
  return undefined;
}
