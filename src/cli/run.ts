/**
 * @file Runs a command line and gives its exit status.
 */
import { LosslightError } from '../errors';
import { readFlags, UsageError } from './arguments';
import { COMMANDS } from './commands';
import { helpOf, overview } from './help';
import type { Io } from './io';
import { oneLine } from './paint';

/**
 * Runs the arguments after the program's name.
 *
 * @returns 0; 1 where something of the data was left out; 2 where a flag or a file cannot be used, after one line that
 * says what to do.
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    if (error instanceof UsageError) io.warn(oneLine(error.message));
    else if (error instanceof LosslightError) io.warn(oneLine(`${error.message} ${error.remedy}`));
    else throw error;
    return 2;
  }
}

async function dispatch([name, ...rest]: readonly string[], io: Io): Promise<number> {
  const asksHelp = rest.some((argument) => argument === '--help' || argument === '-h');
  const command = COMMANDS.find((known) => known.name === (name === 'help' ? rest[0] : name));
  if (command && (asksHelp || name === 'help')) {
    await io.print(helpOf(command));
    return 0;
  }
  if (name === '--version' || name === '-v') {
    await io.print(`${io.version}\n`);
    return 0;
  }
  if (name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    await io.print(overview(COMMANDS));
    return 0;
  }
  if (!command) {
    const what = name === undefined ? 'No command was given' : `“${name}” is no command`;
    const names = COMMANDS.map((known) => `“losslight ${known.name}”`).join(' or ');
    throw new UsageError(`${what}: use ${names}; “losslight --help” shows how.`);
  }
  return command.run(readFlags(command.name, command.flags, rest), io);
}
