/**
 * @file Reward: no words in the same order again and again.
 */
import { coreRewards } from '$strings/core-rewards';
import type { RewardFunction } from '../types';

const said = coreRewards.functions.repetition;

/**
 * −(1 − different n-grams / all n-grams) of the words that the model wrote, case ignored; 0 for fewer than n words.
 *
 * @see Yeo et al. 2025, “Demystifying Long Chain-of-Thought Reasoning in LLMs”, arXiv 2502.03373, appendix; Open R1's
 * `get_repetition_penalty_reward`, whose largest penalty is the weight here
 */
export const repetition: RewardFunction = {
  id: 'repetition',
  title: said.title,
  help: said.help,
  options: [{ key: 'words', ...said.options.words, default: 3, min: 1, max: 20 }],
  score({ completion: { text } }, { words: size = 3 }) {
    const n = Math.round(size);
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const total = words.length - n + 1;
    if (total <= 0) return 0;
    const seen = new Set<string>();
    for (let i = 0; i < total; i++) seen.add(words.slice(i, i + n).join(' '));
    return seen.size === total ? 0 : seen.size / total - 1;
  },
};
