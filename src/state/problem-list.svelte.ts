/**
 * @file What was wrong with an import: by kind, with counts; and one by one, as far as that was asked for.
 */
import { problems as words } from '$strings/problems';
import { groupProblems, problemsAsText, type ProblemGroup } from '../conversation/problem-groups';
import type { ImportProblem } from '../conversation/types';
import type { FileReader } from '../worker/file-client';
import type { ErrorReport, OpenedFile } from '../worker/protocol';
import { toReport } from './errors';
import { recordsLeftOut } from './left-out';

/** Problems read from a file at once. */
const PAGE = 200;

/** A kind of problem as it is shown. */
export interface ShownGroup extends ProblemGroup {
  count: number;
}

export class ProblemList {
  readonly groups: readonly ShownGroup[];
  readonly errors: number;
  readonly warnings: number;
  /** Records that errors kept out; one record may have several errors. */
  readonly leftOut: number;
  /** How many of those are whole files of which nothing can be read. */
  readonly filesLeftOut: number;
  #listed = $state.raw<readonly ImportProblem[]>([]);
  #next = $state.raw<{ file: number; record: number } | undefined>();
  #loading = $state(false);
  #error = $state.raw<ErrorReport | undefined>();

  private constructor(
    counts: {
      groups: readonly ShownGroup[];
      errors: number;
      warnings: number;
      leftOut: number;
      filesLeftOut: number;
    },
    listed: readonly ImportProblem[],
    private readonly reader?: FileReader,
  ) {
    this.groups = counts.groups;
    this.errors = counts.errors;
    this.warnings = counts.warnings;
    this.leftOut = counts.leftOut;
    this.filesLeftOut = counts.filesLeftOut;
    this.#listed = listed;
    if (reader) this.#next = { file: 0, record: 0 };
  }

  /** Of problems that are all at hand, and the number of files without records. */
  static of(problems: readonly ImportProblem[], filesLeftOut = 0): ProblemList {
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    const groups = groupProblems(problems).map((group) => ({ ...group, count: group.problems.length }));
    const counts = {
      groups,
      errors,
      warnings: problems.length - errors,
      leftOut: recordsLeftOut(problems),
      filesLeftOut,
    };
    return new ProblemList(counts, problems);
  }

  /** Of files whose problems are read when they are asked for. */
  static inFiles(reader: FileReader): ProblemList {
    const { files } = reader.opened;
    const sum = (of: (file: OpenedFile) => number) => files.reduce((all, file) => all + of(file), 0);
    const groups = files.flatMap(({ kinds }) =>
      kinds.map(({ severity, reason, count, first }) => {
        // Alone, its names and numbers are worth reading.
        const whole = count === 1 ? first.reason : reason;
        return { severity, reason: whole, count, remedy: first.remedy, problems: [first] };
      }),
    );
    groups.sort(
      (a, b) => Number(b.severity === 'error') - Number(a.severity === 'error') || b.count - a.count,
    );
    const counts = {
      groups,
      errors: sum(({ problemCount }) => problemCount.errors),
      warnings: sum(({ problemCount }) => problemCount.warnings),
      leftOut: sum(({ leftOut }) => leftOut),
      filesLeftOut: withoutRecords(files),
    };
    return new ProblemList(counts, [], counts.errors + counts.warnings > 0 ? reader : undefined);
  }

  /** True where the conversations are not in memory. */
  get inFiles() {
    return this.reader !== undefined;
  }
  get length() {
    return this.errors + this.warnings;
  }
  /** Problems one by one, in the order of the files, as far as they were read. */
  get listed() {
    return this.#listed;
  }
  /** True where there are more to read. */
  get hasMore() {
    return this.#next !== undefined;
  }
  get loading() {
    return this.#loading;
  }
  get error() {
    return this.#error;
  }

  /** Reads the next ones from the files. */
  async more(): Promise<void> {
    const next = this.#next;
    if (!this.reader || !next || this.#loading) return;
    this.#loading = true;
    this.#error = undefined;
    try {
      const page = await this.reader.problems({ ...next, most: PAGE });
      this.#listed = [...this.#listed, ...page.problems];
      this.#next = page.next;
    } catch (error) {
      this.#error = toReport(error);
    } finally {
      this.#loading = false;
    }
  }

  /** For pasting into a report: each problem, or where they are in files each kind with an example. */
  asText(): string {
    if (!this.reader) return problemsAsText(this.#listed);
    return this.groups.map(({ count, problems }) => words.suchAs(count, problemsAsText(problems))).join('');
  }
}

/** How many files hold no record at all, good or bad. */
export function withoutRecords(files: readonly Pick<OpenedFile, 'records'>[]): number {
  return files.filter(({ records }) => records === 0).length;
}
