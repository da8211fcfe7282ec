/**
 * @file Measures the shipped model and writes its card, README.md:
 *
 *   node tools/pretrain/card.mjs --model public/models/pocket [--conversations 500] [--keep FILE]
 *   node tools/pretrain/card.mjs --model public/models/pocket --measured tools/pretrain/measured.json
 *
 *   node tools/pretrain/card.mjs --model public/models/pocket --shipped FILE --before FILE --after FILE
 *
 * The first form tunes a copy on 64 practice conversations, measures the model, and both on the same further held-out ones, keeps the shares in
 * tools/pretrain/measured.json, or the file that --keep names, and writes the card into the model's folder. The second writes the card from those shares again.
 * The third takes what `losslight evaluate --json` told of the model, and of it and its tuned copy on the further ones; the
 * copy may have been measured on the first of them alone.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { runnerImport } from 'vite';
import { cardText } from './card-text.mjs';

const execute = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MEASURED = path.join(ROOT, 'tools/pretrain/measured.json');
const USAGE = `Usage: node tools/pretrain/card.mjs --model DIR [--conversations N | --measured FILE | --shipped FILE --before FILE --after FILE] [--keep FILE] [--log FILE]`;

/** Share of turns with tools that are asked to be contested where models are measured: more than in training, for closer intervals. */
const CONTESTED = 0.5;

/** Seed of the questions that the shipped model is measured by. */
const QUESTIONS = 900;

/**
 * What a lesson would do: the right decisions alone, more turns contested than in training, few steps, factors in place of
 * all weights, and a mask that leaves all but the thinking out. It was chosen by other questions (the shipped model's among
 * them) than those that it is measured on here, which have a seed of their own.
 */
const TUNING = {
  ...{ seed: 700, count: 64, contested: 0.8, withTools: 0.85, turns: 1 },
  ...{ steps: 50, batchSize: 8, learningRate: 3e-3, warmupSteps: 4, finalShare: 0.1 },
  ...{ schedule: 'linear', strategy: 'fork', lora: 8, policy: 'thinking-only.policy.json' },
  questions: 1000,
};

/** Runs one of the repository's commands. Returns what it prints. */
async function run(file, args) {
  const { stdout } = await execute(process.execPath, [path.join(ROOT, file), ...args.map(String)], {
    cwd: ROOT,
    maxBuffer: 2 ** 30,
  });
  return stdout;
}

/** Every case of a model, by split, and the options they were measured with, from what `losslight evaluate --json` prints. */
function readCases(text) {
  const { options, cases } = JSON.parse(text);
  return { options, cases: new Map(Object.entries(cases)) };
}

/** @param {number} seed of the questions */
async function evaluated(model, conversations, seed) {
  return readCases(
    await run('bin/losslight.mjs', [
      ...['evaluate', '--model', model, '--json', '--conversations', conversations, '--contested', CONTESTED],
      ...['--seed', seed],
    ]),
  );
}

async function tuned(model, folder) {
  const data = path.join(folder, 'practice.jsonl');
  const out = path.join(folder, 'tuned');
  const { seed, count, contested, withTools, turns } = TUNING;
  const { steps, batchSize, learningRate, warmupSteps, finalShare, schedule, strategy, lora } = TUNING;
  const policy = path.join(ROOT, 'tools/pretrain', TUNING.policy);
  await run('tools/practice.mjs', [
    ...['--seed', seed, '--count', count, '--contested', contested, '--turns', turns],
    ...['--with-tools', withTools, '--right', '--out', data],
  ]);
  await run('bin/losslight.mjs', [
    ...['train', '--model', model, '--data', data, '--out', out, '--strategy', strategy],
    ...['--steps', steps, '--batch-size', batchSize, '--learning-rate', learningRate],
    ...['--schedule', schedule, '--warmup-steps', warmupSteps, '--final-share', finalShare],
    ...['--lora', lora, '--policy', policy],
  ]);
  return out;
}

/** Every case of the shipped model, and of it and the tuned copy on the questions that tuning is measured by. */
async function measure(model, conversations) {
  const folder = mkdtempSync(path.join(tmpdir(), 'pocket-card-'));
  try {
    // Before two processes want it at once.
    await run('bin/losslight.mjs', ['--help']);
    const shipped = evaluated(model, conversations, QUESTIONS);
    return await Promise.all([
      shipped,
      shipped.then(() => evaluated(model, conversations, TUNING.questions)),
      tuned(model, folder).then((out) => evaluated(out, conversations, TUNING.questions)),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the card tells, without the single cases: the model's shares, and the tuned copy beside it on what both were asked. */
async function shares(shipped, before, after) {
  const { module } = await runnerImport(path.join(ROOT, 'src/cli/evaluation-table.ts'), {
    configFile: false,
    logLevel: 'error',
  });
  const asked = new Map(
    Array.from(before.cases, ([split, cases]) => [
      split,
      cases.filter(({ group }) => group < after.options.count),
    ]),
  );
  const tuned = module.summaryOf(after.cases, asked);
  return {
    options: shipped.options,
    shipped: module.summaryOf(shipped.cases),
    tuning: { ...TUNING, questions: after.options.seed, conversations: after.options.count },
    tuned: tuned.all,
    tunedContested: Object.fromEntries(
      Object.entries(tuned.splits).map(([split, { contested }]) => [split, contested]),
    ),
  };
}

/** The rows of a CSV file without quotes (a training's log, compare.csv), as objects. */
function readLog(file) {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i], value])));
}

/** Number of parameters: the elements of all tensors in a safetensors file. */
function parameterCount(file) {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8'));
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .reduce((sum, [, { shape }]) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    model: { type: 'string' },
    conversations: { type: 'string', default: '500' },
    keep: { type: 'string', default: MEASURED },
    measured: { type: 'string' },
    shipped: { type: 'string' },
    before: { type: 'string' },
    after: { type: 'string' },
    log: { type: 'string', default: path.join(ROOT, 'tools/pretrain/log.csv') },
  },
});
if (values.help || !values.model) {
  console.error(values.help ? USAGE : `Give --model, the folder of the model. ${USAGE}`);
  process.exit(values.help ? 0 : 1);
}
if (!/^[1-9]\d*$/.test(values.conversations)) {
  console.error(`--conversations must be a whole number from 1, not “${values.conversations}”. ${USAGE}`);
  process.exit(1);
}
const files = [values.shipped, values.before, values.after].filter((file) => file !== undefined);
if (files.length % 3 !== 0) {
  console.error(`--shipped, --before and --after belong together. ${USAGE}`);
  process.exit(1);
}
const model = path.resolve(values.model);
const measured = values.measured
  ? JSON.parse(readFileSync(values.measured, 'utf8'))
  : await shares(
      ...(files.length > 0
        ? files.map((file) => readCases(readFileSync(file, 'utf8')))
        : await measure(model, Number(values.conversations))),
    );
if (!values.measured) writeFileSync(values.keep, `${JSON.stringify(measured, null, 1)}\n`);
const card = cardText({
  measured,
  deeper: JSON.parse(readFileSync(path.join(ROOT, 'tools/pretrain/deeper.json'), 'utf8')),
  narrow: JSON.parse(readFileSync(path.join(ROOT, 'tools/pretrain/narrow.json'), 'utf8')),
  config: JSON.parse(readFileSync(path.join(model, 'config.json'), 'utf8')),
  parameters: parameterCount(path.join(model, 'model.safetensors')),
  log: readLog(values.log),
  compared: readLog(path.join(ROOT, 'tools/pretrain/compare.csv')),
});
writeFileSync(path.join(model, 'README.md'), card);
process.stdout.write(card);
