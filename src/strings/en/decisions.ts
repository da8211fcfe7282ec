/**
 * @file What the tool-decision report is measured on, and why it could not be.
 */
export const decisions = {
  sources: {
    'held-out-phrasings': 'Practice, unseen words and things',
    'held-out-entities': 'Practice, unseen things',
    'held-out-tools': 'Practice, unseen tools',
    own: 'Your held-out conversations',
  },
  withSeed: (source: string, seed: number) => `${source}, seed ${seed}`,
  wholeNumber: (min: number, max: number) => `A whole number from ${min} to ${max}.`,
  noTurns: 'There is no user turn with a recorded reaction among them.',
  noTurnsOwn: 'Hold out some conversations in Data.',
  noTurnsMade: 'Measure more conversations.',
};
