/**
 * @file The command line as data: `losslight masks …`, `losslight diff …`.
 */

export interface MasksCommand {
  command: 'masks';
  tokenizer: string;
  data: string;
  policy: string;
  json: boolean;
}

export interface DiffCommand {
  command: 'diff';
  tokenizer: string;
  data: string;
  policies: [string, string];
  json: boolean;
}

export type Command = MasksCommand | DiffCommand | { command: 'help' };

/** A command line or file that cannot be used: one line that says what to do, and exit status 2. */
export class UsageError extends Error {}

export const USAGE = `Usage:
  losslight masks --tokenizer DIR --data FILE [--policy NAME|FILE] [--json]
      Prints ids, tokens, segments and weights of each training sequence.
  losslight diff --tokenizer DIR --data FILE --policy NAME|FILE --policy NAME|FILE [--json]
      Shows the tokens that two policies weigh differently.

  --tokenizer DIR   a folder with tokenizer.json, and a chat template in chat_template.jinja
                    or tokenizer_config.json; no weights are needed
  --data FILE       conversations in any format that the page reads
  --policy          the name of a preset (PRESETS), or a JSON file
  --json            one JSON object a line

Exit status: 0, or 1 where a record was left out, or 2 where nothing could be done.
`;

/**
 * Reads the arguments after the program's name.
 *
 * @throws UsageError where one is unknown, missing or given twice.
 */
export function readArguments(args: readonly string[]): Command {
  const [command, ...rest] = args;
  if (command === 'help' || args.includes('--help') || args.includes('-h')) return { command: 'help' };
  if (command !== 'masks' && command !== 'diff') {
    const what = command === undefined ? 'No command was given' : `“${command}” is no command`;
    throw new UsageError(`${what}: use “losslight masks” or “losslight diff”; “losslight --help” shows how.`);
  }
  const { values, json } = readFlags(command, rest);
  const one = (flag: Flag): string | undefined => {
    const [value, second] = values[flag];
    if (second !== undefined) throw new UsageError(`${flag} was given twice: give it once.`);
    return value;
  };
  const required = (flag: Flag, what: string): string => {
    const value = one(flag);
    if (value === undefined) throw new UsageError(`${flag} is missing: give ${flag} ${what}.`);
    return value;
  };
  const tokenizer = required('--tokenizer', 'DIR, a folder with tokenizer.json');
  const data = required('--data', 'FILE, the conversations');
  if (command === 'masks') return { command, tokenizer, data, policy: one('--policy') ?? 'default', json };
  const [a, b, third] = values['--policy'];
  if (a === undefined || b === undefined || third !== undefined) {
    const count = values['--policy'].length;
    throw new UsageError(`“losslight diff” compares two policies, not ${count}: give --policy twice.`);
  }
  return { command, tokenizer, data, policies: [a, b], json };
}

type Flag = '--tokenizer' | '--data' | '--policy';

function readFlags(
  command: string,
  args: readonly string[],
): { values: Record<Flag, string[]>; json: boolean } {
  const values: Record<Flag, string[]> = { '--tokenizer': [], '--data': [], '--policy': [] };
  let json = false;
  for (let i = 0; i < args.length; i++) {
    const given = args[i] ?? '';
    const equals = given.startsWith('--') ? given.indexOf('=') : -1;
    const name = equals < 0 ? given : given.slice(0, equals);
    if (name === '--json' && equals < 0) {
      json = true;
    } else if (Object.hasOwn(values, name)) {
      const value = equals < 0 ? args[++i] : given.slice(equals + 1);
      if (value === undefined || value === '' || (equals < 0 && value.startsWith('--'))) {
        throw new UsageError(`${name} has no value: write ${name} and what it is to be.`);
      }
      values[name as Flag].push(value);
    } else {
      throw new UsageError(
        `“${given}” is no option of “losslight ${command}”: use ${Object.keys(values).join(', ')} or --json.`,
      );
    }
  }
  return { values, json };
}
