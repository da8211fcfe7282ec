/**
 * @file Which recorded completions an objective can learn from: those that it leaves out are not trained.
 */
import type { SampleKind } from './samples';
import type { TrainingSequence } from './types';

/**
 * Why a completion is of no use: nobody rewarded it, its reward is too low to keep, its pair has nothing to prefer, or the objective
 * multiplies its tokens by 0.
 */
export type Unused =
  | { why: 'unrewarded' }
  | { why: 'below'; reward: number; keepFrom: number }
  | { why: 'same' }
  | { why: 'weightless' };

/** What an objective goes by. */
export interface Usable {
  /** The reward from which RAFT keeps; absent where any finite one will do. */
  keepFrom?: number;
  /** What KTO multiplies the tokens of a labelled completion by; absent where that is not 0. */
  labelWeight?: (sequence: TrainingSequence) => number;
}

/** Whether a completion has a reward that can be compared. */
export function isRewarded({ sample }: Pick<TrainingSequence, 'sample'>): boolean {
  return sample?.reward !== undefined && Number.isFinite(sample.reward);
}

/** Whether two completions of a pair are the same tokens with the same weights, so that neither can be preferred. */
export function isSamePair(a: TrainingSequence, b: TrainingSequence): boolean {
  return (
    a.ids.length === b.ids.length && a.ids.every((id, i) => id === b.ids[i] && a.weights[i] === b.weights[i])
  );
}

/**
 * Sequences of samples without those that the objective leaves out.
 *
 * @returns `unused`: why, of conversations of which nothing is kept
 */
export function usableSamples(
  sequences: readonly TrainingSequence[],
  kind: SampleKind,
  how: Usable = {},
): { kept: TrainingSequence[]; unused: Map<string, Unused> } {
  const byConversation = new Map<string, TrainingSequence[]>();
  for (const sequence of sequences) {
    const { conversation } = sequence.origin;
    byConversation.set(conversation, [...(byConversation.get(conversation) ?? []), sequence]);
  }
  const kept: TrainingSequence[] = [];
  const unused = new Map<string, Unused>();
  for (const [conversation, own] of byConversation) {
    const reasons = own.map((sequence) => whyUnused(sequence, own, kind, how));
    const used = own.filter((_, i) => reasons[i] === undefined);
    kept.push(...used);
    const why = reasons.find((reason) => reason !== undefined);
    if (used.length === 0 && why) unused.set(conversation, why);
  }
  return { kept, unused };
}

function whyUnused(
  sequence: TrainingSequence,
  ofConversation: readonly TrainingSequence[],
  kind: SampleKind,
  { keepFrom = -Infinity, labelWeight }: Usable,
): Unused | undefined {
  const { sample } = sequence;
  switch (kind) {
    case 'reward': {
      const { reward = NaN } = sample ?? {};
      if (!isRewarded(sequence)) return { why: 'unrewarded' };
      return reward >= keepFrom ? undefined : { why: 'below', reward, keepFrom };
    }
    case 'pair': {
      const other = ofConversation.find((one) => one.sample?.preference !== sample?.preference);
      return other && isSamePair(sequence, other) ? { why: 'same' } : undefined;
    }
    case 'label':
      // Weights of tokens are numbers of 32 bits.
      return labelWeight && Math.fround(labelWeight(sequence)) === 0 ? { why: 'weightless' } : undefined;
  }
}
