/**
 * @file What the page says of completions that the model wrote in a run: their table, and one of them opened.
 */
import { count, plural } from './numbers';

export const rollouts = {
  title: 'What the model wrote',
  steps: {
    earlier: 'Earlier step',
    later: 'Later step',
    label: 'Step',
    follow: 'Follow the latest',
  },
  filter: {
    label: 'Show',
    names: {
      all: 'all completions',
      varied: 'in groups with variance',
      flat: 'in groups without variance',
      dropped: 'dropped: no reward',
      right: 'right decisions',
      wrong: 'wrong decisions',
      false: 'false calls',
      missed: 'missed calls',
    },
    none: 'No completion of this step is like that.',
  },
  /** `shown` where a filter is set. */
  summary: ({
    shown,
    all,
    groups,
    flat,
    dropped,
  }: {
    shown: number | undefined;
    all: number;
    groups: number;
    flat: number;
    dropped: number;
  }) =>
    `${shown === undefined ? '' : `${count(shown)} of `}${plural(all, 'completion')} in ${plural(groups, 'group')}` +
    (flat ? `; ${plural(flat, 'group')} without variance, from which nothing is learnt` : '') +
    (dropped ? `; ${count(dropped)} dropped for want of a reward` : '') +
    '.',
  table: {
    label: 'Completions',
    columns: {
      group: 'Group',
      prompt: 'Prompt',
      completion: 'Completion',
      total: 'Reward',
      advantage: 'Advantage',
      tokens: 'Tokens',
    },
    flat: 'no variance',
    flatHint: 'All rewards of the group are equal',
    /** In place of a figure. */
    none: 'none',
    absent: '–',
    decisions: {
      falseCall: 'false call',
      missedCall: 'missed call',
      right: 'right decision',
      wrong: 'wrong decision',
    },
  },
  completion: {
    nothing: 'nothing',
    /** Of a long segment, its beginning. */
    short: (beginning: string) => `${beginning}…`,
  },
  detail: {
    title: (completion: number, group: number) => `Completion ${completion}, group ${group}`,
    close: 'Close',
    prompt: 'Prompt',
    brokenOff: 'A limit broke it off.',
    noReward: 'It has no finite reward.',
    flat: 'All completions of its group earned the same, so that none is better than another.',
    reading: 'Reading its tokens…',
    noAdvantage: 'It was dropped, and has no advantage.',
    strip: 'What is trained',
    weights:
      'A weight is the advantage times the token’s part in the mean of the loss. Above zero the token becomes more probable, below zero less; results of tools are never trained.',
    problem: {
      title: 'The tokens could not be read',
      remedy: 'Close the completion and open it again.',
    },
  },
};
