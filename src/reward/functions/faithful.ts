/**
 * @file Reward: whether the answer says what the tools gave.
 */
import type { ToolResult } from '../../conversation/practice/tool';
import type { Json, Message } from '../../conversation/types';
import { isFaithful } from '../practice-grade';
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
    const results = completion.messages.filter(({ role }) => role === 'tool').map(resultOf);
    if (results.length === 0) return 0;
    const answer = finalAnswer(completion);
    return answer !== undefined && isFaithful(answer, results) ? stated : unfaithful;
  },
};

/** The values of a result; plain text is one value. */
function resultOf({ content }: Message): ToolResult {
  let value: Json = content.trim();
  try {
    value = JSON.parse(content) as Json;
  } catch {
    // text, as it is
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { result: value };
}
