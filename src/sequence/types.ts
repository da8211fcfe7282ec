/**
 * @file What the engine trains on: token ids with a weight each, and batches of them.
 */
import type { Strategy } from './strategy';

/**
 * One sequence of T tokens. `weights[i]` belongs to PREDICTING `ids[i]` (from ids[0..i-1]); any finite number,
 * `weights[0]` is never used. The shift to targets happens in `batch.ts` and nowhere else.
 */
export interface TrainingSequence {
  ids: Int32Array;
  weights: Float32Array;
  /** Index into `SEGMENT_KINDS`, one a token. */
  kind: Uint8Array;
  /** Position for RoPE; restarts at 0 with each document. */
  positions: Int32Array;
  /** Document number within the sequence, from 1; tokens attend within their document only. 0 is padding. */
  document: Int32Array;
  /** For policy objectives, one number a token, of predicting `ids[i]`; see `PolicyTerms`. */
  policy?: PolicyTerms;
  /** What was said about the completion that it trains, for objectives that learn from that. */
  sample?: SampleFacts;
  /** Where it came from, for reports. */
  origin: SequenceOrigin;
}

/** A completion's reward, or how it was preferred; each where the data, or a reward function, says so. */
export interface SampleFacts {
  /** Completions with the same group answer the same prompt. */
  group: string;
  reward?: number;
  /** One of a pair, within its group. */
  preference?: 'chosen' | 'rejected';
  /** A completion of its own that was found good, or bad. */
  desirable?: boolean;
}

/**
 * What a clipped policy loss takes of each token beside its weight, which is then the token's part in the reduction and not
 * negative.
 */
export interface PolicyTerms {
  advantages: Float32Array;
  /** Log-probability under the policy that wrote the token. */
  oldLogProbs: Float32Array;
  /** Log-probability under the reference; of no use where β is 0. */
  referenceLogProbs: Float32Array;
}

/** What `PolicyTerms` holds, by name. */
export const POLICY_TERMS = ['advantages', 'oldLogProbs', 'referenceLogProbs'] as const;

/** Where a sequence came from. Only the conversation is always known. */
export interface SequenceOrigin {
  conversation: string;
  /** How the conversation was divided. */
  strategy?: Strategy;
  /** Number of the sequence among those of its conversation, from 0. */
  sequence?: number;
  /** Indices of the conversation's messages with a trained token in this sequence, and of those that are context. */
  trained?: readonly number[];
  context?: readonly number[];
  /** Of a packed sequence: the origin of each document, in the order of their numbers. */
  documents?: readonly SequenceOrigin[];
}

/**
 * B rows of T tokens, row-major ([B, T] flattened). `targets[b, t]` is the token that follows `ids[b, t]` in the same
 * document and `weights[b, t]` the weight on predicting it; both 0 where nothing follows.
 * The loss is Σ weights · nll / norm, with `norm` taken over the whole accumulated batch.
 */
export interface Batch {
  rows: number;
  length: number;
  ids: Int32Array;
  targets: Int32Array;
  weights: Float32Array;
  positions: Int32Array;
  documents: Int32Array;
  /** Segment kind of each TARGET (index into SEGMENT_KINDS), for the loss per segment. */
  kind: Uint8Array;
  /** [rows · length], of the targets. */
  policy?: PolicyTerms;
  norm: number;
}
