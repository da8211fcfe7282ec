/**
 * @file Reward: whether every message keeps the format of turns.
 */
import type { Reaction } from '../reaction';
import type { RewardFunction } from '../types';

/** What has no place in an answer. */
const MARK = /<\/?(?:think|tool_call|tool_response|tools)>|<\|\w+\|>/;

export const format: RewardFunction = {
  id: 'format',
  title: 'Format',
  help: 'Pays where every message is thinking, then valid calls or an answer, and ends by itself.',
  options: [
    { key: 'kept', label: 'Kept', help: 'Where the format was kept.', default: 1, min: -10, max: 10 },
    { key: 'broken', label: 'Broken', help: 'Where it was not.', default: 0, min: -10, max: 10 },
    {
      key: 'thinking',
      label: 'Thinking needed',
      help: '1: a message without a think block breaks the format; 0: it may go without.',
      default: 1,
      min: 0,
      max: 1,
    },
  ],
  missing: 'The completion is empty.',
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
