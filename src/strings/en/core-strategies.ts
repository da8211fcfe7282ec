/**
 * @file The ways to divide a conversation into training sequences, in words, by the name that files and the command line have for them.
 */

export const coreStrategies = {
  whole: {
    title: 'Whole conversation',
    about:
      'One sequence with every assistant message trained, on the history as the template writes it at the end.',
  },
  prefixes: {
    title: 'Growing prefixes',
    about:
      'One sequence for each user turn, from the start through its answer, with every assistant message trained: earlier turns count again in each later sequence.',
  },
  'prefixes-last': {
    title: 'Growing prefixes, last turn trained',
    about: 'One sequence for each user turn, from the start through its answer, with only that turn trained.',
  },
  last: {
    title: 'Last turn only',
    about: 'One sequence, the whole history as context and only the last user turn trained.',
  },
  fork: {
    title: 'Merge and fork',
    about:
      'Every assistant message trained once, on exactly what the model sees at inference: one sequence as long as the template keeps the history, a new one where it rewrites it.',
  },
};
