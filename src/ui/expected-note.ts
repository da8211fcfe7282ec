/**
 * @file What practice data says is right for each message of the user, in words: it stays as it is when the message is
 * edited, so whoever edits has to see it.
 */
import type { Conversation, Json } from '../conversation/types';

const DECISIONS: Readonly<Record<string, string>> = {
  call: 'to call',
  answer: 'to answer without a call',
  ask: 'to ask back',
  decline: 'to say that no tool can do this',
};

/** By the index of the message; empty for conversations that say nothing of the kind. */
export function expectedNotes({ extra }: Pick<Conversation, 'extra'>): Map<number, string> {
  const notes = new Map<number, string>();
  const { expected } = extra;
  if (!Array.isArray(expected)) return notes;
  for (const entry of expected) {
    if (!isObject(entry) || typeof entry['message'] !== 'number' || typeof entry['decision'] !== 'string')
      continue;
    const calls = Array.isArray(entry['calls']) ? entry['calls'].filter(isObject) : [];
    const names = calls.map(({ name }) => String(name)).join(' and ');
    const decision = DECISIONS[entry['decision']] ?? entry['decision'];
    const right = names ? `${decision} ${names}` : decision;
    notes.set(
      entry['message'],
      `Right here: ${right}. A reward goes by that; check that it still fits after a change.`,
    );
  }
  return notes;
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
