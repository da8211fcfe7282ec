/**
 * @file One file on its way to an index: what every way of reading it shares, from its limits to the index it ends in.
 */
import { RangeReader, readRange, type ByteSource } from './byte-source';
import { ByteWindow } from './byte-window';
import { importFiles, refused } from './import';
import { IndexBuilder } from './index-builder';
import { RecordState } from './record-columns';
import { brokenLine, RecordIndex, type ImportLimits, type IndexParts } from './record-index';
import { decode, rawRecord, type RecordLayout } from './record-layout';
import { formatName } from './record-reader';
import { isNamedLines, type Records } from './records';
import { DEFAULT_CHUNK, MAX_UNPACKED_BYTES, type StreamOptions } from './stream-options';
import type { ImportProblem } from './types';
import { Utf8Watch } from './utf8-watch';
import { addWhole, byRecord } from './whole-file';

/** Of a file without records, so many lines are listed whose bytes are no UTF-8. */
const MOST_LINES_WITHOUT_RECORD = 100;

export class IndexRun {
  readonly limits: ImportLimits;
  readonly watch = new Utf8Watch();
  /** Whether the file's name says that it holds JSON Lines. */
  readonly named: boolean;
  /** Offset at which the text begins, behind a byte order mark. */
  from = 0;

  constructor(
    readonly source: ByteSource,
    readonly owned: boolean,
    readonly options: StreamOptions,
  ) {
    this.limits = { record: 32 << 20, whole: MAX_UNPACKED_BYTES, ...options.limits };
    this.named = isNamedLines(source.name);
  }

  /** An index without records. */
  empty(problems: readonly ImportProblem[]): RecordIndex {
    const broken = this.watch.lines.slice(0, MOST_LINES_WITHOUT_RECORD);
    const all = [...problems, ...broken.map((line) => brokenLine(this.source.name, 0, line))];
    return this.index(this.builder(), { format: 'unknown', fileProblems: all });
  }

  /** Reads the file into memory, where it is no list of records or only a whole look at it can tell. */
  async whole(): Promise<RecordIndex> {
    const { size, name } = this.source;
    if (size > this.limits.whole) {
      const reason =
        `the file has ${size} bytes and no records that can be read one by one, and no more than ` +
        `${this.limits.whole} are read as a whole`;
      return this.refuse(
        reason,
        'Bring it as JSON Lines, one conversation a line, or split it into smaller files.',
      );
    }
    const { format, columns } = this.options;
    // With its byte order mark, which is taken off once.
    const window = this.window(0);
    while (await window.more(0));
    const text = decode(window.view(0, window.end));
    const result = importFiles([{ name, text }], { format, columns });
    if (result.records === 0) return this.empty(result.problems);
    const builder = this.builder();
    addWhole(builder, result);
    await this.watchRest();
    for (const line of this.watch.lines) {
      const owner = result.conversations.findLast(({ source }) => source.line <= line)?.source.record ?? 0;
      const problem = brokenLine(name, owner, line);
      builder.warn(problem);
      result.problems.push(problem);
    }
    return this.index(builder, { format: result.format, whole: byRecord(result) });
  }

  /** Settles what waited for the end of the file. */
  async finish(
    builder: IndexBuilder,
    layout: RecordLayout,
    container: Records['container'],
  ): Promise<RecordIndex> {
    const { columns } = builder;
    const total = this.source.size;
    const reader = new RangeReader(this.source, this.chunk, this.options.signal);
    const recordAt = async (record: number) => {
      const text = decode(await reader.range(columns.start(record), columns.end(record)));
      return rawRecord(layout, text, record, columns.line(record));
    };
    const nextOpen = (from: number) => (builder.open ? columns.find(from, [RecordState.Open]) : -1);
    for (let at = nextOpen(0); at >= 0; at = nextOpen(at + 1)) {
      builder.settle(await recordAt(at));
      if (at % 1000 === 0) this.options.onProgress?.({ phase: 'check', done: columns.end(at), total });
    }
    for (const record of builder.overtaken.keys()) builder.settleAgain(await recordAt(record));
    await this.watchRest();
    for (const line of this.watch.lines) {
      builder.warn(brokenLine(this.source.name, Math.max(columns.onLine(line), 0), line));
    }
    return this.index(builder, { format: formatName(builder.used, container), layout });
  }

  /** Where reading stopped before the end of the file, the rest is looked through for bytes that are no UTF-8. */
  private async watchRest(): Promise<void> {
    const watch = this.watch;
    while (watch.position < this.source.size) {
      const at = watch.position;
      watch.see(await this.read(at, Math.min(at + this.chunk, this.source.size)), at);
    }
    watch.end();
  }

  private index(
    builder: IndexBuilder,
    given: Pick<IndexParts, 'format'> & Partial<Pick<IndexParts, 'layout' | 'whole' | 'fileProblems'>>,
  ): RecordIndex {
    const { columns, tallies, firstTold, usual, override } = builder;
    const { source, owned } = this;
    const more = this.watch.count - this.watch.lines.length;
    const fileProblems = [...(given.fileProblems ?? [])];
    if (more > 0) {
      const problem = brokenLine(source.name, 0, this.watch.lines.at(-1) ?? 1);
      fileProblems.push({ ...problem, reason: `${problem.reason}, as on ${more} more lines` });
    }
    for (const problem of fileProblems) tallies.add(problem);
    return new RecordIndex({
      layout: undefined,
      whole: undefined,
      ...given,
      source,
      owned,
      columns,
      usual,
      override,
      firstTold,
      fileProblems,
      from: this.from,
      brokenLines: given.whole ? [] : this.watch.lines,
      tallies: tallies.list(),
      errors: tallies.errors,
      warnings: tallies.warnings,
      taken: this.options.taken ?? new Set(),
      limits: this.limits,
    });
  }

  /** An index without records, and why. */
  refuse(reason: string, remedy: string, line = 1): RecordIndex {
    return this.empty(refused(this.source.name, reason, remedy, line).problems);
  }

  /** Bytes a read. */
  get chunk(): number {
    return this.options.chunkBytes ?? DEFAULT_CHUNK;
  }

  builder(): IndexBuilder {
    return new IndexBuilder(this.source.name, this.limits.record, this.options.format);
  }

  window(from = this.from): ByteWindow {
    const { onProgress, signal } = this.options;
    const total = this.source.size;
    return new ByteWindow(this.source, from, {
      chunk: this.chunk,
      signal,
      watch: this.watch,
      onProgress: (done) => onProgress?.({ phase: 'index', done, total }),
    });
  }

  read(start: number, end: number): Promise<Uint8Array> {
    return readRange(this.source, start, end, this.options.signal);
  }
}
