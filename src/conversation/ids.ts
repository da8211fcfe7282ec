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

/** The id that a record has where nothing took that, and which of its ids this is: `chat.jsonl#4 (2)` is the second. */
export function countedId(id: string): { base: string; time: number } {
  const [, base, time] = /^(.*#\d+) \((\d+)\)$/s.exec(id) ?? [];
  return base === undefined ? { base: id, time: 1 } : { base, time: Number(time) };
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
