/**
 * @file Strategies that come to the same for the data at hand, and why: equal rows of a table look like a mistake where nothing says so.
 */
import type { Strategy } from '../sequence/strategy';
import type { StrategyTotals } from '../sequence/strategy-totals';

/**
 * Why they are the same: nobody asks twice; the template keeps the history, so that one sequence serves all turns; or it rewrites it at
 * each user turn, so that each needs a sequence of its own.
 */
export type SameReason = 'one-turn' | 'kept' | 'rewritten';

export interface SameStrategies {
  strategies: readonly Strategy[];
  reason: SameReason;
}

/** Merge and fork, and what else does the same as it; at most one reason holds. */
export function sameStrategies(totals: readonly StrategyTotals[]): SameStrategies | undefined {
  const of = (name: Strategy) => totals.find(({ strategy }) => strategy === name);
  const fork = of('fork');
  if (!fork?.sequences) return undefined;
  const same = totals.filter((other) => comesToSame(other, fork)).map(({ strategy }) => strategy);
  if (same.length < 2) return undefined;
  // With calls a turn has several messages, each with a prefix of its own.
  if (fork.turns.length < 2)
    return same.length === totals.length ? { strategies: same, reason: 'one-turn' } : undefined;
  // Earlier turns of these have nothing to train, which says nothing of the template.
  if (same.includes('last')) return undefined;
  if (same.includes('whole')) return { strategies: same, reason: 'kept' };
  return same.includes('prefixes-last') ? { strategies: same, reason: 'rewritten' } : undefined;
}

/** Equal in all that is counted: sequences, tokens, and how often and how much each turn is trained on which context. */
function comesToSame(a: StrategyTotals, b: StrategyTotals): boolean {
  const rounded = (_: string, value: unknown) => (typeof value === 'number' ? value.toPrecision(9) : value);
  const counted = (totals: StrategyTotals) => JSON.stringify({ ...totals, strategy: undefined }, rounded);
  return counted(a) === counted(b);
}
