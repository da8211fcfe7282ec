/**
 * @file What a step on policy tells beside its loss.
 */
import type { StepMetrics } from '../worker/protocol';
import { meanReward } from './objectives/advantages';
import type { RewardedTurn } from './policy-samples';

/** What is known of the completions alone. Means are over those that have the figure. */
export function completionMetrics(turns: readonly RewardedTurn[]): StepMetrics {
  const reads = turns.map(({ read }) => read);
  const grades = reads.flatMap(({ grade }) => grade ?? []);
  const shareOf = (values: (boolean | undefined)[]) =>
    mean(values.flatMap((value) => value ?? []).map(Number));
  const entropies = turns
    .flatMap(({ turn }) => turn.rounds.flatMap(({ entropies: values }) => [...values]))
    .filter(Number.isFinite);
  return defined({
    reward: meanReward(reads.map(({ reward }) => ({ group: 0, reward: reward.total }))),
    rewardParts: partMeans(reads),
    entropy: mean(entropies),
    completionTokens: mean(reads.map(({ completion }) => completion.tokens)),
    truncated: mean(reads.map(({ completion }) => Number(!completion.ended))),
    decision: shareOf(grades.map(({ decision }) => decision)),
    falseCalls: shareOf(grades.map(({ falseCall }) => falseCall)),
    missedCalls: shareOf(grades.map(({ missedCall }) => missedCall)),
  });
}

function partMeans(reads: readonly RewardedTurn['read'][]): Record<string, number> {
  const values = new Map<string, number[]>();
  for (const { id, value } of reads.flatMap(({ reward }) => reward.parts)) {
    if (value !== undefined && Number.isFinite(value)) values.set(id, [...(values.get(id) ?? []), value]);
  }
  return Object.fromEntries([...values].map(([id, found]) => [id, mean(found) ?? NaN]));
}

function mean(values: readonly number[]): number | undefined {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;
}

/** Without what is undefined. */
export function defined(metrics: { [Key in keyof StepMetrics]: StepMetrics[Key] | undefined }): StepMetrics {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== undefined));
}
