/**
 * @file Two completions of one prompt, and a label on one: what TRL, When2Call and LLaMA-Factory have alike.
 */
import { unzip, type Draft, type PlacedMessage } from './draft';
import type { Reporter } from './report';
import type { Cursor, Place } from './source-text';
import type { Message } from './types';

/** The prompt's draft with both completions; its messages go on with the chosen one. */
export function comparePreference(
  prompt: Draft,
  chosen: readonly PlacedMessage[],
  rejected: readonly PlacedMessage[],
  place: Place,
  report: Reporter,
): Draft {
  const good = unzip(chosen);
  const bad = unzip(rejected);
  if (chosen.length === 0 || rejected.length === 0) {
    report.error(
      place,
      'one of the two completions holds no message',
      'Write a message for each of the two.',
    );
  } else if (JSON.stringify(good.messages) === JSON.stringify(bad.messages)) {
    const remedy = 'Correct one of the two, or bring the record as messages.';
    report.warn(
      place,
      'the chosen and the rejected completion are the same, so nothing is preferred',
      remedy,
    );
  }
  return {
    ...prompt,
    messages: [...prompt.messages, ...good.messages],
    origins: [...prompt.origins, ...good.origins],
    completionFrom: prompt.messages.length,
    preference: { chosen: good.messages, rejected: bad.messages },
    rejectedOrigins: bad.origins,
  };
}

/**
 * A record of messages with a `label`: the verdict on what the assistant wrote last, which is everything after the last message
 * of the user, as KTO has `completion`. Only true and false are such a verdict; any other value is kept as it is.
 *
 * @param draft with the label among its extra fields, where the record has one
 */
export function judged(root: Cursor, draft: Draft, report: Reporter): Draft {
  const label = root.get('label');
  if (label?.node.kind !== 'boolean') return draft;
  const completionFrom = lastCompletion(draft.messages);
  if (completionFrom === undefined) {
    const reason = 'the record has a label but does not end with an answer of the assistant';
    report.warn(label, reason, 'Add the answer that it is about; until then the label is only kept.');
    return draft;
  }
  const { label: _, ...extra } = draft.extra;
  return { ...draft, extra, completionFrom, label: label.node.value };
}

/** Where what the assistant wrote last begins: after the last message of the user; undefined where it does not have the last word. */
export function lastCompletion(messages: readonly Message[]): number | undefined {
  if (messages.at(-1)?.role !== 'assistant') return undefined;
  const user = messages.findLastIndex(({ role }) => role === 'user');
  return user < 0 ? messages.findIndex(({ role }) => role === 'assistant') : user + 1;
}

/** True or false; undefined after an error was reported. */
export function readLabel(label: Cursor, report: Reporter): boolean | undefined {
  if (label.node.kind === 'boolean') return label.node.value;
  const reason = `the label is ${label.describe()}, not true or false`;
  report.error(label, reason, 'Write true for a desirable completion, false for an undesirable one.');
  return undefined;
}
