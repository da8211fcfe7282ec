/**
 * @file What became of the conversations that the run in progress began with: it goes on with those, whatever the list shows since.
 */
import type { DataList } from './data-list';
import type { Session } from './session.svelte';

/** Conversations that a run which begins now would take otherwise. */
export interface DataChange {
  /** Taken by both, with another text. */
  changed: number;
  /** Taken by the run in progress alone, and by a new one alone: deleted or brought, or because of the filter or what is held out. */
  gone: number;
  come: number;
}

/** What a run took of the list. */
interface Taken {
  list: DataList;
  keys: ReadonlySet<number>;
}

export class RunDataChange {
  #taken = $state.raw<Taken | undefined>();

  constructor(private readonly parts: Pick<Session, 'data' | 'train'>) {}

  /** A run takes these rows. */
  begin(list: DataList, rows: readonly number[]): void {
    this.#taken = { list, keys: keysOf(list, rows) };
  }

  /** No run is in progress: its list, which may hold long files that are long closed, is let go of. */
  end(): void {
    if (this.#taken) this.#taken = undefined;
  }

  /** Conversations that are remembered for the run in progress. */
  get remembered(): number {
    return this.#taken?.keys.size ?? 0;
  }

  /** Keys of rows that the run in progress took, and whose text is another one now. */
  readonly #changed = $derived.by((): ReadonlySet<number> => {
    const { data, train } = this.parts;
    const taken = this.#taken;
    if (!taken || !train.active || taken.list === data.list) return new Set();
    return new Set(taken.list.changedKeys(data.list).filter((key) => taken.keys.has(key)));
  });

  /** Undefined where nothing is otherwise, or no run is in progress. */
  readonly change = $derived.by((): DataChange | undefined => {
    const { data, train } = this.parts;
    const taken = this.#taken;
    if (!taken || !train.active) return undefined;
    const now = keysOf(data.list, data.trainRows);
    const changed = [...this.#changed].filter((key) => now.has(key)).length;
    const gone = [...taken.keys].filter((key) => !now.has(key)).length;
    const come = [...now].filter((key) => !taken.keys.has(key)).length;
    return changed || gone || come ? { changed, gone, come } : undefined;
  });

  /** Whether the conversation that is looked at has another text in the run in progress. */
  readonly ofChosen = $derived.by(() => {
    const { list, chosenRow } = this.parts.data;
    return chosenRow >= 0 && this.#changed.has(list.key(chosenRow));
  });
}

const keysOf = (list: DataList, rows: readonly number[]): ReadonlySet<number> =>
  new Set(rows.map((row) => list.key(row)));
