/**
 * @file How many tokens a turn may take when it is written again: as many as are recorded, and more.
 */
import type { Conversation } from '../conversation/types';
import type { Encoded } from '../tokenizer/encoded';
import { NEW_TOKENS } from './generation-options';
import { countGenerated } from './token-counts';

/** Beside the recorded length: a turn that is not quite right is often longer. */
const MARGIN = { share: 1.5, tokens: 16 };
/** Characters of a token at least, of thinking that the template has left out and nobody has counted. */
const CHARACTERS = 3;

/**
 * @param message index of the message of the assistant that is written
 * @param contextLength of the model: what stands before the turn takes its part
 */
export function turnRoom(
  { source, encoded }: { source: Conversation; encoded: Encoded },
  message: number,
  contextLength: number,
): number {
  const { tokens, thinkTokens } = countGenerated(encoded, message, message + 1);
  const { reasoning = '' } = source.messages[message] ?? {};
  const left = thinkTokens ? 0 : Math.ceil(reasoning.length / CHARACTERS);
  const wanted = Math.max(NEW_TOKENS, Math.ceil(MARGIN.share * (tokens + left)) + MARGIN.tokens);
  const before = encoded.message.findIndex((owner) => owner === message);
  return Math.max(1, Math.min(wanted, contextLength - Math.max(0, before)));
}
