/**
 * @file The user turns of a conversation: what the user said, and everything until the user speaks again.
 */
import type { Message } from '../conversation/types';

/** A user turn that the assistant answers. Turns follow each other without a hole, from message 0 on. */
export interface Turn {
  /** First message: the one after the turn before, so that the first turn begins with the system message. */
  from: number;
  /** The assistant's last message in it, included. */
  to: number;
  /** The assistant's messages in it; calls of tools and the answer to their results are messages of their own. */
  assistants: readonly number[];
}

/**
 * Turns with at least one message of the assistant. What follows the last of them (a user without an answer, a result
 * that nobody read) is in no turn; an assistant that speaks before any user has a turn of its own.
 */
export function turnsOf(messages: readonly Pick<Message, 'role'>[]): Turn[] {
  const turns: Turn[] = [];
  let from = 0;
  let assistants: number[] = [];
  const close = () => {
    const to = assistants.at(-1);
    if (to === undefined) return;
    turns.push({ from, to, assistants });
    from = to + 1;
    assistants = [];
  };
  messages.forEach(({ role }, i) => {
    if (role === 'user') close();
    else if (role === 'assistant') assistants.push(i);
  });
  close();
  return turns;
}
