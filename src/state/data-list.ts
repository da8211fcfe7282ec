/**
 * @file The list of conversations as the page sees it, wherever they are: in memory, or in files of which only what is
 * looked at is read. A list never changes; an import makes a new one.
 */
import { countedId } from '../conversation/ids';
import { mentions } from '../conversation/search-text';
import type { Conversation } from '../conversation/types';
import type { TakenIds } from '../worker/protocol';
import { importedPart, PatchedPart } from './data-patch';
import { splitOf, type Split } from './data-split';

/** What one import brought. Rows count from 0. */
export interface DataPart {
  readonly length: number;
  /** True where conversations stay in a file. */
  readonly inFile: boolean;
  /** Rows whose import had a warning, rising. */
  readonly warned: ArrayLike<number>;
  /** Where it came from, for people: names of files, or of what made it. */
  readonly name: string;
  /** The names of the files, each for itself; undefined where it came from none. */
  readonly files?: readonly string[] | undefined;
  /** True where none of it is ever trained: it was made to measure on. */
  readonly heldOut: boolean;
  id(row: number): string;
  /** Row of a conversation; -1 where it is none of these. */
  rowOf(id: string): number;
  /** The conversation where it is at hand; undefined where it has to be read first. */
  peek(row: number): Conversation | undefined;
  /** @throws LosslightError where the file can no longer be read. */
  read(rows: readonly number[]): Promise<Conversation[]>;
  /** Rows from `from` to before `to` whose messages say `key`, from `searchKey`. */
  search(key: string, from: number, to: number): readonly number[] | Promise<readonly number[]>;
  /** Ids that are in use; of what stays in files the series of which every one may be. */
  takenIds(): TakenIds;
  /** The part is shown nowhere any more. */
  close(): void;
}

interface PartOptions {
  files?: readonly string[];
  /** The files' where it came from some. */
  name?: string;
  heldOut?: boolean;
}

/** Conversations in memory. */
export class MemoryPart implements DataPart {
  readonly inFile = false;
  readonly name: string;
  readonly files: readonly string[] | undefined;
  readonly heldOut: boolean;
  readonly #rows: ReadonlyMap<string, number>;

  constructor(
    readonly conversations: readonly Conversation[],
    readonly warned: ArrayLike<number> = [],
    { files, name = files?.join(', ') ?? '', heldOut = false }: PartOptions = {},
  ) {
    this.name = name;
    this.files = files;
    this.heldOut = heldOut;
    this.#rows = new Map(conversations.map(({ id }, row) => [id, row]));
  }

  get length() {
    return this.conversations.length;
  }
  id(row: number): string {
    return this.conversations[row]?.id ?? '';
  }
  rowOf(id: string): number {
    return this.#rows.get(id) ?? -1;
  }
  peek(row: number): Conversation | undefined {
    return this.conversations[row];
  }
  async read(rows: readonly number[]): Promise<Conversation[]> {
    return rows.flatMap((row) => this.conversations[row] ?? []);
  }
  search(key: string, from: number, to: number): readonly number[] {
    const found: number[] = [];
    for (let row = from; row < Math.min(to, this.length); row++) {
      const conversation = this.conversations[row];
      if (conversation && mentions(conversation, key)) found.push(row);
    }
    return found;
  }
  takenIds(): TakenIds {
    return { ids: this.conversations.map(({ id }) => id), series: [] };
  }
  close(): void {}
}

/** A part and where its rows begin in the list. */
interface Place {
  part: DataPart;
  from: number;
}

/** First key of each part: no two rows of a session share one, even where an id comes back with another text. */
const keys = new WeakMap<DataPart, number>();
let nextKey = 0;

function firstKey(shown: DataPart): number {
  // A changed conversation is still the same row.
  const part = importedPart(shown);
  const known = keys.get(part);
  if (known !== undefined) return known;
  const first = nextKey;
  nextKey += part.length;
  keys.set(part, first);
  return first;
}

export class DataList {
  readonly length: number;
  /** True where some conversations stay in a file. */
  readonly inFile: boolean;
  readonly #places: readonly Place[];

  /** @param split which of the parts' rows are held out, where any are; parts that were made to be, are in any case */
  constructor(
    readonly parts: readonly DataPart[] = [],
    readonly split?: Split,
  ) {
    let from = 0;
    this.#places = parts.map((part) => {
      const place = { part, from };
      from += part.length;
      firstKey(part);
      return place;
    });
    this.length = from;
    this.inFile = parts.some((part) => part.inFile);
  }

  /** This list with another part behind it. */
  with(part: DataPart): DataList {
    return new DataList([...this.parts, part], this.split);
  }

  /** Whether an import is in the list, whether or not it was changed since. */
  has(part: DataPart): boolean {
    return this.parts.some((other) => importedPart(other) === importedPart(part));
  }

  /** This list without an import, whether or not it was changed since. */
  without(part: DataPart): DataList {
    const gone = importedPart(part);
    return new DataList(
      this.parts.filter((other) => importedPart(other) !== gone),
      this.split,
    );
  }

  /** This list with another split; undefined holds nothing out. */
  withSplit(split: Split | undefined): DataList {
    return new DataList(this.parts, split);
  }

  /** This list with a changed conversation as its import brought it. */
  restored(row: number): DataList {
    const place = this.#placeOf(row);
    if (!(place?.part instanceof PatchedPart)) return this;
    return this.#withPart(place.part, place.part.restored(row - place.from));
  }

  /** This list with another conversation in a row. */
  replaced(row: number, conversation: Conversation): DataList {
    const place = this.#placeOf(row);
    if (!place) return this;
    const { part, from } = place;
    return this.#withPart(part, PatchedPart.of(part, row - from, conversation));
  }

  /** Whether a row is held out: it is never trained, and what is measured may be measured on it. */
  heldOut(row: number): boolean {
    const place = this.#placeOf(row);
    if (!place) return false;
    if (place.part.heldOut) return true;
    return this.split !== undefined && splitOf(place.part.length, this.split).has(row - place.from);
  }

  /** How many rows are held out. */
  get heldOutCount(): number {
    const { split } = this;
    const countOf = ({ heldOut, length }: DataPart) =>
      heldOut ? length : split ? splitOf(length, split).count : 0;
    return this.parts.reduce((sum, part) => sum + countOf(part), 0);
  }

  /** Rows that are held out, in their order. */
  heldOutRows(): number[] {
    const rows: number[] = [];
    if (!this.heldOutCount) return rows;
    for (let row = 0; row < this.length; row++) if (this.heldOut(row)) rows.push(row);
    return rows;
  }

  /** The import that a row came with: its place among the parts, its name, and whether it was made to measure on. */
  originOf(row: number): { part: number; name: string; heldOut: boolean } {
    const part = this.#places.findIndex(({ part: { length }, from }) => row >= from && row < from + length);
    const { name = '', heldOut = false } = this.parts[part] ?? {};
    return { part, name, heldOut };
  }

  /** Whether a row was changed since its import. */
  edited(row: number): boolean {
    const place = this.#placeOf(row);
    return place?.part instanceof PatchedPart && place.part.changed.has(row - place.from);
  }

  /** Rows that were changed since their import, in their order. */
  editedRows(): number[] {
    return this.#places.flatMap(({ part, from }) =>
      part instanceof PatchedPart
        ? [...part.changed.keys()].sort((a, b) => a - b).map((row) => from + row)
        : [],
    );
  }

  /** Keys of rows that are in both lists, with another conversation in each. */
  changedKeys(other: DataList): number[] {
    const keys: number[] = [];
    for (const { part } of this.#places) {
      const there = other.parts.find((their) => importedPart(their) === importedPart(part));
      if (!there || there === part) continue;
      const [mine, theirs] = [changesOf(part), changesOf(there)];
      for (const row of new Set([...mine.keys(), ...theirs.keys()]))
        if (mine.get(row) !== theirs.get(row)) keys.push(firstKey(part) + row);
    }
    return keys;
  }

  /** A number for a row that no other row of the session has. */
  key(row: number): number {
    const place = this.#placeOf(row);
    return place ? firstKey(place.part) + row - place.from : -1;
  }

  /** The row that has this key; -1 where none has. */
  rowOfKey(key: number): number {
    const place = this.#places.find(
      ({ part }) => key >= firstKey(part) && key < firstKey(part) + part.length,
    );
    return place ? place.from + key - firstKey(place.part) : -1;
  }

  id(row: number): string {
    const place = this.#placeOf(row);
    return place ? place.part.id(row - place.from) : '';
  }

  rowOf(id: string): number {
    for (const { part, from } of this.#places) {
      const row = part.rowOf(id);
      if (row >= 0) return from + row;
    }
    return -1;
  }

  /**
   * The parts with a conversation of this id. Of those that stay in files not every id is at hand: such a part counts where a record
   * of its files has a name like that.
   */
  partsWith(id: string): DataPart[] {
    const prefix = countedId(id)?.prefix;
    return this.parts.filter((part) => {
      if (part.rowOf(id) >= 0) return true;
      return part.inFile && part.takenIds().series.some((one) => one.prefix === prefix);
    });
  }

  /** The conversation where it is at hand; undefined where it has to be read first. */
  at(row: number): Conversation | undefined {
    const place = this.#placeOf(row);
    return place?.part.peek(row - place.from);
  }

  warned(row: number): boolean {
    const place = this.#placeOf(row);
    return place !== undefined && placeIn(place.part.warned, row - place.from) >= 0;
  }

  /** Rows whose import had a warning, in their order. */
  warnedRows(): number[] {
    return this.#places.flatMap(({ part, from }) => Array.from(part.warned, (row) => row + from));
  }

  /**
   * Conversations of rows, in the order of `rows`.
   *
   * @throws LosslightError where a file can no longer be read.
   */
  async read(rows: readonly number[]): Promise<Conversation[]> {
    const read: Conversation[] = [];
    for (let at = 0; at < rows.length;) {
      const place = this.#placeOf(rows[at] ?? -1);
      if (!place) return read;
      const { part, from } = place;
      const inside = (row: number) => row >= from && row < from + part.length;
      const end = rows.findIndex((row, i) => i > at && !inside(row));
      const own = rows.slice(at, end < 0 ? rows.length : end);
      read.push(...(await part.read(own.map((row) => row - from))));
      at += own.length;
    }
    return read;
  }

  /** Rows of one part, from `from` to at most before `to`, whose messages say `key`; `next` is where to go on. */
  async search(key: string, from: number, to: number): Promise<{ rows: number[]; next: number }> {
    const place = this.#placeOf(from);
    if (!place) return { rows: [], next: this.length };
    const next = Math.min(to, place.from + place.part.length);
    const found = await place.part.search(key, from - place.from, next - place.from);
    return { rows: found.map((row) => row + place.from), next };
  }

  /** Ids that another import must not use. */
  takenIds(): TakenIds {
    return joinedIds(this.parts.map((part) => part.takenIds()));
  }

  /** Whether a row stays in a file. */
  fileRow(row: number): boolean {
    return this.#placeOf(row)?.part.inFile ?? false;
  }

  #withPart(part: DataPart, changed: DataPart): DataList {
    return new DataList(
      this.parts.map((other) => (other === part ? changed : other)),
      this.split,
    );
  }

  #placeOf(row: number): Place | undefined {
    return this.#places.find(({ part, from }) => row >= from && row < from + part.length);
  }
}

/** The ids of several. */
export function joinedIds(all: readonly TakenIds[]): TakenIds {
  return { ids: [...new Set(all.flatMap(({ ids }) => ids))], series: all.flatMap(({ series }) => series) };
}

const NO_CHANGES: ReadonlyMap<number, Conversation> = new Map();

function changesOf(part: DataPart): ReadonlyMap<number, Conversation> {
  return part instanceof PatchedPart ? part.changed : NO_CHANGES;
}

/** Place of `value` in numbers that rise; -1 where it is not there. */
export function placeIn(numbers: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = numbers[middle] ?? 0;
    if (found === value) return middle;
    if (found < value) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
