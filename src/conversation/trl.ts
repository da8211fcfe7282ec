/**
 * @file TRL's dataset types: `messages`, `prompt` alone, `prompt` + `completion`, `chosen` + `rejected` with their prompt
 * or without, a `label` for KTO; each as chat messages or as text, with `tools` and `chat_template_kwargs`.
 */
import { unzip, type Draft, type PlacedMessage, type RecordFormat } from './draft';
import { hasRoles } from './openai';
import { readMessage, readMessages } from './openai-message';
import { comparePreference, judged, readLabel } from './preference';
import { messageList, readFields } from './record-frame';
import type { Reporter } from './report';
import type { Cursor } from './source-text';
import { textMessage } from './text-message';
import type { Role } from './types';

/** Fields that often hold an answer but that TRL's SFT does not read. */
const ANSWER_KEYS = ['response', 'answer', 'output', 'solution'];

export const trl: RecordFormat = {
  id: 'trl',
  name: 'TRL',
  claims(root) {
    if (root.get('chosen') && root.get('rejected')) return true;
    const list = messageList(root);
    if (list) return hasRoles(list) && root.get('chat_template_kwargs') !== undefined;
    return root.get('prompt') !== undefined || root.get('completion') !== undefined;
  },
  read(root, report) {
    const draft = readRecord(root, report);
    return report.failed ? undefined : draft;
  },
};

function readRecord(root: Cursor, report: Reporter): Draft | undefined {
  const [chosen, rejected] = [root.get('chosen'), root.get('rejected')];
  if (chosen && rejected) return readPreference(root, chosen, rejected, report);
  const lone = chosen ?? rejected;
  if (lone) {
    const reason = `the record has ${String(lone.path.at(-1))} without its counterpart`;
    report.error(lone, reason, 'Add the other one, or rename it to completion.');
    return undefined;
  }
  const list = messageList(root);
  if (list && !root.get('prompt') && !root.get('completion')) return readChat(root, list, report);
  return readPrompt(root, report);
}

function readChat(root: Cursor, list: Cursor, report: Reporter): Draft | undefined {
  if (list.node.kind !== 'array' || list.node.items.length === 0) {
    const what = list.node.kind === 'array' ? 'an empty list' : list.describe();
    report.error(
      list,
      `the messages are ${what}`,
      'Put the messages into a list, [{"role": "…", "content": "…"}, …].',
    );
    return undefined;
  }
  const key = list.path.at(-1);
  const fields = readFields(root, typeof key === 'string' ? [key] : [], report);
  return judged(root, { ...unzip(readMessages(list, report, { training: true })), ...fields }, report);
}

function readPrompt(root: Cursor, report: Reporter): Draft | undefined {
  const [prompt, completion, label] = [root.get('prompt'), root.get('completion'), root.get('label')];
  const steps = root.get('completions');
  if (steps && root.get('labels')) {
    const remedy = 'Join the steps to one completion; its label is one for the whole.';
    report.error(steps, 'labels for the steps of a completion (stepwise supervision) cannot be read', remedy);
    return undefined;
  }
  if (!prompt) {
    const reason = completion
      ? 'the record has a completion but no prompt'
      : 'the record has neither messages nor a prompt';
    report.error(
      completion ?? root,
      reason,
      'Write {"prompt": …, "completion": …}, each a list of messages.',
    );
    return undefined;
  }
  if (label && !completion) {
    report.error(label, 'the record has a label but no completion', 'Add the completion that it is about.');
    return undefined;
  }
  const value = completion && label && readLabel(label, report);
  const taken = ['prompt', 'completion', ...(completion && label ? ['label'] : [])];
  const fields = readFields(root, taken, report);
  noteUnread(root, fields.extra, completion === undefined, report);
  const before = readSide(prompt, 'user', report);
  const after = completion ? readSide(completion, 'assistant', report) : [];
  return {
    ...unzip([...before, ...after]),
    ...fields,
    completionFrom: before.length,
    ...(value !== undefined && { label: value }),
  };
}

function readPreference(root: Cursor, chosen: Cursor, rejected: Cursor, report: Reporter): Draft {
  const prompt = root.get('prompt');
  const fields = readFields(root, ['prompt', 'chosen', 'rejected'], report);
  noteUnread(root, fields.extra, false, report);
  const good = readSide(chosen, 'assistant', report);
  const bad = readSide(rejected, 'assistant', report);
  const before = prompt ? readSide(prompt, 'user', report) : [];
  const lists = chosen.node.kind === 'array' && rejected.node.kind === 'array';
  if (!lists || !(prompt === undefined || repeats(prompt, before, good, bad))) {
    if (!prompt) {
      const reason = 'the record has no prompt, so its texts were read as answers to nothing';
      report.warnOnce(chosen, reason, 'Add the prompt, or write chosen and rejected as lists of messages.');
    }
    return comparePreference({ ...unzip(before), ...fields }, good, bad, rejected, report);
  }
  const shared = sharedLength(good, bad);
  const start = { ...unzip(good.slice(0, shared)), ...fields };
  return comparePreference(start, good.slice(shared), bad.slice(shared), rejected, report);
}

/** Whether a prompt given as text is the user message that both lists begin with, after a system message or not. */
function repeats(
  prompt: Cursor,
  before: readonly PlacedMessage[],
  good: readonly PlacedMessage[],
  bad: readonly PlacedMessage[],
): boolean {
  if (prompt.string === undefined) return false;
  const text = before[0]?.message.content;
  return [good, bad].every((side) => {
    const first = side.find(({ message }) => message.role !== 'system')?.message;
    return side.length > 1 && first?.role === 'user' && first.content === text;
  });
}

/** Messages that two lists begin with alike; each keeps at least one of its own. */
function sharedLength(a: readonly PlacedMessage[], b: readonly PlacedMessage[]): number {
  const most = Math.min(a.length, b.length) - 1;
  const differs = a
    .slice(0, Math.max(most, 0))
    .findIndex(({ message }, i) => JSON.stringify(message) !== JSON.stringify(b[i]?.message));
  return differs < 0 ? Math.max(most, 0) : differs;
}

/** A prompt or a completion: a list of messages, one message, or a text, which a template makes one turn of. */
function readSide(value: Cursor, role: Role, report: Reporter): PlacedMessage[] {
  if (value.node.kind === 'array') return readMessages(value, report, { training: true });
  if (value.node.kind === 'object') {
    const message = readMessage(value, report, { training: true });
    return message ? [message] : [];
  }
  const key = String(value.path.at(-1));
  if (value.string === undefined) {
    const remedy = 'Write a list of messages, [{"role": "…", "content": "…"}, …], or a text.';
    report.error(value, `${key} is ${value.describe()}, neither messages nor text`, remedy);
    return [];
  }
  const reason = `${key} is plain text, which TRL joins as it is; it was read as a turn of the ${role}, so that a template writes its header and its end`;
  report.warnOnce(value, reason, 'Write it as a list of messages to make that explicit.');
  return [textMessage(role, value.string, value, report)];
}

function noteUnread(root: Cursor, extra: Draft['extra'], alone: boolean, report: Reporter): void {
  const keys = ['system', ...(alone ? ANSWER_KEYS : [])].filter((key) => typeof extra[key] === 'string');
  for (const key of keys) {
    const reason = `the field \`${key}\` is kept, but TRL does not read it as part of the conversation`;
    const remedy =
      key === 'system' ? 'Make it the first message of the prompt.' : 'Rename it to completion if it is one.';
    report.warnOnce(root.get(key) ?? root, reason, remedy);
  }
}
