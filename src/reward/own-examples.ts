/**
 * @file Reward functions to begin with, as a person would write them. One can be hacked, to be watched.
 */

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
    title: 'The right decision',
    help: 'Pays for calling where a call is right and for not calling where it is not.',
    code: `// Where nothing says what is right, expected is null.
// What returns undefined is left out of the run.
function reward({ toolCalls, expected }) {
  if (!expected) return undefined;
  const called = toolCalls.length > 0;
  return called === (expected.decision === 'call') ? 1 : -1;
}`,
  },
  {
    id: 'always-calls',
    title: 'Pays for every call (can be hacked)',
    help: 'Pays for a call whether it is needed or not: watch false calls rise while the reward does.',
    code: `// Meant to teach the use of tools.
// The model soon finds out that any call will do.
function reward({ toolCalls }) {
  return toolCalls.length > 0 ? 1 : 0;
}`,
  },
  {
    id: 'brief',
    title: 'Short answers',
    help: 'Pays for an answer of at most fifteen words that says something.',
    code: `function reward({ completion }) {
  const words = completion.answer.split(/\\s+/).filter(Boolean).length;
  if (words === 0) return 0;
  return words <= 15 ? 1 : 15 / words;
}`,
  },
  {
    id: 'grounded',
    title: 'No invented numbers',
    help: 'Costs every number of the answer that neither the user nor a tool has given.',
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
    title: 'Only tools that are listed',
    help: 'Pays for calls of listed tools with every required argument, and costs all others.',
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
