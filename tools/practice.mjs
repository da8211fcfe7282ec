/**
 * @file Writes practice conversations as JSONL, one OpenAI chat record a line:
 *
 *   node tools/practice.mjs --seed 1 --count 1000 [--start 0] [--split held-out-phrasings] [--tools get_weather,calculate]
 *     [--turns 5] [--with-tools 0.7] [--contested 0.2] [--right] [--renamed 0.4] [--made 0.4] [--out FILE]
 *
 * Contested turns show both behaviours equally often; with `--right`, for data to tune on, only the right one.
 * Without `--out` the lines go to standard output. The same seed and index give the same record.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { values } = parseArgs({
  options: {
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
    out: { type: 'string' },
  },
});

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
  const seed = number('seed', 0, 2 ** 31 - 1, true);
  const count = number('count', 1, 1e8, true);
  const start = number('start', 0, 1e9, true);
  if (seed === undefined || count === undefined) throw new RangeError('Give --seed and --count.');
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
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
