/**
 * @file A turn that was read, with the reward that it got.
 */
import type { RewardScore } from '../reward/types';
import type { ReadTurn, UnrewardedTurn } from './types';

/** What is told of a turn once it has its reward. */
export function withReward({ completion, kinds, grade }: UnrewardedTurn, reward?: RewardScore): ReadTurn {
  const none: RewardScore = { total: undefined, parts: [], problem: 'No reward was given.' };
  return { completion, kinds, reward: reward ?? none, ...(grade && { grade }) };
}
