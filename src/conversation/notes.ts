/**
 * @file Turns the scanner's notes about values that JavaScript cannot hold unchanged into warnings.
 */
import { formatPath, type JsonNote, type JsonPath } from './json';
import type { Reporter } from './report';
import type { SourceText } from './sourceText';

/**
 * One warning a note, except that numbers which print differently are told once, with their count: a file written by
 * Python has a `1.0` in every other field. A message's `weight` is a number that nobody renders, so it is left out.
 */
export function reportNotes(
  notes: readonly JsonNote[],
  source: SourceText,
  report: Reporter,
  prefix: JsonPath = [],
): void {
  const place = (note: JsonNote) => ({
    field: formatPath([...prefix, ...note.path]),
    line: source.line(note.offset),
  });
  for (const note of notes) if (note.kind !== 'number') report.warn(place(note), note.reason, note.remedy);

  const numbers = notes.filter((note) => note.kind === 'number' && !isWeight(note.path));
  const [first, ...others] = numbers;
  if (!first) return;
  const more =
    others.length === 0 ? '' : `, and so will ${others.length} more of this record in their own way`;
  report.warn(place(first), first.reason + more, first.remedy);
}

function isWeight(path: JsonPath): boolean {
  return path.length > 1 && path.at(-1) === 'weight' && typeof path.at(-2) === 'number';
}
