/**
 * @file What the choice of the two compared models says, and how they are called.
 */
export const comparePair = {
  label: 'Which models are compared',
  before: 'Compare',
  after: 'with',
  original: 'Original',
  tuned: 'Tuned',
  /** Of the panel, behind its title. */
  usual: 'original against tuned',
  others: (before: string, after: string) => `${before} against ${after}`,
  afterTraining: 'The change appears after training.',
  lost: (name: string, instead: string) =>
    `The weights of “${name}” are not kept any more. What is compared in their place: ${instead}.`,
  accept: 'All right',
  sameModel: 'Both are the same model; choose another above.',
};
