/**
 * @file The door for people's data: files in, conversations and problems out. Never throws, whatever the text.
 */
import { looksLikeCsv, splitCsv, type ColumnMapping } from './csv-records';
import type { Draft } from './draft';
import { foreignByBeginning, foreignByLooks } from './foreign-files';
import { RECORD_FORMATS, TEXT_FORMATS, type FormatId } from './formats';
import { uniqueId } from './ids';
import { check, formatName, formatOf, readAs, toConversation, usualFormat } from './record-reader';
import { splitRecords, type Records } from './records';
import type { Reporter } from './report';
import { SourceText } from './source-text';
import type { TextFormat } from './text-format';
import type { Conversation, ImportProblem, ImportResult } from './types';

export { FORMATS, type FormatId } from './formats';

export interface ImportOptions {
  /** Read every record as this format instead of detecting it. */
  format?: FormatId;
  /** Ids that are in use already. */
  taken?: Iterable<string>;
  /** For tables: which column is which field. Without it, columns are known by their names. */
  columns?: ColumnMapping;
}

/**
 * Longest text of one file, in UTF-16 code units. The text and its scanned values are in memory at once, some ten times
 * the text's size, and a tab has about 4 GB.
 */
export const MAX_FILE_CHARACTERS = 128 * 1024 * 1024;

export const KNOWN_FORMS =
  'Bring JSON or JSON Lines with messages, [{"role": "user", "content": "…"}, …], or in the form of TRL, ShareGPT, Alpaca, ' +
  'Axolotl, xLAM or When2Call; conversations.json of ChatGPT’s or Claude’s export; a table with a header; or a transcript ' +
  'with the roles system, user, assistant_think, assistant_tool, assistant_answer on lines of their own, or with User: and ' +
  'Assistant:.';

export const EMPTY_FILE = 'the file is empty';
export const EMPTY_REMEDY =
  'Write the file again, or choose another: there is nothing in it, or only white space.';
export const EMPTY_TABLE = 'the table has no rows';
export const EMPTY_LIST = 'the list holds no conversation';

/**
 * Imports files. Good records become conversations; each bad one is listed in `problems` with its line, field, reason and
 * remedy. Ids are `file#record`, with a suffix where that is taken.
 */
export function importFiles(
  files: readonly { name: string; text: string }[],
  options: ImportOptions = {},
): ImportResult {
  const taken = new Set(options.taken ?? []);
  const results = files.map(({ name, text }) => importFile(name, text, options, taken));
  return {
    format: [...new Set(results.map((result) => result.format))].join(', '),
    conversations: results.flatMap((result) => result.conversations),
    problems: results.flatMap((result) => result.problems),
    records: results.reduce((sum, result) => sum + result.records, 0),
  };
}

/** Imports one text, such as one from the clipboard. */
export function importText(text: string, options: ImportOptions & { name?: string } = {}): ImportResult {
  return importFiles([{ name: options.name ?? 'pasted text', text }], options);
}

function importFile(name: string, given: string, options: ImportOptions, taken: Set<string>): ImportResult {
  const text = given.startsWith('\uFEFF') ? given.slice(1) : given;
  if (text.length > MAX_FILE_CHARACTERS) {
    const reason = `the file has ${text.length} characters, more than the ${MAX_FILE_CHARACTERS} that fit into a tab`;
    return refused(name, reason, 'Split it into smaller files.');
  }
  const source = new SourceText(text);
  const start = text.search(/\S/);
  if (start < 0) return refused(name, EMPTY_FILE, EMPTY_REMEDY);
  const line = source.line(start);
  const foreign = foreignByBeginning(name, text, options.format !== undefined);
  if (foreign) return refused(name, foreign.reason, foreign.remedy);
  const reading = chooseReading(name, text.charAt(start), source, options);
  if (reading === 'table') {
    const split = splitCsv(source, options.columns);
    if (!split.ok) return refused(name, split.reason, split.remedy, line);
    if (split.records.length === 0) return refused(name, EMPTY_TABLE, KNOWN_FORMS, line);
    return importRecords(name, split, options.format, taken);
  }
  if (reading === 'json') {
    const split = splitRecords(source, name);
    if (split.records.length === 0) return refused(name, EMPTY_LIST, KNOWN_FORMS);
    return importRecords(name, split, options.format, taken);
  }
  const found = reading ?? TEXT_FORMATS.find((candidate) => candidate.claims(source));
  if (found) return importTexts(name, source, found, line, taken);
  const looks = foreignByLooks(name, text);
  if (looks) return refused(name, looks.reason, looks.remedy, line);
  return refused(name, 'the file is neither JSON nor a transcript with known roles', KNOWN_FORMS, line);
}

/**
 * What a file is taken for; undefined where it is left to the text formats to claim it.
 *
 * @param first Its first character that is no white space.
 * @param source The file, or so much of it that a header can be told.
 */
export function chooseReading(
  name: string,
  first: string,
  source: SourceText,
  { format, columns }: Pick<ImportOptions, 'format' | 'columns'>,
): TextFormat | 'table' | 'json' | undefined {
  const json = /[[{]/.test(first);
  const asText = TEXT_FORMATS.find(({ id }) => id === format);
  // Harmony may stand in a JSON record too.
  if (asText && !(json && RECORD_FORMATS.some(({ id }) => id === format))) return asText;
  const table = /\.(?:csv|tsv)(?:\.gz)?$/i.test(name) || columns !== undefined;
  if (format === 'csv' || (!json && (table || (format === undefined && looksLikeCsv(source)))))
    return 'table';
  return json || format !== undefined ? 'json' : undefined;
}

function importRecords(
  name: string,
  { container, records }: Records,
  override: FormatId | undefined,
  taken: Set<string>,
): ImportResult {
  const formats = records.map((raw) => formatOf(raw, override));
  const usual = usualFormat((format) => formats.filter((other) => other === format).length);
  const conversations: Conversation[] = [];
  const problems: ImportProblem[] = [];
  const said = new Set<string>();
  records.forEach((raw, i) => {
    const { draft, report } = readAs(formats[i] ?? usual, name, raw, said);
    finish(draft, report, conversations, problems, taken);
  });
  const used = [...new Set(formats.filter((format) => format !== undefined))];
  return { format: formatName(used, container), conversations, problems, records: records.length };
}

function importTexts(
  name: string,
  source: SourceText,
  format: TextFormat,
  line: number,
  taken: Set<string>,
): ImportResult {
  const conversations: Conversation[] = [];
  const problems: ImportProblem[] = [];
  const records = format.read(source, name);
  if (records.length === 0) return refused(name, format.missing, KNOWN_FORMS, line);
  for (const { report, draft } of records) {
    if (draft) check(draft, report);
    finish(draft, report, conversations, problems, taken);
  }
  return { format: format.name, conversations, problems, records: records.length };
}

/** Adds what came of a record; ids are given to those that load. */
function finish(
  draft: Draft | undefined,
  report: Reporter,
  conversations: Conversation[],
  problems: ImportProblem[],
  taken: Set<string>,
): void {
  for (const problem of report.problems) problems.push(problem);
  const { file, record } = report.record;
  const conversation = toConversation(draft, report, () => uniqueId(file, record, taken));
  if (conversation) conversations.push(conversation);
}

/** What comes of a file of which nothing can be read. */
export function refused(file: string, reason: string, remedy: string, line = 1): ImportResult {
  const problem: ImportProblem = { file, record: 0, line, field: '', severity: 'error', reason, remedy };
  return { format: 'unknown', conversations: [], problems: [problem], records: 0 };
}
