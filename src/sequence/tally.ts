/**
 * @file How much of a conversation a policy trains, in numbers alone: what a list of thousands shows of each.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { editsOf, type EditBook } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import type { Inspector } from './inspector';
import { wholeSequence } from './whole';

/** Tokens of a conversation, and of those that a run reads the trained ones. */
export interface Tally {
  tokens: number;
  /** Tokens whose weight is not 0. The first token is predicted from nothing and never counts. */
  trained: number;
  /** Those of them whose weight is negative. */
  away: number;
  /** Why nothing can be trained: the template refused it, or the assistant never speaks. */
  reason?: string;
  /** The template refused it, so that it has no text at all. */
  refused?: true;
}

/**
 * One tally a conversation, in their order; a conversation that cannot be rendered or weighed has no tokens and a reason.
 *
 * @param limit tokens of a conversation that a run reads; Infinity for all
 */
export function tallyAll(
  inspector: Inspector,
  conversations: readonly Conversation[],
  policy: MaskPolicy,
  limit: number,
  edits: EditBook = {},
): Tally[] {
  return conversations.map((conversation) => {
    try {
      return tallyOne(inspector, conversation, policy, limit, edits);
    } catch (error) {
      // One conversation that cannot be read must not take the others with it.
      const reason = error instanceof Error ? error.message : String(error);
      const refused = error instanceof LosslightError && error.code === 'bad-template';
      return { tokens: 0, trained: 0, away: 0, reason, ...(refused && { refused }) };
    }
  });
}

function tallyOne(
  inspector: Inspector,
  conversation: Conversation,
  policy: MaskPolicy,
  limit: number,
  edits: EditBook,
): Tally {
  const view = inspector.inspect(conversation);
  const { weights } = wholeSequence(conversation, view, policy, limit, editsOf(edits, conversation.id));
  let trained = 0;
  let away = 0;
  for (let i = 1; i < weights.length; i++) {
    const weight = weights[i] ?? 0;
    if (weight !== 0) trained++;
    if (weight < 0) away++;
  }
  const tally = { tokens: view.encoded.ids.length, trained, away };
  if (trained > 0 || view.encoded.generated.includes(1)) return tally;
  return { ...tally, reason: 'It has no assistant turn, so there is nothing to train on.' };
}
