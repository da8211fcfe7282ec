/**
 * @file What training changed in a data set: log-probabilities before and after, by segment and by conversation.
 */
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { TrainingSequence } from '../sequence/types';

export interface KindChange {
  /** A segment, or all trained tokens. */
  kind: SegmentKind | 'all';
  tokens: number;
  /** Mean natural log-probability a token. */
  base: number;
  tuned: number;
  /** Shares of the tokens that became more and less probable by more than `LEAST`. */
  more: number;
  less: number;
}

export interface ConversationChange {
  conversation: string;
  tokens: number;
  base: number;
  tuned: number;
}

/** A change of a log-probability that counts as none: about 1% of a probability. */
export const LEAST = 0.01;

interface Sum {
  tokens: number;
  base: number;
  tuned: number;
  more: number;
  less: number;
}

const empty = (): Sum => ({ tokens: 0, base: 0, tuned: 0, more: 0, less: 0 });

/** Sums over trained tokens, each counted once whatever its weight; sequences may come in slices. */
export class LogProbChange {
  readonly #kinds = new Map<SegmentKind | 'all', Sum>();
  readonly #conversations = new Map<string, Sum>();

  /** @param base and `tuned`: of predicting each token, [T]; the first means nothing */
  add({ weights, kind, origin }: TrainingSequence, base: Float32Array, tuned: Float32Array): void {
    const length = Math.min(weights.length, base.length, tuned.length);
    for (let i = 1; i < length; i++) {
      if (!weights[i]) continue;
      const [before, after] = [base[i] ?? 0, tuned[i] ?? 0];
      const names = [SEGMENT_KINDS[kind[i] ?? 0] ?? 'scaffold', 'all'] as const;
      for (const name of names) count(this.#kinds, name, before, after);
      count(this.#conversations, origin.conversation, before, after);
    }
  }

  /** A row a segment that has trained tokens, then all of them. */
  get kinds(): KindChange[] {
    return [...SEGMENT_KINDS, 'all' as const].flatMap((kind) => {
      const sum = this.#kinds.get(kind);
      return sum ? [{ kind, ...means(sum), more: sum.more / sum.tokens, less: sum.less / sum.tokens }] : [];
    });
  }

  /** Conversations, those whose mean changed most first, in either direction. */
  get conversations(): ConversationChange[] {
    return [...this.#conversations]
      .map(([conversation, sum]) => ({ conversation, ...means(sum) }))
      .sort((a, b) => Math.abs(b.tuned - b.base) - Math.abs(a.tuned - a.base));
  }
}

function count<K>(sums: Map<K, Sum>, key: K, base: number, tuned: number): void {
  const sum = sums.get(key) ?? empty();
  sums.set(key, sum);
  sum.tokens++;
  sum.base += base;
  sum.tuned += tuned;
  if (tuned - base > LEAST) sum.more++;
  if (base - tuned > LEAST) sum.less++;
}

const means = ({ tokens, base, tuned }: Sum) => ({ tokens, base: base / tokens, tuned: tuned / tokens });
