/**
 * @file Which tokens are trained, and how much: a policy turns provenance into one weight a token.
 */
import type { Conversation } from '../conversation/types';
import { SEGMENT_KINDS } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';

/** The segments a model generates, and so the only ones a span policy can train. */
export const TRAINABLE_KINDS = ['think', 'call', 'answer', 'end'] as const;
export type TrainableKind = (typeof TRAINABLE_KINDS)[number];

/** A switch and a weight for each trainable segment. Weights may be any finite number, negative ones included. */
export type MaskPolicy = Record<TrainableKind, { train: boolean; weight: number }>;

/** Trains thinking, calls, answers and the end of turn with weight 1; everything else is context. */
export const DEFAULT_POLICY: Readonly<MaskPolicy> = Object.freeze({
  think: { train: true, weight: 1 },
  call: { train: true, weight: 1 },
  answer: { train: true, weight: 1 },
  end: { train: true, weight: 1 },
});

/**
 * The weight on predicting each token, [T]. A token counts only where the model itself would generate it; its weight
 * is the policy's for its segment times the message's own `weight`.
 *
 * @throws RangeError if a weight of the policy is not a finite number.
 */
export function tokenWeights(
  encoded: Encoded,
  policy: MaskPolicy,
  conversation: Pick<Conversation, 'messages'>,
): Float32Array {
  const byKind = SEGMENT_KINDS.map((kind) => {
    const rule = (policy as Partial<Record<string, MaskPolicy[TrainableKind]>>)[kind];
    if (!rule?.train) return 0;
    if (!Number.isFinite(rule.weight)) {
      throw new RangeError(`The weight of segment “${kind}” must be a finite number, not ${rule.weight}.`);
    }
    return rule.weight;
  });
  return Float32Array.from(encoded.ids, (_, i) => {
    if (!encoded.generated[i]) return 0;
    const message = conversation.messages[encoded.message[i] ?? -1];
    return (byKind[encoded.kind[i] ?? 0] ?? 0) * (message?.weight ?? 1);
  });
}

/** How many tokens have a weight other than 0. */
export function trainedCount(weights: Float32Array): number {
  return weights.reduce((count, w) => count + (w === 0 ? 0 : 1), 0);
}
