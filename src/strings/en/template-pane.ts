/**
 * @file What the chat template beside the strip says, where each place is told by the tokens that it wrote.
 */
import { plural } from './numbers';

export const templatePane = {
  label: 'Chat template in use',
  /** Before the template: what can be done with it. */
  hint: 'What wrote something here is underlined. Point at it or tap it, or move through it with the arrow keys, and its tokens are marked; Enter goes to them.',
  waiting: 'Following the template…',
  unknown: 'Which part of the template wrote which tokens cannot be told for this conversation.',
  /** A place of the template, for who does not see it. */
  place: (line: number, tokens: number) => `line ${line}, wrote ${plural(tokens, 'token')}: `,
};
