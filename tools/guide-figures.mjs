// @ts-check
/**
 * @file Brings the figures of the guide up to date: reads each again from the file that it comes from, and what follows from the
 * experiment from its report, and writes public/guide/figures.json where something has changed. Numbers that are typed in the guide's
 * sentences are held to their sources by tools/guide-held.json: where one differs, the sentence has to be written anew.
 *
 * `node tools/guide-figures.mjs`; with `--check` nothing is written, and the exit status says whether all agree; with
 * `--experiment FILE` the experiment's report is that file of the project from now on.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ about: string, value: string, source: string, find: string, date: string }} Figure */
/** @typedef {{ arm: string, decision: string, falseCalls: string, missedCalls: string, answer: string, steps: string, tokens: string, processor: string }} Arm */
/** @typedef {{ file: string, state: string, date: string, report?: string, arms?: Arm[], findings?: string }} Experiment */

/**
 * A number that is typed in the guide: the words that it stands in, with itself in brackets; the file that it comes from, and what
 * to find there; with `count`, how often that stands in what was found.
 * @typedef {{ says: string, source: string, find: string, count?: string }} Held
 */

/** What the guide says of an experiment that has no report. */
const NOT_RUN = 'It has not been run to its end yet, so this guide claims no winner.';

const root = new URL('../', import.meta.url);
const file = new URL('public/guide/figures.json', root);

const WORDS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

/** A number that is written in digits or as a word: what is equal is written alike. @param {string} text */
const spelled = (text) => {
  const word = WORDS.indexOf(text.toLowerCase());
  return word < 0 ? text.replaceAll(',', '') : String(word);
};

/**
 * What is wrong with the numbers that are typed in the guide: one sentence each.
 * @param {readonly Held[]} held
 * @param {string} guide its texts
 * @param {(source: string) => string} read the text of a file of the project
 * @returns {string[]}
 */
export function heldProblems(held, guide, read) {
  return held.flatMap(({ says, source, find, count }) => {
    const words = says.replace(/[[\]]/g, '');
    const typed = /\[(.+)\]/.exec(says)?.[1] ?? '';
    if (!guide.includes(words))
      return [`“${words}” is no longer in the guide. Correct “says” in tools/guide-held.json.`];
    const found = new RegExp(find).exec(read(source))?.[1];
    if (found === undefined)
      return [`“${words}”: ${source} no longer has it. Correct “find” in tools/guide-held.json.`];
    const value = count === undefined ? found : String(found.match(new RegExp(count, 'g'))?.length ?? 0);
    if (spelled(value) === spelled(typed)) return [];
    return [`“${words}”: ${source} has ${value}. Correct the guide, and “says” in tools/guide-held.json.`];
  });
}

/** The columns of the report that the guide shows, by the heading of the table and of the column. */
const COLUMNS = {
  decision: ['At the end of every arm', 'Decision right'],
  falseCalls: ['At the end of every arm', 'False calls'],
  missedCalls: ['At the end of every arm', 'Missed calls'],
  answer: ['At the end of every arm', 'Right answer'],
  steps: ['What it took', 'Steps'],
  tokens: ['At the end of every arm', 'Tokens'],
  processor: ['What it took', 'Processor'],
};

/**
 * What an experiment's report says, as the guide cites it.
 * @param {string} report its Markdown
 * @returns {{ state: string, arms: Arm[], findings: string } | undefined} of how many questions and seeds, the arms at their end,
 * and each finding word for word; undefined where it is no whole report: some runs are not finished, or it says nothing
 */
export function experimentFindings(report) {
  if (/^\*\*Not finished/m.test(report)) return undefined;
  const state = /^(\d[\d,]* held-out questions? in .*)$/m.exec(report)?.[1];
  const findings = /^## What follows\n+((?:- .*\n)+)/m.exec(report)?.[1]?.trim();
  if (state === undefined || findings === undefined) return undefined;
  const tables = new Map(
    Object.values(COLUMNS).map(([heading = '']) => [heading, tableUnder(report, heading)]),
  );
  const cell = (/** @type {string} */ arm, /** @type {readonly string[]} */ [heading = '', column = '']) =>
    // After the first semicolon stands how far the seeds lie apart.
    tables.get(heading)?.get(arm)?.[column]?.split(';')[0];
  const names = [...(tables.get('At the end of every arm')?.keys() ?? [])];
  const arms = names.map((arm) => {
    const cells = Object.entries(COLUMNS).map(([field, where]) => [field, cell(arm, where) ?? '–']);
    return /** @type {Arm} */ ({ arm, ...Object.fromEntries(cells) });
  });
  return { state, arms, findings };
}

/**
 * The first table below a heading of the second rank: for each row, by its first cell, the cells by the heads of their columns.
 * @param {string} report
 * @param {string} heading
 * @returns {Map<string, Record<string, string>>}
 */
function tableUnder(report, heading) {
  const lines = report.split('\n');
  const from = lines.indexOf(`## ${heading}`);
  const begin = lines.findIndex((line, i) => i > from && from >= 0 && line.startsWith('|'));
  if (begin < 0) return new Map();
  const length = lines.slice(begin).findIndex((line) => !line.startsWith('|'));
  const [heads = [], , ...rows] = lines.slice(begin, length < 0 ? undefined : begin + length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return new Map(
    rows.map((row) => [row[0] ?? '', Object.fromEntries(heads.map((head, i) => [head, row[i] ?? '']))]),
  );
}

/** @param {readonly string[]} args */
function main(args) {
  const check = args.includes('--check');
  const given = args.indexOf('--experiment');
  /** @type {{ figures: Record<string, Figure>, experiment: Experiment }} */
  const content = JSON.parse(readFileSync(file, 'utf8'));
  const today = new Date().toISOString().slice(0, 10);
  let [changed, missing] = [0, 0];

  const { experiment } = content;
  const report =
    given < 0
      ? experiment.report
      : path.relative(fileURLToPath(root), path.resolve(args[given + 1] ?? '')).replaceAll('\\', '/');
  const found =
    report === undefined
      ? { state: NOT_RUN }
      : experimentFindings(readFileSync(new URL(report, root), 'utf8'));
  const asRead = found && { file: experiment.file, ...found, date: experiment.date, report };
  if (asRead === undefined) {
    missing++;
    console.error(`${report}: not the report of a finished experiment. Run it to its end first.`);
  } else if (JSON.stringify(asRead) !== JSON.stringify(experiment)) {
    changed++;
    console.log('What the experiment found has changed.');
    content.experiment = { ...asRead, date: today };
  }
  for (const [name, figure] of Object.entries(content.figures)) {
    const text = readFileSync(new URL(figure.source, root), 'utf8');
    const value = new RegExp(figure.find).exec(text)?.[1]?.replace(/\s+/g, ' ');
    if (value === undefined) {
      missing++;
      console.error(
        `${name}: ${figure.source} no longer has it. Correct “find” in public/guide/figures.json.`,
      );
    } else if (value !== figure.value) {
      changed++;
      console.log(`${name}: ${figure.value} → ${value}`);
      Object.assign(figure, { value, date: today });
    }
  }

  /** @type {{ held: Held[] }} */
  const { held } = JSON.parse(readFileSync(new URL('tools/guide-held.json', root), 'utf8'));
  const told = [
    readFileSync(new URL('src/strings/en/guide-text.ts', root), 'utf8'),
    ...Object.values(content.figures).map(({ about }) => about),
  ].join('\n');
  const wrong = heldProblems(held, told, (source) => readFileSync(new URL(source, root), 'utf8'));
  for (const problem of wrong) console.error(problem);
  missing += wrong.length;

  if (changed && !check) writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  if (missing || (check && changed)) return 1;
  console.log(changed ? 'The figures were brought up to date.' : 'All figures agree with their sources.');
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
