/**
 * @file What the mask's view has to know of the conversations beside the one that it shows.
 */
import type { DataList } from '../state/data-list';

export interface Listed {
  list: DataList;
  /** How many the list shows, and their rows. */
  length: number;
  rows: () => number[];
  /** What the chat template in use is called. */
  template: string;
}
