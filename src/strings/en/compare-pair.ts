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
  sameModel: 'Both are the same model; choose another above.',
};
