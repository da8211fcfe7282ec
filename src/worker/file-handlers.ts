/**
 * @file What a file host answers: files are indexed once, and what is asked for afterwards is read from them.
 */
import { gunzip } from '../conversation/gunzip';
import { takenBy, timesOf } from '../conversation/ids';
import { isPacked } from '../conversation/unpack';
import { mentions } from '../conversation/search-text';
import {
  blobSource,
  indexRecords,
  problemsOf,
  readRecords,
  type ByteSink,
  type RecordIndex,
} from '../conversation/stream-import';
import { HEAD_BYTES, tableHead, type TableColumn } from '../conversation/table-head';
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import type { Handlers } from './host';
import type { FileEvent, FileRequests, OpenedFile } from './protocol';

/** Where a file is unpacked to. */
export type MakeSpill = (name: string) => Promise<{ sink: ByteSink; inMemory: boolean }>;

/** Milliseconds between reports of progress. */
const PROGRESS_MS = 50;

export function fileHandlers(emit: (event: FileEvent) => void, makeSpill: MakeSpill): Handlers<FileRequests> {
  let opened: Opened | undefined;
  let abort: AbortController | undefined;
  const files = () => {
    if (!opened) throw new LosslightError('no-files', 'No files are open.', 'Import them again.');
    return opened;
  };
  return {
    async open({ files: given, options, taken }, id) {
      abort = new AbortController();
      const { signal } = abort;
      const inUse = takenBy(taken);
      const indexes: RecordIndex[] = [];
      let inMemory = false;
      try {
        for (const { name, blob } of given) {
          let last = 0;
          // The index asks again later, when it is itself among them.
          const earlier = [...indexes];
          const index = await indexRecords(blobSource(blob, name), {
            ...options,
            signal,
            taken: { has: (other) => inUse(other) || earlier.some((index) => index.has(other)) },
            makeSink: async (file) => {
              const spill = await makeSpill(file);
              inMemory ||= spill.inMemory;
              return spill.sink;
            },
            onProgress: (progress) => {
              const now = performance.now();
              if (now - last < PROGRESS_MS && progress.done < progress.total) return;
              last = now;
              emit({ type: 'file-progress', request: id, progress: { file: name, ...progress } });
            },
          });
          indexes.push(index);
        }
      } catch (error) {
        await Promise.all(indexes.map((index) => index.close()));
        throw error;
      }
      opened = new Opened(indexes);
      const files = indexes.map((index, i) => {
        // Its records may have that many already, and each file before it once more.
        const earlier = indexes.slice(0, i).filter(({ file }) => file === index.file);
        return describe(index, timesOf(`${index.file}#`, taken) + earlier.length + 1);
      });
      return { files, warned: opened.warned(), inMemory };
    },
    cancel() {
      abort?.abort();
      return null;
    },
    records: ({ file, from, to }) => files().records(file, from, to),
    read: ({ rows }) => files().read(rows),
    search: ({ key, from, to }) => files().search(key, from, to),
    problems: ({ file, record, most }) => files().problems(file, record, most),
    columns: ({ blob }) => columnsOf(blob),
    async close() {
      abort?.abort();
      const closing = opened;
      opened = undefined;
      await closing?.close();
      return null;
    },
  };
}

function describe(index: RecordIndex, times: number): OpenedFile {
  const { file, format, records, counts, problemCount, fileProblems, tallies } = index;
  return {
    name: file,
    format,
    bytes: index.parts.source.size,
    records,
    times,
    conversations: counts.good,
    problemCount,
    leftOut: counts.bad + (records === 0 ? 1 : 0),
    kinds: [...tallies],
    fileProblems: [...fileProblems],
  };
}

/** Several indexes as one list of the conversations that load. */
class Opened {
  constructor(private readonly indexes: readonly RecordIndex[]) {}

  warned(): Uint32Array {
    const rows: number[] = [];
    let row = 0;
    for (const index of this.indexes) {
      for (let record = 0; record < index.records; record++) {
        const state = index.stateOf(record);
        if (state === 'bad') continue;
        if (state === 'warned') rows.push(row);
        row++;
      }
    }
    return Uint32Array.from(rows);
  }

  async records(file: number, from: number, to: number) {
    const index = this.indexes[file];
    return index ? readRecords(index, from, to) : { conversations: [], problems: [] };
  }

  /** Neighbouring rows are read at once. */
  async read(rows: readonly number[]): Promise<Conversation[]> {
    const read: Conversation[] = [];
    for (let at = 0; at < rows.length;) {
      const row = rows[at] ?? 0;
      const { index, first } = this.placeOf(row);
      let count = 1;
      while (rows[at + count] === row + count && row + count < first + index.counts.good) count++;
      const from = index.goodRecord(row - first);
      const to = index.goodRecord(row - first + count - 1) + 1;
      read.push(...(await readRecords(index, from, to)).conversations);
      at += count;
    }
    return read;
  }

  async search(key: string, from: number, to: number): Promise<number[]> {
    const rows = Array.from({ length: to - from }, (_, i) => from + i);
    const conversations = await this.read(rows);
    return rows.filter((_, i) => {
      const conversation = conversations[i];
      return conversation !== undefined && mentions(conversation, key);
    });
  }

  async problems(file: number, record: number, most: number) {
    const index = this.indexes[file];
    if (!index) return { problems: [] };
    const { problems, next } = await problemsOf(index, { from: record, most });
    if (next >= 0) return { problems, next: { file, record: next } };
    return file + 1 < this.indexes.length ? { problems, next: { file: file + 1, record: 0 } } : { problems };
  }

  async close(): Promise<void> {
    await Promise.all(this.indexes.map((index) => index.close()));
  }

  private placeOf(row: number): { index: RecordIndex; first: number } {
    let first = 0;
    for (const index of this.indexes) {
      if (row < first + index.counts.good) return { index, first };
      first += index.counts.good;
    }
    throw new RangeError(`There is no conversation ${row}.`);
  }
}

/** The columns of the beginning of a table, packed or not. */
async function columnsOf(blob: Blob): Promise<TableColumn[]> {
  const source = blobSource(blob, '');
  if (!(await isPacked(source))) return tableHead(await blob.slice(0, HEAD_BYTES).text());
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const piece of gunzip(source)) {
    parts.push(Uint8Array.from(piece));
    length += piece.length;
    if (length >= HEAD_BYTES) break;
  }
  return tableHead(await new Blob(parts).text());
}
