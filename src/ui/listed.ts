/**
 * @file What the mask's view has to know of the conversations beside the one that it shows.
 */
import type { DividedHow } from '../state/all-masks';
import type { DataList } from '../state/data-list';

export interface Listed {
  list: DataList;
  /** How many the list shows, and their rows. */
  length: number;
  rows: () => number[];
  /** What the chat template in use is called. */
  template: string;
  /** How a run divides conversations, and what that is called; undefined where it takes them whole. */
  divided?: { title: string; how: DividedHow } | undefined;
}
