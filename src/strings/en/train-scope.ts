/**
 * @file Which conversations a new run takes.
 */
import { count, plural } from './numbers';

export const trainScope = {
  cut: (conversations: number, limit: number) =>
    `${plural(conversations, 'conversation')} ${conversations === 1 ? 'is' : 'are'} longer than ${count(limit)} tokens and cut there; the rest is not trained.`,
  first: (taken: number, matching: number, filtered: boolean) =>
    `A run trains on the first ${count(taken)} of ${count(matching)} conversations${filtered ? ' that match the filter' : ''}: each has to be read and tokenized before the first step.`,
  filtered: (matching: number, all: number) =>
    `A run trains on the ${plural(matching, 'conversation')} of ${count(all)} that ${matching === 1 ? 'matches' : 'match'} the filter in Data.`,
  heldOut: (conversations: number) =>
    `${plural(conversations, 'held-out conversation')} ${conversations === 1 ? 'is' : 'are'} measured and never trained.`,
  /** Of an objective that goes by more than a conversation's text. */
  heldOutBy: {
    reward: (conversations: number) =>
      `${neverTrained(conversations)}; those with a reward that the objective takes are measured.`,
    pair: (conversations: number) =>
      `${neverTrained(conversations)}; those with a chosen and a rejected completion are measured.`,
    label: (conversations: number) =>
      `${neverTrained(conversations)}; where some are labelled good and some bad, those are measured.`,
  },
  /** While a large file is read. */
  counting: (objective: string) => `Counting what ${objective} leaves out…`,
};

const neverTrained = (conversations: number) =>
  `${plural(conversations, 'held-out conversation')} ${conversations === 1 ? 'is' : 'are'} never trained`;
