/**
 * @file What is said of the runs that compared weights contain beside the one whose tokens are measured.
 */
import { count } from './numbers';

const stepsOf = (run: string, from: number, to: number) =>
  from + 1 === to ? `step ${count(to)} of ${run}` : `steps ${count(from + 1)} to ${count(to)} of ${run}`;

/** Whose weights contain steps of a run: those that are measured by their last run, or those beside them. */
const sides = { own: 'The change also contains', other: 'The other weights contain' };
export type ContainedSide = keyof typeof sides;

export const contained = {
  /** By the last of these steps; they may be some of the run's later ones. */
  trained: (side: ContainedSide, run: string, from: number, to: number) =>
    `${sides[side]} ${stepsOf(run, from, to)}, which had trained this conversation by then.`,
  partly: (side: ContainedSide, run: string, from: number, to: number, trained: number, made: number) =>
    `${sides[side]} ${stepsOf(run, from, to)}, which had trained ${count(trained)} of its ${count(made)} sequences of this conversation by then.`,
  /** Of the conversations in the table of all. */
  ofAll: (side: ContainedSide, run: string, from: number, to: number, conversations: number) =>
    `${sides[side]} ${stepsOf(run, from, to)}, which had trained tokens of ${count(conversations)} of them by then.`,
  /** A run before the measured one. */
  deleted: (side: ContainedSide) =>
    `${sides[side]} a run that was deleted, and with it what is known of what it trained.`,
  /** The run where the weights stand. */
  lastDeleted:
    'The run that trained these weights was deleted, and with it what is known of what it trained.',
};
