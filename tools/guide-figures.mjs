// @ts-check
/**
 * @file Brings the figures of the guide up to date: reads each again from the file that it comes from, and writes
 * public/guide/figures.json where one has changed. `node tools/guide-figures.mjs`; with `--check` nothing is written, and the
 * exit status says whether all agree.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** @typedef {{ about: string, value: string, source: string, find: string, date: string }} Figure */

const root = new URL('../', import.meta.url);
const file = new URL('public/guide/figures.json', root);
const check = process.argv.includes('--check');
/** @type {{ figures: Record<string, Figure>, experiment: object }} */
const content = JSON.parse(readFileSync(file, 'utf8'));
const today = new Date().toISOString().slice(0, 10);
let [changed, missing] = [0, 0];

for (const [name, figure] of Object.entries(content.figures)) {
  const text = readFileSync(new URL(figure.source, root), 'utf8');
  const value = new RegExp(figure.find).exec(text)?.[1]?.replace(/\s+/g, ' ');
  if (value === undefined) {
    missing++;
    console.error(`${name}: ${figure.source} no longer has it. Correct “find” in public/guide/figures.json.`);
  } else if (value !== figure.value) {
    changed++;
    console.log(`${name}: ${figure.value} → ${value}`);
    Object.assign(figure, { value, date: today });
  }
}

if (changed && !check) writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
if (missing || (check && changed)) process.exitCode = 1;
else console.log(changed ? 'The figures were brought up to date.' : 'All figures agree with their sources.');
