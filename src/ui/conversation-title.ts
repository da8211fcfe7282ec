/**
 * @file How a conversation is called in the list: by what the person first said.
 */
import { data } from '$strings/data';
import type { Conversation } from '../conversation/types';

/** The first words of the first user message, on one line; else of any message. */
export function conversationTitle({ messages }: Pick<Conversation, 'messages'>): string {
  const message =
    messages.find(({ role, content }) => role === 'user' && content.trim()) ??
    messages.find((m) => m.content.trim());
  const text = message?.content.replace(/\s+/g, ' ').trim() ?? '';
  return text ? text.slice(0, 120) : data.list.untitled;
}

/** How many times the person speaks. */
export function turnCount({ messages }: Pick<Conversation, 'messages'>): number {
  return messages.filter(({ role }) => role === 'user').length;
}
