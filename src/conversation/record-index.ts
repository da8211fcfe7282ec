/**
 * @file What is kept of a file that stays where it is: where its records stand and what became of them.
 */
import type { ByteSource } from './byte-source';
import type { RecordFormat } from './draft';
import { RECORD_FORMATS, type FormatId } from './formats';
import { freeId, recordOfId, type TakenIds } from './ids';
import type { ProblemTally } from './problem-tallies';
import { NO_FORMAT, RecordState, type RecordColumns } from './record-columns';
import type { RecordLayout } from './record-layout';
import type { Conversation, ImportProblem } from './types';

/** What became of a record: it loads, it loads with warnings, or an error keeps it out. */
export type RecordOutcome = 'good' | 'warned' | 'bad';

/** What a record is: a conversation, or the errors that keep it out; warnings in both cases. */
export interface RecordResult {
  conversation?: Conversation;
  problems: ImportProblem[];
}

/** Bytes beyond which something is refused. */
export interface ImportLimits {
  /** The longest record that is read. */
  record: number;
  /** The longest file that has to be in memory as a whole, such as a transcript. */
  whole: number;
}

/** Everything an index is made of; see `indexRecords`. */
export interface IndexParts {
  source: ByteSource;
  /** Whether the source is a copy that belongs to the index. */
  owned: boolean;
  /** Offset at which the text begins, behind a byte order mark. */
  from: number;
  format: string;
  layout: RecordLayout | undefined;
  columns: RecordColumns;
  /** What a record is read as that no format claims. */
  usual: RecordFormat;
  override: FormatId | undefined;
  firstTold: ReadonlyMap<string, number>;
  /** Lines with bytes that are no UTF-8, ascending. */
  brokenLines: readonly number[];
  tallies: readonly ProblemTally[];
  errors: number;
  warnings: number;
  fileProblems: readonly ImportProblem[];
  /** The records of a file that had to be read whole; their ids are not final. */
  whole: ReadonlyMap<number, RecordResult> | undefined;
  taken: TakenIds;
  limits: ImportLimits;
}

/** The warning about a line of a file whose bytes are no UTF-8. */
export function brokenLine(file: string, record: number, line: number): ImportProblem {
  const reason = 'bytes on this line are no UTF-8, and were read as U+FFFD';
  return { file, record, line, field: '', severity: 'warning', reason, remedy: 'Save the file as UTF-8.' };
}

const OUTCOMES = {
  good: [RecordState.Good, RecordState.Warned],
  warned: [RecordState.Warned],
  bad: [RecordState.Bad],
};

/** Some 18 bytes a record; the records themselves stay in the file. It also knows which ids its conversations have. */
export class RecordIndex implements TakenIds {
  /** Name of the detected format, for people, as in `ImportResult`. */
  readonly format: string;
  /** Records, good and bad. */
  readonly records: number;
  /** Records by outcome; `good` counts those with warnings too. */
  readonly counts: { readonly good: number; readonly warned: number; readonly bad: number };
  /** What is wrong with the file as a whole; where it could not be read at all there are no records. */
  readonly fileProblems: readonly ImportProblem[];
  /** All problems, those of the file included. */
  readonly problemCount: { readonly errors: number; readonly warnings: number };
  /** Kinds of problems, the most frequent first; at most a hundred, and the rest as one. */
  readonly tallies: readonly ProblemTally[];

  constructor(
    /** What reading a record needs; for `readRecord` and its kin. */
    readonly parts: IndexParts,
  ) {
    const { columns, format, fileProblems, tallies, errors, warnings } = parts;
    this.format = format;
    this.records = columns.length;
    this.fileProblems = fileProblems;
    this.tallies = tallies;
    this.problemCount = { errors, warnings };
    let [good, warned] = [0, 0];
    for (let record = 0; record < columns.length; record++) {
      const state = columns.state(record);
      if (state !== RecordState.Bad) good++;
      if (state === RecordState.Warned) warned++;
    }
    this.counts = { good, warned, bad: columns.length - good };
  }

  /** Name of the file. */
  get file(): string {
    return this.parts.source.name;
  }

  stateOf(record: number): RecordOutcome {
    const state = this.parts.columns.state(record);
    return state === RecordState.Good ? 'good' : state === RecordState.Warned ? 'warned' : 'bad';
  }

  /** The format's name, where a format claims the record. */
  formatOf(record: number): string | undefined {
    const code = this.parts.columns.format(record);
    return code === NO_FORMAT ? undefined : RECORD_FORMATS[code]?.name;
  }

  /** Line on which a record begins, from 1. */
  lineOf(record: number): number {
    return this.parts.columns.line(record);
  }

  /** Bytes of a record in the (unpacked) source; `end` is exclusive. Empty where the file was read whole. */
  rangeOf(record: number): { start: number; end: number } {
    const { columns } = this.parts;
    return { start: columns.start(record), end: columns.end(record) };
  }

  /** The record that is the nth conversation which loads, from 0. Throws RangeError where there are fewer. */
  goodRecord(n: number): number {
    const record = n >= 0 ? this.parts.columns.nthGood(n) : -1;
    if (record < 0) throw new RangeError(`There is no conversation ${n} among ${this.counts.good}.`);
    return record;
  }

  /** The first record from `from` on with this outcome, warned ones counting as good; -1 where there is none. */
  next(outcome: RecordOutcome, from: number): number {
    return this.parts.columns.find(from, OUTCOMES[outcome]);
  }

  /** The id of the conversation that a record loads as. */
  idOf(record: number): string {
    return freeId(this.file, record, this.parts.taken);
  }

  has(id: string): boolean {
    const record = recordOfId(this.file, id);
    if (record === undefined || record >= this.records || this.stateOf(record) === 'bad') return false;
    return this.idOf(record) === id;
  }

  /** Frees the unpacked copy of the file, if there is one; nothing can be read afterwards. */
  async close(): Promise<void> {
    if (this.parts.owned) await this.parts.source.close?.();
  }
}
