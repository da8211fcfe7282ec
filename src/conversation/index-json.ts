/**
 * @file JSON on its way to an index: a record a line, one list of records, an object around such a list, or several values
 * one after the other.
 */
import type { ByteWindow } from './byte-window';
import { EMPTY_LIST, KNOWN_FORMS } from './import';
import type { IndexBuilder } from './index-builder';
import type { IndexRun } from './index-run';
import { RecordState } from './record-columns';
import type { RecordIndex } from './record-index';
import { WRAPPERS } from './record-keys';
import { decode, rawRecord, unitsBefore, type RecordLayout } from './record-layout';
import {
  areRecordLines,
  brokenItem,
  isWholeValue,
  ListFacts,
  SAMPLE_LINES,
  wrapperNote,
  wrapsRecords,
  type RawRecord,
} from './records';
import { SourceText } from './source-text';
import { JsonSplitter, type Break, type FoundValue } from './split-json';
import { nextLine } from './split-lines';

export class JsonIndexer {
  constructor(readonly run: IndexRun) {}

  /** @throws LosslightError `cancelled` or `unreadable-file`. */
  async index(): Promise<RecordIndex> {
    const { several, byLine } = await this.#sampleLines();
    if (several && byLine) return this.#lines();
    const window = this.run.window();
    const at = await window.skipSpace(this.run.from);
    if (window.at(at) === 0x5b) return this.#list(window, at, several);
    if (window.at(at) === 0x7b) return this.#object(window, at, several);
    return this.run.whole();
  }

  /** Whether there is more than one line that is not blank, and whether such lines are records. */
  async #sampleLines(): Promise<{ several: boolean; byLine: boolean }> {
    const window = this.run.window();
    let [lines, whole] = [0, 0];
    for (let at = this.run.from; lines < SAMPLE_LINES;) {
      const found = await nextLine(window, at, this.run.limits.record);
      if (!found) break;
      lines++;
      if (!found.long && isWholeValue(decode(window.view(found.start, found.end)))) whole++;
      at = found.next;
    }
    return { several: lines > 1, byLine: areRecordLines(whole, lines, this.run.named) };
  }

  async #lines(): Promise<RecordIndex> {
    const layout: RecordLayout = { kind: 'lines' };
    const window = this.run.window();
    const builder = this.run.builder();
    for (let at = this.run.from; ;) {
      const found = await nextLine(window, at, this.run.limits.record);
      if (!found) break;
      const { start, end, line, next, long } = found;
      at = next;
      if (long) builder.addLong(start, end - start, line);
      else {
        const text = decode(window.view(start, end));
        builder.add(rawRecord(layout, text, builder.columns.length, line), start, end - start);
      }
    }
    return this.run.finish(builder, layout, 'JSONL');
  }

  async #list(window: ByteWindow, at: number, several: boolean): Promise<RecordIndex> {
    const builder = this.run.builder();
    const facts = new ListFacts();
    const splitter = new JsonSplitter(window, this.run.limits.record);
    const read = await splitter.items(at, 1, (value, raw) => this.#addItem(builder, facts, value, raw));
    if ('broken' in read) {
      if (this.run.named && several) return this.#lines();
      return this.#brokenList(builder, facts, read.broken);
    }
    if ((await window.need(await window.skipSpace(read.next), read.next)) >= 0) return this.#values();
    if (facts.isMessages) return this.run.whole();
    if (facts.count === 0) return this.run.refuse(EMPTY_LIST, KNOWN_FORMS);
    return this.run.finish(builder, { kind: 'list', depth: 1 }, this.run.named ? 'JSONL' : 'JSON');
  }

  async #brokenList(builder: IndexBuilder, facts: ListFacts, broken: Break): Promise<RecordIndex> {
    const { start, line, text, error } = broken;
    const before = await unitsBefore(this.run.source, this.run.from, start, this.run.options.signal);
    const used = facts.isMessages ? this.run.builder() : builder;
    const raw = brokenItem(
      new SourceText(text, line, false, before),
      used.columns.length,
      error,
      facts.isMessages,
    );
    used.add(raw, start, 0);
    return this.run.finish(used, { kind: 'list', depth: 1, broken: raw }, 'JSON');
  }

  /** A document that is an object: one list of records with fields beside it, the first of several values, or a record. */
  async #object(window: ByteWindow, at: number, several: boolean): Promise<RecordIndex> {
    const builder = this.run.builder();
    const facts = new ListFacts();
    const line = window.lineAt(at);
    const keys: string[] = [];
    const lists: string[] = [];
    const splitter = new JsonSplitter(window, this.run.limits.record);
    const next = await splitter.fields(
      at,
      (key, isList) => {
        keys.push(key);
        if (isList) lists.push(key);
        return isList && lists.length === 1 && WRAPPERS.includes(key);
      },
      (value, raw) => this.#addItem(builder, facts, value, raw),
    );
    if (next === undefined) return this.run.named && several ? this.#lines() : this.run.whole();
    if ((await window.need(await window.skipSpace(next), next)) >= 0) return this.#values();
    const [key] = lists;
    // A name given twice is for the strict scanner to tell about.
    const plain = lists.length === 1 && new Set(keys).size === keys.length;
    if (key === undefined || !plain || !wrapsRecords(key, keys, facts)) return this.run.whole();
    const beside = keys.filter((name) => name !== key);
    if (beside.length === 0) {
      return this.run.finish(builder, { kind: 'list', depth: 2 }, this.run.named ? 'JSONL' : 'JSON');
    }
    const note = wrapperNote(key, beside, line);
    const layout: RecordLayout = { kind: 'list', depth: 2, note };
    // An open record tells it once it is settled; one that is not read has enough to tell.
    const { columns } = builder;
    if (columns.size(0) <= this.run.limits.record && columns.state(0) !== RecordState.Open) {
      const { reason, remedy } = note;
      builder.warn({
        file: this.run.source.name,
        record: 0,
        line,
        field: '',
        severity: 'warning',
        reason,
        remedy,
      });
    }
    return this.run.finish(builder, layout, this.run.named ? 'JSONL' : 'JSON');
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
    const window = this.run.window();
    const builder = this.run.builder();
    await new JsonSplitter(window, this.run.limits.record).values(this.run.from, async (value, text) => {
      const { start, end, line, long } = value;
      if (long) {
        builder.addLong(start, end - start, line);
        return;
      }
      const record = builder.columns.length;
      let raw = rawRecord(layout, text, record, line);
      if (!raw.content.ok) {
        const before = await unitsBefore(this.run.source, this.run.from, start, this.run.options.signal);
        raw = rawRecord(layout, text, record, line, before);
      }
      builder.add(raw, start, end - start);
    });
    return this.run.finish(builder, layout, 'JSONL');
  }
}
