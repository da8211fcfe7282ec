/**
 * @file Decides how a file holds its records, as `import.ts` does with the whole text in hand, and indexes them.
 */
import { RangeReader, readRange, type ByteSource } from './byte-source';
import { ByteWindow } from './byte-window';
import { tableLayout, type TableLayout } from './csv-records';
import {
  chooseReading,
  EMPTY_FILE,
  EMPTY_LIST,
  EMPTY_TABLE,
  importFiles,
  KNOWN_FORMS,
  refused,
} from './import';
import { IndexBuilder } from './index-builder';
import { RecordState } from './record-columns';
import { brokenLine, RecordIndex, type ImportLimits, type IndexParts } from './record-index';
import { decode, rawRecord, unitsBefore, type RecordLayout } from './record-layout';
import { WRAPPERS } from './record-keys';
import { formatName } from './record-reader';
import {
  areRecordLines,
  brokenItem,
  isNamedLines,
  isWholeValue,
  ListFacts,
  SAMPLE_LINES,
  wrapperNote,
  wrapsRecords,
  type RawRecord,
  type Records,
} from './records';
import { SourceText } from './source-text';
import { JsonSplitter, type Break, type FoundValue } from './split-json';
import { nextLine } from './split-lines';
import { nextRow } from './split-rows';
import { DEFAULT_CHUNK, MAX_UNPACKED_BYTES, type StreamOptions } from './stream-options';
import type { ImportProblem } from './types';
import { Utf8Watch } from './utf8-watch';
import { addWhole, byRecord } from './whole-file';

/** Of a file without records, so many lines are listed whose bytes are no UTF-8. */
const MOST_LINES_WITHOUT_RECORD = 100;

/** Bytes at the beginning of a file that tell a table from a transcript. */
const SAMPLE_BYTES = 1 << 20;

/** One file on its way to an index. */
export class Indexer {
  readonly #limits: ImportLimits;
  readonly #watch = new Utf8Watch();
  readonly #named: boolean;
  #from = 0;

  constructor(
    readonly source: ByteSource,
    readonly owned: boolean,
    readonly options: StreamOptions,
  ) {
    this.#limits = { record: 32 << 20, whole: MAX_UNPACKED_BYTES, ...options.limits };
    this.#named = isNamedLines(source.name);
  }

  async run(): Promise<RecordIndex> {
    const mark = await this.#read(0, Math.min(3, this.source.size));
    this.#from = mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 3 : 0;
    this.#watch.see(mark.subarray(0, this.#from), 0);
    const first = await this.#firstCharacter();
    if (!first) return this.#refuse(EMPTY_FILE, KNOWN_FORMS);
    const sample = await this.#read(this.#from, Math.min(this.#from + SAMPLE_BYTES, this.source.size));
    const beginning = new SourceText(decode(sample));
    const reading = chooseReading(this.source.name, first.character, beginning, this.options);
    if (reading === 'json') return this.#json();
    if (reading !== 'table') return this.#whole();
    const table = tableLayout(beginning, this.options.columns);
    if (!table.ok) return this.#refuse(table.reason, table.remedy, first.line);
    if (table.layout.group !== undefined) return this.#whole();
    return this.#rows(table.layout, first.line);
  }

  /** An index without records. */
  empty(problems: readonly ImportProblem[]): RecordIndex {
    const broken = this.#watch.lines.slice(0, MOST_LINES_WITHOUT_RECORD);
    const all = [...problems, ...broken.map((line) => brokenLine(this.source.name, 0, line))];
    return this.#index(this.#builder(), { format: 'unknown', fileProblems: all });
  }

  /** The first character that is no white space, and its line. */
  async #firstCharacter(): Promise<{ character: string; line: number } | undefined> {
    const text = new TextDecoder('utf-8', { ignoreBOM: true });
    let line = 1;
    for (let at = this.#from; at < this.source.size;) {
      const end = Math.min(at + this.#chunk, this.source.size);
      const piece = text.decode(await this.#read(at, end), { stream: end < this.source.size });
      const found = piece.search(/\S/);
      line += piece.slice(0, found < 0 ? undefined : found).split('\n').length - 1;
      if (found >= 0) return { character: piece.charAt(found), line };
      at = end;
    }
    return undefined;
  }

  async #json(): Promise<RecordIndex> {
    const { several, byLine } = await this.#sampleLines();
    if (several && byLine) return this.#lines();
    const window = this.#window();
    const at = await window.skipSpace(this.#from);
    if (window.at(at) === 0x5b) return this.#list(window, at, several);
    if (window.at(at) === 0x7b) return this.#object(window, at, several);
    return this.#whole();
  }

  /** Whether there is more than one line that is not blank, and whether such lines are records. */
  async #sampleLines(): Promise<{ several: boolean; byLine: boolean }> {
    const window = this.#window();
    let [lines, whole] = [0, 0];
    for (let at = this.#from; lines < SAMPLE_LINES;) {
      const found = await nextLine(window, at, this.#limits.record);
      if (!found) break;
      lines++;
      if (!found.long && isWholeValue(decode(window.view(found.start, found.end)))) whole++;
      at = found.next;
    }
    return { several: lines > 1, byLine: areRecordLines(whole, lines, this.#named) };
  }

  async #lines(): Promise<RecordIndex> {
    const layout: RecordLayout = { kind: 'lines' };
    const window = this.#window();
    const builder = this.#builder();
    for (let at = this.#from; ;) {
      const found = await nextLine(window, at, this.#limits.record);
      if (!found) break;
      const { start, end, line, next, long } = found;
      at = next;
      if (long) builder.addLong(start, end - start, line);
      else {
        const text = decode(window.view(start, end));
        builder.add(rawRecord(layout, text, builder.columns.length, line), start, end - start);
      }
    }
    return this.#finish(builder, layout, 'JSONL');
  }

  async #list(window: ByteWindow, at: number, several: boolean): Promise<RecordIndex> {
    const builder = this.#builder();
    const facts = new ListFacts();
    const splitter = new JsonSplitter(window, this.#limits.record);
    const read = await splitter.items(at, 1, (value, raw) => this.#addItem(builder, facts, value, raw));
    if ('broken' in read) {
      if (this.#named && several) return this.#lines();
      return this.#brokenList(builder, facts, read.broken);
    }
    if ((await window.need(await window.skipSpace(read.next), read.next)) >= 0) return this.#values();
    if (facts.isMessages) return this.#whole();
    if (facts.count === 0) return this.#refuse(EMPTY_LIST, KNOWN_FORMS);
    return this.#finish(builder, { kind: 'list', depth: 1 }, this.#named ? 'JSONL' : 'JSON');
  }

  async #brokenList(builder: IndexBuilder, facts: ListFacts, broken: Break): Promise<RecordIndex> {
    const { start, line, text, error } = broken;
    const before = await unitsBefore(this.source, this.#from, start, this.options.signal);
    const used = facts.isMessages ? this.#builder() : builder;
    const raw = brokenItem(
      new SourceText(text, line, false, before),
      used.columns.length,
      error,
      facts.isMessages,
    );
    used.add(raw, start, 0);
    return this.#finish(used, { kind: 'list', depth: 1, broken: raw }, 'JSON');
  }

  /** A document that is an object: one list of records with fields beside it, the first of several values, or a record. */
  async #object(window: ByteWindow, at: number, several: boolean): Promise<RecordIndex> {
    const builder = this.#builder();
    const facts = new ListFacts();
    const line = window.lineAt(at);
    const keys: string[] = [];
    const lists: string[] = [];
    const splitter = new JsonSplitter(window, this.#limits.record);
    const next = await splitter.fields(
      at,
      (key, isList) => {
        keys.push(key);
        if (isList) lists.push(key);
        return isList && lists.length === 1 && WRAPPERS.includes(key);
      },
      (value, raw) => this.#addItem(builder, facts, value, raw),
    );
    if (next === undefined) return this.#named && several ? this.#lines() : this.#whole();
    if ((await window.need(await window.skipSpace(next), next)) >= 0) return this.#values();
    const [key] = lists;
    // A name given twice is for the strict scanner to tell about.
    const plain = lists.length === 1 && new Set(keys).size === keys.length;
    if (key === undefined || !plain || !wrapsRecords(key, keys, facts)) return this.#whole();
    const beside = keys.filter((name) => name !== key);
    if (beside.length === 0) {
      return this.#finish(builder, { kind: 'list', depth: 2 }, this.#named ? 'JSONL' : 'JSON');
    }
    const note = wrapperNote(key, beside, line);
    const layout: RecordLayout = { kind: 'list', depth: 2, note };
    // An open record tells it once it is settled; one that is not read has enough to tell.
    const { columns } = builder;
    if (columns.size(0) <= this.#limits.record && columns.state(0) !== RecordState.Open) {
      const { reason, remedy } = note;
      builder.warn({
        file: this.source.name,
        record: 0,
        line,
        field: '',
        severity: 'warning',
        reason,
        remedy,
      });
    }
    return this.#finish(builder, layout, this.#named ? 'JSONL' : 'JSON');
  }

  #addItem(builder: IndexBuilder, facts: ListFacts, value: FoundValue, raw: RawRecord | undefined): void {
    const { start, end, line } = value;
    if (!raw) {
      facts.passOver();
      builder.addLong(start, end - start, line);
    } else {
      if (raw.content.ok) facts.see(raw.content.root.node);
      builder.add(raw, start, end - start);
    }
  }

  async #values(): Promise<RecordIndex> {
    const layout: RecordLayout = { kind: 'values' };
    const window = this.#window();
    const builder = this.#builder();
    await new JsonSplitter(window, this.#limits.record).values(this.#from, async (value, text) => {
      const { start, end, line, long } = value;
      if (long) {
        builder.addLong(start, end - start, line);
        return;
      }
      const record = builder.columns.length;
      let raw = rawRecord(layout, text, record, line);
      if (!raw.content.ok) {
        const before = await unitsBefore(this.source, this.#from, start, this.options.signal);
        raw = rawRecord(layout, text, record, line, before);
      }
      builder.add(raw, start, end - start);
    });
    return this.#finish(builder, layout, 'JSONL');
  }

  async #rows(table: TableLayout, firstLine: number): Promise<RecordIndex> {
    const layout: RecordLayout = { kind: 'rows', table };
    const window = this.#window();
    const builder = this.#builder();
    const { record: limit } = this.#limits;
    const header = await nextRow(window, this.#from, table.delimiter, limit);
    for (let at = header?.next ?? this.source.size; ;) {
      const found = await nextRow(window, at, table.delimiter, limit);
      if (!found) break;
      const { start, end, line, next, text } = found;
      at = next;
      if (text === undefined) builder.addLong(start, end - start, line);
      else builder.add(rawRecord(layout, text, builder.columns.length, line), start, end - start);
    }
    if (builder.columns.length === 0) return this.#refuse(EMPTY_TABLE, KNOWN_FORMS, firstLine);
    return this.#finish(builder, layout, 'CSV');
  }

  /** Reads the file into memory, where it is no list of records or only a whole look at it can tell. */
  async #whole(): Promise<RecordIndex> {
    const { size, name } = this.source;
    if (size > this.#limits.whole) {
      const reason =
        `the file has ${size} bytes and no records that can be read one by one, and no more than ` +
        `${this.#limits.whole} are read as a whole`;
      return this.#refuse(
        reason,
        'Bring it as JSON Lines, one conversation a line, or split it into smaller files.',
      );
    }
    const { format, columns } = this.options;
    // With its byte order mark, which is taken off once.
    const window = this.#window(0);
    while (await window.more(0));
    const text = decode(window.view(0, window.end));
    const result = importFiles([{ name, text }], { format, columns });
    if (result.records === 0) return this.empty(result.problems);
    const builder = this.#builder();
    addWhole(builder, result);
    await this.#watchRest();
    for (const line of this.#watch.lines) {
      const owner = result.conversations.findLast(({ source }) => source.line <= line)?.source.record ?? 0;
      const problem = brokenLine(name, owner, line);
      builder.warn(problem);
      result.problems.push(problem);
    }
    return this.#index(builder, { format: result.format, whole: byRecord(result) });
  }

  /** Settles what waited for the end of the file. */
  async #finish(
    builder: IndexBuilder,
    layout: RecordLayout,
    container: Records['container'],
  ): Promise<RecordIndex> {
    const { columns } = builder;
    const total = this.source.size;
    const reader = new RangeReader(this.source, this.#chunk, this.options.signal);
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
    await this.#watchRest();
    for (const line of this.#watch.lines) {
      builder.warn(brokenLine(this.source.name, Math.max(columns.onLine(line), 0), line));
    }
    return this.#index(builder, { format: formatName(builder.used, container), layout });
  }

  /** Where reading stopped before the end of the file, the rest is looked through for bytes that are no UTF-8. */
  async #watchRest(): Promise<void> {
    const watch = this.#watch;
    while (watch.position < this.source.size) {
      const at = watch.position;
      watch.see(await this.#read(at, Math.min(at + this.#chunk, this.source.size)), at);
    }
    watch.end();
  }

  #index(
    builder: IndexBuilder,
    given: Pick<IndexParts, 'format'> & Partial<Pick<IndexParts, 'layout' | 'whole' | 'fileProblems'>>,
  ): RecordIndex {
    const { columns, tallies, firstTold, usual, override } = builder;
    const { source, owned } = this;
    const more = this.#watch.count - this.#watch.lines.length;
    const fileProblems = [...(given.fileProblems ?? [])];
    if (more > 0) {
      const problem = brokenLine(source.name, 0, this.#watch.lines.at(-1) ?? 1);
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
      from: this.#from,
      brokenLines: given.whole ? [] : this.#watch.lines,
      tallies: tallies.list(),
      errors: tallies.errors,
      warnings: tallies.warnings,
      taken: this.options.taken ?? new Set(),
      limits: this.#limits,
    });
  }

  #refuse(reason: string, remedy: string, line = 1): RecordIndex {
    return this.empty(refused(this.source.name, reason, remedy, line).problems);
  }

  get #chunk(): number {
    return this.options.chunkBytes ?? DEFAULT_CHUNK;
  }

  #builder(): IndexBuilder {
    return new IndexBuilder(this.source.name, this.#limits.record, this.options.format);
  }

  #window(from = this.#from): ByteWindow {
    const { onProgress, signal } = this.options;
    const total = this.source.size;
    return new ByteWindow(this.source, from, {
      chunk: this.#chunk,
      signal,
      watch: this.#watch,
      onProgress: (done) => onProgress?.({ phase: 'index', done, total }),
    });
  }

  #read(start: number, end: number): Promise<Uint8Array> {
    return readRange(this.source, start, end, this.options.signal);
  }
}
