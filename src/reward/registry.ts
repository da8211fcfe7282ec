/**
 * @file All reward functions that can be chosen by name, in the order in which they are offered.
 */
import { coreRewards } from '$strings/core-rewards';
import { decision } from './functions/decision';
import { exactAnswer } from './functions/exact-answer';
import { faithful } from './functions/faithful';
import { format } from './functions/format';
import { length } from './functions/length';
import { numericAnswer } from './functions/numeric-answer';
import { repetition } from './functions/repetition';
import { thinkBudget } from './functions/think-budget';
import { toolrl } from './functions/toolrl';
import type { RewardFunction } from './types';

export const REWARD_FUNCTIONS: readonly RewardFunction[] = [
  decision,
  format,
  toolrl,
  exactAnswer,
  numericAnswer,
  faithful,
  length,
  thinkBudget,
  repetition,
];

/** The part that is the person's own JavaScript, which runs elsewhere (worker/reward-client.ts). */
export const OWN_REWARD = 'own';

/** For people. */
export const OWN_TITLE = coreRewards.ownTitle;

/** Undefined where no function has that id; the own one is none of them. */
export function rewardFunction(id: string): RewardFunction | undefined {
  return REWARD_FUNCTIONS.find((item) => item.id === id);
}

/** What a part is called, for people. */
export function rewardTitle(id: string): string {
  return id === OWN_REWARD ? OWN_TITLE : (rewardFunction(id)?.title ?? id);
}
