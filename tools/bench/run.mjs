// @ts-check
/**
 * @file Runs a benchmark by its name, prints its table and writes its figures as JSON:
 *
 *     npm run bench -- masks [--json FILE] [options of the benchmark]
 *     npm run bench                            # what there is
 *
 * A benchmark is a module beside this one, listed in registry.mjs.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BENCHMARKS } from './registry.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function main() {
  const [name, ...rest] = process.argv.slice(2);
  const benchmark = BENCHMARKS.find((known) => known.name === name);
  if (!benchmark) {
    const list = BENCHMARKS.map((known) => `  ${known.name.padEnd(10)} ${known.about}`).join('\n');
    process.stdout.write(`npm run bench -- NAME [--json FILE]\n\n${list}\n`);
    if (name !== undefined) {
      process.stderr.write(`“${name}” is no benchmark: use one of the above.\n`);
      process.exitCode = 2;
    }
    return;
  }
  const { values } = parseArgs({
    args: rest,
    options: { json: { type: 'string' }, help: { type: 'boolean' }, ...benchmark.options },
    strict: true,
  });
  if (values.help) {
    process.stdout.write(`${benchmark.name}: ${benchmark.about}\n${benchmark.help ?? ''}`);
    return;
  }
  const { run } = await benchmark.load();
  const { rows, notes = [], figures } = await run(values);
  process.stdout.write(table(rows));
  if (notes.length > 0) process.stdout.write(`\n${notes.join('\n')}\n`);
  const file = path.resolve(
    ROOT,
    String(values.json ?? path.join('.cache', 'bench', `${benchmark.name}.json`)),
  );
  await mkdir(path.dirname(file), { recursive: true });
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  const report = { benchmark: benchmark.name, date: new Date().toISOString(), machine, figures };
  await writeFile(file, `${JSON.stringify(report, null, 1)}\n`);
  process.stdout.write(`\n${path.relative(process.cwd(), file)} holds the figures.\n`);
}

/**
 * Columns as wide as their widest cell; numbers to the right.
 *
 * @param {readonly (readonly (string | number)[])[]} rows the first is the head
 */
function table(rows) {
  const texts = rows.map((row) => row.map(String));
  const widths = (texts[0] ?? []).map((_, i) => Math.max(...texts.map((row) => row[i]?.length ?? 0)));
  const numeric = (/** @type {number} */ i) => rows.slice(1).every((row) => typeof row[i] === 'number');
  const line = (/** @type {string[]} */ row) =>
    row
      .map((cell, i) => (numeric(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${texts.map(line).join('\n')}\n`;
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
