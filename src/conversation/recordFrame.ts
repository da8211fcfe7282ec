/**
 * @file What all JSON records share: where the list of messages is, the tools, and the fields kept for export.
 */
import { jsonObject } from './json';
import { LIST_KEYS } from './records';
import { listed, type Reporter } from './report';
import type { Cursor } from './sourceText';
import { readTools } from './toolSchemas';
import type { Json, ToolSchema } from './types';

export interface RecordFrame {
  messages: Cursor;
  tools?: ToolSchema[];
  extra: { [key: string]: Json };
}

/** A record's list of messages: the record itself, or its field `messages`, `conversations` or `conversation`. */
export function messageList(root: Cursor): Cursor | undefined {
  if (root.node.kind === 'array') return root;
  return LIST_KEYS.map((key) => root.get(key)).find((list) => list !== undefined);
}

/** Reads the frame; every field that is neither messages nor tools goes to `extra`, unchanged. */
export function readFrame(root: Cursor, report: Reporter): RecordFrame | undefined {
  const messages = messageList(root);
  if (!messages) {
    reportNoMessages(root, report);
    return undefined;
  }
  if (messages.node.kind !== 'array') {
    report.error(
      messages,
      `the messages are ${messages.describe()}, not a list`,
      'Put the messages into a list.',
    );
    return undefined;
  }
  if (messages.node.items.length === 0) {
    report.error(messages, 'the list of messages is empty', 'Add at least a user and an assistant message.');
    return undefined;
  }
  const tools = root.get('tools') ?? root.get('functions');
  const taken = new Set([messages.path.at(-1), 'tools', tools?.path.at(-1)]);
  const extra = root.fields().filter(([key]) => !taken.has(key));
  return {
    messages,
    tools: tools && readTools(tools, report),
    extra: jsonObject(extra.map(([key, value]) => [key, value.json])),
  };
}

function reportNoMessages(root: Cursor, report: Reporter): void {
  if (root.node.kind !== 'object') {
    const remedy = 'Write a record as {"messages": [{"role": "user", "content": "…"}, …]}.';
    report.error(root, `the record is ${root.describe()}, not a conversation`, remedy);
  } else if (root.get('role')) {
    const remedy =
      'Put the messages of one conversation into a list, {"messages": [ … ]}, one list a record.';
    report.error(root, 'the record is a single message, not a conversation', remedy);
  } else {
    const keys = root.fields().map(([key]) => key);
    const found = keys.length === 0 ? 'no fields at all' : `only ${listed(keys)}`;
    const remedy = 'Put the messages into a field `messages`, as [{"role": "user", "content": "…"}, …].';
    report.error(root, `the record has no list of messages, ${found}`, remedy);
  }
}
