/**
 * @file How much better a completion is than what it is compared with. Samples without a finite reward are left out of every
 * mean and have no advantage. Formulas as in TRL 1.16: `trl/trainer/grpo_trainer.py`, `rloo_trainer.py`.
 */
import type { RewardScale } from '../../settings/objective';

export interface RewardedSample {
  /** Completions of the same prompt have the same number. */
  group: number;
  /** Not finite counts as missing. */
  reward: number | undefined;
}

export interface Advantages {
  /** One a sample; undefined where it was dropped. */
  values: (number | undefined)[];
  dropped: number;
  /** Groups whose rewards are all the same, so that nothing in them is better than the rest. */
  flatGroups: number;
}

/** What TRL adds to a standard deviation before it divides by it. */
const LEAST_SPREAD = 1e-4;

/**
 * GRPO: (r − mean of the group) / (standard deviation + 1e-4), with Bessel's correction, of the group or of all samples; or
 * not divided, as Dr. GRPO (https://arxiv.org/abs/2503.20783) has it.
 */
export function groupAdvantages(samples: readonly RewardedSample[], scale: RewardScale): Advantages {
  const all = spread(usable(samples));
  return byGroup(samples, (rewards) => {
    const centre = mean(rewards);
    const deviation = scale === 'batch' ? all : spread(rewards);
    const divisor = scale === 'none' ? 1 : deviation + LEAST_SPREAD;
    return rewards.map((reward) => (reward - centre) / divisor);
  });
}

/**
 * RLOO (https://arxiv.org/abs/2402.14740): r − mean of the others of the group.
 *
 * @param penalties taken off the rewards first, one a sample: β · Σ(log-probability − the reference's)
 */
export function leaveOneOutAdvantages(
  samples: readonly RewardedSample[],
  penalties?: readonly number[],
): Advantages {
  return byGroup(
    samples,
    (rewards) => {
      const sum = rewards.reduce((a, b) => a + b, 0);
      return rewards.map((reward) => reward - (sum - reward) / (rewards.length - 1));
    },
    penalties,
  );
}

/**
 * REINFORCE with a baseline: r − baseline, whatever the group.
 *
 * @param baseline the mean of all rewards of the step where it is left out
 */
export function baselineAdvantages(samples: readonly RewardedSample[], baseline?: number): Advantages {
  const rewards = usable(samples);
  const same = rewards.every((reward) => reward === rewards[0]);
  const centre = baseline ?? (same ? (rewards[0] ?? 0) : mean(rewards));
  const { dropped, flatGroups } = byGroup(samples, (group) => group);
  return {
    values: samples.map(({ reward }) => (finite(reward) === undefined ? undefined : (reward ?? 0) - centre)),
    dropped,
    flatGroups,
  };
}

/** The mean of all rewards that there are; undefined where there is none. */
export function meanReward(samples: readonly RewardedSample[]): number | undefined {
  const rewards = usable(samples);
  return rewards.length > 0 ? mean(rewards) : undefined;
}

function byGroup(
  samples: readonly RewardedSample[],
  advantages: (rewards: number[]) => number[],
  penalties?: readonly number[],
): Advantages {
  const values: (number | undefined)[] = samples.map(() => undefined);
  const groups = new Map<number, number[]>();
  samples.forEach(({ group, reward }, i) => {
    if (finite(reward) !== undefined) groups.set(group, [...(groups.get(group) ?? []), i]);
  });
  let flatGroups = 0;
  for (const members of groups.values()) {
    const plain = members.map((i) => samples[i]?.reward ?? NaN);
    const rewards = plain.map((reward, n) => reward - (penalties?.[members[n] ?? -1] ?? 0));
    if (isFlat(plain)) flatGroups++;
    // Exactly nothing, where rounding a mean would leave a trace.
    const own = isFlat(rewards) ? rewards.map(() => 0) : advantages(rewards);
    members.forEach((i, n) => (values[i] = own[n]));
  }
  const dropped = values.filter((value) => value === undefined).length;
  return { values, dropped, flatGroups };
}

const isFlat = (rewards: readonly number[]) => rewards.every((reward) => reward === rewards[0]);

const finite = (reward: number | undefined) =>
  reward !== undefined && Number.isFinite(reward) ? reward : undefined;

const usable = (samples: readonly RewardedSample[]) => samples.flatMap(({ reward }) => finite(reward) ?? []);

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation with Bessel's correction; of a single value there is none, and 0 is given. */
function spread(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
