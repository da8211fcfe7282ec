/**
 * @file Whether a text stands anywhere in what the messages of a conversation say.
 */
import type { Conversation, Message } from './types';

/** What is looked for, ready for many comparisons. Upper and lower case are the same. */
export function searchKey(text: string): string {
  return text.toLowerCase();
}

/**
 * Whether `key` stands in one text of a message: content, thinking, a name, a call's name or its arguments as written. The
 * rejected completion of a preference counts too; tool schemas and fields that we do not interpret do not.
 *
 * @param key from `searchKey`; '' is found everywhere
 */
export function mentions({ messages, preference }: SearchedConversation, key: string): boolean {
  const found = (message: Message) => says(message, key);
  return messages.some(found) || (preference?.rejected.some(found) ?? false);
}

export type SearchedConversation = Pick<Conversation, 'messages' | 'preference'>;

function says({ content, reasoning, name, toolCalls }: Message, key: string): boolean {
  const has = (text: string | undefined) => text !== undefined && text.toLowerCase().includes(key);
  return (
    has(content) ||
    has(reasoning) ||
    has(name) ||
    (toolCalls?.some((call) => has(call.name) || has(call.rawArguments)) ?? false)
  );
}
