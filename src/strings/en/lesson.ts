/**
 * @file What the page says around an open lesson: its card, its buttons and why one cannot be pressed, and how its figures are
 * written. The lesson's own text is in its file.
 */
import { plural } from './numbers';

export const lesson = {
  card: {
    length: (minutes: number) => `Lesson, ${minutes} minutes`,
    fold: { shown: 'Fold', whole: 'Fold the lesson' },
    unfold: { shown: 'Unfold', whole: 'Unfold the lesson' },
    close: { shown: 'Close', whole: 'Close the lesson' },
    steps: 'Steps of the lesson',
    stepNamed: (step: number, title: string) => `Step ${step}: ${title}`,
    thisStep: 'This step',
    stepOf: (step: number, steps: number) => `Step ${step} of ${steps}`,
    /** Before the title of a step, for those who hear it. */
    stepOfBefore: (step: number, steps: number) => `Step ${step} of ${steps}: `,
    notSetUp: 'The page could not be set up for this step',
    waits: 'This step sets the page up when the run has ended.',
    show: { shown: 'Show me', part: (part: string) => `: ${part}` },
    elsewhere: { before: 'The page is set up for another step. ', button: 'Set it up for this one' },
    kept: (conversations: number, weights: boolean) => {
      if (conversations === 1 && !weights)
        return 'Your conversation is kept and comes back when the lesson closes.';
      const own = conversations === 1 ? 'conversation' : plural(conversations, 'conversation');
      const all = conversations ? `${own}${weights ? ' and the tuned weights' : ''}` : 'tuned weights';
      return `Your ${all} are kept and come back when the lesson closes.`;
    },
    back: 'Back',
    next: 'Next',
    finish: 'Finish',
  },
  /** Beside the frame around what a step points at. */
  pointer: { sign: 'Look here', part: (part: string) => `: ${part}` },
  actions: {
    label: 'Try it',
    train: 'Train',
    trainSteps: (steps: number) => `Train ${plural(steps, 'step')}`,
    stop: 'Stop the run',
    reset: 'Back to the original weights',
    write: (message: number) => `Let both write message ${message}`,
    measure: 'Measure decisions about tools',
    measureChange: 'Measure what changed',
    set: 'Set it',
  },
  /** Why a button cannot be pressed. */
  block: {
    settingUp: 'The page is being set up.',
    running: 'A run is in progress; wait or stop it first.',
    noRun: 'There is no run to stop.',
    original: 'These are the original weights.',
    notAssistant: (message: number) => `Message ${message} of this conversation is not the assistant’s.`,
    writing: 'The models are writing.',
    measuring: 'Measuring…',
  },
  checks: {
    label: 'What happened',
    waiting: 'Not measured yet.',
    /** Where a run’s beginning or end is told. */
    means:
      'The beginning and the end of a run are told as means over its first and last steps, up to five of each; the chart’s numbers are of single steps.',
  },
  more: {
    needed: 'Show only what the lesson needs',
    whole: 'Show the whole page',
    again: 'Begin again',
    copy: 'Copy link',
    copied: 'The link is copied.',
    notCopied: 'The link could not be copied.',
    failed: (message: string, remedy: string) => `${message} ${remedy}`,
    save: 'Save as file',
  },
  figures: {
    notNumber: 'not a number',
    infinite: 'infinite',
    times: (factor: string) => `${factor} times`,
    yes: 'yes',
    no: 'no',
    tiny: 'under 0.001%',
  },
};
