/**
 * @file Which tokens are trained, and how much: a policy turns provenance into one weight a token.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import { SEGMENT_KINDS, type Rendered } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';
import { basisWeights, type GenerationBlocks } from './basis';
import { tokensFromPieces } from './borders';
import { finiteWeight, type MaskPolicy } from './knobs';
import { Overlays } from './overlays';
import { cutPromptEnd } from './prompt-ends';
import { SegmentWeigher } from './segments';

export {
  DEFAULT_POLICY,
  TRAINABLE_KINDS,
  type MaskOptions,
  type MaskPolicy,
  type MaskRule,
  type SegmentRule,
  type TrainableKind,
} from './knobs';

/** What a policy reads of a conversation. `completionFrom` is the index of the first message of the completion. */
export type Weighable = Pick<Conversation, 'messages'> & { completionFrom?: number };

/** What a policy reads of a rendering. */
export type WeighableText = Pick<Rendered, 'text' | 'spans'> & GenerationBlocks;

/**
 * The weight on predicting each token, [T]. By default a token counts only where the model itself would generate it,
 * and its weight is the policy's for its segment times the message's own `weight`.
 *
 * @param rendered The text that `encoded` covers. Rules, a message's `detail`, borders and bases need it; the switches
 * and the other knobs do not (an empty think block that the template wrote by itself is seen only with it).
 * @throws RangeError if a weight is not a finite 32-bit number.
 * @throws LosslightError `needs-text` where the text is needed and absent, `bad-policy` where a rule is no regular
 * expression, `bad-detail` where a message's `detail` does not fit its text, `no-markers` where headers cannot be found.
 */
export function tokenWeights(
  encoded: Encoded,
  policy: MaskPolicy,
  conversation: Weighable,
  rendered?: WeighableText,
): Float32Array {
  const weights = weigh(encoded, policy, conversation, rendered);
  // Each factor is finite, and yet their product may not be.
  weights.forEach((weight, i) => finiteWeight(weight, `token ${i}`));
  return weights;
}

/** How many tokens have a weight other than 0. */
export function trainedCount(weights: Float32Array): number {
  return weights.reduce((count, w) => count + (w === 0 ? 0 : 1), 0);
}

function tokensAsSpans(encoded: Encoded) {
  return Array.from(encoded.ids, (_, i) => ({
    kind: SEGMENT_KINDS[encoded.kind[i] ?? 0] ?? 'scaffold',
    message: encoded.message[i] ?? -1,
    generated: encoded.generated[i] === 1,
  }));
}

function needsText(what: string): never {
  throw new LosslightError(
    'needs-text',
    `${what} cannot be followed without the rendered text.`,
    'Hand the rendering to tokenWeights beside its tokens.',
  );
}

function weigh(
  encoded: Encoded,
  policy: MaskPolicy,
  conversation: Weighable,
  rendered: WeighableText | undefined,
): Float32Array {
  const basis = policy.basis ?? 'segments';
  if (basis !== 'segments') {
    const found = basisWeights(
      encoded,
      basis,
      policy,
      conversation,
      rendered ?? needsText(`The basis “${basis}”`),
    );
    if (found) return found;
  }

  const units = rendered?.spans ?? tokensAsSpans(encoded);
  const weigher = new SegmentWeigher(policy, conversation.messages, units);
  const overlays = new Overlays(policy, conversation.messages, rendered, encoded);
  if (!rendered) {
    if (overlays.needed) needsText(overlays.needed);
    if (policy.border !== undefined && policy.border !== 'strict')
      needsText('The rule for tokens across a border');
    if (policy.promptEnds !== undefined && policy.promptEnds !== 'none')
      needsText('The rule for end-of-turn tokens of other roles');
    return Float32Array.from(units, (unit, i) => weigher.weigh(unit, units[i - 1]));
  }
  const { spans } = rendered;
  const weighSpan = (i: number) => (spans[i] ? weigher.weigh(spans[i], spans[i - 1]) : 0);
  const pieces = spans.flatMap(
    (span, i) =>
      cutPromptEnd(policy, conversation.messages, rendered, i, weighSpan) ??
      overlays.cut(span, weighSpan(i), weigher.messageFactor(span)),
  );
  return tokensFromPieces(encoded, pieces, policy.border ?? 'strict', (kind, message) =>
    weigher.weigh({ kind, message, generated: false }, undefined),
  );
}
