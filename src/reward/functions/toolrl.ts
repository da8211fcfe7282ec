/**
 * @file Reward: ToolRL's score of the names and arguments of calls.
 */
import { coreRewards } from '$strings/core-rewards';
import type { Call } from '../../conversation/practice/tool';
import type { Json } from '../../conversation/types';
import type { RewardFunction } from '../types';

const words = coreRewards.functions.toolrl;

/**
 * correctness = 2m · S / S_max − m, from −m to m, with m = 3 as published. S = J(names) + Σ over right calls [J(keys of the
 * arguments) + number of equal values]; S_max = 1 + Σ over right calls [1 + number of arguments]; J is the Jaccard index of
 * multisets. Each right call takes, in order, the best call of its name that is left. The format's 0 or 1 is a reward apart.
 *
 * Two things differ from the published code: Python's `1 == True` is not followed, and a call with a field beside name and
 * arguments is as bad as one that cannot be read, since templates here have no place for it.
 *
 * @see Qian et al. 2025, “ToolRL: Reward is All Tool Learning Needs”, arXiv 2504.13958; verl/utils/reward_score/rlla.py
 */
export const toolrl: RewardFunction = {
  id: 'toolrl',
  title: words.title,
  help: words.help,
  options: [
    {
      key: 'most',
      ...words.options.most,
      default: 3,
      min: 0.01,
      max: 100,
    },
  ],
  needsExpected: true,
  missing: words.missing,
  score({ completion, expected }, { most = 3 }) {
    const first = completion.reactions[0];
    if (!expected || !first) return undefined;
    if (expected.calls.length === 0) return 0;
    if (!first.called || !first.callsValid) return -most;
    const { score, possible } = matchCalls(expected.calls, first.calls);
    return (2 * most * score) / possible - most;
  },
};

/** S and S_max. */
function matchCalls(right: readonly Call[], written: readonly Call[]): { score: number; possible: number } {
  const left = [...written];
  let score = jaccard(
    right.map(({ name }) => name),
    written.map(({ name }) => name),
  );
  let possible = 1;
  for (const { name, arguments: args } of right) {
    const keys = Object.keys(args);
    possible += 1 + keys.length;
    let best = 0;
    let at = -1;
    left.forEach((call, i) => {
      if (call.name !== name) return;
      const equal = keys.filter(
        (key) => Object.hasOwn(call.arguments, key) && same(call.arguments[key], args[key]),
      );
      const total = jaccard(keys, Object.keys(call.arguments)) + equal.length;
      if (total > best) [best, at] = [total, i];
    });
    if (at >= 0) left.splice(at, 1);
    score += best;
  }
  return { score, possible };
}

/** |A ∩ B| / |A ∪ B| of multisets; 1 where both are empty. */
function jaccard(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 && b.length === 0) return 1;
  const counts = new Map<string, number>();
  for (const item of a) counts.set(item, (counts.get(item) ?? 0) + 1);
  let common = 0;
  for (const item of b) {
    const count = counts.get(item) ?? 0;
    if (count > 0) common++;
    counts.set(item, count - 1);
  }
  return common / (a.length + b.length - common);
}

/** The same JSON value, whatever the order of keys. */
function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a === undefined || b === undefined) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]))
    );
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
  );
}
