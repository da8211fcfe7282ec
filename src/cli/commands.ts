/**
 * @file The commands, in the order of the help.
 */
import type { Command } from './command';
import { diff } from './diff';
import { evaluate } from './evaluate';
import { experiment } from './experiment';
import { lint } from './lint';
import { masks } from './masks';
import { sequences } from './sequences';
import { train } from './train';

export const COMMANDS: readonly Command[] = [masks, diff, sequences, lint, train, evaluate, experiment];
