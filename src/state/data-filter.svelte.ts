/**
 * @file Which conversations of the list are shown: those whose messages say a text, had a warning, train nothing, were
 * edited, or are of one side of the held-out split.
 */
import { searchKey } from '../conversation/search-text';
import type { ErrorReport } from '../worker/protocol';
import { placeIn, type DataList } from './data-list';
import { toReport } from './errors';
import { pause, SLICE_MS } from './slices';
import type { Tallies } from './tallies.svelte';

export const FILTER_KINDS = ['all', 'warned', 'untrained', 'edited', 'training', 'held-out'] as const;
export type FilterKind = (typeof FILTER_KINDS)[number];

/** Milliseconds between the last key and the search. */
const DEBOUNCE_MS = 120;
/** Rows asked of a file at once. */
const FILE_STEP = 2_000;
/** Rows of the first slice; the next ones follow its speed. */
const FIRST_STEP = 64;

export class DataFilter {
  #text = $state('');
  #kind = $state<FilterKind>('all');
  #found = $state.raw<readonly number[] | undefined>();
  #searched = $state(0);
  #searching = $state(false);
  #error = $state.raw<ErrorReport | undefined>();
  /** Counts searches: only the newest may speak. */
  #newest = 0;
  #done: Promise<void> = Promise.resolve();

  /** What matches, before the kind: rows in their order; undefined for all. */
  readonly #rows = $derived.by(() => {
    const list = this.list();
    const found = this.#found;
    if (this.#kind === 'all') return found;
    const every = () => found ?? Array.from({ length: list.length }, (_, row) => row);
    switch (this.#kind) {
      case 'warned':
        return found ? found.filter((row) => list.warned(row)) : list.warnedRows();
      case 'edited':
        return found ? found.filter((row) => list.edited(row)) : list.editedRows();
      case 'held-out':
        return found ? found.filter((row) => list.heldOut(row)) : list.heldOutRows();
      case 'training':
        return every().filter((row) => !list.heldOut(row));
      case 'untrained':
        return this.tallies.untrainedRows(list, every());
    }
  });

  constructor(
    private readonly list: () => DataList,
    private readonly tallies: Tallies,
  ) {}

  get text() {
    return this.#text;
  }
  get kind() {
    return this.#kind;
  }
  /** True while a filter is set. */
  get active() {
    return this.#found !== undefined || this.#kind !== 'all';
  }
  get searching() {
    return this.#searching;
  }
  /** Rows looked through by the search that is under way. */
  get searched() {
    return this.#searched;
  }
  get error() {
    return this.#error;
  }
  /** How many conversations match. */
  get length() {
    return this.#rows?.length ?? this.list().length;
  }
  /** The row of the list that is shown at `place`. */
  row(place: number): number {
    return this.#rows ? (this.#rows[place] ?? -1) : place;
  }
  /** Where a row of the list is shown; -1 where it does not match. */
  place(row: number): number {
    return this.#rows ? placeIn(this.#rows, row) : row < this.list().length ? row : -1;
  }
  /** Rows of the list that match, at most `limit` of them, in their order; of those, where told, what is wanted. */
  rows(limit = Infinity, wanted?: (row: number) => boolean): number[] {
    const rows: number[] = [];
    for (let place = 0; place < this.length && rows.length < limit; place++) {
      const row = this.row(place);
      if (!wanted || wanted(row)) rows.push(row);
    }
    return rows;
  }

  setKind(kind: FilterKind): void {
    this.#kind = kind;
  }

  /** Looks for a text, soon: a newer one replaces it. Resolves when this search has ended or was replaced. */
  setText(text: string): Promise<void> {
    this.#text = text;
    return (this.#done = this.#search(DEBOUNCE_MS));
  }

  /** Looks again: the list is another. What is shown of the old one is forgotten. */
  refresh(): Promise<void> {
    this.#found = undefined;
    return (this.#done = this.#search(0));
  }

  /** Resolves when no search is under way. */
  async idle(): Promise<void> {
    for (let done: Promise<void> | undefined; done !== this.#done;) await (done = this.#done);
  }

  /** Shows everything again. */
  clear(): void {
    this.#newest++;
    this.#text = '';
    this.#kind = 'all';
    this.#found = undefined;
    this.#searching = false;
    this.#error = undefined;
  }

  async #search(delay: number): Promise<void> {
    const mine = ++this.#newest;
    const key = searchKey(this.#text.trim());
    this.#error = undefined;
    this.#searching = key !== '';
    this.#searched = 0;
    if (!key) {
      this.#found = undefined;
      return;
    }
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
    try {
      const found = await this.#searchAll(key, () => mine === this.#newest);
      if (mine === this.#newest) this.#found = found;
    } catch (error) {
      if (mine === this.#newest) this.#error = toReport(error);
    } finally {
      if (mine === this.#newest) this.#searching = false;
    }
  }

  async #searchAll(key: string, wanted: () => boolean): Promise<number[]> {
    const list = this.list();
    const found: number[] = [];
    let step = FIRST_STEP;
    for (let from = 0; from < list.length && wanted();) {
      const began = performance.now();
      const inFile = list.fileRow(from);
      const { rows, next } = await list.search(key, from, from + (inFile ? FILE_STEP : step));
      for (const row of rows) found.push(row);
      from = next;
      if (!inFile) {
        const took = performance.now() - began;
        step = Math.max(1, Math.round(step * Math.min(2, SLICE_MS / 2 / Math.max(took, 0.1))));
      }
      this.#searched = from;
      await pause();
    }
    return found;
  }
}
