/**
 * @file A whole conversation as one training sequence.
 */
import type { Conversation } from '../conversation/types';
import { applyEdits, type Edit } from '../mask/edits';
import { type MaskPolicy, tokenWeights } from '../mask/policy';
import type { Rendered } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';
import type { TrainingSequence } from './types';

/**
 * One sequence for `conversation`, weighted by `policy` and then by hand edits, cut after `maxLength` tokens (the start is
 * kept, as TRL does). Positions count from 0; all tokens are of document 1. Edits that no longer fit the text change nothing.
 */
export function wholeSequence(
  conversation: Conversation,
  { rendered, encoded }: { rendered: Rendered; encoded: Encoded },
  policy: MaskPolicy,
  maxLength: number,
  edits: readonly Edit[] = [],
): TrainingSequence {
  const length = Math.min(encoded.ids.length, maxLength);
  const weights = tokenWeights(encoded, policy, conversation, rendered);
  return {
    ids: encoded.ids.slice(0, length),
    weights: applyEdits(weights, edits, { text: rendered.text, encoded }).weights.slice(0, length),
    kind: encoded.kind.slice(0, length),
    positions: Int32Array.from({ length }, (_, i) => i),
    document: new Int32Array(length).fill(1),
    origin: { conversation: conversation.id },
  };
}
