/**
 * @file What is said of the weights among the files that a person brought: what they are, what they take, and loading them.
 */
import { count, largeCount } from './numbers';

export const ownWeights = {
  title: (name: string) => `Weights of ${name}`,
  failed: 'They cannot be loaded',
  masksStay: 'Masks need no weights: everything up to the mask works with your files.',
  reading: 'Looking at the files…',
  /** Before how they are stored. */
  what: (family: string, parameters: number) => `${family}, ${largeCount(parameters)} parameters`,
  stored: (how: string) => `(${how})`,
  moreTokens: (tokens: number, vocabulary: number) =>
    `The tokenizer has ${count(tokens)} tokens, the model ${count(vocabulary)}: texts with the others cannot be scored or trained.`,
  keepAs: 'Keep them in memory as',
  /** Behind what can be trained then. */
  batchOnTop: 'What a batch takes comes on top.',
  load: 'Load weights',
};
