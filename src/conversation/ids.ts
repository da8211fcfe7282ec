/**
 * @file Names of conversations: stable for the same file and record, unique within a session.
 */
import type { Conversation } from './types';

/** `chat.jsonl#4`; where that is taken `chat.jsonl#4 (2)`, `(3)` and so on. Adds the result to `taken`. */
export function uniqueId(file: string, record: number, taken: Set<string>): string {
  const base = `${file}#${record}`;
  let id = base;
  for (let n = 2; taken.has(id); n++) id = `${base} (${n})`;
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
