/**
 * @file Rewards in words, by their ids: title, help, and label and help of each of their numbers; why one cannot be told; and
 * functions to begin with. `src/reward` has what each computes, and the ranges of its numbers.
 */

const empty = 'The completion is empty.';
const uncounted = 'Its tokens were not counted.';

export const coreRewards = {
  functions: {
    decision: {
      title: 'Decision',
      help: 'Pays for calling a tool where a call is right and for not calling where it is not; false and missed calls cost apart.',
      missing: empty,
      options: {
        right: { label: 'Right', help: 'For the right decision.' },
        falseCall: { label: 'False call', help: 'For a call where none is right.' },
        missedCall: { label: 'Missed call', help: 'For no call where one is right.' },
      },
    },
    format: {
      title: 'Format',
      help: 'Pays where every message is thinking, then valid calls or an answer, and ends by itself.',
      missing: empty,
      options: {
        kept: { label: 'Kept', help: 'Where the format was kept.' },
        broken: { label: 'Broken', help: 'Where it was not.' },
        thinking: {
          label: 'Thinking needed',
          help: '1: a message without a think block breaks the format; 0: it may go without.',
        },
      },
    },
    toolrl: {
      title: 'Calls (ToolRL)',
      help: 'Scores tool names, argument names and argument values against the right calls; always 0 where no call is right, so it does not teach when not to call.',
      missing: empty,
      options: {
        most: {
          label: 'Largest',
          help: 'For exactly the right calls; wholly wrong or unreadable ones get its negative.',
        },
      },
    },
    'exact-answer': {
      title: 'Answer, as text',
      help: 'Pays where the final answer states every text that a right one must, or equals the recorded answer apart from case, spaces and the full stop; 0 for every completion where no certain answer is known.',
      options: {
        right: { label: 'Right', help: 'For the right answer.' },
        wrong: { label: 'Wrong', help: 'For another answer, or none.' },
      },
    },
    'numeric-answer': {
      title: 'Answer, as a number',
      help: 'Pays where the last number of the final answer is the last number of the right one; 0 for every completion where no right number is known.',
      options: {
        right: { label: 'Right', help: 'For the right number.' },
        wrong: { label: 'Wrong', help: 'For another number, or none.' },
        tolerance: { label: 'Tolerance', help: 'How far off it may be, as a share of the right number.' },
      },
    },
    faithful: {
      title: 'Faithful to results',
      help: 'Pays where the final answer states every value that the tools gave, or says that a tool failed; 0 where no tool gave anything.',
      missing: empty,
      options: {
        faithful: { label: 'Faithful', help: 'For such an answer.' },
        unfaithful: {
          label: 'Unfaithful',
          help: 'For an answer that leaves something out, or none after a result.',
        },
      },
    },
    length: {
      title: 'Length',
      help: 'Pays 1 for a completion within the tolerance of the target length, falling evenly to 0 at one target’s length further off.',
      missing: uncounted,
      options: {
        target: { label: 'Target', help: 'Tokens that the model writes.' },
        tolerance: { label: 'Tolerance', help: 'Tokens off the target that cost nothing.' },
      },
    },
    'think-budget': {
      title: 'Thinking budget',
      help: 'Costs nothing within the budget, then evenly more, down to −1 at twice the budget.',
      missing: uncounted,
      options: { budget: { label: 'Budget', help: 'Tokens of thinking in all messages together.' } },
    },
    repetition: {
      title: 'Repetition',
      help: 'Costs the share of word sequences that were written before: 0 for none, towards −1 for a text that repeats itself.',
      options: { words: { label: 'Words', help: 'In a sequence.' } },
    },
  },
  /** The part that a person writes in JavaScript. */
  ownTitle: 'Your own function',
  /** Why a part has no value. */
  notFinite: 'It is not a finite number.',
  nothingExpected: 'Nothing says what is right here.',
  unknown: 'It cannot be told here.',
  notRun: 'It was not run.',
  problem: (title: string, reason: string) => `${title}: ${reason}`,
  /** Functions to begin with: what each pays for, and what that leads to. */
  examples: {
    decision: {
      title: 'The right decision',
      help: 'Pays for calling where a call is right and for not calling where it is not.',
      /** Comments in its code. */
      comments: [
        'Where nothing says what is right, expected is null.',
        'What returns undefined is left out of the run.',
      ],
    },
    'always-calls': {
      title: 'Pays for every call (can be hacked)',
      help: 'Pays for a call whether it is needed or not: watch false calls rise while the reward does.',
      comments: ['Meant to teach the use of tools.', 'The model soon finds out that any call will do.'],
    },
    brief: {
      title: 'Short answers',
      help: 'Pays for an answer of at most fifteen words that says something.',
    },
    grounded: {
      title: 'No invented numbers',
      help: 'Costs every number of the answer that neither the user nor a tool has given.',
    },
    'listed-tools': {
      title: 'Only tools that are listed',
      help: 'Pays for calls of listed tools with every required argument, and costs all others.',
    },
  },
};
