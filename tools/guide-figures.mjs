// @ts-check
/**
 * @file Brings the figures of the guide up to date: reads each again from the file that it comes from, and what follows from the
 * experiment from its report, and writes public/guide/figures.json where something has changed.
 *
 * `node tools/guide-figures.mjs`; with `--check` nothing is written, and the exit status says whether all agree; with
 * `--experiment FILE` the experiment's report is that file of the project from now on.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ about: string, value: string, source: string, find: string, date: string }} Figure */
/** @typedef {{ file: string, state: string, date: string, report?: string }} Experiment */

/** What the guide says of an experiment that has no report. */
const NOT_RUN = 'It has not been run to its end yet, so this guide claims no winner.';

const root = new URL('../', import.meta.url);
const file = new URL('public/guide/figures.json', root);

/**
 * What an experiment's report says, as the guide cites it: of how many questions and seeds, and each finding word for word.
 * @param {string} report its Markdown
 * @returns {string | undefined} undefined where it is no whole report: some runs are not finished, or it says nothing
 */
export function experimentState(report) {
  if (/^\*\*Not finished/m.test(report)) return undefined;
  const measured = /^(\d[\d,]* held-out questions? in .*)$/m.exec(report)?.[1];
  const follows = /^## What follows\n+((?:- .*\n)+)/m.exec(report)?.[1];
  if (measured === undefined || follows === undefined) return undefined;
  return `It was run: ${measured} What follows from it, computed from intervals and seeds:\n\n${follows.trim()}`;
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
  const state = report === undefined ? NOT_RUN : experimentState(readFileSync(new URL(report, root), 'utf8'));
  if (state === undefined) {
    missing++;
    console.error(`${report}: not the report of a finished experiment. Run it to its end first.`);
  } else if (state !== experiment.state || report !== experiment.report) {
    changed++;
    console.log('What the experiment found has changed.');
    Object.assign(experiment, { state, date: today, report });
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

  if (changed && !check) writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  if (missing || (check && changed)) return 1;
  console.log(changed ? 'The figures were brought up to date.' : 'All figures agree with their sources.');
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
