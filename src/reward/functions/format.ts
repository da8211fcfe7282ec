/**
 * @file Reward: whether every message keeps the format of turns.
 */
import { coreRewards } from '$strings/core-rewards';
import type { Reaction } from '../reaction';
import type { RewardFunction } from '../types';

const words = coreRewards.functions.format;

/** What has no place in an answer. */
const MARK = /<\/?(?:think|tool_call|tool_response|tools)>|<\|\w+\|>/;

export const format: RewardFunction = {
  id: 'format',
  title: words.title,
  help: words.help,
  options: [
    { key: 'kept', ...words.options.kept, default: 1, min: -10, max: 10 },
    { key: 'broken', ...words.options.broken, default: 0, min: -10, max: 10 },
    {
      key: 'thinking',
      ...words.options.thinking,
      default: 1,
      min: 0,
      max: 1,
    },
  ],
  missing: words.missing,
  score({ completion }, { kept, broken, thinking = 1 }) {
    const { reactions } = completion;
    if (reactions.length === 0) return undefined;
    return reactions.every((reaction) => keepsFormat(reaction, thinking > 0)) ? kept : broken;
  },
};

function keepsFormat(reaction: Reaction, thinking: boolean): boolean {
  if (thinking || reaction.think !== undefined) return reaction.wellFormed;
  const { ended, called, callsValid, answer } = reaction;
  return ended && (called ? callsValid && answer === '' : answer !== '' && !MARK.test(answer));
}
