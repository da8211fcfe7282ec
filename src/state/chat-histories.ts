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
  /** Of two messages that models wrote in their last turns; undefined until both have one, and where a person or a tool wrote it. */
  answers?: {
    /**
     * Which: the last ones of both; the first ones that differ, with more behind them; or those that the last turns begin with, where
     * what was said differs already.
     */
    which: 'last' | 'differ' | 'begin';
    /** Whether they had the same prompt, token for token. */
    samePrompt: boolean;
    /** Whether their tokens were drawn with the same seed and settings; `likeliest`: at temperature 0, where no seed matters. */
    drawn: 'alike' | 'likeliest' | 'otherwise';
  };
}

/** Undefined where neither has a message. */
export function historiesOf(a: readonly ChatNode[], b: readonly ChatNode[]): Histories | undefined {
  if (!a.length && !b.length) return undefined;
  const shared = sharedLength(a, b);
  if (shared === a.length && shared === b.length) return { shared, same: true };
  // Calls that both have say nothing of the answers behind them, which may have been written anew.
  const inTurn = shared > Math.max(lastUser(a), lastUser(b));
  const [one, two] = inTurn ? [a[shared], b[shared]] : [answerOf(a), answerOf(b)];
  if (!one?.written || !two?.written) return { shared, same: false };
  const last = one === a.at(-1) && two === b.at(-1);
  return {
    shared,
    same: false,
    answers: {
      which: last ? 'last' : inTurn ? 'differ' : 'begin',
      samePrompt: samePrompt(one.written, two.written),
      drawn: drawn(one.written, two.written),
    },
  };
}

/** The first message of the last answer on a path, whose prompt ends with what the person said. */
export function answerOf(path: readonly ChatNode[]): ChatNode | undefined {
  const user = lastUser(path);
  return user < 0 ? undefined : path[user + 1];
}

function lastUser(path: readonly ChatNode[]): number {
  return path.findLastIndex(({ message }) => message.role === 'user');
}

function samePrompt(a: WrittenMessage, b: WrittenMessage): boolean {
  if (a.model !== b.model || a.prompt.length !== b.prompt.length) return false;
  return a.prompt.every((id, i) => id === b.prompt[i]);
}

function drawn(a: WrittenMessage, b: WrittenMessage): 'alike' | 'likeliest' | 'otherwise' {
  // At 0 the likeliest token is taken, whatever the seed and the share.
  if (a.temperature === 0 && b.temperature === 0) return 'likeliest';
  const alike = a.seed === b.seed && a.temperature === b.temperature && a.topP === b.topP;
  return alike ? 'alike' : 'otherwise';
}
