/**
 * @file ShareGPT: `{conversations: [{from, value}, …], system, tools}`, as LLaMA-Factory and Axolotl read it, and Hermes:
 * the same with calls and results of tools inside the text.
 */
import { readCallText } from './call-text';
import { unzip, type Draft, type PlacedMessage, type RecordFormat } from './draft';
import { HERMES_TAGS, splitResponses, type CallTags } from './inline-calls';
import { comparePreference, judged, readLabel } from './preference';
import { messageList, readFrame } from './record-frame';
import type { Reporter } from './report';
import { SourceText, type Cursor } from './source-text';
import { assistantText, requireText, textMessage } from './text-message';
import { splitThinking } from './thinking';
import { warnUnknown } from './tool-calls';
import { hasDetail, readTraining, TRAINING_KEYS } from './training';
import type { Role } from './types';

/** Names of speakers, and what they are read as. */
const SPEAKERS: Record<string, Role | 'call' | undefined> = {
  system: 'system',
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  assistant: 'assistant',
  chatgpt: 'assistant',
  model: 'assistant',
  function_call: 'call',
  tool_call: 'call',
  observation: 'tool',
  tool: 'tool',
  function_response: 'tool',
};

const SPEAKERS_REMEDY = 'Use one of system, human, gpt, function_call, observation, tool.';

interface Options {
  /** Tags of calls inside the text; without them, such text stays text. */
  tags?: CallTags;
  training?: boolean;
}

/** Whether a list looks like this format's turns: some item names who it is from. */
export function hasSpeakers(list: Cursor | undefined): boolean {
  return list?.items().some((item) => item.get('from')) ?? false;
}

export const shareGpt: RecordFormat = {
  id: 'sharegpt',
  name: 'ShareGPT',
  claims: (root) => hasSpeakers(messageList(root)),
  read: (root, report) => readShareGpt(root, report),
};

export const hermes: RecordFormat = {
  id: 'hermes',
  name: 'Hermes',
  claims(root) {
    const list = messageList(root);
    if (!hasSpeakers(list)) return false;
    return (
      list?.items().some((item) => {
        const speaker = item.get('from')?.string ?? '';
        const role = Object.hasOwn(SPEAKERS, speaker) ? SPEAKERS[speaker] : undefined;
        const text = item.get('value')?.string ?? '';
        return (
          (role === 'assistant' && text.includes('<tool_call>')) ||
          (role === 'tool' && text.includes('<tool_response>'))
        );
      }) ?? false
    );
  },
  read: (root, report) => readShareGpt(root, report, { tags: HERMES_TAGS }),
};

/** A record of turns; with `chosen` and `rejected` turns or a `kto_tag`, as LLaMA-Factory has them. */
export function readShareGpt(root: Cursor, report: Reporter, options: Options = {}): Draft | undefined {
  const frame = readFrame(root, report, ['system', 'chosen', 'rejected', 'kto_tag']);
  if (!frame) return undefined;
  const { extra } = frame.fields;
  const placed = readTurns(frame.messages, report, options);
  const first = placed[0]?.message;
  const system = root.get('system');
  if (system) {
    const text = requireText(system, report);
    if (text === undefined) return undefined;
    if (first?.role !== 'system') {
      // Tables with one column a field write '' where a record has no system prompt.
      if (text !== '') placed.unshift(textMessage('system', text, system, report));
    } else if (text !== first.content && text !== '') {
      extra.system = text;
      const reason =
        'the field `system` differs from the system turn, which was used; the field is only kept';
      report.warn(system, reason, 'Keep one of the two.');
    }
  }
  const listed = first?.role === 'system' && first.content.includes('<tools>');
  if (options.tags && frame.fields.tools && listed) {
    const reason =
      'the system text lists the tools that `tools` holds too, so that a template writes them twice';
    report.warnOnce(frame.messages, reason, 'Remove one of the two.');
  }
  const base = { ...unzip(placed), ...frame.fields };
  const draft = readChoice(root, base, report, options);
  return report.failed ? undefined : draft;
}

function readChoice(root: Cursor, base: Draft, report: Reporter, options: Options): Draft | undefined {
  const [chosen, rejected] = [root.get('chosen'), root.get('rejected')];
  const tag = root.get('kto_tag');
  if (chosen && rejected) {
    const sides = [chosen, rejected].map((side) =>
      (side.node.kind === 'array' ? side.items() : [side])
        .map((turn) => readTurn(turn, report, options))
        .flatMap((turns) => turns ?? []),
    );
    return comparePreference(base, sides[0] ?? [], sides[1] ?? [], rejected, report);
  }
  const lone = chosen ?? rejected;
  if (lone) {
    const reason = `the record has ${String(lone.path.at(-1))} without its counterpart`;
    report.error(lone, reason, 'Add the other one, or remove both.');
  }
  if (!tag) return judged(root, base, report);
  const label = readLabel(tag, report);
  return { ...base, completionFrom: Math.max(base.messages.length - 1, 0), label };
}

function readTurns(list: Cursor, report: Reporter, options: Options): PlacedMessage[] {
  const placed: PlacedMessage[] = [];
  let previous: string | undefined;
  for (const item of list.items()) {
    const read = readTurn(item, report, options) ?? [];
    const speaker = item.get('from')?.string ?? '';
    const isCall = Object.hasOwn(SPEAKERS, speaker) && SPEAKERS[speaker] === 'call';
    const before = placed.at(-1);
    const [turn] = read;
    // Calls in a row are one turn of the model, whose results follow together.
    if (isCall && previous === 'call' && before?.message.toolCalls && turn && !alone(turn)) {
      for (const each of turn.message.toolCalls ?? []) before.message.toolCalls.push(each);
      for (const place of turn.origin.calls) before.origin.calls.push(place);
    } else for (const each of read) placed.push(each);
    previous = isCall ? 'call' : 'other';
  }
  return placed;
}

/** Whether a turn of calls says something of its own that joining it to another would lose. */
function alone({ message }: PlacedMessage): boolean {
  return message.reasoning !== undefined || message.weight !== undefined || message.detail !== undefined;
}

function readTurn(item: Cursor, report: Reporter, options: Options): PlacedMessage[] | undefined {
  const from = item.get('from');
  const speaker = from?.string;
  const role = speaker !== undefined && Object.hasOwn(SPEAKERS, speaker) ? SPEAKERS[speaker] : undefined;
  if (!from || !role) {
    const reason =
      item.node.kind !== 'object'
        ? `the turn is ${item.describe()}, not an object`
        : !from
          ? 'the turn does not say who it is from'
          : `the speaker ${speaker === undefined ? from.describe() : JSON.stringify(speaker.slice(0, 60))} is unknown`;
    report.error(from ?? item, reason, `${SPEAKERS_REMEDY} Write {"from": "human", "value": "…"}.`);
    return undefined;
  }
  const value = item.get('value');
  if (!value) {
    report.error(item, `the ${speaker} turn has no value`, 'Add its text as `value`; "" if it is empty.');
    return undefined;
  }
  const read =
    role === 'call' ? [readCallTurn(value, report)] : readTextTurn(role, value, item, report, options);
  if (!read) return undefined;
  const name = item.get('name')?.string;
  for (const { message } of read) {
    if (name !== undefined) message.name = name;
    const weight = item.get('weight');
    if (weight?.node.kind === 'number') message.weight = weight.node.value;
    else if (weight)
      report.error(weight, `the weight is ${weight.describe()}, not a number`, 'Write 0 or 1.');
    if (options.training) readTraining(item, message, report);
  }
  const training = options.training ? TRAINING_KEYS : [];
  warnUnknown(
    item,
    ['from', 'value', 'weight', ...(name === undefined ? [] : ['name']), ...training],
    report,
  );
  return read;
}

function readTextTurn(
  role: Role,
  value: Cursor,
  item: Cursor,
  report: Reporter,
  options: Options,
): PlacedMessage[] | undefined {
  const text = requireText(value, report);
  if (text === undefined) return undefined;
  if (role === 'assistant' && !(options.training && hasDetail(item))) {
    return [assistantText(text, value, report, options.tags)];
  }
  const parts = role === 'tool' && options.tags ? splitResponses(text, value, report) : [text];
  return parts.map((content) => ({
    message: { role, content },
    origin: { field: value.field, line: value.line, calls: [] },
  }));
}

/** A turn that is nothing but calls: JSON, or its text, with thinking before it. */
function readCallTurn(value: Cursor, report: Reporter): PlacedMessage {
  const { reasoning, content, warning } = splitThinking(value.string ?? '');
  if (warning) report.warn(value, warning, 'Write one <think>…</think> at the start of the text.');
  const calls = readCallText(
    {
      field: value.field,
      content: new SourceText(content, value.line, true),
      ...(value.string === undefined && { call: value }),
    },
    report,
  );
  return {
    message: {
      role: 'assistant',
      content: '',
      ...(reasoning !== undefined && { reasoning }),
      ...(calls.length > 0 && { toolCalls: calls.map(({ call }) => call) }),
    },
    origin: { field: value.field, line: value.line, calls: calls.map(({ place }) => place) },
  };
}
