/**
 * @file What each strategy does with one conversation: how many sequences and tokens, what they cost, how often and how
 * much each assistant message is trained, and where its context is not that of inference.
 */
import type { Edit } from '../mask/edits';
import type { MaskPolicy } from '../mask/policy';
import { contextDifferences, type ContextDifference } from './context-difference';
import type { ConversationViews } from './conversation-views';
import { divide, type DivideOptions } from './divide';
import type { SequenceNote, SequenceView } from './division';
import { trainingFlops, type ModelShape } from './flops';
import { STRATEGIES, type Strategy } from './strategy';
import { turnsOf } from './turns';

export interface CompareOptions extends Pick<DivideOptions, 'maxLength' | 'truncate'> {
  /** All of them where absent. */
  strategies?: readonly Strategy[];
  edits?: readonly Edit[];
  /** For the estimate of operations. */
  shape?: ModelShape;
}

/** One assistant message under one strategy. Weights are absolute values. */
export interface MessageReport {
  message: number;
  /** The user turn that it answers, from 1. */
  turn: number;
  /** Sequences that train it. */
  times: number;
  trainedTokens: number;
  /** Σ |w| of its tokens over all sequences. */
  weight: number;
  /** Σ over sequences of its share of the sequence's Σ |w|. */
  sampleShare: number;
  /** Σ |w| of its tokens where each message is trained once, on its context at inference, and nothing is cut. */
  once: number;
  effective: EffectiveWeights;
}

/**
 * How much a token counts in the loss, on average, against training every assistant message once under the mean over all
 * trained tokens; 1 is no difference. Null where the message is not trained then.
 */
export interface EffectiveWeights {
  /** The loss is a mean over the trained tokens of everything. */
  tokenMean: number | null;
  /** The loss is a mean over sequences of the mean over the trained tokens of each. */
  sampleMean: number | null;
}

export interface StrategyReport {
  strategy: Strategy;
  /** Tokens of each sequence that has a trained token; the others are not trained on. */
  lengths: number[];
  tokens: number;
  trainedTokens: number;
  /** Forward and backward, see `trainingFlops`; absent where the shape of the model is not known. */
  flops?: number;
  /** Σ |w| over all of its sequences, and where each message is trained once. */
  weight: number;
  once: number;
  messages: MessageReport[];
  differences: ContextDifference[];
  notes: SequenceNote[];
}

/**
 * One report a strategy, in their order. Effective weights are those of the conversation by itself, as if it were the
 * whole data; `StrategyTotals` has those of a data set.
 *
 * @throws LosslightError as `divide`.
 */
export function compareStrategies(
  views: ConversationViews,
  policy: MaskPolicy,
  { strategies = STRATEGIES.map(({ name }) => name), edits = [], shape, ...cut }: CompareOptions = {},
): StrategyReport[] {
  const reference = divide(views, policy, { strategy: 'fork', edits }).sequences;
  const once = new Shares(reference);
  return strategies.map((strategy) => {
    const { sequences, notes } = divide(views, policy, { strategy, edits, ...cut });
    const shares = new Shares(sequences);
    const lengths = shares.trained.map(({ sequence }) => sequence.ids.length);
    return {
      strategy,
      lengths,
      tokens: lengths.reduce((sum, length) => sum + length, 0),
      trainedTokens: shares.tokens,
      ...(shape && { flops: trainingFlops(shape, lengths) }),
      weight: shares.total,
      once: once.total,
      messages: messageReports(views, shares, once),
      differences: contextDifferences(views, shares.trained),
      notes,
    };
  });
}

function messageReports(views: ConversationViews, shares: Shares, once: Shares): MessageReport[] {
  return turnsOf(views.conversation.messages).flatMap(({ assistants }, turn) =>
    assistants.map((message) => {
      const { times, tokens, weight, sampleShare } = shares.of(message);
      const own = once.of(message).weight;
      return {
        message,
        turn: turn + 1,
        times,
        trainedTokens: tokens,
        weight,
        sampleShare,
        once: own,
        effective: {
          tokenMean: effectiveWeight(weight, shares.total, own, once.total),
          sampleMean: effectiveWeight(sampleShare, shares.trained.length, own, once.total),
        },
      };
    }),
  );
}

/** (part / whole) / (once / all): a share of the loss against the share where each message is trained once. */
export function effectiveWeight(part: number, whole: number, once: number, all: number): number | null {
  return once > 0 && all > 0 && whole > 0 ? part / whole / (once / all) : null;
}

interface Share {
  times: number;
  tokens: number;
  weight: number;
  sampleShare: number;
}

/** Sums of absolute weights over sequences, by message. */
class Shares {
  /** The sequences with a trained token. */
  readonly trained: SequenceView[] = [];
  /** Trained tokens, and Σ |w|. */
  tokens = 0;
  total = 0;
  readonly #byMessage = new Map<number, Share>();

  constructor(sequences: readonly SequenceView[]) {
    for (const view of sequences) this.#add(view);
  }

  of(message: number): Share {
    return this.#byMessage.get(message) ?? { times: 0, tokens: 0, weight: 0, sampleShare: 0 };
  }

  #add(view: SequenceView): void {
    const found = new Map<number, { tokens: number; weight: number }>();
    let tokens = 0;
    let total = 0;
    const { weights } = view.sequence;
    for (let i = 1; i < weights.length; i++) {
      const weight = Math.abs(weights[i] ?? 0);
      if (weight === 0) continue;
      const message = view.encoded.message[i] ?? -1;
      const own = found.get(message) ?? { tokens: 0, weight: 0 };
      found.set(message, { tokens: own.tokens + 1, weight: own.weight + weight });
      tokens++;
      total += weight;
    }
    if (tokens === 0) return;
    this.trained.push(view);
    this.tokens += tokens;
    this.total += total;
    for (const [message, own] of found) {
      const share = this.of(message);
      this.#byMessage.set(message, {
        times: share.times + 1,
        tokens: share.tokens + own.tokens,
        weight: share.weight + own.weight,
        sampleShare: share.sampleShare + own.weight / total,
      });
    }
  }
}
