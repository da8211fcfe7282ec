/**
 * @file One chat message as OpenAI writes it, with the fields for thinking that open models added:
 * `{role, content, tool_calls, tool_call_id, name, weight, reasoning_content}`. A field that is null counts as absent.
 */
import type { MessageOrigin, PlacedMessage } from './draft';
import type { Reporter } from './report';
import type { Cursor } from './source-text';
import { readCall, warnUnknown } from './tool-calls';
import { splitThinking } from './thinking';
import { hasDetail, readTraining, TRAINING_KEYS } from './training';
import type { Message, Role, ToolCall } from './types';

/** Legacy and neighbouring names of roles, and what they are read as. */
const ROLES: Record<string, Role | undefined> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
};

const REASONING_KEYS = ['reasoning_content', 'reasoning', 'thinking'];
const KNOWN_KEYS = ['role', 'content', 'name', 'weight', ...REASONING_KEYS];
const ROLE_KEYS: Record<Role, string[]> = {
  system: [],
  user: [],
  assistant: ['tool_calls', 'function_call'],
  tool: ['tool_call_id'],
};

export interface MessageOptions {
  /** Whether Axolotl's `train` and `train_detail` are read; else they are unknown fields. */
  training?: boolean;
}

/** The good messages of a list; errors are reported. */
export function readMessages(list: Cursor, report: Reporter, options: MessageOptions = {}): PlacedMessage[] {
  return list
    .items()
    .map((item) => readMessage(item, report, options))
    .filter((message) => message !== undefined);
}

/** One message, or undefined after an error was reported. */
export function readMessage(
  item: Cursor,
  report: Reporter,
  options: MessageOptions = {},
): PlacedMessage | undefined {
  const origin: MessageOrigin = { field: item.field, line: item.line, calls: [] };
  if (item.node.kind !== 'object') {
    report.error(
      item,
      `the message is ${item.describe()}, not an object`,
      'Write {"role": "…", "content": "…"}.',
    );
    return undefined;
  }
  const role = readRole(item, report);
  if (!role) return undefined;
  const message: Message = { role, content: '' };
  const calls = readCalls(item, role, report);
  if (calls) {
    message.toolCalls = calls.map(({ call }) => call);
    origin.calls = calls.map(({ place }) => ({ field: place.field, line: place.line }));
  }
  readContent(item, message, report);
  readReasoning(item, message, report, options.training === true && hasDetail(item));
  const callId = role === 'tool' ? readString(item, 'tool_call_id', report) : undefined;
  if (callId !== undefined) message.toolCallId = callId;
  const name = readString(item, 'name', report);
  if (name !== undefined) message.name = name;
  readWeight(item, message, report);
  if (options.training) readTraining(item, message, report);
  warnUnknown(item, [...KNOWN_KEYS, ...ROLE_KEYS[role], ...(options.training ? TRAINING_KEYS : [])], report);
  return { message, origin };
}

function readRole(item: Cursor, report: Reporter): Role | undefined {
  const given = item.get('role');
  const remedy = 'Use one of system, developer, user, assistant, tool.';
  if (given?.string === undefined) {
    const reason = given ? `the role is ${given.describe()}, not a string` : 'the message has no role';
    report.error(given ?? item, reason, remedy);
    return undefined;
  }
  const role = Object.hasOwn(ROLES, given.string) ? ROLES[given.string] : undefined;
  if (!role) report.error(given, `the role ${JSON.stringify(given.string.slice(0, 60))} is unknown`, remedy);
  else if (role !== given.string) {
    const keep = 'Nothing to do, unless the template treats the two differently.';
    report.warn(given, `the role \`${given.string}\` was read as \`${role}\``, keep);
  }
  return role;
}

/** Content as one string: text parts are joined without anything between them; any other part is an error. */
function readContent(item: Cursor, message: Message, report: Reporter): void {
  const content = item.get('content');
  if (!content) {
    const optional = message.role === 'assistant';
    if (!optional)
      report.error(item, `the ${message.role} message has no content`, 'Add its text; "" if it is empty.');
  } else if (content.string !== undefined) {
    message.content = content.string;
  } else if (content.node.kind === 'array') {
    message.content = content
      .items()
      .map((part) => readPart(part, report))
      .join('');
  } else {
    const remedy = 'Write the content as a string; an object as its JSON text.';
    report.error(
      content,
      `the content is ${content.describe()}, neither text nor a list of text parts`,
      remedy,
    );
  }
}

function readPart(part: Cursor, report: Reporter): string {
  const type = part.get('type')?.string ?? 'text';
  const text = part.get('text')?.string;
  if (part.node.kind === 'object' && type === 'text' && text !== undefined) {
    warnUnknown(part, ['type', 'text'], report);
    return text;
  }
  const what = part.node.kind === 'object' ? `of type ${JSON.stringify(type.slice(0, 60))}` : part.describe();
  const reason =
    type === 'text' ? 'the part of the content holds no text' : `the part of the content is ${what}`;
  report.error(part, reason, 'Keep only parts of the form {"type": "text", "text": "…"}.');
  return '';
}

/** A field for thinking where there is one, else thinking inside the content, unless that has to stay whole. */
function readReasoning(item: Cursor, message: Message, report: Reporter, whole: boolean): void {
  const given = REASONING_KEYS.map((key) => item.get(key)).filter((value) => value !== undefined);
  for (const value of given) {
    if (value.string !== undefined) continue;
    report.error(
      value,
      `the thinking is ${value.describe()}, not a string`,
      'Write the thinking as one string.',
    );
    return;
  }
  if (message.role !== 'assistant') {
    // Tables with one column a field write '' where a message has none.
    const thought = given.find((value) => value.string !== '');
    if (thought) {
      const remedy = 'Move it to the assistant message that it belongs to.';
      report.error(thought, `a ${message.role} message cannot have thinking`, remedy);
    }
    return;
  }
  const [first, ...others] = given;
  const other = others.find((value) => value.string !== first?.string);
  if (other) {
    const remedy = 'Keep one of reasoning_content, reasoning and thinking.';
    report.error(other, 'the message has two different texts of thinking', remedy);
    return;
  }
  const content = item.get('content') ?? item;
  if (first) {
    message.reasoning = first.string;
    if (/<\/?think>/.test(message.content)) {
      const reason = 'the content holds a think tag beside the field for thinking, and was left as it is';
      report.warn(content, reason, 'Keep the thinking in one of the two places.');
    }
  } else if (whole) {
    if (/<\/?think>/.test(message.content)) {
      const reason =
        'the thinking inside the content was left there, because train_detail counts its characters';
      report.warn(content, reason, 'Move it to reasoning_content, and the offsets with it.');
    }
  } else {
    const split = splitThinking(message.content);
    message.content = split.content;
    if (split.reasoning !== undefined) message.reasoning = split.reasoning;
    if (split.warning)
      report.warn(content, split.warning, 'Write one <think>…</think> at the start of the content.');
  }
  if (message.content.includes('<tool_call>')) {
    const reason = 'the content holds <tool_call>, which stays plain text and is not read as a call';
    report.warn(content, reason, 'Move the call to `tool_calls` if it is one.');
  }
}

/** `tool_calls`, or the one call of the legacy `function_call`. An empty list counts as absent. */
function readCalls(
  item: Cursor,
  role: Role,
  report: Reporter,
): { call: ToolCall; place: Cursor }[] | undefined {
  const list = item.get('tool_calls');
  const legacy = item.get('function_call');
  const empty = list?.node.kind === 'array' && list.node.items.length === 0;
  const given = list && !empty ? list : legacy;
  if (!given) return undefined;
  if (role !== 'assistant') {
    report.error(given, `a ${role} message cannot call tools`, 'Move the calls to an assistant message.');
    return undefined;
  }
  if (list && !empty && legacy) {
    report.error(legacy, 'the message has both tool_calls and function_call', 'Keep only tool_calls.');
    return undefined;
  }
  if (given === list && list.node.kind !== 'array') {
    report.error(list, `tool_calls is ${list.describe()}, not a list`, 'Put the calls into a list.');
    return undefined;
  }
  const calls = given === list ? list.items() : [given];
  return calls.flatMap((place) => {
    const call = readCall(place, report);
    return call ? [{ call, place }] : [];
  });
}

function readString(item: Cursor, key: string, report: Reporter): string | undefined {
  const value = item.get(key);
  if (value && value.string === undefined) {
    report.error(value, `${key} is ${value.describe()}, not a string`, 'Write it in quotes.');
  }
  return value?.string;
}

function readWeight(item: Cursor, message: Message, report: Reporter): void {
  const weight = item.get('weight');
  if (!weight) return;
  if (weight.node.kind === 'number') message.weight = weight.node.value;
  else {
    const reason = `the weight is ${weight.describe()}, not a number`;
    report.error(
      weight,
      reason,
      'Write 0 to leave the message out of the loss, 1 to train it, or another number.',
    );
  }
}
