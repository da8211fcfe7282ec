/**
 * @file One record as it stood in a file becomes a conversation, or what is wrong with it. The one way of reading a
 * record, whether its file is in memory or not.
 */
import type { Draft, MessageOrigin, RecordFormat } from './draft';
import { RECORD_FORMATS, type FormatId } from './formats';
import { reportNotes } from './notes';
import { openai } from './openai';
import type { RawRecord, Records } from './records';
import { Reporter } from './report';
import type { Conversation } from './types';
import { validate, type Finding } from './validate';

/** A record's format: the one asked for, or the first that claims it; undefined where nothing does, or it is no JSON. */
export function formatOf({ content }: RawRecord, override?: FormatId): RecordFormat | undefined {
  if (!content.ok) return undefined;
  const forced = RECORD_FORMATS.find((format) => format.id === override);
  return forced ?? RECORD_FORMATS.find((format) => format.claims(content.root));
}

/** The format of most records: what nothing claims is read as this one, so that its errors speak of that format. */
export function usualFormat(count: (format: RecordFormat) => number): RecordFormat {
  return RECORD_FORMATS.reduce((best, format) => (count(format) > count(best) ? format : best), openai);
}

/** The formats of a file's records for people. `used` are in the order of their first record. */
export function formatName(used: readonly RecordFormat[], container: Records['container']): string {
  const names = used.map((format) =>
    format === openai ? `OpenAI ${container}` : `${format.name} (${container})`,
  );
  return names.length === 0 ? `unknown ${container}` : names.join(', ');
}

/**
 * Reads and checks a record.
 *
 * @param said What was told once already in this file; what this record tells once is added.
 */
export function readAs(
  format: RecordFormat,
  file: string,
  { record, line, content }: RawRecord,
  said: Set<string>,
): { draft: Draft | undefined; report: Reporter } {
  const report = new Reporter({ file, record, line }, said);
  if (!content.ok) {
    report.error(content.place, content.reason, content.remedy);
    return { draft: undefined, report };
  }
  reportNotes(content.notes, content.root.source, report);
  const draft = format.read(content.root, report);
  if (draft) check(draft, report);
  return { draft, report };
}

/** The conversation of a draft that was checked; undefined where it has errors. */
export function toConversation(
  draft: Draft | undefined,
  report: Reporter,
  makeId: () => string,
): Conversation | undefined {
  if (!draft || report.failed) return undefined;
  const { messages, tools, templateKwargs, completionFrom, preference, label, reward } = draft;
  const { extra, extraTexts } = draft;
  return {
    id: makeId(),
    messages,
    ...(tools && { tools }),
    ...(templateKwargs && { templateKwargs }),
    ...(completionFrom !== undefined && { completionFrom }),
    ...(preference && { preference }),
    ...(label !== undefined && { label }),
    ...(reward !== undefined && { reward }),
    extra,
    ...(extraTexts && { extraTexts }),
    source: report.record,
  };
}

/** Reports what `validate` finds in a draft, and in the rejected completion of its prompt. */
export function check(draft: Draft, report: Reporter): void {
  const { messages, tools, origins, completionFrom = 0, preference, rejectedOrigins } = draft;
  const tell = (findings: readonly Finding[], places: readonly MessageOrigin[]) => {
    for (const { severity, message, call, reason, remedy, fix } of findings) {
      const origin = places[message];
      const place = (call === undefined ? undefined : origin?.calls[call]) ?? origin;
      const at = place ?? { field: '', line: report.record.line };
      report[severity === 'error' ? 'error' : 'warn'](at, reason, remedy, fix);
    }
  };
  tell(validate(draft), origins);
  if (!preference || !rejectedOrigins) return;
  const other = validate({ messages: [...messages.slice(0, completionFrom), ...preference.rejected], tools });
  const own = other.filter(({ message }) => message >= completionFrom);
  tell(own, [...origins.slice(0, completionFrom), ...rejectedOrigins]);
}
