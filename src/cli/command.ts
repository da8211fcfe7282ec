/**
 * @file What a command of the command line is.
 */
import type { Flags, Given } from './arguments';
import type { Io } from './io';

export interface Command {
  name: string;
  /** One sentence, for the help. */
  about: string;
  flags: Flags;
  /** What it writes and how to read it, lines for its own help. */
  details?: string;
  /**
   * @returns the exit status: 0, or 1 where something of the data was left out or needs attention
   * @throws UsageError, LosslightError where nothing can be done, which is exit status 2
   */
  run(given: Given, io: Io): Promise<number>;
}
