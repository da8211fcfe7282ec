/**
 * @file Reward: no more thinking than a budget allows.
 */
import type { RewardFunction } from '../types';

/** −min(1, max(0, thinking tokens − budget) / budget). */
export const thinkBudget: RewardFunction = {
  id: 'think-budget',
  title: 'Thinking budget',
  help: 'Costs nothing within the budget, then evenly more, down to −1 at twice the budget.',
  options: [
    {
      key: 'budget',
      label: 'Budget',
      help: 'Tokens of thinking in all messages together.',
      default: 40,
      min: 1,
      max: 32_768,
    },
  ],
  missing: 'Its tokens were not counted.',
  score({ completion: { thinkTokens } }, { budget = 40 }) {
    if (!Number.isFinite(thinkTokens)) return undefined;
    const over = Math.max(0, thinkTokens - budget);
    return over === 0 ? 0 : -Math.min(1, over / budget);
  },
};
