/**
 * @file Whether anything answers the calls that a model writes in a conversation.
 */
import type { Conversation } from '../conversation/types';

/** Only practice records say which world answers; a call in any other conversation ends the turn. */
export const isAnswered = (conversation: Pick<Conversation, 'extra'> | undefined): boolean =>
  typeof conversation?.extra['world'] === 'number';
