/**
 * @file What training changed in a data set: log-probabilities before and after, by segment and by conversation.
 */
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { TrainingSequence } from '../sequence/types';

/** The completions of a pair, or those found good and bad: training moves them apart, so that one mean over both says nothing. */
export const SAMPLE_PARTS = ['chosen', 'rejected', 'good', 'bad'] as const;
export type SamplePart = (typeof SAMPLE_PARTS)[number];

export interface KindChange {
  /** Which completions; absent where they are not told apart. */
  part?: SamplePart;
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
  part?: SamplePart;
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

interface Sums {
  kinds: Map<SegmentKind | 'all', Sum>;
  conversations: Map<string, Sum>;
}

const empty = (): Sum => ({ tokens: 0, base: 0, tuned: 0, more: 0, less: 0 });

/** What is told apart, and what not, in this order. */
const PARTS = [undefined, ...SAMPLE_PARTS] as const;

/** Which of those a sequence trains. */
export function partOf({ sample }: Pick<TrainingSequence, 'sample'>): SamplePart | undefined {
  if (sample?.desirable !== undefined) return sample.desirable ? 'good' : 'bad';
  return sample?.preference;
}

/** Sums over trained tokens, each counted once whatever its weight; sequences may come in slices. */
export class LogProbChange {
  readonly #parts = new Map<SamplePart | undefined, Sums>();

  /** @param base and `tuned`: of predicting each token, [T]; the first means nothing */
  add(sequence: TrainingSequence, base: Float32Array, tuned: Float32Array): void {
    const { weights, kind, origin } = sequence;
    const part = partOf(sequence);
    const { kinds, conversations } = this.#parts.get(part) ?? { kinds: new Map(), conversations: new Map() };
    this.#parts.set(part, { kinds, conversations });
    const length = Math.min(weights.length, base.length, tuned.length);
    for (let i = 1; i < length; i++) {
      if (!weights[i]) continue;
      const [before, after] = [base[i] ?? 0, tuned[i] ?? 0];
      const names = [SEGMENT_KINDS[kind[i] ?? 0] ?? 'scaffold', 'all'] as const;
      for (const name of names) count(kinds, name, before, after);
      count(conversations, origin.conversation, before, after);
    }
  }

  /** A row a segment that has trained tokens, then all of them; the same again for each part that is told apart. */
  get kinds(): KindChange[] {
    return PARTS.flatMap((part) => {
      const { kinds } = this.#parts.get(part) ?? {};
      return [...SEGMENT_KINDS, 'all' as const].flatMap((kind): KindChange[] => {
        const sum = kinds?.get(kind);
        if (!sum) return [];
        const shares = { more: sum.more / sum.tokens, less: sum.less / sum.tokens };
        return [{ ...(part && { part }), kind, ...means(sum), ...shares }];
      });
    });
  }

  /** Conversations, or their parts, those whose mean changed most first, in either direction. */
  get conversations(): ConversationChange[] {
    return [...this.#parts]
      .flatMap(([part, { conversations }]) =>
        [...conversations].map(([conversation, sum]): ConversationChange => ({
          conversation,
          ...(part && { part }),
          ...means(sum),
        })),
      )
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
