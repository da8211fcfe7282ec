/**
 * @file Completions with a reward each, in groups that can be compared: what RWR, AWR and RAFT begin with.
 */
import { LosslightError } from '../../errors';
import type { TrainingSequence } from '../../sequence/types';
import { isRewarded } from '../../sequence/usable-samples';

/** One completion, which may be several sequences, and its reward. */
export interface Rewarded {
  reward: number;
  sequences: TrainingSequence[];
}

export interface RewardedGroups {
  /**
   * Completions of the same prompt. Those that are alone with theirs are one group together: they can only be compared with
   * each other.
   */
  groups: Rewarded[][];
  /** Completions without a finite reward: they are left out, and never count as 0. */
  dropped: number;
  /** Groups in which all rewards are the same. */
  flat: number;
}

/**
 * Groups sequences by `sample.group`, and those of one conversation within a group into one completion.
 *
 * @throws LosslightError `no-rewards` where none has a finite one.
 */
export function rewardedGroups(sequences: readonly TrainingSequence[]): RewardedGroups {
  const dropped = new Set<string>();
  const byPrompt = new Map<string, Map<string, Rewarded>>();
  for (const sequence of sequences) {
    const { sample } = sequence;
    if (sample?.reward === undefined || !isRewarded(sequence)) {
      dropped.add(completionKey(sequence));
      continue;
    }
    const group = byPrompt.get(sample.group) ?? new Map<string, Rewarded>();
    byPrompt.set(sample.group, group);
    const key = completionKey(sequence);
    const completion = group.get(key) ?? { reward: sample.reward, sequences: [] };
    group.set(key, completion);
    completion.sequences.push(sequence);
  }
  const all = [...byPrompt.values()].map((group) => [...group.values()]);
  if (all.length === 0) {
    throw new LosslightError(
      'no-rewards',
      'No completion has a reward.',
      'Give the records a field “reward” with a number, rate conversations in the page, or choose rewards that score them.',
    );
  }
  const alone = all.filter((group) => group.length === 1).flat();
  const groups = [...all.filter((group) => group.length > 1), ...(alone.length > 0 ? [alone] : [])];
  return { groups, dropped: dropped.size, flat: groups.filter(isFlat).length };
}

/** The two completions of a pair come from one conversation. */
function completionKey({ origin, sample }: TrainingSequence): string {
  return JSON.stringify([origin.conversation, sample?.preference]);
}

function isFlat(group: readonly Rewarded[]): boolean {
  return group.every(({ reward }) => reward === group[0]?.reward);
}

/**
 * For objectives that only tell completions apart by how rewards differ.
 *
 * @throws LosslightError `flat-rewards` where they differ in no group.
 */
export function expectDifferences({ groups, flat }: RewardedGroups, name: string): void {
  if (flat < groups.length) return;
  const one =
    groups.length === 1
      ? `All rewards are ${groups[0]?.[0]?.reward}`
      : 'Within every prompt all rewards are the same';
  throw new LosslightError(
    'flat-rewards',
    `${one}, so they say nothing: ${name} would imitate all completions alike.`,
    'Give rewards that differ, or choose SFT to imitate them all.',
  );
}

/** Mean reward of the completions that some sequences belong to; a completion counts once. */
export function meanReward(sequences: readonly TrainingSequence[]): number | undefined {
  const rewards = new Map(sequences.map((sequence) => [completionKey(sequence), sequence.sample?.reward]));
  const known = [...rewards.values()].filter((reward) => reward !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, reward) => sum + reward, 0) / known.length;
}
