/**
 * @file When2Call (arXiv 2504.18851): chat messages with a `chosen_response` and a `rejected_response`, calls inside the
 * text as `<TOOLCALL>[ … ]</TOOLCALL>`, and tools as a list of JSON strings.
 */
import { unzip, type Draft, type PlacedMessage, type RecordFormat } from './draft';
import { splitCalls, WHEN2CALL_TAGS } from './inline-calls';
import { hasRoles } from './openai';
import { readMessage } from './openai-message';
import { comparePreference } from './preference';
import { messageList, readFrame } from './record-frame';
import type { Reporter } from './report';
import type { Cursor } from './source-text';
import { assistantText } from './text-message';

const FORM =
  'Write {"messages": […], "chosen_response": {"role": "assistant", "content": "…"}, "rejected_response": …}.';

export const when2call: RecordFormat = {
  id: 'when2call',
  name: 'When2Call',
  claims(root) {
    if (root.get('chosen_response') || root.get('rejected_response')) return true;
    const list = messageList(root);
    return hasRoles(list) && (list?.items().some((item) => tagged(item.get('content')?.string)) ?? false);
  },
  read(root, report) {
    const draft = readRecord(root, report);
    return report.failed ? undefined : draft;
  },
};

function readRecord(root: Cursor, report: Reporter): Draft | undefined {
  const [chosen, rejected] = [root.get('chosen_response'), root.get('rejected_response')];
  const frame = readFrame(root, report, ['chosen_response', 'rejected_response']);
  if (!frame) return undefined;
  const base = { ...unzip(frame.messages.items().flatMap((item) => read(item, report))), ...frame.fields };
  if (!chosen && !rejected) return base;
  if (!chosen || !rejected) {
    report.error(root, `the record has no ${chosen ? 'rejected' : 'chosen'}_response`, FORM);
    return undefined;
  }
  return comparePreference(
    base,
    readResponse(chosen, report),
    readResponse(rejected, report),
    rejected,
    report,
  );
}

/** A response: a message, or its text. */
function readResponse(value: Cursor, report: Reporter): PlacedMessage[] {
  if (value.string !== undefined) return [assistantText(value.string, value, report, WHEN2CALL_TAGS)];
  return read(value, report);
}

function read(item: Cursor, report: Reporter): PlacedMessage[] {
  const placed = readMessage(item, report);
  if (!placed) return [];
  const { message, origin } = placed;
  if (message.role === 'assistant' && !message.toolCalls && tagged(message.content)) {
    const { content, calls } = splitCalls(
      message.content,
      WHEN2CALL_TAGS,
      item.get('content') ?? item,
      report,
    );
    message.content = content;
    if (calls.length > 0) message.toolCalls = calls.map(({ call }) => call);
    origin.calls = calls.map(({ place }) => place);
  }
  return [placed];
}

function tagged(text: string | undefined): boolean {
  return text?.includes(WHEN2CALL_TAGS.open) ?? false;
}
