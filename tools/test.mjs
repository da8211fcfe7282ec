// @ts-check
/**
 * @file `npm test`: installs what is missing, finds or installs a browser, runs every stage even where an earlier one
 * failed, and ends with a line that counts them.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { setUpBrowser } from './browser-setup.mjs';
import { installDependencies } from './install.mjs';
import { endChildrenOnSignals, runPackage } from './process.mjs';
import { sideBySide } from './side-by-side.mjs';
import { countTests } from './test-report.mjs';

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {string} script below node_modules/
 * @property {string[]} args
 * @property {boolean} [vitest] whether its tests are counted one by one; any other stage counts as one test
 */

/** @typedef {import('./test-report.mjs').Count & { output: string }} StageResult */

/**
 * A test that was set alone with `.only` would hide the others, so it fails.
 * @param {string} name of a project in vite.config.ts
 * @returns {Stage}
 */
const vitest = (name) => ({
  name,
  script: 'vitest/vitest.mjs',
  args: ['run', '--project', name, '--no-allowOnly'],
  vitest: true,
});

/**
 * In the order in which they run: quick ones first, and the end-to-end tests on a page that was just built. Those of one
 * row share nothing and run side by side: each keeps about one core busy.
 */
const STAGES = /** @type {Stage[][]} */ ([
  [
    { name: 'format', script: 'prettier/bin/prettier.cjs', args: ['--check', '.'] },
    { name: 'lint', script: 'eslint/bin/eslint.js', args: ['.', '--max-warnings', '0'] },
    {
      name: 'types',
      script: 'svelte-check/bin/svelte-check',
      args: ['--tsconfig', './tsconfig.json', '--fail-on-warnings'],
    },
  ],
  [vitest('unit'), vitest('gpu')],
  [vitest('ui')],
  [{ name: 'build', script: 'vite/bin/vite.js', args: ['build'] }],
  [vitest('e2e')],
]);

/** Longer than any stage takes on a slow machine; a stage that hangs ends the run instead of blocking it. */
const LIMIT_MINUTES = 40;

/**
 * Runs Vitest and counts its tests from the report that it writes.
 * @param {string} script
 * @param {readonly string[]} args
 * @param {Parameters<typeof runPackage>[2]} [options]
 * @returns {Promise<StageResult & { milliseconds: number }>}
 */
export async function runVitest(script, args, options) {
  const folder = mkdtempSync(path.join(tmpdir(), 'losslight-test-'));
  const file = path.join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const { ok, output, milliseconds } = await runPackage(script, [...args, ...reporters], options);
    return { ...countTests(readReport(file), ok), output, milliseconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {Stage} stage
 * @param {Parameters<typeof runPackage>[2]} options
 */
async function runStage(stage, options) {
  if (stage.vitest) return runVitest(stage.script, stage.args, options);
  const { ok, output, milliseconds } = await runPackage(stage.script, stage.args, options);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, notes: [], output, milliseconds };
}

/**
 * Output of a stage, set off from our own lines: no line of it can be taken for the count at the end.
 * @param {string} output
 */
export function quote(output) {
  return output.trimEnd().replace(/^/gm, '  │ ');
}

/**
 * @param {Stage} stage
 * @param {StageResult & { milliseconds: number }} result
 */
export function summary({ name, vitest }, { passed, failed, milliseconds }) {
  const word = failed > 0 ? 'FAILED' : 'passed';
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  const tests = vitest ? `   ${passed} of ${passed + failed} tests passed` : '';
  return `${name.padEnd(8)}${word}${seconds.padStart(9)}${tests}`;
}

/**
 * Runs everything and prints the count.
 * @returns {Promise<boolean>} whether all passed
 */
export async function test() {
  endChildrenOnSignals();
  await installDependencies();
  const browser = await setUpBrowser();
  console.log(`Browser: ${browser.path} ${browser.version}, WebGPU on ${browser.adapter}`);

  const colour = process.stdout.isTTY && !process.env.NO_COLOR ? 'FORCE_COLOR' : 'NO_COLOR';
  const options = { env: { [colour]: '1', CHROME_PATH: browser.path }, limitMinutes: LIMIT_MINUTES };
  let passed = 0;
  let failed = 0;
  for (const row of STAGES) {
    if (process.stdout.isTTY) process.stdout.write(`${row.map(({ name }) => name).join(', ')} …\r`);
    const tasks = row.map((stage) => async () => ({ stage, result: await runStage(stage, options) }));
    for await (const { stage, result } of sideBySide(tasks, availableParallelism())) {
      console.log(summary(stage, result));
      if (result.failed > 0) console.log(quote(`${result.output}\n${result.notes.join('\n')}`));
      passed += result.passed;
      failed += result.failed;
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}
