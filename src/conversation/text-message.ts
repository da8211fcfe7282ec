/**
 * @file A message that a format holds as one text.
 */
import type { PlacedMessage } from './draft';
import { splitCalls, type CallTags } from './inline-calls';
import type { Reporter } from './report';
import type { Cursor, Place } from './source-text';
import { splitThinking } from './thinking';
import type { Message, Role } from './types';

/** A message of a role, its text unchanged; of the assistant, see `assistantText`. */
export function textMessage(role: Role, text: string, place: Place, report: Reporter): PlacedMessage {
  if (role === 'assistant') return assistantText(text, place, report);
  return {
    message: { role, content: text },
    origin: { field: place.field, line: place.line, calls: [] },
  };
}

/** An assistant's text, its thinking split off, and its calls where the format has tags for them. */
export function assistantText(text: string, place: Place, report: Reporter, tags?: CallTags): PlacedMessage {
  const split = splitThinking(text);
  if (split.warning)
    report.warn(place, split.warning, 'Write one <think>…</think> at the start of the text.');
  const { content, calls } = tags
    ? splitCalls(split.content, tags, place, report)
    : { content: split.content, calls: [] };
  const message: Message = { role: 'assistant', content };
  if (split.reasoning !== undefined) message.reasoning = split.reasoning;
  if (calls.length > 0) message.toolCalls = calls.map(({ call }) => call);
  if (!tags && content.includes('<tool_call>')) {
    const reason = 'the text holds <tool_call>, which stays plain text and is not read as a call';
    report.warn(place, reason, 'Read the file as Hermes, or write the call as `tool_calls`.');
  }
  return {
    message,
    origin: { field: place.field, line: place.line, calls: calls.map((call) => call.place) },
  };
}

/** The text of a field, or undefined after an error that names it. */
export function requireText(value: Cursor, report: Reporter): string | undefined {
  if (value.string === undefined) {
    const name = String(value.path.at(-1) ?? 'the value');
    report.error(value, `${name} is ${value.describe()}, not a string`, 'Write it as a string.');
  }
  return value.string;
}
