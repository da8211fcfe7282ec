/**
 * @file Names of conversations: stable for the same file and record, unique within a session.
 */
import type { Conversation } from './types';

/** Ids in use: a set of them, or anything that knows. */
export interface TakenIds {
  has(id: string): boolean;
}

/** `chat.jsonl#4`; where that is taken `chat.jsonl#4 (2)`, `(3)` and so on. */
export function freeId(file: string, record: number, taken: TakenIds): string {
  const base = `${file}#${record}`;
  let id = base;
  for (let n = 2; taken.has(id); n++) id = `${base} (${n})`;
  return id;
}

/** The record of a file that an id names, taken or not; undefined where it names none of this file. */
export function recordOfId(file: string, id: string): number | undefined {
  if (!id.startsWith(`${file}#`)) return undefined;
  const digits = /^(0|[1-9]\d*)(?: \(\d+\))?$/.exec(id.slice(file.length + 1))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Ids that count on from one beginning, such as those of a file's records: `chat.jsonl#0` to below `chat.jsonl#9`, each up to ` (2)`. */
export interface IdSeries {
  /** Such as `chat.jsonl#`. */
  prefix: string;
  below: number;
  /** How many times each of them may be in use. */
  times: number;
}

/** Ids in use as data: single ones, and series of which every one may be. */
export interface IdsInUse {
  ids: readonly string[];
  series: readonly IdSeries[];
}

/** Of an id that counts: what it begins with, its number, and which of the ids with that number it is; `chat.jsonl#4 (2)` is the second. */
export function countedId(id: string): { prefix: string; number: number; time: number } | undefined {
  const [, prefix, digits, time] = /^(.*[#-])(0|[1-9]\d{0,14})(?: \((\d{1,9})\))?$/s.exec(id) ?? [];
  return prefix === undefined ? undefined : { prefix, number: Number(digits), time: Number(time ?? 1) };
}

/** Tells of an id whether it may be in use. */
export function takenBy({ ids, series }: IdsInUse): (id: string) => boolean {
  const single = new Set(ids);
  return (id) => {
    if (single.has(id)) return true;
    const counted = series.length ? countedId(id) : undefined;
    if (!counted) return false;
    const { prefix, number, time } = counted;
    return series.some((one) => one.prefix === prefix && number < one.below && time <= one.times);
  };
}

/** The most times that a number of a series is in use. */
export function timesOf(prefix: string, { ids, series }: IdsInUse): number {
  let most = 0;
  for (const one of series) if (one.prefix === prefix) most = Math.max(most, one.times);
  for (const id of ids) {
    const counted = id.startsWith(prefix) ? countedId(id) : undefined;
    if (counted?.prefix === prefix) most = Math.max(most, counted.time);
  }
  return most;
}

/** The same ids, and some more, as few series: one a prefix, however many ids there are. Those that do not count stay as they are. */
export function asSeries({ ids, series }: IdsInUse): { ids: string[]; series: IdSeries[] } {
  const merged = new Map<string, IdSeries>();
  const others = new Set<string>();
  const add = ({ prefix, below, times }: IdSeries) => {
    const known = merged.get(prefix);
    merged.set(prefix, {
      prefix,
      below: Math.max(below, known?.below ?? 0),
      times: Math.max(times, known?.times ?? 0),
    });
  };
  for (const one of series) add(one);
  for (const id of ids) {
    const counted = countedId(id);
    if (counted) add({ prefix: counted.prefix, below: counted.number + 1, times: counted.time });
    else others.add(id);
  }
  return { ids: [...others], series: [...merged.values()] };
}

/** A free id, which is added to `taken`. */
export function uniqueId(file: string, record: number, taken: Set<string>): string {
  const id = freeId(file, record, taken);
  taken.add(id);
  return id;
}

/** The same conversations with ids that are not in `taken` yet; for adding an import to those of a session. */
export function withUniqueIds(
  conversations: readonly Conversation[],
  taken: Iterable<string>,
): Conversation[] {
  const used = new Set(taken);
  return conversations.map((conversation) => ({
    ...conversation,
    id: uniqueId(conversation.source.file, conversation.source.record, used),
  }));
}
