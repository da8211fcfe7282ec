/**
 * @file Reward: whether the model called a tool where it should, and only there.
 */
import type { RewardFunction } from '../types';

const RANGE = { min: -10, max: 10 };

/** Reads the first message of the reaction alone: what it does before any tool has answered. */
export const decision: RewardFunction = {
  id: 'decision',
  title: 'Decision',
  help: 'Pays for calling a tool where a call is right and for not calling where it is not; false and missed calls cost apart.',
  options: [
    { key: 'right', label: 'Right', help: 'For the right decision.', default: 1, ...RANGE },
    {
      key: 'falseCall',
      label: 'False call',
      help: 'For a call where none is right.',
      default: -1,
      ...RANGE,
    },
    {
      key: 'missedCall',
      label: 'Missed call',
      help: 'For no call where one is right.',
      default: -1,
      ...RANGE,
    },
  ],
  needsExpected: true,
  missing: 'The completion is empty.',
  score({ completion, expected }, { right, falseCall, missedCall }) {
    const first = completion.reactions[0];
    if (!expected || !first) return undefined;
    if (expected.decision === 'call') return first.called ? right : missedCall;
    return first.called ? falseCall : right;
  },
};
