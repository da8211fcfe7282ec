/**
 * @file Reward: a completion of about the wanted length.
 */
import type { RewardFunction } from '../types';

/** max(0, 1 − max(0, |tokens − target| − tolerance) / target). */
export const length: RewardFunction = {
  id: 'length',
  title: 'Length',
  help: 'Pays 1 for a completion within the tolerance of the target length, falling evenly to 0 at one target’s length further off.',
  options: [
    {
      key: 'target',
      label: 'Target',
      help: 'Tokens that the model writes.',
      default: 60,
      min: 1,
      max: 32_768,
    },
    {
      key: 'tolerance',
      label: 'Tolerance',
      help: 'Tokens off the target that cost nothing.',
      default: 20,
      min: 0,
      max: 32_768,
    },
  ],
  missing: 'Its tokens were not counted.',
  score({ completion: { tokens } }, { target = 60, tolerance = 20 }) {
    if (!Number.isFinite(tokens)) return undefined;
    const off = Math.max(0, Math.abs(tokens - target) - tolerance);
    return Math.max(0, 1 - off / target);
  },
};
