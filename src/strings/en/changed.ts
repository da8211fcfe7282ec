/**
 * @file What is said of what training changed in all conversations of a run.
 */
import { change, count, decimal, plural } from './numbers';

export const changed = {
  title: 'What changed in all conversations',
  measure: (conversations: number) => `Measure ${plural(conversations, 'conversation')}`,
  measureNone: 'Measure conversations',
  stop: 'Stop measuring',
  progress: 'Conversations measured',
  outdated: 'The weights have changed since this was measured.',
  region: 'Change by segment',
  /** `by` is the run by whose mask and division is measured. */
  caption: (conversations: number, none: number, by: string | undefined) =>
    [
      `Mean log-probability of trained tokens in ${plural(conversations, 'conversation')}`,
      by === undefined ? 'divided and masked as the page is set' : `divided and masked as in ${by}`,
      ...(none ? [`${count(none)} had none`] : []),
    ].join('; '),
  segment: 'Segment',
  tokens: 'Tokens',
  change: 'Change',
  more: 'More probable',
  less: 'Less probable',
  all: 'all trained',
  most: 'Changed most',
  /** Mean log-probabilities of a conversation. */
  conversation: (before: number, after: number) =>
    `${decimal(before, 2)} → ${decimal(after, 2)} (${change(after - before)})`,
  nothingTrained: 'No token of these conversations is trained.',
  nothingTrainedRemedy: 'Choose another mask, or other conversations.',
};
