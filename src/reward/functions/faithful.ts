/**
 * @file Reward: whether the answer says what the tools gave.
 */
import { coreRewards } from '$strings/core-rewards';
import { isFaithful } from '../practice-grade';
import { resultRounds, resultsToTell } from '../result-rounds';
import { finalAnswer } from '../right-answer';
import type { RewardFunction } from '../types';

const words = coreRewards.functions.faithful;

export const faithful: RewardFunction = {
  id: 'faithful',
  title: words.title,
  help: words.help,
  options: [
    { key: 'faithful', ...words.options.faithful, default: 1, min: -10, max: 10 },
    {
      key: 'unfaithful',
      ...words.options.unfaithful,
      default: 0,
      min: -10,
      max: 10,
    },
  ],
  missing: words.missing,
  score({ completion }, { faithful: stated, unfaithful }) {
    if (completion.reactions.length === 0) return undefined;
    const results = resultsToTell(resultRounds(completion.messages));
    if (results.length === 0) return 0;
    const answer = finalAnswer(completion);
    return answer !== undefined && isFaithful(answer, results) ? stated : unfaithful;
  },
};
