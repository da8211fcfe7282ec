/**
 * @file The help, written from the tables of the commands.
 */
import { PRESETS } from '../mask/presets';
import type { Flags } from './arguments';
import type { Command } from './command';
import { pad } from './paint';

const STATUS =
  'Exit status: 0; 1 where records or edits were left out, each told on standard error; 2 where nothing could be done.\n';

/** All commands, each with its flags. */
export function overview(commands: readonly Command[]): string {
  const list = commands.map(({ name, about, flags }) => {
    return `  ${usage(name, flags)}\n      ${about}\n`;
  });
  return (
    `Usage:\n${list.join('')}\n` +
    '  losslight COMMAND --help   all options of a command\n' +
    '  losslight --version\n\n' +
    `${presets()}\n${STATUS}`
  );
}

/** One command, each flag on lines of its own. */
export function helpOf({ name, about, flags, details }: Command): string {
  const rows = Object.entries(flags).map(([flag, { value, about: what, many }]) => {
    const words = `${what}${many ? ' (may be given more than once)' : ''}`;
    return `  ${pad([flag, value].filter(Boolean).join(' '), 26)} ${wrapped(words, 82).join(`\n${' '.repeat(29)}`)}`;
  });
  return (
    `${about}\n\nUsage: ${usage(name, flags)}\n\n${rows.join('\n')}\n\n` +
    `${details ? `${wrapped(details, 110).join('\n')}\n\n` : ''}` +
    `${flags['--policy'] ? `${presets()}\n` : ''}${STATUS}`
  );
}

const presets = () =>
  `Policies:\n${wrapped(PRESETS.map(({ name }) => name).join(', '), 108)
    .map((line) => `  ${line}\n`)
    .join('')}`;

/** The command with the flags that it needs. */
function usage(name: string, flags: Flags): string {
  const required = Object.entries(flags).flatMap(([flag, { value, required, alone }]) =>
    required ? [alone ? value : `${flag} ${value}`] : [],
  );
  return ['losslight', name, ...required, '[options]'].join(' ');
}

/** Lines of at most `width` characters, divided at spaces. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
