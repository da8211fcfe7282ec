/**
 * @file The door for people's data: files in, conversations and problems out. Never throws, whatever the text.
 */
import type { Draft, RecordFormat } from './draft';
import { uniqueId } from './ids';
import { reportNotes } from './notes';
import { openai } from './openai';
import { splitRecords, type RawRecord } from './records';
import { Reporter } from './report';
import { SourceText } from './sourceText';
import { thread } from './thread';
import { looksLikeTranscript, readTranscript } from './transcript';
import type { Conversation, ImportProblem, ImportResult } from './types';
import { validate } from './validate';

export type FormatId = 'openai' | 'thread' | 'thread-transcript';

export interface ImportOptions {
  /** Read every record as this format instead of detecting it. */
  format?: FormatId;
  /** Ids that are in use already. */
  taken?: Iterable<string>;
}

/** JSON record formats in the order in which they are asked whether a record is theirs: the more special come first. */
const RECORD_FORMATS: readonly RecordFormat[] = [thread, openai];

/** What `format` may be, with names for people. */
export const FORMATS: readonly { id: FormatId; name: string }[] = [
  { id: 'openai', name: 'OpenAI messages' },
  { id: 'thread', name: 'thread roles (JSON)' },
  { id: 'thread-transcript', name: 'thread roles (transcript)' },
];

/**
 * Longest text of one file, in UTF-16 code units. The text and its scanned values are in memory at once, some ten times
 * the text's size, and a tab has about 4 GB.
 */
export const MAX_FILE_CHARACTERS = 128 * 1024 * 1024;

const KNOWN_FORMS =
  'Bring OpenAI messages as JSON or JSON Lines, [{"role": "user", "content": "…"}, …], or a transcript with the roles ' +
  'system, user, assistant_think, assistant_tool, assistant_answer on lines of their own.';

/**
 * Imports files. Good records become conversations; each bad one is listed in `problems` with its line, field, reason and
 * remedy. Ids are `file#record`, with a suffix where that is taken.
 */
export function importFiles(
  files: readonly { name: string; text: string }[],
  options: ImportOptions = {},
): ImportResult {
  const taken = new Set(options.taken ?? []);
  const results = files.map(({ name, text }) => importFile(name, text, options.format, taken));
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

function importFile(
  name: string,
  given: string,
  format: FormatId | undefined,
  taken: Set<string>,
): ImportResult {
  const text = given.startsWith('\uFEFF') ? given.slice(1) : given;
  if (text.length > MAX_FILE_CHARACTERS) {
    const reason = `the file has ${text.length} characters, more than the ${MAX_FILE_CHARACTERS} that fit into a tab`;
    return refused(name, reason, 'Split it into smaller files.');
  }
  const source = new SourceText(text);
  const start = text.search(/\S/);
  if (start < 0) return refused(name, 'the file is empty', KNOWN_FORMS);
  const json = format === undefined ? /[[{]/.test(text.charAt(start)) : format !== 'thread-transcript';
  if (json) return importRecords(name, source, format, taken);
  if (looksLikeTranscript(source)) return importTranscript(name, source, taken);
  const line = source.line(start);
  if (format) return refused(name, 'no line of the file is a role of the thread format', KNOWN_FORMS, line);
  return refused(name, 'the file is neither JSON nor a transcript with known roles', KNOWN_FORMS, line);
}

function importRecords(
  name: string,
  source: SourceText,
  override: FormatId | undefined,
  taken: Set<string>,
): ImportResult {
  const { container, records } = splitRecords(source, name);
  if (records.length === 0) return refused(name, 'the list holds no conversation', KNOWN_FORMS);
  const formats = detectFormats(records, override);
  const usual = usualFormat(formats);
  const conversations: Conversation[] = [];
  const problems: ImportProblem[] = [];
  records.forEach(({ record, line, content }, i) => {
    const report = new Reporter({ file: name, record, line });
    const format = formats[i];
    let draft: Draft | undefined;
    if (!content.ok) report.error(content.place, content.reason, content.remedy);
    else {
      reportNotes(content.notes, source, report);
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

function importTranscript(name: string, source: SourceText, taken: Set<string>): ImportResult {
  const conversations: Conversation[] = [];
  const problems: ImportProblem[] = [];
  const records = readTranscript(source, name);
  for (const { report, draft } of records) finish(draft, report, conversations, problems, taken);
  return { format: 'thread roles (transcript)', conversations, problems, records: records.length };
}

/** Checks a draft and, if it is good, gives it an id. */
function finish(
  draft: Draft | undefined,
  report: Reporter,
  conversations: Conversation[],
  problems: ImportProblem[],
  taken: Set<string>,
): void {
  for (const { severity, message, call, reason, remedy } of draft ? validate(draft) : []) {
    const origin = draft?.origins[message];
    const place = (call === undefined ? undefined : origin?.calls[call]) ?? origin;
    report[severity === 'error' ? 'error' : 'warn'](
      place ?? { field: '', line: report.record.line },
      reason,
      remedy,
    );
  }
  for (const problem of report.problems) problems.push(problem);
  if (!draft || report.failed) return;
  const { messages, tools, extra } = draft;
  const id = uniqueId(report.record.file, report.record.record, taken);
  conversations.push({ id, messages, ...(tools && { tools }), extra, source: report.record });
}

function refused(file: string, reason: string, remedy: string, line = 1): ImportResult {
  const problem: ImportProblem = { file, record: 0, line, field: '', severity: 'error', reason, remedy };
  return { format: 'unknown', conversations: [], problems: [problem], records: 0 };
}
