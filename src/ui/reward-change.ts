/**
 * @file What a run on policy gained in what it is about: reward and right decisions of its completions, at its beginning and end.
 */
import type { StepReport } from '../worker/protocol';

/** Means over the first and the last steps; of decisions shares from 0 to 1. */
export interface RewardChange {
  /** Steps that each mean is over, and those of the run. */
  window: number;
  steps: number;
  reward: { before: number; after: number };
  decision?: { before: number; after: number };
}

/** Steps at most that a mean is over: each has other prompts, so that one step alone says little. */
const MOST = 5;

/** @returns undefined where nothing was rewarded, and of fewer than two steps */
export function rewardChange(reports: readonly StepReport[]): RewardChange | undefined {
  const steps = reports.length;
  const window = Math.min(MOST, Math.floor(steps / 2));
  const between = (key: 'reward' | 'decision') => {
    const mean = (part: readonly StepReport[]) => {
      const values = part.flatMap(({ metrics }) => metrics?.[key] ?? []).filter(Number.isFinite);
      return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;
    };
    const [before, after] = [mean(reports.slice(0, window)), mean(reports.slice(-window))];
    return before === undefined || after === undefined ? undefined : { before, after };
  };
  const [reward, decision] = window ? [between('reward'), between('decision')] : [];
  return reward && { window, steps, reward, ...(decision && { decision }) };
}
