/**
 * @file Flags of a command as a table, and the arguments that were given.
 */

/** A command line or file that cannot be used: one line that says what to do, and exit status 2. */
export class UsageError extends Error {}

export interface Flag {
  /** What stands for the value in the help, such as `FILE`; absent where the flag is a switch. */
  value?: string;
  /** For the help, and for who left it out. */
  about: string;
  required?: boolean;
  /** It may be given more than once. */
  many?: boolean;
  /** Its value may also stand alone, without the flag. One flag of a command at most. */
  alone?: boolean;
}

/** Flags by their names, `--` included, in the order of the help. */
export type Flags = Readonly<Record<string, Flag>>;

/** The flags that were given, with their values. */
export class Given {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  has(flag: string): boolean {
    return this.#values.has(flag);
  }

  one(flag: string): string | undefined {
    return this.#values.get(flag)?.[0];
  }

  all(flag: string): readonly string[] {
    return this.#values.get(flag) ?? [];
  }
}

/**
 * Reads `--flag value` and `--flag=value`.
 *
 * @throws UsageError where a flag is unknown or missing, has no value, or was given more often than it may be.
 */
export function readFlags(command: string, flags: Flags, args: readonly string[]): Given {
  const values = new Map<string, string[]>();
  const alone = Object.entries(flags).find(([, flag]) => flag.alone)?.[0];
  for (let i = 0; i < args.length; i++) {
    const given = args[i] ?? '';
    if (alone !== undefined && given !== '' && !given.startsWith('-') && !values.has(alone)) {
      values.set(alone, [given]);
      continue;
    }
    const equals = given.startsWith('--') ? given.indexOf('=') : -1;
    const name = equals < 0 ? given : given.slice(0, equals);
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (!flag) throw new UsageError(unknown(command, flags, given));
    if (!flag.value) {
      if (equals >= 0) throw new UsageError(`${name} takes no value: write ${name} alone.`);
      values.set(name, []);
      continue;
    }
    const value = equals < 0 ? args[++i] : given.slice(equals + 1);
    if (value === undefined || value === '' || (equals < 0 && value.startsWith('--'))) {
      throw new UsageError(`${name} has no value: write ${name} ${flag.value}, ${flag.about}.`);
    }
    const before = values.get(name);
    if (before && !flag.many) throw new UsageError(`${name} was given twice: give it once.`);
    values.set(name, [...(before ?? []), value]);
  }
  for (const [name, { value = '', about, required, alone: bare }] of Object.entries(flags)) {
    if (required && !values.has(name))
      throw new UsageError(`${name} is missing: give ${bare ? value : `${name} ${value}`}, ${about}.`);
  }
  return new Given(values);
}

function unknown(command: string, flags: Flags, given: string): string {
  const names = Object.keys(flags);
  const what = given.startsWith('-') ? `“${given}” is no option` : `“${given}” belongs to no option`;
  return `${what} of “losslight ${command}”: use ${names.slice(0, -1).join(', ')} or ${names.at(-1)}.`;
}
