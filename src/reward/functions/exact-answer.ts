/**
 * @file Reward: whether the final answer is the right one, as text.
 */
import { statesText } from '../../conversation/practice/stated';
import { finalAnswer, rightAnswer } from '../right-answer';
import type { RewardFunction } from '../types';

export const exactAnswer: RewardFunction = {
  id: 'exact-answer',
  title: 'Answer, as text',
  help: 'Pays where the final answer states every text that a right one must, or equals the recorded answer apart from case, spaces and the full stop; 0 for every completion where no certain answer is known.',
  options: [
    { key: 'right', label: 'Right', help: 'For the right answer.', default: 1, min: -10, max: 10 },
    { key: 'wrong', label: 'Wrong', help: 'For another answer, or none.', default: 0, min: -10, max: 10 },
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
