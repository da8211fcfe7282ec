/**
 * @file Decides how a file holds its records, as `import.ts` does with the whole text in hand, and indexes them.
 */
import type { ByteSource } from './byte-source';
import { tableLayout, type TableLayout } from './csv-records';
import { foreignByBeginning } from './foreign-files';
import { chooseReading, EMPTY_FILE, EMPTY_REMEDY, EMPTY_TABLE, KNOWN_FORMS } from './import';
import { JsonIndexer } from './index-json';
import { IndexRun } from './index-run';
import type { RecordIndex } from './record-index';
import { decode, rawRecord, type RecordLayout } from './record-layout';
import { SourceText } from './source-text';
import { nextRow } from './split-rows';
import type { StreamOptions } from './stream-options';

/** Bytes at the beginning of a file that tell a table from a transcript. */
const SAMPLE_BYTES = 1 << 20;

/** One file on its way to an index. */
export class Indexer {
  private readonly run: IndexRun;

  constructor(source: ByteSource, owned: boolean, options: StreamOptions) {
    this.run = new IndexRun(source, owned, options);
  }

  async index(): Promise<RecordIndex> {
    const mark = await this.run.read(0, Math.min(3, this.run.source.size));
    this.run.from = mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 3 : 0;
    this.run.watch.see(mark.subarray(0, this.run.from), 0);
    const first = await this.#firstCharacter();
    if (!first) return this.run.refuse(EMPTY_FILE, EMPTY_REMEDY);
    const sample = await this.run.read(
      this.run.from,
      Math.min(this.run.from + SAMPLE_BYTES, this.run.source.size),
    );
    const beginning = new SourceText(decode(sample));
    const foreign = foreignByBeginning(
      this.run.source.name,
      beginning.text,
      this.run.options.format !== undefined,
    );
    if (foreign) return this.run.refuse(foreign.reason, foreign.remedy);
    const reading = chooseReading(this.run.source.name, first.character, beginning, this.run.options);
    if (reading === 'json') return new JsonIndexer(this.run).index();
    if (reading !== 'table') return this.run.whole();
    const table = tableLayout(beginning, this.run.options.columns);
    if (!table.ok) return this.run.refuse(table.reason, table.remedy, first.line);
    if (table.layout.group !== undefined) return this.run.whole();
    return this.#rows(table.layout, first.line);
  }

  /** The first character that is no white space, and its line. */
  async #firstCharacter(): Promise<{ character: string; line: number } | undefined> {
    const text = new TextDecoder('utf-8', { ignoreBOM: true });
    let line = 1;
    for (let at = this.run.from; at < this.run.source.size;) {
      const end = Math.min(at + this.run.chunk, this.run.source.size);
      const piece = text.decode(await this.run.read(at, end), { stream: end < this.run.source.size });
      const found = piece.search(/\S/);
      line += piece.slice(0, found < 0 ? undefined : found).split('\n').length - 1;
      if (found >= 0) return { character: piece.charAt(found), line };
      at = end;
    }
    return undefined;
  }

  async #rows(table: TableLayout, firstLine: number): Promise<RecordIndex> {
    const layout: RecordLayout = { kind: 'rows', table };
    const window = this.run.window();
    const builder = this.run.builder();
    const { record: limit } = this.run.limits;
    const header = await nextRow(window, this.run.from, table.delimiter, limit);
    for (let at = header?.next ?? this.run.source.size; ;) {
      const found = await nextRow(window, at, table.delimiter, limit);
      if (!found) break;
      const { start, end, line, next, text } = found;
      at = next;
      if (text === undefined) builder.addLong(start, end - start, line);
      else builder.add(rawRecord(layout, text, builder.columns.length, line), start, end - start);
    }
    if (builder.columns.length === 0) return this.run.refuse(EMPTY_TABLE, KNOWN_FORMS, firstLine);
    return this.run.finish(builder, layout, 'CSV');
  }
}
