/**
 * @file How much of each conversation the mask trains, counted by the text worker in the background: first what is in
 * sight, then the rest. A count belongs to the policy, the length and the hand edits that it was made with.
 */
import type { Edit } from '../mask/edits';
import type { EditBook } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import type { Tally } from '../sequence/tally';
import type { TextService } from '../worker/text-client';
import type { DataList } from './data-list';
import { Slice } from './slices';
import { TallyFailures } from './tally-failures.svelte';

/** What decides how much is trained. The same object as long as nothing of it changes. */
export interface Weighing {
  policy: MaskPolicy;
  /** Tokens of a conversation that a run reads; Infinity while that is not known. */
  limit: number;
}

/** Over the conversations that match the filter. Where some stay in a file, over those that were looked at. */
export interface TallyTotals {
  counted: number;
  /** Counted conversations without a trained token. */
  untrained: number;
  /** Counted conversations that are longer than a run reads. */
  cut: number;
}

interface Counted {
  tally: Tally;
  id: string;
  weighing: Weighing;
  edits: readonly Edit[] | undefined;
}

/** Conversations counted in one request: short enough that choosing one never waits long. */
const CHUNK = 24;
/** Milliseconds after a change of the mask: a slider or a typed number passes through many values. */
const DEBOUNCE_MS = 150;
/** Counts kept where conversations stay in a file. */
const KEPT_OF_FILES = 5_000;

export interface TallySource {
  list: () => DataList;
  /** Rows that match the filter: how many, and which stands at a place. */
  shown: () => { length: number; row(place: number): number };
  weighing: () => Weighing;
  edits: () => EditBook;
  /** True while it is not known that the policy comes to an end, so that nothing is counted with it. */
  paused?: () => boolean;
}

export class Tallies {
  /** By the list's keys. */
  readonly #counted = new Map<number, Counted>();
  /** A Map is not watched; this is. */
  #revision = $state(0);
  readonly #failures: TallyFailures;
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Places in sight; `last` is exclusive. */
  #sight = { first: 0, last: 0 };

  readonly totals = $derived.by((): TallyTotals => {
    const totals = { counted: 0, untrained: 0, cut: 0 };
    void this.#revision;
    const list = this.source.list();
    const valid = this.#validity();
    const { limit } = this.source.weighing();
    const add = (key: number) => {
      const counted = this.#counted.get(key);
      if (!counted || !valid(counted)) return;
      totals.counted++;
      if (counted.tally.trained === 0) totals.untrained++;
      if (counted.tally.tokens > limit) totals.cut++;
    };
    if (list.inFile) {
      for (const key of this.#counted.keys()) if (list.rowOfKey(key) >= 0) add(key);
      return totals;
    }
    const shown = this.source.shown();
    for (let place = 0; place < shown.length; place++) add(list.key(shown.row(place)));
    return totals;
  });

  constructor(
    private readonly text: TextService,
    private readonly source: TallySource,
  ) {
    this.#failures = new TallyFailures(source.weighing, source.edits);
  }

  /** True where counting was given up under the present mask, because one conversation after the other failed. */
  get stopped() {
    return this.#failures.stopped;
  }

  /** True where a conversation could not be counted under the present mask. */
  failed(key: number): boolean {
    void this.#revision;
    return this.#failures.attempts(key) > 0;
  }

  /** The count of a conversation under the present mask; undefined until it has been counted. */
  get(key: number): Tally | undefined {
    void this.#revision;
    const counted = this.#counted.get(key);
    return counted && this.#validity()(counted) ? counted.tally : undefined;
  }

  /** Rows of a list, of those given, that were counted and have no trained token. */
  untrainedRows(list: DataList, rows: readonly number[]): number[] {
    void this.#revision;
    const valid = this.#validity();
    return rows.filter((row) => {
      const counted = this.#counted.get(list.key(row));
      return counted !== undefined && valid(counted) && counted.tally.trained === 0;
    });
  }

  /** How many tokens it has, which no mask changes; undefined until it has been counted. */
  tokens(key: number): number | undefined {
    void this.#revision;
    return this.#counted.get(key)?.tally.tokens;
  }

  /** These places are in sight, so they are counted first. */
  look(first: number, last: number): void {
    this.#sight = { first, last };
  }

  /** Counts soon; for when the mask, the filter or what is in sight has changed. */
  countSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.stopped) void this.count();
    }, DEBOUNCE_MS);
  }

  /** The conversation of this row has changed. */
  forgetRow(key: number): void {
    this.#counted.delete(key);
    this.#failures.forgetRow(key);
    this.#revision++;
  }

  /** Other tokenizer, other counts. */
  forget(): void {
    this.#counted.clear();
    this.#failures.forget();
    this.#revision++;
  }

  /** Counts what has no count yet; what failed last time too. Resolves when nothing is left to count. */
  count(): Promise<void> {
    return (this.#running ??= this.#countAll().finally(() => (this.#running = undefined)));
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  /** Whether a count was made under the present mask. What that is, is read once for many counts. */
  #validity(): (counted: Counted) => boolean {
    const weighing = this.source.weighing();
    const book = this.source.edits();
    return (counted) => counted.weighing === weighing && counted.edits === book[counted.id];
  }

  async #countAll(): Promise<void> {
    const failed = new Set<number>();
    const cursor = { row: 0, list: this.source.list(), weighing: this.source.weighing() };
    this.#failures.begin();
    while (!this.source.paused?.()) {
      const list = this.source.list();
      const weighing = this.source.weighing();
      if (cursor.list !== list || cursor.weighing !== weighing) {
        if (cursor.weighing !== weighing) this.#failures.relax();
        Object.assign(cursor, { row: 0, list, weighing });
      }
      const rows = await this.#next(cursor, failed, this.#failures.failing ? 1 : CHUNK);
      if (!rows.length) return;
      if (await this.#tryRows(list, rows, weighing)) continue;
      // One conversation may have kept the others from being counted, so each is asked for by itself.
      for (const row of rows) {
        if (this.source.list() !== list || this.source.weighing() !== weighing || this.source.paused?.())
          break;
        if (rows.length > 1 && (await this.#tryRows(list, [row], weighing))) continue;
        failed.add(list.key(row));
        const givenUp = this.#failures.note(list.key(row), list.id(row), weighing);
        this.#revision++;
        if (givenUp) return;
      }
    }
  }

  /** False where the worker failed or took too long. */
  async #tryRows(list: DataList, rows: readonly number[], weighing: Weighing): Promise<boolean> {
    try {
      await this.#countRows(list, rows, weighing);
      this.#failures.relax();
      return true;
    } catch {
      return false;
    }
  }

  async #countRows(list: DataList, rows: readonly number[], weighing: Weighing): Promise<void> {
    const book = this.source.edits();
    const conversations = await list.read(rows);
    const edits = Object.fromEntries(
      conversations.flatMap(({ id }) => (book[id] ? [[id, book[id]] as const] : [])),
    );
    const { policy, limit } = weighing;
    const tallies = await this.text.tally({ conversations, policy, limit, edits });
    const now = this.source.list();
    rows.forEach((row, i) => {
      const [tally, id] = [tallies[i], conversations[i]?.id];
      if (!tally || id === undefined) return;
      const key = list.key(row);
      // Changed meanwhile.
      if (now !== list && now.at(now.rowOfKey(key)) !== conversations[i]) return;
      // The youngest last, so that the oldest is the first to go.
      this.#counted.delete(key);
      this.#failures.forgetRow(key);
      this.#counted.set(key, { tally, id, weighing, edits: book[id] });
    });
    if (list.inFile) {
      for (const key of this.#counted.keys()) {
        if (this.#counted.size <= KEPT_OF_FILES) break;
        this.#counted.delete(key);
      }
    }
    this.#revision++;
  }

  /** Rows to count next: what is in sight, then the rest in order; of files, what is in sight alone. */
  async #next(cursor: { row: number }, failed: ReadonlySet<number>, most: number): Promise<number[]> {
    const list = this.source.list();
    const shown = this.source.shown();
    const rows: number[] = [];
    const take = (row: number) => {
      const key = list.key(row);
      if (row < 0 || failed.has(key) || this.#failures.settled(key)) return;
      if (!this.get(key)) rows.push(row);
    };
    const last = Math.min(this.#sight.last, shown.length);
    for (let place = this.#sight.first; place < last && rows.length < most; place++) take(shown.row(place));
    if (rows.length || list.inFile) return rows;
    const slice = new Slice();
    for (; cursor.row < list.length && rows.length < most; cursor.row++) {
      take(cursor.row);
      await slice.breathe();
    }
    return rows;
  }
}
