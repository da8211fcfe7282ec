/**
 * @file The door for files of any size: records stay in the file, and are read one by one or in batches.
 *
 * `indexRecords` goes through a file once and says what is in it; the functions here read its records.
 */
import { RangeReader, stopIfCancelled, type ByteSource } from './byte-source';
import { saidBefore } from './index-builder';
import { indexRecords } from './index-records';
import { DEFAULT_CHUNK, type ImportProgress, type StreamOptions } from './stream-options';
import { RECORD_FORMATS } from './formats';
import { brokenLine, type RecordIndex, type RecordResult } from './record-index';
import { decode, longRecord, rawRecord, unitsBefore } from './record-layout';
import { readAs, toConversation } from './record-reader';
import type { RawRecord } from './records';
import type { Conversation, ImportProblem } from './types';

export { blobSource, memorySink, memorySource } from './byte-source';
export type { ByteSink, ByteSource, MakeSink } from './byte-source';
export type { TakenIds } from './ids';
export { indexRecords } from './index-records';
export { MAX_UNPACKED_BYTES } from './stream-options';
export type { ImportProgress, StreamOptions } from './stream-options';
export type { ProblemTally } from './problem-tallies';
export { RecordIndex } from './record-index';
export type { ImportLimits, RecordOutcome, RecordResult } from './record-index';

export interface RecordsResult {
  conversations: Conversation[];
  problems: ImportProblem[];
}

/** The records `from` up to `to`, which is exclusive. */
export interface ImportBatch extends RecordsResult {
  from: number;
  to: number;
}

export interface ReadOptions {
  signal?: AbortSignal;
}

export interface ReadAllOptions extends ReadOptions {
  onProgress?: (progress: ImportProgress) => void;
  /** First record, and the one behind the last; all by default. */
  from?: number;
  to?: number;
  /** Bytes of records in a batch, a megabyte by default. At least one record is in each. */
  batchBytes?: number;
}

/**
 * Reads one record anew. It costs what its length costs.
 *
 * @throws RangeError where there is no such record; LosslightError `cancelled` or `unreadable-file`.
 */
export function readRecord(
  index: RecordIndex,
  record: number,
  { signal }: ReadOptions = {},
): Promise<RecordResult> {
  return new Reader(index, signal, 0).read(record);
}

/**
 * Reads the records `from` up to `to`, which is exclusive, all into memory.
 *
 * @throws as `readRecord` does.
 */
export async function readRecords(
  index: RecordIndex,
  from: number,
  to: number,
  { signal }: ReadOptions = {},
): Promise<RecordsResult> {
  const reader = new Reader(index, signal, DEFAULT_CHUNK, to);
  const results: RecordResult[] = [];
  for (let record = from; record < to; record++) results.push(await reader.read(record));
  return gather(results);
}

/**
 * Reads records batch by batch, in their order.
 *
 * @throws as `readRecord` does.
 */
export async function* readAll(
  index: RecordIndex,
  options: ReadAllOptions = {},
): AsyncGenerator<ImportBatch> {
  const { signal, onProgress, from = 0, to = index.records, batchBytes = DEFAULT_CHUNK } = options;
  const reader = new Reader(index, signal, batchBytes, to);
  const total = index.parts.source.size;
  for (let record = from; record < to;) {
    const first = record;
    const results: RecordResult[] = [];
    const { start } = index.rangeOf(record);
    do results.push(await reader.read(record++));
    while (record < to && index.rangeOf(record).end - start <= batchBytes && results.length < MOST_IN_BATCH);
    yield { from: first, to: record, ...gather(results) };
    const done = record < index.records ? index.rangeOf(record).start : total;
    onProgress?.({ phase: 'read', done, total });
    // Messages such as a cancel get their turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Records of a batch, of a file that was read whole or whose records are tiny. */
const MOST_IN_BATCH = 5000;

/**
 * Imports a file of any size: goes through it once, then gives its conversations and problems batch by batch. What is
 * wrong with the file as a whole comes with the first batch, which may be empty. The index that is returned in the end
 * is closed.
 *
 * @throws LosslightError as `indexRecords` and `readRecord` do.
 */
export async function* streamConversations(
  source: ByteSource,
  options: StreamOptions = {},
): AsyncGenerator<ImportBatch, RecordIndex> {
  const index = await indexRecords(source, options);
  try {
    const { fileProblems } = index;
    if (fileProblems.length > 0) yield { from: 0, to: 0, conversations: [], problems: [...fileProblems] };
    yield* readAll(index, { signal: options.signal, onProgress: options.onProgress });
    return index;
  } finally {
    await index.close();
  }
}

/**
 * A page of the list of problems, read anew from the file: those of the records from `from` on, until there are at least
 * `most` (100 by default). Those of the file as a whole are in the index. `next` is the record to go on with, -1 at the end.
 *
 * @param options.severity Only errors, or only warnings.
 * @throws as `readRecord` does.
 */
export async function problemsOf(
  index: RecordIndex,
  options: ReadOptions & { from?: number; most?: number; severity?: ImportProblem['severity'] } = {},
): Promise<{ problems: ImportProblem[]; next: number }> {
  const { from = 0, most = 100, severity, signal } = options;
  const reader = new Reader(index, signal, DEFAULT_CHUNK);
  const problems: ImportProblem[] = [];
  const nextWith = (at: number) => {
    // A bad record may have warnings too.
    const [bad, warned] = [index.next('bad', at), severity === 'error' ? -1 : index.next('warned', at)];
    return bad < 0 || warned < 0 ? Math.max(bad, warned) : Math.min(bad, warned);
  };
  let record = nextWith(from);
  while (record >= 0 && problems.length < most) {
    for (const problem of (await reader.read(record)).problems) {
      if (severity === undefined || problem.severity === severity) problems.push(problem);
    }
    record = nextWith(record + 1);
  }
  return { problems, next: record };
}

function gather(results: readonly RecordResult[]): RecordsResult {
  return {
    conversations: results.flatMap(({ conversation }) => conversation ?? []),
    problems: results.flatMap(({ problems }) => problems),
  };
}

/** Reads records in ascending order, several with each read of the file. */
class Reader {
  readonly #ranges: RangeReader;

  constructor(
    readonly index: RecordIndex,
    readonly signal: AbortSignal | undefined,
    chunk: number,
    to = index.records,
  ) {
    const { source, columns } = index.parts;
    const limit = to > 0 && to <= columns.length ? columns.end(to - 1) : source.size;
    this.#ranges = new RangeReader(source, chunk, signal, Math.min(limit, source.size));
  }

  async read(record: number): Promise<RecordResult> {
    stopIfCancelled(this.signal);
    const { index } = this;
    const { columns, whole, firstTold, usual, brokenLines } = index.parts;
    const code = columns.format(record);
    if (whole) {
      const { conversation, problems = [] } = whole.get(record) ?? {};
      return { ...(conversation && { conversation: { ...conversation, id: index.idOf(record) } }), problems };
    }
    const raw = await this.#raw(record);
    const format = RECORD_FORMATS[code] ?? usual;
    const { draft, report } = readAs(format, index.file, raw, saidBefore(firstTold, record));
    const conversation = toConversation(draft, report, () => index.idOf(record));
    const problems = [...report.problems];
    if (brokenLines.length > 0) {
      const from = record === 0 ? 0 : columns.line(record);
      const to = record + 1 < columns.length ? columns.line(record + 1) : Infinity;
      for (let i = firstFrom(brokenLines, from); (brokenLines[i] ?? Infinity) < to; i++) {
        problems.push(brokenLine(index.file, record, brokenLines[i] ?? 0));
      }
    }
    return { ...(conversation && { conversation }), problems };
  }

  async #raw(record: number): Promise<RawRecord> {
    const { columns, layout, limits, source, from } = this.index.parts;
    const [start, end, line] = [columns.start(record), columns.end(record), columns.line(record)];
    if (!layout) throw new RangeError('A file without records has none to read.');
    if (end - start > limits.record) return longRecord(record, line, end - start, limits.record);
    const text = decode(await this.#ranges.range(start, end));
    const raw = rawRecord(layout, text, record, line);
    if (raw.content.ok || layout.kind !== 'values') return raw;
    return rawRecord(layout, text, record, line, await unitsBefore(source, from, start, this.signal));
  }
}

/** Index of the first number from `least` on, in ascending numbers. */
function firstFrom(numbers: readonly number[], least: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
