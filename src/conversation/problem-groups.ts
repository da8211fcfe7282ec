/**
 * @file Problems of an import by what is wrong: a thousand records with the same mistake are one thing to know.
 */
import type { ImportProblem } from './types';

export interface ProblemGroup {
  severity: ImportProblem['severity'];
  /** What is wrong; where the problems differ in names or numbers, those are written as `…`. */
  reason: string;
  remedy: string;
  problems: ImportProblem[];
}

/** Groups by severity and reason: errors first, larger groups first, each with its problems in their order. */
export function groupProblems(problems: readonly ImportProblem[]): ProblemGroup[] {
  const groups = new Map<string, ProblemGroup>();
  for (const problem of problems) {
    const { severity, reason, remedy } = problem;
    const key = JSON.stringify([severity, general(reason)]);
    const group = groups.get(key);
    if (!group) {
      groups.set(key, { severity, reason, remedy, problems: [problem] });
      continue;
    }
    group.problems.push(problem);
    if (group.reason !== reason) group.reason = general(reason);
    if (group.remedy !== remedy) group.remedy = general(remedy);
  }
  return [...groups.values()].sort(
    (a, b) =>
      Number(b.severity === 'error') - Number(a.severity === 'error') ||
      b.problems.length - a.problems.length,
  );
}

/** A sentence without the names, texts and numbers that differ from record to record. */
function general(sentence: string): string {
  return sentence
    .replace(/`[^`]*`/g, '`…`')
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/“[^”]*”/g, '“…”')
    .replace(/\d+/g, '…');
}

/** All problems as lines of text, for pasting into a report. */
export function problemsAsText(problems: readonly ImportProblem[]): string {
  const lines = problems.map(({ severity, file, line, field, reason, remedy }) => {
    const place = `${file}:${line}${field && ` ${field}`}`;
    return `${severity}: ${place}: ${reason}. ${remedy}`.replace(/\.\. /, '. ');
  });
  return `${lines.join('\n')}\n`;
}
