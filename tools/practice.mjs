/**
 * @file Writes practice conversations as JSONL, one OpenAI chat record a line; `--help` lists the options.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const HELP = `Writes practice conversations as JSON Lines, one OpenAI chat record a line.

Usage: npm run practice -- --seed N --count N [options]

  --seed N            which conversations; the same seed and index give the same record
  --count N           how many
  --start N           index of the first; 0 without it
  --out FILE          where they go; standard output without it
  --split NAME        train (without it), held-out-entities, held-out-phrasings or held-out-tools
  --tools A,B         the tools that may be listed; all of the split without it
  --turns N           user turns that a conversation has at most, 1 to 5; 5 without it
  --with-tools SHARE  of conversations that list tools, 0 to 1; 0.7 without it
  --contested SHARE   of turns with tools where to call or not is contested, 0 to 1; 0.2 without it
  --right             contested turns show what is right, for data to tune on; else both behaviours equally often. Right
                      is to answer what is stated and does not change (a height) and sums of one-digit numbers; and to
                      call for what changes (a price) and was stated of another time, and for two-digit numbers
  --renamed SHARE     of tools that are listed under another name, 0 to 1; 0.4 without it
  --made SHARE        of tools that are put together from words, 0 to 1; 0.4 without it, 0 with --tools or held-out-tools
  --invented SHARE    of made tools in which a word means nothing, 0 to 1; 0 without it
  --slips SHARE       of turns with calls that show a wrong call first, its error, and the right one; 0 without it. The
                      wrong call has weight 0
`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  seed: { type: 'string' },
  count: { type: 'string' },
  start: { type: 'string', default: '0' },
  split: { type: 'string' },
  tools: { type: 'string' },
  turns: { type: 'string' },
  'with-tools': { type: 'string' },
  contested: { type: 'string' },
  right: { type: 'boolean' },
  renamed: { type: 'string' },
  made: { type: 'string' },
  invented: { type: 'string' },
  slips: { type: 'string' },
  out: { type: 'string' },
};

/** The options that were given; what is none is refused in one line. */
function given() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(/[.\n]/)[0] : String(error);
    console.error(`${reason}: “npm run practice -- --help” lists the options.`);
    process.exit(1);
  }
}

const values = given();

/** A number from the command line, checked; `undefined` where the option is absent. */
function number(name, low, high, whole) {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= low && value <= high) || (whole && !Number.isInteger(value))) {
    throw new RangeError(
      `--${name} must be a ${whole ? 'whole ' : ''}number from ${low} to ${high}, not “${text}”.`,
    );
  }
  return value;
}

async function main() {
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const seed = number('seed', 0, 2 ** 31 - 1, true);
  const count = number('count', 1, 1e8, true);
  const start = number('start', 0, 1e9, true);
  if (seed === undefined || count === undefined)
    throw new RangeError('Give --seed and --count; --help lists all options.');
  const options = {
    seed,
    ...(values.split === undefined ? {} : { split: values.split }),
    tools: values.tools?.split(',').map((name) => name.trim()),
    turns: number('turns', 1, 5, true),
    withTools: number('with-tools', 0, 1, false),
    contested: number('contested', 0, 1, false),
    ...(values.right && { contestedShown: 'right' }),
    renamed: number('renamed', 0, 1, false),
    made: number('made', 0, 1, false),
    invented: number('invented', 0, 1, false),
    slips: number('slips', 0, 1, false),
  };
  const load = async (file) =>
    (
      await runnerImport(fileURLToPath(new URL(`../src/conversation/${file}`, import.meta.url)), {
        configFile: false,
        logLevel: 'error',
      })
    ).module;
  const { composePractice } = await load('practice/compose.ts');
  const { toOpenAI } = await load('export.ts');
  const out = values.out ? createWriteStream(values.out) : process.stdout;
  for (let index = start; index < start + count; index++) {
    const line = JSON.stringify(toOpenAI(composePractice(index, options), { arguments: 'object' })) + '\n';
    if (!out.write(line)) await once(out, 'drain');
  }
  if (values.out) {
    out.end();
    await once(out, 'finish');
  }
}

main().catch((error) => {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(error?.syscall ? `${reason}: give --out a file in a folder that you may write to.` : reason);
  process.exitCode = 1;
});
