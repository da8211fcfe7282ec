/**
 * @file Whether anything answers the calls that a model writes in a conversation, and how often at most.
 */
import type { Conversation } from '../conversation/types';

/** Only practice records say which world answers; a call in any other conversation ends the turn. */
export const isAnswered = (conversation: Pick<Conversation, 'extra'> | undefined): boolean =>
  typeof conversation?.extra['world'] === 'number';

/** Messages before a model that calls again and again is stopped. */
export const MOST_ROUNDS = 4;
