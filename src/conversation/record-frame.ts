/**
 * @file What all JSON records share: where the list of messages is, the tools, and the fields kept for export.
 */
import { exactText } from './exact-json';
import { jsonObject } from './json';
import { LIST_KEYS } from './record-keys';
import { listed, type Reporter } from './report';
import { readReward } from './reward';
import type { Cursor } from './source-text';
import { readTools } from './tool-schemas';
import type { Json, ToolSchema } from './types';

export interface RecordFrame {
  messages: Cursor;
  /** What a draft has besides its messages. */
  fields: RecordFields;
}

export interface RecordFields {
  tools?: ToolSchema[];
  templateKwargs?: { [key: string]: Json };
  reward?: number;
  extra: { [key: string]: Json };
  extraTexts?: { [key: string]: string };
}

/** A record's list of messages: the record itself, or its field `messages`, `conversations` or `conversation`. */
export function messageList(root: Cursor): Cursor | undefined {
  if (root.node.kind === 'array') return root;
  return LIST_KEYS.map((key) => root.get(key)).find((list) => list !== undefined);
}

/** Reads the frame; every field that is not messages, tools, `chat_template_kwargs` or taken goes to `extra`, unchanged. */
export function readFrame(
  root: Cursor,
  report: Reporter,
  taken: readonly string[] = [],
): RecordFrame | undefined {
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
  const list = messages.path.at(-1);
  return {
    messages,
    fields: readFields(root, typeof list === 'string' ? [...taken, list] : taken, report),
  };
}

/** The fields that every format may have; those in `taken`, which its own reader reads, are left out of `extra`. */
export function readFields(root: Cursor, taken: readonly string[], report: Reporter): RecordFields {
  const toolsKey = root.get('tools') ? 'tools' : 'functions';
  const column = taken.includes('tools') ? undefined : root.get(toolsKey);
  // Tables with one column a field write '' where a record has no tools.
  const given = column?.string?.trim() === '' ? undefined : column;
  const tools = given && readTools(given, report);
  const templateKwargs = readTemplateKwargs(root, report);
  const reward = readReward(root, report);
  const own = new Set([
    ...taken,
    'tools',
    'chat_template_kwargs',
    column && toolsKey,
    reward !== undefined && 'reward',
  ]);
  const extra = root.fields().filter(([key]) => !own.has(key));
  const kept =
    reward === undefined ? extra : [...extra, ...root.fields().filter(([key]) => key === 'reward')];
  const texts = kept.flatMap(([key, value]) => {
    const text = exactText(value.node);
    return text === undefined ? [] : [[key, text] as const];
  });
  return {
    ...(tools && { tools }),
    ...(templateKwargs && { templateKwargs }),
    ...(reward !== undefined && { reward }),
    extra: jsonObject(extra.map(([key, value]) => [key, value.json])),
    ...(texts.length > 0 && { extraTexts: Object.fromEntries(texts) }),
  };
}

function readTemplateKwargs(root: Cursor, report: Reporter): { [key: string]: Json } | undefined {
  const given = root.get('chat_template_kwargs');
  if (!given) return undefined;
  const value = given.json;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const reason = `chat_template_kwargs is ${given.describe()}, not an object`;
  report.error(given, reason, 'Write an object, such as {"enable_thinking": false}.');
  return undefined;
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
