/**
 * @file Conversations without the lines that a chat's page shows above answers (`recap-line.ts`).
 */
import { withMessage } from './edit-message';
import { withoutLine } from './recap-line';
import type { Conversation } from './types';

/**
 * The conversation without these lines, its rejected completion included, and how many answers lost one. An answer that is nothing
 * else stays as it is.
 */
export function withoutRecaps(conversation: Conversation): { conversation: Conversation; answers: number } {
  const { preference, ...own } = conversation;
  const main = withoutOwn(conversation);
  if (!preference) return main;
  const other = withoutOwn({ ...own, messages: preference.rejected });
  if (!other.answers) return main;
  const { chosen } = main.conversation.preference ?? preference;
  return {
    conversation: { ...main.conversation, preference: { chosen, rejected: other.conversation.messages } },
    answers: main.answers + other.answers,
  };
}

function withoutOwn(conversation: Conversation): { conversation: Conversation; answers: number } {
  let changed = conversation;
  let answers = 0;
  conversation.messages.forEach((message, i) => {
    const without = withoutLine(message);
    if (without === message) return;
    changed = withMessage(changed, i, without);
    answers++;
  });
  return { conversation: changed, answers };
}
