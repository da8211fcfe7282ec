/**
 * @file Notes of each record where it stands and what became of it, while a file goes by.
 */
import type { RecordFormat } from './draft';
import { RECORD_FORMATS, type FormatId } from './formats';
import { openai } from './openai';
import { ProblemTallies } from './problem-tallies';
import { NO_FORMAT, RecordColumns, RecordState } from './record-columns';
import { longRecord } from './record-layout';
import { formatOf, readAs, toConversation, usualFormat } from './record-reader';
import type { RawRecord } from './records';
import type { ImportProblem } from './types';

export class IndexBuilder {
  readonly columns = new RecordColumns();
  readonly tallies = new ProblemTallies();
  /** For each thing that is told once a file: the record that tells it. */
  readonly firstTold = new Map<string, number>();
  /** Formats in the order of their first record. */
  readonly used: RecordFormat[] = [];
  readonly #counts = new Map<RecordFormat, number>();
  /** What was told up to the last record added. */
  readonly #said = new Set<string>();
  /** Records that told something first until an earlier record was settled, and what. */
  readonly overtaken = new Map<number, string[]>();
  /** Whether some records wait for the usual format. */
  open = false;

  /** @param limit Bytes of the longest record that is read. */
  constructor(
    readonly file: string,
    readonly limit: number,
    readonly override: FormatId | undefined,
  ) {}

  /** The format of most records so far. */
  get usual(): RecordFormat {
    return usualFormat((format) => this.#counts.get(format) ?? 0);
  }

  /** Adds the next record, which stands at `start`. */
  add(raw: RawRecord, start: number, length: number): void {
    const { columns } = this;
    const format = formatOf(raw, this.override);
    if (raw.content.ok && !format) {
      this.open = true;
      columns.add(start, length, raw.line, NO_FORMAT, RecordState.Open);
      return;
    }
    if (format) this.#count(format);
    const before = this.#said.size;
    const { problems, loads } = this.#read(format ?? openai, raw, this.#said);
    if (this.#said.size > before) {
      for (const reason of this.#said) {
        if (!this.firstTold.has(reason)) this.firstTold.set(reason, raw.record);
      }
    }
    for (const problem of problems) this.tallies.add(problem);
    const code = format ? RECORD_FORMATS.indexOf(format) : NO_FORMAT;
    columns.add(start, length, raw.line, code, stateOf(problems, loads));
  }

  /** Adds a record that is too long to be read. */
  addLong(start: number, length: number, line: number): void {
    this.add(longRecord(this.columns.length, line, length, this.limit), start, length);
  }

  /** Adds a warning to a record that was added before. */
  warn(problem: ImportProblem): void {
    this.tallies.add(problem);
    const { record } = problem;
    if (this.columns.state(record) === RecordState.Good) this.columns.settle(record, RecordState.Warned);
  }

  /** Reads a record that was open as the usual format. Open records are settled in their order. */
  settle(raw: RawRecord): void {
    const { record } = raw;
    const said = this.#saidBefore(record);
    const { problems, loads } = this.#read(this.usual, raw, said);
    for (const reason of said) {
      const first = this.firstTold.get(reason);
      if (first !== undefined && first < record) continue;
      if (first !== undefined) this.overtaken.set(first, [...(this.overtaken.get(first) ?? []), reason]);
      this.firstTold.set(reason, record);
    }
    for (const problem of problems) this.tallies.add(problem);
    this.columns.settle(record, stateOf(problems, loads));
  }

  /** Settles a record of `overtaken` again, which no longer tells what an earlier one turned out to tell. */
  settleAgain(raw: RawRecord): void {
    const format = formatOf(raw, this.override) ?? openai;
    const said = this.#saidBefore(raw.record);
    const now = this.#read(format, raw, new Set(said));
    for (const reason of this.overtaken.get(raw.record) ?? []) said.delete(reason);
    const left = now.problems.map(keyOf);
    for (const problem of this.#read(format, raw, said).problems) {
      if (!left.includes(keyOf(problem))) this.tallies.remove(problem);
    }
    this.columns.settle(raw.record, stateOf(now.problems, now.loads));
  }

  #saidBefore(record: number): Set<string> {
    return saidBefore(this.firstTold, record);
  }

  #count(format: RecordFormat): void {
    const count = this.#counts.get(format) ?? 0;
    if (count === 0) this.used.push(format);
    this.#counts.set(format, count + 1);
  }

  #read(
    format: RecordFormat,
    raw: RawRecord,
    said: Set<string>,
  ): { problems: readonly ImportProblem[]; loads: boolean } {
    const { draft, report } = readAs(format, this.file, raw, said);
    return { problems: report.problems, loads: toConversation(draft, report, () => '') !== undefined };
  }
}

function stateOf(problems: readonly ImportProblem[], loads: boolean): RecordState {
  if (!loads) return RecordState.Bad;
  return problems.length > 0 ? RecordState.Warned : RecordState.Good;
}

/** What the records before this one told, of that which is told once a file. */
export function saidBefore(firstTold: ReadonlyMap<string, number>, record: number): Set<string> {
  return new Set([...firstTold].filter(([, first]) => first < record).map(([reason]) => reason));
}

function keyOf({ line, field, reason }: ImportProblem): string {
  return JSON.stringify([line, field, reason]);
}
