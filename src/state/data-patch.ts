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
  readonly name: string;
  readonly files: readonly string[] | undefined;
  readonly heldOut: boolean;

  /** @param changed by row of the part; each has the id of the conversation that it stands for */
  constructor(
    readonly base: DataPart,
    readonly changed: ReadonlyMap<number, Conversation>,
  ) {
    ({ length: this.length, inFile: this.inFile, warned: this.warned } = base);
    ({ name: this.name, files: this.files, heldOut: this.heldOut } = base);
  }

  /**
   * `part` with another conversation in a row; a part that was changed before keeps its other changes. The imported
   * conversation itself is no change.
   */
  static of(part: DataPart, row: number, conversation: Conversation): DataPart {
    const [base, before] = part instanceof PatchedPart ? [part.base, part.changed] : [part, []];
    if (base.peek(row) === conversation) return part instanceof PatchedPart ? part.restored(row) : part;
    return new PatchedPart(base, new Map([...before, [row, conversation]]));
  }

  /** With a row as it was imported. */
  restored(row: number): DataPart {
    const changed = new Map(this.changed);
    changed.delete(row);
    return changed.size ? new PatchedPart(this.base, changed) : this.base;
  }

  id(row: number): string {
    return this.changed.get(row)?.id ?? this.base.id(row);
  }
  rowOf(id: string): number {
    // The base of a file knows only what was read last.
    for (const [row, conversation] of this.changed) if (conversation.id === id) return row;
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
