/**
 * @file Conversations that were changed on the page, over those of an import. The import itself, or its file, stays as it is.
 */
import { mentions } from '../conversation/search-text';
import type { Conversation } from '../conversation/types';
import type { DataPart } from './data-list';

export class PatchedPart implements DataPart {
  readonly length: number;
  readonly inFile: boolean;
  readonly warned: ArrayLike<number>;

  /** @param changed by row of the part; each has the id of the conversation that it stands for */
  constructor(
    readonly base: DataPart,
    readonly changed: ReadonlyMap<number, Conversation>,
  ) {
    ({ length: this.length, inFile: this.inFile, warned: this.warned } = base);
  }

  /** `part` with another conversation in a row; a part that was changed before keeps its other changes. */
  static of(part: DataPart, row: number, conversation: Conversation): PatchedPart {
    const [base, before] = part instanceof PatchedPart ? [part.base, part.changed] : [part, []];
    return new PatchedPart(base, new Map([...before, [row, conversation]]));
  }

  id(row: number): string {
    return this.base.id(row);
  }
  rowOf(id: string): number {
    return this.base.rowOf(id);
  }
  peek(row: number): Conversation | undefined {
    return this.changed.get(row) ?? this.base.peek(row);
  }
  async read(rows: readonly number[]): Promise<Conversation[]> {
    const read = await this.base.read(rows);
    return read.map((conversation, i) => this.changed.get(rows[i] ?? -1) ?? conversation);
  }
  async search(key: string, from: number, to: number): Promise<readonly number[]> {
    const found = await this.base.search(key, from, to);
    const own = [...this.changed].filter(
      ([row, conversation]) => row >= from && row < to && mentions(conversation, key),
    );
    const kept = found.filter((row) => !this.changed.has(row));
    return [...kept, ...own.map(([row]) => row)].sort((a, b) => a - b);
  }
  takenIds() {
    return this.base.takenIds();
  }
  close(): void {
    this.base.close();
  }
}

/** The part that was imported. */
export function importedPart(part: DataPart): DataPart {
  return part instanceof PatchedPart ? part.base : part;
}
