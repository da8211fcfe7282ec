/**
 * @file Conversations as TRL's dataset types.
 */
import { sharedFields, toRecordMessages, writeFields, type OpenAIOptions } from './export';
import { jsonObject, onlySpace, toJson } from './json';
import { scanJson } from './json-scanner';
import type { Conversation, Json, Message } from './types';

export type TrlType = 'messages' | 'prompt' | 'prompt-completion' | 'preference' | 'kto';

export interface TrlOptions extends OpenAIOptions {
  /**
   * Write every record as this type. By default each as the one that holds all it has, see `trlType`. A type that has no
   * place for a preference, a label or a border leaves it out.
   */
  type?: TrlType;
}

/** The type that holds all of a conversation. */
export function trlType({ messages, preference, label, completionFrom }: Conversation): TrlType {
  if (preference) return 'preference';
  if (label !== undefined) return 'kto';
  if (completionFrom === undefined) return 'messages';
  return completionFrom >= messages.length ? 'prompt' : 'prompt-completion';
}

/**
 * One record, with `tools` and `chat_template_kwargs` and the fields of `extra`, except those whose name is one of its
 * own. Arguments of calls are objects by default, which TRL's templates want. Where a completion is asked for and the
 * conversation does not say where it begins, it is what follows the last message of the user.
 * A prompt or completion without messages is written as an empty list, which TRL itself refuses (1.16, `is_conversational`).
 *
 * @throws RangeError where the type needs a rejected completion or a label that the conversation does not have.
 */
export function toTrl(conversation: Conversation, options: TrlOptions = {}): { [key: string]: Json } {
  const fields: [string, Json][] = [
    ...typeFields(conversation, options.type ?? trlType(conversation), { arguments: 'object', ...options }),
    ...sharedFields(conversation),
  ];
  const own = new Set(fields.map(([key]) => key));
  fields.push(...Object.entries(conversation.extra).filter(([key]) => !own.has(key)));
  return jsonObject(fields);
}

/**
 * TRL JSON Lines: one record a line, each line ended. Arguments are objects with their own text (`3.0` stays `3.0`),
 * except that a line break between their parts becomes a space.
 */
export function toTrlJsonl(conversations: readonly Conversation[], options: TrlOptions = {}): string {
  return conversations.map((conversation) => `${writeRecord(conversation, options)}\n`).join('');
}

function typeFields(conversation: Conversation, type: TrlType, options: OpenAIOptions): [string, Json][] {
  const { messages, preference, label } = conversation;
  const border = conversation.completionFrom ?? afterLastUser(messages);
  const write = (list: readonly Message[]) => toRecordMessages(list, options);
  const prompt: [string, Json] = ['prompt', write(messages.slice(0, border))];
  const completion: [string, Json] = ['completion', write(messages.slice(border))];
  switch (type) {
    case 'messages':
      return [['messages', write(messages)]];
    case 'prompt':
      return [prompt];
    case 'prompt-completion':
      return [prompt, completion];
    case 'kto':
      if (label === undefined) throw new RangeError('The conversation has no label, which KTO needs.');
      return [prompt, completion, ['label', label]];
    case 'preference':
      if (!preference)
        throw new RangeError('The conversation has no rejected completion, which a preference needs.');
      return [prompt, ['chosen', write(preference.chosen)], ['rejected', write(preference.rejected)]];
  }
}

function afterLastUser(messages: readonly Message[]): number {
  return messages.findLastIndex(({ role }) => role === 'user') + 1;
}

/** A record's JSON text: arguments that are objects are written as the text that they came as. */
function writeRecord(conversation: Conversation, options: TrlOptions): string {
  const raw = new Map<Json, string>();
  const { preference } = conversation;
  const all = [conversation.messages, preference?.chosen ?? [], preference?.rejected ?? []].flat();
  for (const { toolCalls } of all) {
    for (const call of toolCalls ?? []) {
      const text = call.rawArguments.replace(/\s*[\r\n]\s*/g, ' ');
      const scan = scanJson(text);
      if (!scan.ok || !onlySpace(text, scan.next)) continue;
      // An object that was changed by hand no longer has that text.
      const same = JSON.stringify(toJson(scan.node)) === JSON.stringify(call.arguments);
      if (same) raw.set(call.arguments, text.trim());
    }
  }
  return writeFields(toTrl(conversation, options), conversation, (value) => writeJson(value, raw));
}

/** Like JSON.stringify, with some values' texts given. */
function writeJson(value: Json, raw: ReadonlyMap<Json, string>): string {
  const text = raw.get(value);
  if (text !== undefined) return text;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => writeJson(item, raw)).join(',')}]`;
  const entries = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${writeJson(item, raw)}`,
  );
  return `{${entries.join(',')}}`;
}
