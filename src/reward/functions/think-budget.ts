/**
 * @file Reward: no more thinking than a budget allows.
 */
import { coreRewards } from '$strings/core-rewards';
import type { RewardFunction } from '../types';

const words = coreRewards.functions['think-budget'];

/** −min(1, max(0, thinking tokens − budget) / budget). */
export const thinkBudget: RewardFunction = {
  id: 'think-budget',
  title: words.title,
  help: words.help,
  options: [
    {
      key: 'budget',
      ...words.options.budget,
      default: 40,
      min: 1,
      max: 32_768,
    },
  ],
  missing: words.missing,
  score({ completion: { thinkTokens } }, { budget = 40 }) {
    if (!Number.isFinite(thinkTokens)) return undefined;
    const over = Math.max(0, thinkTokens - budget);
    return over === 0 ? 0 : -Math.min(1, over / budget);
  },
};
