/**
 * @file The settings of a run in words: label and help of each number, what can be chosen from a list, and what is wrong with what was
 * typed. `src/settings/train.ts` has their keys, defaults and ranges.
 */

export const coreSettings = {
  /** By key. */
  numbers: {
    steps: { label: 'Steps', help: 'Updates of the weights in this run; each looks at one batch.' },
    batchSize: {
      label: 'Batch size',
      help: 'Sequences per update; more give a steadier gradient and take longer.',
    },
    learningRate: {
      label: 'Learning rate',
      help: 'Size of an update at full strength; too high and the loss jumps, too low and nothing moves.',
    },
    maxLength: { label: 'Longest sequence', help: 'Tokens per training sequence; longer ones are cut.' },
    epochs: {
      label: 'Epochs',
      help: 'Times that the data is gone through, in place of a number of steps; 0 goes by steps.',
    },
    accumulation: {
      label: 'Batches per update',
      help: 'Gradients of so many batches are added up for one update, as if they were one larger batch.',
    },
    warmupSteps: {
      label: 'Warm-up steps',
      help: 'Steps over which the learning rate rises from zero to its full value.',
    },
    finalShare: {
      label: 'Final share of the rate',
      help: 'What is left of the learning rate at the end of a schedule that falls: 0.1 is a tenth.',
    },
    decayShare: {
      label: 'Share of decay',
      help: 'With warm-up, stable, decay: the last part of the run, in which the learning rate falls.',
    },
    weightDecay: {
      label: 'Weight decay',
      help: 'Pulls the weight matrices towards zero at each step (AdamW, decoupled); 0 switches it off.',
    },
    clipNorm: {
      label: 'Gradient clip',
      help: 'A gradient whose norm is larger than this is scaled down to it; 0 switches clipping off.',
    },
    heldOutEvery: {
      label: 'Measure held-out every',
      help: 'Steps between two measurements of the loss of what is held out; 0 measures nothing.',
    },
    patience: {
      label: 'Patience',
      help: 'Measurements in a row without a lower held-out loss that end the run; the best weights are put back. 0 never ends it early.',
    },
    seed: {
      label: 'Seed',
      help: 'Decides the order of the conversations; the same seed gives the same order.',
    },
  },
  /** The ways to cut, each with one sentence. */
  truncation: {
    end: { title: 'at the end', help: 'The first tokens are kept, so that every context stays what it was.' },
    start: {
      title: 'at the start',
      help: 'The last tokens are kept, so that the history begins in the middle.',
    },
    turns: { title: 'between turns', help: 'Whole turns are left out at the end, so that none is split.' },
  },
  /** How the learning rate goes on after the warm-up. */
  schedule: {
    constant: { title: 'constant', help: 'The learning rate stays what it is.' },
    linear: { title: 'linear', help: 'It falls by the same amount at every step.' },
    cosine: { title: 'cosine', help: 'It falls slowly at first and at the end, as half a cosine.' },
    wsd: {
      title: 'warm-up, stable, decay',
      help: 'It stays until the last part of the run and then falls by the same amount at every step.',
    },
  },
  /** When layers are computed twice. */
  recompute: {
    auto: {
      title: 'if needed',
      help: 'Each layer is computed a second time in the backward pass only where the run would not fit otherwise.',
    },
    always: { title: 'always', help: 'About a third more time a step, and a fraction of the memory.' },
    never: { title: 'never', help: 'A run that does not fit into memory is refused.' },
  },
  /** Whether short sequences share rows. */
  packing: {
    off: { title: 'one a row', help: 'Rows of like length are computed together, padded to the longest.' },
    on: {
      title: 'several a row',
      help: 'Short sequences share a row and do not see each other: less padding, the same gradient.',
    },
  },
  /** What was typed does not hold. */
  wrong: {
    number: (label: string) => `${label} must be a number.`,
    whole: (label: string) => `${label} must be a whole number.`,
    /** Numbers with the minus that the page writes everywhere. */
    between: (label: string, min: string, max: string) =>
      `${label} must be between ${min} and ${max}.`.replaceAll(/-(?=\d)/g, '−'),
    oneOf: (label: string, values: string) => `${label} must be one of ${values}.`,
    trueOrFalse: (label: string) => `${label} must be true or false.`,
  },
};
