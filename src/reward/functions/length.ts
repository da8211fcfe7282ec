/**
 * @file Reward: a completion of about the wanted length.
 */
import { coreRewards } from '$strings/core-rewards';
import type { RewardFunction } from '../types';

const words = coreRewards.functions.length;

/** max(0, 1 − max(0, |tokens − target| − tolerance) / target). */
export const length: RewardFunction = {
  id: 'length',
  title: words.title,
  help: words.help,
  options: [
    {
      key: 'target',
      ...words.options.target,
      default: 60,
      min: 1,
      max: 32_768,
    },
    {
      key: 'tolerance',
      ...words.options.tolerance,
      default: 20,
      min: 0,
      max: 32_768,
    },
  ],
  missing: words.missing,
  score({ completion: { tokens } }, { target = 60, tolerance = 20 }) {
    if (!Number.isFinite(tokens)) return undefined;
    const off = Math.max(0, Math.abs(tokens - target) - tolerance);
    return Math.max(0, 1 - off / target);
  },
};
