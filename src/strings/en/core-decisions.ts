/**
 * @file The report on tool decisions in words: each figure with what it is a share of, and which turns a table is about.
 * `src/reward/decision-report.ts` has what is counted.
 */

export const coreDecisions = {
  figures: {
    accuracy: {
      label: 'Decision right',
      help: 'Of all turns: it calls a tool where a call is right, and only there.',
    },
    sampled: {
      label: 'Decision right, sampled',
      help: 'The same of a second reaction, drawn at temperature 1; of the turns that had one.',
    },
    falseCalls: { label: 'False calls', help: 'Of the turns where no call is right: it calls.' },
    missedCalls: { label: 'Missed calls', help: 'Of the turns where a call is right: it does not call.' },
    wrongTool: {
      label: 'Wrong tool',
      help: 'Of the turns where a call is right and it calls: other tools than the right ones, or a call that cannot be read.',
    },
    wrongArguments: {
      label: 'Wrong arguments',
      help: 'Of the turns where it calls the right tools: arguments other than the right ones.',
    },
    format: {
      label: 'Format kept',
      help: 'Of all turns: every message is thinking, then valid calls or a plain answer, then the end of the turn.',
    },
    answers: {
      label: 'Right answer',
      help: 'Of the turns where that can be told: it ends with a right answer, after the right calls where calls are right.',
    },
    faithful: {
      label: 'Faithful to results',
      help: 'Of the turns where tools gave results: the answer says what they gave.',
    },
  },
  slices: {
    all: 'all turns',
    contested: 'contested turns',
    settled: 'turns that are not contested',
  },
};
