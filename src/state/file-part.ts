/**
 * @file Conversations that stay in their files: the file host keeps the index, and what is looked at is read.
 */
import type { Conversation } from '../conversation/types';
import type { FileReader } from '../worker/file-client';
import type { DataPart } from './data-list';

/** Conversations kept in memory of those that were read: some screens of the list, there and back. */
const KEPT = 400;
/** Most rows that are read for looking at them. */
const LOOKED_AT = 100;

export class FilePart implements DataPart {
  readonly inFile = true;
  readonly length: number;
  readonly warned: ArrayLike<number>;
  readonly name: string;
  readonly files: readonly string[];
  readonly heldOut = false;
  /** The youngest last. */
  readonly #read = new Map<number, Conversation>();

  constructor(private readonly reader: FileReader) {
    this.length = reader.opened.files.reduce((sum, { conversations }) => sum + conversations, 0);
    this.warned = reader.opened.warned;
    this.files = reader.opened.files.map(({ name }) => name);
    this.name = this.files.join(', ');
  }

  id(row: number): string {
    return this.#read.get(row)?.id ?? '';
  }

  /** Knows the ids of what was read last. */
  rowOf(id: string): number {
    for (const [row, conversation] of this.#read) if (conversation.id === id) return row;
    return -1;
  }

  peek(row: number): Conversation | undefined {
    return this.#read.get(row);
  }

  async read(rows: readonly number[]): Promise<Conversation[]> {
    // What is at hand now may be pushed out by another reading while the rest is read.
    const known = new Map(rows.map((row) => [row, this.#read.get(row)]));
    const missing = rows.filter((row) => !known.get(row));
    const read = missing.length ? await this.reader.read({ rows: [...missing] }) : [];
    missing.forEach((row, i) => known.set(row, read[i]));
    const all = rows.map((row) => known.get(row));
    const found = all.filter((conversation) => conversation !== undefined);
    // A run or an export must not push out what is in sight.
    if (rows.length > LOOKED_AT) return found;
    rows.forEach((row, i) => {
      const conversation = all[i];
      if (!conversation) return;
      this.#read.delete(row);
      this.#read.set(row, conversation);
    });
    for (const row of this.#read.keys()) {
      if (this.#read.size <= KEPT) break;
      this.#read.delete(row);
    }
    return found;
  }

  search(key: string, from: number, to: number): Promise<readonly number[]> {
    return this.reader.search({ key, from, to });
  }

  takenIds() {
    return {
      ids: [],
      series: this.reader.opened.files.map(({ name, records, times }) => ({
        prefix: `${name}#`,
        below: records,
        times,
      })),
    };
  }

  close(): void {
    this.reader.close();
  }
}
