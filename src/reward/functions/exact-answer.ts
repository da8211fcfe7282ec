/**
 * @file Reward: whether the final answer is the right one, as text.
 */
import { coreRewards } from '$strings/core-rewards';
import { statesText } from '../../conversation/practice/stated';
import { finalAnswer, rightAnswer } from '../right-answer';
import type { RewardFunction } from '../types';

const words = coreRewards.functions['exact-answer'];

export const exactAnswer: RewardFunction = {
  id: 'exact-answer',
  title: words.title,
  help: words.help,
  options: [
    { key: 'right', ...words.options.right, default: 1, min: -10, max: 10 },
    { key: 'wrong', ...words.options.wrong, default: 0, min: -10, max: 10 },
  ],
  needsExpected: true,
  score(input, { right, wrong }) {
    if (!input.expected) return undefined;
    const wanted = rightAnswer(input);
    if (!wanted) return 0;
    const answer = finalAnswer(input.completion);
    if (answer === undefined) return wrong;
    const matches =
      'states' in wanted
        ? wanted.states.every((text) => statesText(answer, text))
        : normal(answer) === normal(wanted.text);
    return matches ? right : wrong;
  },
};

/** Without what people do not read as a difference. */
function normal(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.!]+$/, '');
}
