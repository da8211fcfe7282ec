/**
 * @file A conversation in a link or a session file: all of it, with its id, which hand edits go by. Import formats have no place
 * for some of that.
 */
import { stored } from '$strings/stored';
import { exactNode } from '../conversation/exact-json';
import type {
  CharacterRange,
  Conversation,
  Json,
  Message,
  ToolCall,
  ToolSchema,
} from '../conversation/types';
import { validate } from '../conversation/validate';
import { StoredField, toStored } from './stored-fields';

const ROLES = ['system', 'user', 'assistant', 'tool'] as const;
/** What makes neither a page nor a template slow: longer conversations fit no model. */
const MOST_MESSAGES = 5_000;
const MOST_CALLS = 1_000;

/**
 * A conversation as JSON. Arguments of calls are written once where their text is what JavaScript writes.
 *
 * @param withSource whether the name of the file it came from goes along
 */
export function storeConversation(conversation: Conversation, withSource: boolean): Json {
  const { source, messages, preference, ...rest } = conversation;
  return toStored({
    ...rest,
    messages: messages.map(storeMessage),
    ...(preference && {
      preference: {
        chosen: preference.chosen.map(storeMessage),
        rejected: preference.rejected.map(storeMessage),
      },
    }),
    ...(withSource && { source }),
    ...(Object.keys(conversation.extra).length === 0 && { extra: undefined }),
  });
}

/** A message as JSON. */
export function storeMessage({ toolCalls, ...message }: Message): object {
  if (!toolCalls) return message;
  const calls = toolCalls.map(({ rawArguments, ...call }) =>
    rawArguments === JSON.stringify(call.arguments) ? call : { ...call, rawArguments },
  );
  return { ...message, toolCalls: calls };
}

/**
 * Reads a conversation.
 *
 * @param origin what stands for the file where none is named
 * @param record its place there, from 0
 * @throws LosslightError `bad-content`, which names the field.
 */
export function readConversation(field: StoredField, origin: string, record: number): Conversation {
  const messages = field.get('messages').items(MOST_MESSAGES).map(readMessage);
  const list = (inner: StoredField) => inner.items(MOST_MESSAGES).map(readMessage);
  const [tools, templateKwargs, label, reward, extraTexts] = [
    field.maybe('tools', (inner) => inner.items(1_000).map(readTool)),
    field.maybe('templateKwargs', (inner) => inner.object()),
    field.maybe('label', (inner) => inner.boolean()),
    field.maybe('reward', (inner) => inner.finite()),
    field.maybe('extraTexts', (inner) => readTexts(inner)),
  ];
  const completionFrom = field.maybe('completionFrom', (inner) => inner.whole(0, messages.length));
  const preference = field.maybe('preference', (inner) => ({
    chosen: list(inner.get('chosen')),
    rejected: list(inner.get('rejected')),
  }));
  const conversation: Conversation = {
    id: field.get('id').name(1_000),
    messages,
    ...(tools && { tools }),
    ...(templateKwargs && { templateKwargs }),
    ...(completionFrom !== undefined && { completionFrom }),
    ...(preference && { preference }),
    ...(label !== undefined && { label }),
    ...(reward !== undefined && { reward }),
    extra: field.maybe('extra', (inner) => inner.object()) ?? {},
    ...(extraTexts && { extraTexts }),
    source: field.maybe('source', readSource) ?? { file: origin, record, line: 1 },
  };
  const wrong = validate(conversation).find(({ severity }) => severity === 'error');
  if (wrong) {
    const place =
      wrong.message < 0 ? field : new StoredField(undefined, `${field.path}.messages[${wrong.message}]`);
    place.refuse(stored.fields.unusable(wrong.reason));
  }
  return conversation;
}

/** @throws LosslightError `bad-content`, which names the field. */
export function readMessage(field: StoredField): Message {
  const [reasoning, toolCalls, toolCallId, name, weight, detail] = [
    field.maybe('reasoning', (inner) => inner.text()),
    field.maybe('toolCalls', (inner) => inner.items(MOST_CALLS).map(readCall)),
    field.maybe('toolCallId', (inner) => inner.text(1_000)),
    field.maybe('name', (inner) => inner.text(1_000)),
    field.maybe('weight', (inner) => inner.finite()),
    field.maybe('detail', (inner) => inner.items().map(readRange)),
  ];
  return {
    role: field.get('role').choice(ROLES),
    content: field.get('content').text(),
    ...(reasoning !== undefined && { reasoning }),
    ...(toolCalls && { toolCalls }),
    ...(toolCallId !== undefined && { toolCallId }),
    ...(name !== undefined && { name }),
    ...(weight !== undefined && { weight }),
    ...(detail && { detail }),
  };
}

function readCall(field: StoredField): ToolCall {
  const values = field.get('arguments').object();
  const id = field.maybe('id', (inner) => inner.text(1_000));
  return {
    ...(id !== undefined && { id }),
    name: field.get('name').name(1_000),
    arguments: values,
    rawArguments: field.maybe('rawArguments', (inner) => inner.text()) ?? JSON.stringify(values),
  };
}

function readRange(field: StoredField): CharacterRange {
  return {
    start: field.get('start').whole(0),
    end: field.get('end').whole(1),
    weight: field.get('weight').finite(),
  };
}

/**
 * Templates write a tool as it is, so that all of its fields are kept.
 *
 * @throws LosslightError `bad-content`, which names the field.
 */
export function readTool(field: StoredField): ToolSchema {
  field.get('type').choice(['function']);
  field.get('function').get('name').name(1_000);
  field.get('function').maybe('description', (inner) => inner.text());
  const { exactText, ...tool } = field.object();
  if (exactText === undefined) return tool as object as ToolSchema;
  const text = field.get('exactText').text();
  // Templates would write this text in place of the tool: it must say the same.
  if (!exactNode(text, tool)) field.get('exactText').refuse(stored.fields.notToolText);
  return { ...(tool as object as ToolSchema), exactText: text };
}

function readTexts(field: StoredField): { [key: string]: string } {
  return Object.fromEntries(field.entries().map(([key, inner]) => [key, inner.text()]));
}

function readSource(field: StoredField): Conversation['source'] {
  return {
    file: field.get('file').text(1_000),
    record: field.get('record').whole(0),
    line: field.get('line').whole(0),
  };
}
