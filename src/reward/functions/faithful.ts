/**
 * @file Reward: whether the answer says what the tools gave.
 */
import { isFaithful } from '../practice-grade';
import { resultRounds, resultsToTell } from '../result-rounds';
import { finalAnswer } from '../right-answer';
import type { RewardFunction } from '../types';

export const faithful: RewardFunction = {
  id: 'faithful',
  title: 'Faithful to results',
  help: 'Pays where the final answer states every value that the tools gave, or says that a tool failed; 0 where no tool gave anything.',
  options: [
    { key: 'faithful', label: 'Faithful', help: 'For such an answer.', default: 1, min: -10, max: 10 },
    {
      key: 'unfaithful',
      label: 'Unfaithful',
      help: 'For an answer that leaves something out, or none after a result.',
      default: 0,
      min: -10,
      max: 10,
    },
  ],
  missing: 'The completion is empty.',
  score({ completion }, { faithful: stated, unfaithful }) {
    if (completion.reactions.length === 0) return undefined;
    const results = resultsToTell(resultRounds(completion.messages));
    if (results.length === 0) return 0;
    const answer = finalAnswer(completion);
    return answer !== undefined && isFaithful(answer, results) ? stated : unfaithful;
  },
};
