/**
 * @file What the form for practice data says; its settings’ own words are in core-practice.ts.
 */
import { count, plural } from './numbers';

export const practice = {
  label: 'Practice data',
  about:
    'Conversations of a small world in which an assistant has to decide when to call a tool. Each says what is right, and its tools can be run.',
  more: 'More settings',
  moreWrong: 'More settings (one needs correcting)',
  contested: 'Contested turns show',
  tools: {
    title: (used: number, all: number) => `Tools (${used} of ${all})`,
    help: 'Conversations list one to four of these.',
    all: 'All',
    allOf: ' tools',
    none: 'None',
    noneOf: ' of the tools',
  },
  making: 'Making conversations',
  done: (done: number, total: number) => `${count(done)} of ${plural(total, 'conversation')}`,
  cancel: 'Cancel',
  cancelWhat: ' making practice data',
  make: 'Make',
  close: 'Close',
  failed: 'No practice data was made',
};
