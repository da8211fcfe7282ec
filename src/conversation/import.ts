/**
 * @file The door for people's data: files in, conversations and problems out. Never throws, whatever the text.
 */
import { looksLikeCsv, splitCsv, type ColumnMapping } from './csv-records';
import type { Draft, MessageOrigin, RecordFormat } from './draft';
import { RECORD_FORMATS, TEXT_FORMATS, type FormatId } from './formats';
import { uniqueId } from './ids';
import { reportNotes } from './notes';
import { openai } from './openai';
import { splitRecords, type RawRecord, type Records } from './records';
import { Reporter } from './report';
import { SourceText } from './source-text';
import type { TextFormat } from './text-format';
import type { Conversation, ImportProblem, ImportResult } from './types';
import { validate, type Finding } from './validate';

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

const KNOWN_FORMS =
  'Bring JSON or JSON Lines with messages, [{"role": "user", "content": "…"}, …], or in the form of TRL, ShareGPT, Alpaca, ' +
  'Axolotl, xLAM or When2Call; a table with a header; or a transcript with the roles system, user, assistant_think, ' +
  'assistant_tool, assistant_answer on lines of their own, or with User: and Assistant:.';

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
  if (start < 0) return refused(name, 'the file is empty', KNOWN_FORMS);
  const line = source.line(start);
  const { format } = options;
  const json = /[[{]/.test(text.charAt(start));
  const asText = TEXT_FORMATS.find(({ id }) => id === format);
  // Harmony may stand in a JSON record too.
  if (asText && !(json && RECORD_FORMATS.some(({ id }) => id === format))) {
    return importTexts(name, source, asText, line, taken);
  }
  const table = /\.(?:csv|tsv)(?:\.gz)?$/i.test(name) || options.columns !== undefined;
  const isTable = format === 'csv' || (!json && (table || (format === undefined && looksLikeCsv(source))));
  if (isTable) {
    const split = splitCsv(source, options.columns);
    if (!split.ok) return refused(name, split.reason, split.remedy, line);
    if (split.records.length === 0) return refused(name, 'the table has no rows', KNOWN_FORMS, line);
    return importRecords(name, split, format, taken);
  }
  if (json || format !== undefined) {
    const split = splitRecords(source, name);
    if (split.records.length === 0) return refused(name, 'the list holds no conversation', KNOWN_FORMS);
    return importRecords(name, split, format, taken);
  }
  const found = TEXT_FORMATS.find((candidate) => candidate.claims(source));
  if (found) return importTexts(name, source, found, line, taken);
  return refused(name, 'the file is neither JSON nor a transcript with known roles', KNOWN_FORMS, line);
}

function importRecords(
  name: string,
  { container, records }: Records,
  override: FormatId | undefined,
  taken: Set<string>,
): ImportResult {
  const formats = detectFormats(records, override);
  const usual = usualFormat(formats);
  const conversations: Conversation[] = [];
  const problems: ImportProblem[] = [];
  const said = new Set<string>();
  records.forEach(({ record, line, content }, i) => {
    const report = new Reporter({ file: name, record, line }, said);
    const format = formats[i];
    let draft: Draft | undefined;
    if (!content.ok) report.error(content.place, content.reason, content.remedy);
    else {
      reportNotes(content.notes, content.root.source, report);
      draft = (format ?? usual).read(content.root, report);
    }
    finish(draft, report, conversations, problems, taken);
  });
  const used = [...new Set(formats.filter((format) => format !== undefined))];
  const names = used.map((format) =>
    format === openai ? `OpenAI ${container}` : `${format.name} (${container})`,
  );
  return {
    format: names.length === 0 ? `unknown ${container}` : names.join(', '),
    conversations,
    problems,
    records: records.length,
  };
}

/** Each record's format, undefined where nothing claims it. */
function detectFormats(
  records: readonly RawRecord[],
  override: FormatId | undefined,
): (RecordFormat | undefined)[] {
  const forced = RECORD_FORMATS.find((format) => format.id === override);
  return records.map(({ content }) => {
    if (!content.ok) return undefined;
    return forced ?? RECORD_FORMATS.find((format) => format.claims(content.root));
  });
}

/** The format of most records: what nothing claims is read as this one, so that its errors speak of that format. */
function usualFormat(formats: readonly (RecordFormat | undefined)[]): RecordFormat {
  const count = (format: RecordFormat) => formats.filter((other) => other === format).length;
  return RECORD_FORMATS.reduce((best, format) => (count(format) > count(best) ? format : best), openai);
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
  for (const { report, draft } of records) finish(draft, report, conversations, problems, taken);
  return { format: format.name, conversations, problems, records: records.length };
}

/** Checks a draft and, if it is good, gives it an id. */
function finish(
  draft: Draft | undefined,
  report: Reporter,
  conversations: Conversation[],
  problems: ImportProblem[],
  taken: Set<string>,
): void {
  if (draft) check(draft, report);
  for (const problem of report.problems) problems.push(problem);
  if (!draft || report.failed) return;
  const { messages, tools, templateKwargs, completionFrom, preference, label, extra } = draft;
  conversations.push({
    id: uniqueId(report.record.file, report.record.record, taken),
    messages,
    ...(tools && { tools }),
    ...(templateKwargs && { templateKwargs }),
    ...(completionFrom !== undefined && { completionFrom }),
    ...(preference && { preference }),
    ...(label !== undefined && { label }),
    extra,
    source: report.record,
  });
}

/** Reports what `validate` finds in a draft, and in the rejected completion of its prompt. */
function check(draft: Draft, report: Reporter): void {
  const { messages, tools, origins, completionFrom = 0, preference, rejectedOrigins } = draft;
  const tell = (findings: readonly Finding[], places: readonly MessageOrigin[]) => {
    for (const { severity, message, call, reason, remedy } of findings) {
      const origin = places[message];
      const place = (call === undefined ? undefined : origin?.calls[call]) ?? origin;
      const at = place ?? { field: '', line: report.record.line };
      report[severity === 'error' ? 'error' : 'warn'](at, reason, remedy);
    }
  };
  tell(validate(draft), origins);
  if (!preference || !rejectedOrigins) return;
  const other = validate({ messages: [...messages.slice(0, completionFrom), ...preference.rejected], tools });
  const own = other.filter(({ message }) => message >= completionFrom);
  tell(own, [...origins.slice(0, completionFrom), ...rejectedOrigins]);
}

function refused(file: string, reason: string, remedy: string, line = 1): ImportResult {
  const problem: ImportProblem = { file, record: 0, line, field: '', severity: 'error', reason, remedy };
  return { format: 'unknown', conversations: [], problems: [problem], records: 0 };
}
