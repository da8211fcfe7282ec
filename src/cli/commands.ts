/**
 * @file The commands, in the order of the help.
 */
import type { Command } from './command';
import { diff } from './diff';
import { lint } from './lint';
import { masks } from './masks';
import { sequences } from './sequences';

export const COMMANDS: readonly Command[] = [masks, diff, sequences, lint];
