/**
 * @file Collects what is wrong with one record while it is read.
 */
import type { Place } from './source-text';
import type { ImportProblem, SourcePosition } from './types';

export class Reporter {
  readonly problems: ImportProblem[] = [];
  /** True once an error was reported: the record must not be loaded. */
  failed = false;

  /** @param said What was told once already; shared by the records of a file. */
  constructor(
    readonly record: SourcePosition,
    private readonly said = new Set<string>(),
  ) {}

  /** Keeps the record out. */
  error(place: Place, reason: string, remedy: string): void {
    this.failed = true;
    this.add('error', place, reason, remedy);
  }

  /** Lets the record in, and says what to look at. */
  warn(place: Place, reason: string, remedy: string, fix?: ImportProblem['fix']): void {
    this.add('warning', place, reason, remedy, fix);
  }

  /** Like `warn`, for what is the same in every record of a file: only the first is told. */
  warnOnce(place: Place, reason: string, remedy: string): void {
    if (this.said.has(reason)) return;
    this.said.add(reason);
    this.warn(place, `${reason} (told once a file)`, remedy);
  }

  /** Takes over what was reported about a text inside a field, whose own paths begin anew. */
  adopt(inner: Reporter, field: string): void {
    for (const problem of inner.problems) {
      const path =
        problem.field === '' || problem.field.startsWith('[') ? problem.field : `.${problem.field}`;
      this[problem.severity === 'error' ? 'error' : 'warn'](
        { field: field + path, line: problem.line },
        problem.reason,
        problem.remedy,
        problem.fix,
      );
    }
  }

  private add(
    severity: ImportProblem['severity'],
    { line, field }: Place,
    reason: string,
    remedy: string,
    fix?: ImportProblem['fix'],
  ): void {
    this.problems.push({ ...this.record, line, field, severity, reason, remedy, ...(fix && { fix }) });
  }
}

/** Names for a message, at most eight of them. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => `\`${name.length > 60 ? `${name.slice(0, 60)}…` : name}\``);
  return shown.join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
}
