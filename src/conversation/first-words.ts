/**
 * @file What a conversation is told from others by, for people: its first words.
 */
import { beginning } from './beginning';
import type { Conversation } from './types';
import { visibleControls } from './visible-controls';

/** UTF-16 units. */
const MOST = 120;

/** The first words of the first user message, on one line; else of any message; empty where nobody says anything. What would turn or hide text is named. */
export function firstWords({ messages }: Pick<Conversation, 'messages'>): string {
  const message =
    messages.find(({ role, content }) => role === 'user' && content.trim()) ??
    messages.find(({ content }) => content.trim());
  return visibleControls(beginning(message?.content.replace(/\s+/g, ' ').trim() ?? '', MOST));
}
