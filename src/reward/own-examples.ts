/**
 * @file Reward functions to begin with, as a person would write them. One can be hacked, to be watched.
 */

import { coreRewards } from '$strings/core-rewards';

const words = coreRewards.examples;

/** Lines of comment before the code. */
const commented = (lines: readonly string[]) => lines.map((line) => `// ${line}\n`).join('');

export interface OwnExample {
  id: string;
  title: string;
  /** One sentence: what it pays for, and what that leads to. */
  help: string;
  code: string;
}

export const OWN_EXAMPLES: readonly OwnExample[] = [
  {
    id: 'decision',
    title: words.decision.title,
    help: words.decision.help,
    code: `${commented(words.decision.comments)}function reward({ toolCalls, expected }) {
  if (!expected) return undefined;
  const called = toolCalls.length > 0;
  return called === (expected.decision === 'call') ? 1 : -1;
}`,
  },
  {
    id: 'always-calls',
    title: words['always-calls'].title,
    help: words['always-calls'].help,
    code: `${commented(words['always-calls'].comments)}function reward({ toolCalls }) {
  return toolCalls.length > 0 ? 1 : 0;
}`,
  },
  {
    id: 'brief',
    title: words.brief.title,
    help: words.brief.help,
    code: `function reward({ completion }) {
  const words = completion.answer.split(/\\s+/).filter(Boolean).length;
  if (words === 0) return 0;
  return words <= 15 ? 1 : 15 / words;
}`,
  },
  {
    id: 'grounded',
    title: words.grounded.title,
    help: words.grounded.help,
    code: `function reward({ conversation, completion }) {
  const given = [...conversation.messages, ...completion.messages.filter((m) => m.role === 'tool')]
    .map((m) => m.content)
    .join(' ');
  const numbers = completion.answer.match(/\\d+(\\.\\d+)?/g) ?? [];
  const invented = numbers.filter((number) => !given.includes(number));
  return numbers.length === 0 ? 0 : 1 - (2 * invented.length) / numbers.length;
}`,
  },
  {
    id: 'listed-tools',
    title: words['listed-tools'].title,
    help: words['listed-tools'].help,
    code: `function reward({ toolCalls, tools }) {
  let score = 0;
  for (const call of toolCalls) {
    const tool = tools.find(({ name }) => name === call.name);
    const required = tool?.parameters?.required ?? [];
    const complete = tool && required.every((key) => key in call.arguments);
    score += complete ? 1 : -1;
  }
  return toolCalls.length === 0 ? 0 : score / toolCalls.length;
}`,
  },
];
