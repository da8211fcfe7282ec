/**
 * @file Reward: whether the final answer gives the right number.
 */
import { coreRewards } from '$strings/core-rewards';
import { finalAnswer, rightAnswer, type RightAnswer } from '../right-answer';
import type { RewardFunction } from '../types';

const words = coreRewards.functions['numeric-answer'];

/** A number as people write it, thousands with commas or without. */
const NUMBER = /[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?/gi;

export const numericAnswer: RewardFunction = {
  id: 'numeric-answer',
  title: words.title,
  help: words.help,
  options: [
    { key: 'right', ...words.options.right, default: 1, min: -10, max: 10 },
    {
      key: 'wrong',
      ...words.options.wrong,
      default: 0,
      min: -10,
      max: 10,
    },
    {
      key: 'tolerance',
      ...words.options.tolerance,
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
