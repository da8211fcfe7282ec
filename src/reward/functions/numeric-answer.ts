/**
 * @file Reward: whether the final answer gives the right number.
 */
import { finalAnswer, rightAnswer, type RightAnswer } from '../right-answer';
import type { RewardFunction } from '../types';

/** A number as people write it, thousands with commas or without. */
const NUMBER = /[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?/gi;

export const numericAnswer: RewardFunction = {
  id: 'numeric-answer',
  title: 'Answer, as a number',
  help: 'Pays where the last number of the final answer is the last number of the right one; 0 for every completion where no right number is known.',
  options: [
    { key: 'right', label: 'Right', help: 'For the right number.', default: 1, min: -10, max: 10 },
    {
      key: 'wrong',
      label: 'Wrong',
      help: 'For another number, or none.',
      default: 0,
      min: -10,
      max: 10,
    },
    {
      key: 'tolerance',
      label: 'Tolerance',
      help: 'How far off it may be, as a share of the right number.',
      default: 0.000001,
      min: 0,
      max: 1,
    },
  ],
  needsExpected: true,
  score(input, { right, wrong, tolerance = 0 }) {
    if (!input.expected) return undefined;
    const wanted = lastNumber(textOf(rightAnswer(input)));
    if (wanted === undefined) return 0;
    const given = lastNumber(finalAnswer(input.completion) ?? '');
    if (given === undefined) return wrong;
    return Math.abs(given - wanted) <= tolerance * Math.abs(wanted) ? right : wrong;
  },
};

function textOf(right: RightAnswer | undefined): string {
  if (!right) return '';
  return 'states' in right ? right.states.join(' ; ') : right.text;
}

/** The last number in a text; undefined where there is none. A dash inside a word or between digits is no minus. */
export function lastNumber(text: string): number | undefined {
  const found = [...text.matchAll(NUMBER)].at(-1);
  if (!found) return undefined;
  const [written] = found;
  const glued = /[\p{L}\p{N}]/u.test(text.charAt(found.index - 1));
  const plain = written.replaceAll(',', '').replace('−', '-');
  return Number(glued ? plain.replace(/^[-+]/, '') : plain);
}
