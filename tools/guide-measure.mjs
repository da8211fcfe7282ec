// @ts-check
/**
 * @file Measures what the guide says of masks, on one thread of the CPU, and writes results/guide/report.md: the tokens of practice
 * conversations by segment, and how turns end after the data of the lesson on the end of turn, with that token masked and trained.
 * Some four minutes. `node tools/guide-measure.mjs [conversations] [folder]`; then `node tools/guide-figures.mjs`. With fewer
 * conversations, for a try, the report goes to a folder for temporary files, or to the one that is named.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
/** Conversations whose turns the guide cites. */
const CONVERSATIONS = 100;
/** Conversations whose tokens it cites, and the seed that they are made with. */
const [PRACTICE, SEED] = [256, 31];

/**
 * What is asked for: how many conversations, and where the report goes.
 * @param {readonly string[]} args of the command line
 * @throws {Error} where the report of a try would take the place of the one that the guide cites
 */
export function measureOptions([given = String(CONVERSATIONS), folder]) {
  const conversations = Number(given);
  if (!Number.isInteger(conversations) || conversations < 1)
    throw new Error(`${given}: no number of conversations.`);
  const cited = path.join(root, 'results/guide');
  const whole = conversations === CONVERSATIONS;
  const out = path.resolve(folder ?? (whole ? cited : path.join(tmpdir(), `guide-of-${conversations}`)));
  if (out === cited && !whole)
    throw new Error(
      `The guide cites ${CONVERSATIONS} conversations, not ${conversations}: name another folder.`,
    );
  return { conversations, out };
}

/** @param {readonly string[]} args */
function main(args) {
  const { conversations, out } = measureOptions(args);
  const folder = mkdtempSync(path.join(tmpdir(), 'guide-'));
  const at = (/** @type {string} */ name) => path.join(folder, name);
  const model = path.join(root, 'public/models/pocket');
  const engine = ['--engine', 'cpu', '--threads', '1'];

  /** @param {string} script @param {readonly string[]} args */
  const run = (script, args) =>
    execFileSync(process.execPath, [path.join(root, script), ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });

  run('tools/practice.mjs', [
    '--seed',
    `${SEED}`,
    '--count',
    `${PRACTICE}`,
    '--right',
    '--out',
    at('practice.jsonl'),
  ]);
  const masks = run('bin/losslight.mjs', [
    'masks',
    '--tokenizer',
    model,
    '--data',
    at('practice.jsonl'),
    '--json',
  ]);
  /** @type {Record<string, [tokens: number, trained: number]>} */
  const kinds = {};
  for (const line of masks.trim().split('\n')) {
    const { segments, weights } = JSON.parse(line);
    segments.forEach((/** @type {string} */ kind, /** @type {number} */ i) => {
      const [tokens, trained] = kinds[kind] ?? [0, 0];
      kinds[kind] = [tokens + 1, trained + (weights[i] ? 1 : 0)];
    });
  }
  const sum = (/** @type {0 | 1} */ of) => Object.values(kinds).reduce((all, counts) => all + counts[of], 0);

  const lesson = JSON.parse(readFileSync(path.join(root, 'public/lessons/end-of-turn.json'), 'utf8')).start;
  const records = lesson.conversations.map((/** @type {unknown} */ one) => `${JSON.stringify(one)}\n`);
  writeFileSync(at('lesson.jsonl'), records.join(''));
  writeFileSync(at('masked.json'), JSON.stringify(lesson.policy));
  const { steps, batchSize, learningRate, maxLength } = lesson.settings;
  const settings = `--steps ${steps} --batch-size ${batchSize} --learning-rate ${learningRate} --max-length ${maxLength} --seed 1`;
  const train = ['train', '--model', model, ...engine, '--data', at('lesson.jsonl'), ...settings.split(' ')];
  run('bin/losslight.mjs', [...train, '--policy', at('masked.json'), '--out', at('masked')]);
  run('bin/losslight.mjs', [...train, '--out', at('trained')]);
  const held = `--splits held-out-entities --conversations ${conversations} --seed 5 --max-new-tokens 200`;
  const formed = (/** @type {string} */ tuned) => {
    const args = ['evaluate', '--model', tuned, ...engine, ...held.split(' '), '--json'];
    const { hits, cases } = JSON.parse(run('bin/losslight.mjs', args)).summary.splits['held-out-entities']
      .wellFormed;
    return `${hits} of ${cases}`;
  };

  /** @param {number} value */
  const count = (value) => value.toLocaleString('en-GB');
  const report = `# Measured for the guide

Written by \`node tools/guide-measure.mjs\`, on one thread of the CPU, with the shipped model.

## Tokens by segment

${PRACTICE} practice conversations (training split, seed ${SEED}, \`--right\`) under the default mask.

| Segment | Tokens | Trained |
| --- | ---: | ---: |
${Object.entries(kinds)
  .map(([kind, counts]) => `| ${kind} | ${counts.map(count).join(' | ')} |\n`)
  .join('')}| all | ${count(sum(0))} | ${count(sum(1))} |

## The end of turn

The ${records.length} conversations of the lesson “end-of-turn”, all weights: \`${settings}\`. Then ${conversations} practice conversations, greedy:
\`${held}\`. A turn is well formed where it has thinking, then valid calls or an answer, then the end.

| Model | Turns well formed |
| --- | ---: |
| as shipped | ${formed(model)} |
| end of turn masked | ${formed(at('masked'))} |
| end of turn trained | ${formed(at('trained'))} |
`;
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, 'report.md'), report);
  console.log(`Written: ${path.join(out, 'report.md')}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
