/**
 * @file Turns the scanner's notes about values that JavaScript cannot hold unchanged into warnings.
 */
import { formatPath, type JsonNote, type JsonPath } from './json';
import { LIST_KEYS, RECORD_KEYS } from './record-keys';
import type { Reporter } from './report';
import type { SourceText } from './source-text';

/** Fields that a template gets as JavaScript has them. */
const AS_VALUES = 'chat_template_kwargs';
/** Fields of a call: its arguments keep their text all the way through the template. */
const ARGUMENTS = new Set<string | number>(['arguments', 'args', 'answers']);
/** Fields that are read for messages; any other keeps its text, tools through the template and the rest for export. */
const READ = new Set<string | number | undefined>([
  ...LIST_KEYS,
  ...RECORD_KEYS,
  'history',
  'completions',
  undefined,
]);

/**
 * One warning a note, except that numbers which print differently are told once, with their count: a file written by
 * Python has a `1.0` in every other field. Numbers and the order of keys count only where their text is not kept, and
 * numbers that only print differently only where a template prints them.
 */
export function reportNotes(
  notes: readonly JsonNote[],
  source: SourceText,
  report: Reporter,
  prefix: JsonPath = [],
): void {
  const full = (note: JsonNote) => [...prefix, ...note.path];
  const place = (note: JsonNote) => ({
    field: formatPath(full(note)),
    line: note.line ?? source.line(note.offset),
  });
  const numbers: JsonNote[] = [];
  for (const note of notes) {
    const { kind } = note;
    const isNumber = kind === 'number' || kind === 'number-text';
    if (!isNumber && kind !== 'key-order') report.warn(place(note), note.reason, note.remedy);
    else if (!matters(kind, full(note))) continue;
    else if (isNumber) numbers.push(note);
    else report.warn(place(note), note.reason, note.remedy);
  }
  const [first, ...others] = numbers;
  if (!first) return;
  const more =
    others.length === 0 ? '' : `, and so will ${others.length} more of this record in their own way`;
  report.warn(place(first), first.reason + more, first.remedy);
}

function matters(kind: JsonNote['kind'], path: JsonPath): boolean {
  if (path[0] === AS_VALUES) return true;
  if (kind === 'number-text' || path.some((part) => ARGUMENTS.has(part))) return false;
  return typeof path[0] === 'number' || READ.has(path[0]);
}
