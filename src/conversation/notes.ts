/**
 * @file Turns the scanner's notes about values that JavaScript cannot hold unchanged into warnings.
 */
import { formatPath, type JsonNote, type JsonPath } from './json';
import type { Reporter } from './report';
import type { SourceText } from './source-text';

/** Fields whose numbers a template prints as JavaScript has them. */
const RENDERED = new Set<string | number>(['tools', 'functions', 'chat_template_kwargs']);
/** Fields of a call: its arguments keep their text all the way through the template. */
const ARGUMENTS = new Set<string | number>(['arguments', 'args', 'answers']);

/**
 * One warning a note, except that numbers which print differently are told once, with their count: a file written by
 * Python has a `1.0` in every other field. Numbers in arguments of calls keep their text, and elsewhere only those count
 * that a template prints, or whose value changes.
 */
export function reportNotes(
  notes: readonly JsonNote[],
  source: SourceText,
  report: Reporter,
  prefix: JsonPath = [],
): void {
  const full = (note: JsonNote) => [...prefix, ...note.path];
  const place = (note: JsonNote) => ({ field: formatPath(full(note)), line: source.line(note.offset) });
  const numbers: JsonNote[] = [];
  for (const note of notes) {
    if (note.kind !== 'number' && note.kind !== 'number-text')
      report.warn(place(note), note.reason, note.remedy);
    else if (matters(note.kind, full(note))) numbers.push(note);
  }
  const [first, ...others] = numbers;
  if (!first) return;
  const more =
    others.length === 0 ? '' : `, and so will ${others.length} more of this record in their own way`;
  report.warn(place(first), first.reason + more, first.remedy);
}

function matters(kind: 'number' | 'number-text', path: JsonPath): boolean {
  if (path.some((part) => RENDERED.has(part))) return true;
  return kind === 'number' && !path.some((part) => ARGUMENTS.has(part));
}
