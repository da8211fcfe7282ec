/**
 * @file What practice data says is right for each message of the user, in words: it stays as it is when the message is
 * edited, so whoever edits has to see it.
 */
import { editor } from '$strings/editor';
import type { Conversation, Json } from '../conversation/types';

const words = editor.expected;
const DECISIONS: Readonly<Record<string, string>> = words.decisions;

/** By the index of the message; empty for conversations that say nothing of the kind. */
export function expectedNotes({ extra }: Pick<Conversation, 'extra'>): Map<number, string> {
  const notes = new Map<number, string>();
  const { expected } = extra;
  if (!Array.isArray(expected)) return notes;
  for (const entry of expected) {
    if (!isObject(entry) || typeof entry['message'] !== 'number' || typeof entry['decision'] !== 'string')
      continue;
    const calls = Array.isArray(entry['calls']) ? entry['calls'].filter(isObject) : [];
    const names = calls.map(({ name }) => String(name));
    const decision = DECISIONS[entry['decision']] ?? entry['decision'];
    notes.set(
      entry['message'],
      names.length ? words.rightCall(decision, words.tools(names)) : words.right(decision),
    );
  }
  return notes;
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
