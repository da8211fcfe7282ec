/**
 * @file Reward: whether the model called a tool where it should, and only there.
 */
import { coreRewards } from '$strings/core-rewards';
import type { RewardFunction } from '../types';

const words = coreRewards.functions.decision;

const RANGE = { min: -10, max: 10 };

/** Reads the first message of the reaction alone: what it does before any tool has answered. */
export const decision: RewardFunction = {
  id: 'decision',
  title: words.title,
  help: words.help,
  options: [
    { key: 'right', ...words.options.right, default: 1, ...RANGE },
    {
      key: 'falseCall',
      ...words.options.falseCall,
      default: -1,
      ...RANGE,
    },
    {
      key: 'missedCall',
      ...words.options.missedCall,
      default: -1,
      ...RANGE,
    },
  ],
  needsExpected: true,
  missing: words.missing,
  score({ completion, expected }, { right, falseCall, missedCall }) {
    const first = completion.reactions[0];
    if (!expected || !first) return undefined;
    if (expected.decision === 'call') return first.called ? right : missedCall;
    return first.called ? falseCall : right;
  },
};
