/**
 * @file Conversations as OpenAI chat messages, as TRL, Axolotl and chat templates read them.
 */
import { exactNode } from './exact-json';
import { jsonObject } from './json';
import { lastCompletion } from './preference';
import { toTrainDetail } from './training';
import type { Conversation, Json, Message, ToolCall } from './types';

export interface OpenAIOptions {
  /**
   * `text` (default): a call's arguments are their JSON text, as OpenAI has them, so that numbers and spaces survive.
   * `object`: their value, which is what chat templates want.
   */
  arguments?: 'text' | 'object';
}

/**
 * One record: `{messages, tools?, chat_template_kwargs?, …extra}`, a message's thinking in `reasoning_content`, its detail
 * in Axolotl's `train_detail`. Importing it gives the same conversation again, except its id and source, and what this
 * format has no place for: see `notInOpenAI`. One case may not come back: an assistant's content that begins with a
 * think block, or has a lone `</think>`, while the message has no `reasoning`. Import takes such text for thinking, so a
 * conversation that was imported never has it.
 */
export function toOpenAI(conversation: Conversation, options: OpenAIOptions = {}): { [key: string]: Json } {
  const fields: [string, Json][] = [
    ['messages', toRecordMessages(conversation.messages, options)],
    ...(keepsLabel(conversation) ? [['label', conversation.label] satisfies [string, Json]] : []),
    ...sharedFields(conversation),
  ];
  const own = new Set(fields.map(([key]) => key));
  fields.push(...Object.entries(conversation.extra).filter(([key]) => !own.has(key)));
  return jsonObject(fields);
}

/** Whether a record of messages with its label is read as the same again. */
function keepsLabel(
  conversation: Conversation,
): conversation is Conversation & { label: boolean; completionFrom: number } {
  const { messages, label, preference, completionFrom } = conversation;
  return (
    label !== undefined &&
    !preference &&
    completionFrom !== undefined &&
    completionFrom === lastCompletion(messages)
  );
}

/** Fields of a conversation that an OpenAI record has no place for, for telling before an export. */
export function notInOpenAI(conversation: Conversation): string[] {
  const { completionFrom, preference, label } = conversation;
  if (keepsLabel(conversation)) return [];
  return [
    ...(completionFrom === undefined ? [] : ['completionFrom']),
    ...(preference === undefined ? [] : ['preference']),
    ...(label === undefined ? [] : ['label']),
  ];
}

/** Messages of a record: as templates see them, and what only training reads. */
export function toRecordMessages(messages: readonly Message[], options: OpenAIOptions = {}): Json[] {
  return messages.map((message) => ({
    ...toOpenAIMessage(message, options),
    ...(message.detail && { train_detail: toTrainDetail(message.content, message.detail) }),
  }));
}

/** What every JSON record has beside its messages, less what we do not interpret. */
export function sharedFields({ tools, templateKwargs, reward }: Conversation): [string, Json][] {
  // A tool schema holds JSON only, but an interface has no index signature that would say so.
  const list = tools?.map(({ exactText: _, ...tool }) => jsonObject(Object.entries(tool)));
  return [
    ...(list ? [['tools', list] satisfies [string, Json]] : []),
    ...(templateKwargs ? [['chat_template_kwargs', templateKwargs] satisfies [string, Json]] : []),
    ...(reward === undefined ? [] : [['reward', reward] satisfies [string, Json]]),
  ];
}

/** OpenAI JSON Lines: one record a line, each line ended. Numbers and keys are as they were written. */
export function toOpenAIJsonl(conversations: readonly Conversation[]): string {
  return conversations
    .map((conversation) => `${writeFields(toOpenAI(conversation), conversation, JSON.stringify)}\n`)
    .join('');
}

/**
 * The JSON text of a record whose tools and further fields are those of a conversation. Where the text of one is known
 * and still that of its value, it is written.
 *
 * @param write The text of any other value.
 */
export function writeFields(
  record: { [key: string]: Json },
  { tools = [], reward, extra, extraTexts = {} }: Conversation,
  write: (value: Json) => string,
): string {
  const entries = Object.entries(record).map(([key, value]) => {
    if (key === 'tools' && Array.isArray(value) && value.length === tools.length) {
      const texts = value.map((tool, i) => writeExact(tool, tools[i]?.exactText, write));
      return `"tools":[${texts.join(',')}]`;
    }
    const own = key === 'reward' && reward !== undefined ? reward : extra[key];
    const text = value === own && Object.hasOwn(extraTexts, key) ? extraTexts[key] : undefined;
    return `${JSON.stringify(key)}:${writeExact(value, text, write)}`;
  });
  return `{${entries.join(',')}}`;
}

function writeExact(value: Json, text: string | undefined, write: (value: Json) => string): string {
  return text !== undefined && exactNode(text, value) ? text : write(value);
}

/** One message under OpenAI's names, its thinking in `reasoning_content`. */
export function toOpenAIMessage(message: Message, options: OpenAIOptions = {}): { [key: string]: Json } {
  return {
    role: message.role,
    content: message.content,
    ...(message.reasoning !== undefined && { reasoning_content: message.reasoning }),
    ...(message.toolCalls && { tool_calls: message.toolCalls.map((call) => exportCall(call, options)) }),
    ...(message.toolCallId !== undefined && { tool_call_id: message.toolCallId }),
    ...(message.name !== undefined && { name: message.name }),
    ...(message.weight !== undefined && { weight: message.weight }),
  };
}

function exportCall(call: ToolCall, options: OpenAIOptions): Json {
  const value = options.arguments === 'object' ? call.arguments : call.rawArguments;
  return {
    ...(call.id !== undefined && { id: call.id }),
    type: 'function',
    function: { name: call.name, arguments: value },
  };
}
