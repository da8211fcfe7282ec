/**
 * @file What an importer hands over: a conversation before it has an id, with the origin of each message.
 */
import type { Reporter } from './report';
import type { Cursor, Place } from './source-text';
import type { Conversation, Message } from './types';

export interface MessageOrigin extends Place {
  /** Where each tool call stood, in the order of `toolCalls`. */
  calls: Place[];
}

export interface Draft extends Omit<Conversation, 'id' | 'source'> {
  /** One for each message; of several source entries in one message, that of the first. */
  origins: MessageOrigin[];
  /** The same for the messages of `preference.rejected`. */
  rejectedOrigins?: MessageOrigin[];
}

/** A message and where it stood. */
export interface PlacedMessage {
  message: Message;
  origin: MessageOrigin;
}

/** Placed messages as the two lists of a draft. */
export function unzip(placed: readonly PlacedMessage[]): { messages: Message[]; origins: MessageOrigin[] } {
  return { messages: placed.map(({ message }) => message), origins: placed.map(({ origin }) => origin) };
}

/** A format whose records are JSON values; the containers (JSON, JSONL) are `records.ts`'s business. */
export interface RecordFormat {
  id: string;
  /** For people, without the container. */
  name: string;
  /** Whether a record looks like this format; asked in the order of the detection table. */
  claims(root: Cursor): boolean;
  /** The conversation, or undefined after an error was reported. Reports every error of the record, not only the first. */
  read(root: Cursor, report: Reporter): Draft | undefined;
}
