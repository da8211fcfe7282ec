/**
 * @file How the conversations of two models that are compared stand to each other: what both have, and whether their last answers
 * had the same prompt, which is told by its tokens.
 */
import type { WrittenMessage } from './chat-message';
import { sharedLength, type ChatNode } from './chat-tree';

export interface Histories {
  /** Messages from the beginning that both have. */
  shared: number;
  /** Whether there are no others. */
  same: boolean;
  /** Of the answers to the last message of the person; undefined until both have one, and where it is the same. */
  answers?: {
    /** Whether they had the same prompt, token for token. */
    samePrompt: boolean;
    /** Whether their tokens were drawn with the same seed and settings. */
    drawnAlike: boolean;
  };
}

/** Undefined where neither has a message. */
export function historiesOf(a: readonly ChatNode[], b: readonly ChatNode[]): Histories | undefined {
  if (!a.length && !b.length) return undefined;
  const shared = sharedLength(a, b);
  if (shared === a.length && shared === b.length) return { shared, same: true };
  const [first, second] = [answerOf(a)?.written, answerOf(b)?.written];
  if (!first || !second) return { shared, same: false };
  return {
    shared,
    same: false,
    answers: { samePrompt: samePrompt(first, second), drawnAlike: drawnAlike(first, second) },
  };
}

/** The first message of the last answer on a path, whose prompt ends with what the person said. */
export function answerOf(path: readonly ChatNode[]): ChatNode | undefined {
  const user = path.findLastIndex(({ message }) => message.role === 'user');
  return user < 0 ? undefined : path[user + 1];
}

function samePrompt(a: WrittenMessage, b: WrittenMessage): boolean {
  if (a.model !== b.model || a.prompt.length !== b.prompt.length) return false;
  return a.prompt.every((id, i) => id === b.prompt[i]);
}

function drawnAlike(a: WrittenMessage, b: WrittenMessage): boolean {
  // At 0 the likeliest token is taken, whatever the seed and the share.
  if (a.temperature === 0 && b.temperature === 0) return true;
  return a.seed === b.seed && a.temperature === b.temperature && a.topP === b.topP;
}
