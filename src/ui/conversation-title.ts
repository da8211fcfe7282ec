/**
 * @file How a conversation is called in the list: by what the person first said.
 */
import { data } from '$strings/data';
import { firstWords } from '../conversation/first-words';
import type { Conversation } from '../conversation/types';

/** Its first words, see `firstWords`. */
export function conversationTitle(conversation: Pick<Conversation, 'messages'>): string {
  return firstWords(conversation) || data.list.untitled;
}

/** How many times the person speaks. */
export function turnCount({ messages }: Pick<Conversation, 'messages'>): number {
  return messages.filter(({ role }) => role === 'user').length;
}
