/**
 * @file What each strategy does with a whole data set: the reports of its conversations, summed.
 */
import type { Strategy } from './strategy';
import { effectiveWeight, type EffectiveWeights, type StrategyReport } from './strategy-report';

/** The messages that answer the same user turn of their conversations. */
export interface TurnTotals {
  /** From 1. */
  turn: number;
  /** Assistant messages in it, over all conversations. */
  messages: number;
  /** How often each is trained, on average. */
  times: number;
  effective: EffectiveWeights;
}

export interface StrategyTotals {
  strategy: Strategy;
  sequences: number;
  tokens: number;
  trainedTokens: number;
  longest: number;
  flops?: number;
  /** Cost against one whole sequence a conversation: of operations where the model's shape is known, else of tokens. */
  relativeCost: number | null;
  /** Assistant messages that are trained nowhere, once, and more than once. */
  untrained: number;
  trainedOnce: number;
  trainedMore: number;
  /** Trained messages (counted in each sequence) whose context is not that of inference, and all of them. */
  otherContexts: number;
  contexts: number;
  turns: TurnTotals[];
}

interface TurnSums {
  messages: number;
  times: number;
  weight: number;
  sampleShare: number;
  once: number;
}

interface Sums extends Omit<StrategyTotals, 'strategy' | 'relativeCost' | 'turns'> {
  weight: number;
  once: number;
  turns: TurnSums[];
}

/** Sums reports, conversation by conversation; nothing of a conversation but numbers is kept. */
export class StrategySummary {
  readonly #sums = new Map<Strategy, Sums>();
  conversations = 0;

  /** The reports of one conversation, one a strategy. */
  add(reports: readonly StrategyReport[]): void {
    this.conversations++;
    for (const report of reports) addReport(this.#sumsOf(report.strategy), report);
  }

  /** In the order in which strategies were first seen. */
  totals(): StrategyTotals[] {
    const whole = this.#sums.get('whole');
    return [...this.#sums].map(([strategy, { weight, once, turns, ...sums }]) => ({
      strategy,
      ...sums,
      relativeCost: ratio(sums.flops ?? sums.tokens, whole && (whole.flops ?? whole.tokens)),
      turns: turns.map((turn, i) => ({
        turn: i + 1,
        messages: turn.messages,
        times: turn.messages > 0 ? turn.times / turn.messages : 0,
        effective: {
          tokenMean: effectiveWeight(turn.weight, weight, turn.once, once),
          sampleMean: effectiveWeight(turn.sampleShare, sums.sequences, turn.once, once),
        },
      })),
    }));
  }

  #sumsOf(strategy: Strategy): Sums {
    const found = this.#sums.get(strategy) ?? {
      sequences: 0,
      tokens: 0,
      trainedTokens: 0,
      longest: 0,
      untrained: 0,
      trainedOnce: 0,
      trainedMore: 0,
      otherContexts: 0,
      contexts: 0,
      weight: 0,
      once: 0,
      turns: [],
    };
    this.#sums.set(strategy, found);
    return found;
  }
}

function addReport(sums: Sums, report: StrategyReport): void {
  sums.sequences += report.lengths.length;
  sums.tokens += report.tokens;
  sums.trainedTokens += report.trainedTokens;
  for (const length of report.lengths) sums.longest = Math.max(sums.longest, length);
  if (report.flops !== undefined) sums.flops = (sums.flops ?? 0) + report.flops;
  sums.otherContexts += report.differences.length;
  sums.weight += report.weight;
  sums.once += report.once;
  for (const { turn, times, weight, sampleShare, once } of report.messages) {
    // Messages that the policy itself masks are nobody's loss.
    if (times === 0 && once > 0) sums.untrained++;
    else if (times === 1) sums.trainedOnce++;
    else if (times > 1) sums.trainedMore++;
    sums.contexts += times;
    while (sums.turns.length < turn)
      sums.turns.push({ messages: 0, times: 0, weight: 0, sampleShare: 0, once: 0 });
    const own = sums.turns[turn - 1];
    if (!own) continue;
    own.messages++;
    own.times += times;
    own.weight += weight;
    own.sampleShare += sampleShare;
    own.once += once;
  }
}

function ratio(part: number, whole: number | undefined): number | null {
  return whole ? part / whole : null;
}
