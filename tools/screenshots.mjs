// @ts-check
/**
 * @file Takes the pictures under docs/ again: the page for the README, and each state in which something went wrong,
 * driven for real on a built page.
 *
 *     node tools/screenshots.mjs [--out docs] [--dist FOLDER] [--only NAME]
 *
 * With --dist, a page that is built already is shown. --only takes the pictures whose name holds NAME.
 */
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { BROWSER_ARGS, findBrowser } from './browser.mjs';
import { Problem } from './problem.mjs';
import { ROOT } from './process.mjs';

/** @typedef {import('playwright').Page} Page */
/** @typedef {import('playwright').Browser} Browser */

/**
 * @typedef {object} Shot
 * @property {string} name its file, without the ending
 * @property {[width: number, height: number]} size
 * @property {'light' | 'dark'} [theme] light unless told
 * @property {boolean} [webgpu] false is a browser that has none
 * @property {string} [query] what the address asks for
 * @property {(page: Page, browser: Browser, folder: string) => Promise<void>} drive brings the page into the state; `folder` is for its files
 */

/** Longest wait for one thing to appear, in milliseconds: a slow machine also trains. */
const WAIT_MS = 120_000;
/** Bytes of the large file. */
const LARGE = 200_000_000;

const EIGHT = path.join(ROOT, 'test/fixtures/import/eight.jsonl');

/** @param {Page} page @param {string} name */
const region = (page, name) => page.getByRole('region', { name, exact: true });

/** @param {Page} page @param {string | { name: string, mimeType: string, buffer: Buffer }} file */
async function importFile(page, file) {
  await page.locator('#data input[type=file]').setInputFiles(file);
}

/** @param {Page} page */
const strip = (page) => page.getByRole('listbox', { name: 'Tokens', exact: true });

/** @param {Page} page the model is there, whatever computes */
const modelReady = (page) =>
  page.locator('#model').getByText('Details', { exact: true }).waitFor({ state: 'attached' });

/**
 * Brings a step to the upper edge, or to the screen of a phone.
 * @param {Page} page
 * @param {string} step
 */
async function goTo(page, step) {
  await page
    .getByRole('navigation', { name: 'Page', exact: true })
    .getByRole('link', { name: new RegExp(`^${step}`) })
    .click();
}

/**
 * A short run beside a lesson, and its change on the strip.
 * @param {Page} page
 */
async function trainedLesson(page) {
  await modelReady(page);
  await page
    .getByRole('button', { name: /^Growing samples/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Show the whole page' }).click();
  await trained(page);
}

/**
 * A short run on what is in the list, and its change on the strip.
 * @param {Page} page
 */
async function trained(page) {
  await goTo(page, 'Mask');
  await strip(page).waitFor();
  await goTo(page, 'Train');
  const train = region(page, 'Train');
  await train.getByRole('button', { name: 'Train', exact: true }).click();
  await train.getByText('finished', { exact: true }).waitFor();
  await goTo(page, 'Compare');
  await page.getByRole('button', { name: 'Show the change on the strip' }).click();
  await page.locator('.t.change[data-heat]').first().waitFor();
  await page.mouse.move(0, 0);
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.getByText('Colour by', { exact: true }).evaluate((element) => element.scrollIntoView());
}

/**
 * A file of conversations of that many bytes, at least.
 * @param {string} file
 * @param {number} bytes
 */
async function writeLarge(file, bytes) {
  const stream = createWriteStream(file);
  const line = (/** @type {number} */ i) =>
    `${JSON.stringify({
      messages: [
        { role: 'user', content: `How much is ${i} + ${i % 97}?` },
        { role: 'assistant', content: `${i} + ${i % 97} = ${i + (i % 97)}. ${'That is all. '.repeat(40)}` },
      ],
    })}\n`;
  let written = 0;
  for (let i = 0; written < bytes;) {
    let block = '';
    while (block.length < 1e6) block += line(i++);
    written += Buffer.byteLength(block);
    if (!stream.write(block)) await new Promise((resolve) => stream.once('drain', () => resolve(undefined)));
  }
  stream.end();
  await finished(stream);
}

/** @type {readonly Shot[]} */
const SHOTS = [
  { name: 'losslight', size: [1440, 900], drive: trainedLesson },
  {
    name: 'losslight-1024',
    size: [1024, 768],
    theme: 'dark',
    drive: async (page) => {
      await modelReady(page);
      await importFile(page, EIGHT);
      await trained(page);
    },
  },
  {
    name: 'losslight-390',
    size: [390, 844],
    drive: async (page) => {
      await importFile(page, EIGHT);
      await trained(page);
      await goTo(page, 'Mask');
      await strip(page).evaluate((element) => element.scrollIntoView({ block: 'center' }));
    },
  },
  {
    name: 'states/empty',
    size: [1280, 800],
    drive: modelReady,
  },
  {
    name: 'states/no-webgpu',
    size: [1280, 800],
    webgpu: false,
    drive: async (page) => {
      await modelReady(page);
      await importFile(page, EIGHT);
      await strip(page).waitFor();
      await region(page, 'Model').getByText('Details', { exact: true }).click();
    },
  },
  {
    name: 'states/no-webgpu-asked-for',
    size: [1280, 800],
    webgpu: false,
    query: '?engine=wgsl',
    drive: async (page) => {
      await page.getByRole('alert').waitFor();
      await importFile(page, EIGHT);
      await strip(page).waitFor();
    },
  },
  {
    name: 'states/lost-device',
    size: [1280, 800],
    query: '?engine=wgsl',
    drive: async (page, browser) => {
      await modelReady(page);
      await importFile(page, EIGHT);
      await strip(page).waitFor();
      const devtools = await browser.newBrowserCDPSession();
      await devtools.send('Browser.crashGpuProcess');
      await page.getByRole('alert').first().waitFor();
    },
  },
  {
    name: 'states/empty-file',
    size: [1280, 800],
    drive: async (page) => {
      await modelReady(page);
      await importFile(page, { name: 'nothing.jsonl', mimeType: 'text/plain', buffer: Buffer.alloc(0) });
      await region(page, 'Data').getByText('the file is empty', { exact: true }).waitFor();
    },
  },
  {
    name: 'states/large-file-reading',
    size: [1280, 800],
    drive: async (page, _browser, folder) => {
      await modelReady(page);
      const file = path.join(folder, 'large.jsonl');
      await writeLarge(file, LARGE);
      await importFile(page, file);
      await region(page, 'Data').getByRole('progressbar').waitFor();
    },
  },
  {
    name: 'states/large-file',
    size: [1280, 800],
    drive: async (page, _browser, folder) => {
      await modelReady(page);
      const file = path.join(folder, 'large.jsonl');
      await writeLarge(file, LARGE);
      await importFile(page, file);
      await region(page, 'Data').getByRole('progressbar').waitFor({ state: 'detached' });
      await strip(page).waitFor();
    },
  },
  {
    name: 'states/failing-template',
    size: [1280, 800],
    drive: async (page) => {
      await importFile(page, EIGHT);
      await strip(page).waitFor();
      await page.locator('#model [data-picker="model-files"]').setInputFiles({
        name: 'chat_template.jinja',
        mimeType: 'text/plain',
        buffer: Buffer.from(
          "{% for message in messages %}{{ raise_exception('Only system messages are allowed.') if message.role != 'system' }}{% endfor %}",
        ),
      });
      await region(page, 'Mask').getByRole('alert').waitFor();
    },
  },
  {
    name: 'states/diverging-run',
    size: [1280, 900],
    drive: async (page) => {
      await modelReady(page);
      await importFile(page, EIGHT);
      await strip(page).waitFor();
      const train = region(page, 'Train');
      await train.getByLabel('Learning rate').fill('1');
      await train.getByRole('button', { name: 'Train', exact: true }).click();
      await train.getByText(/^(finished|failed)$/).waitFor();
      await goTo(page, 'Train');
    },
  },
];

/**
 * @param {Shot} shot
 * @param {string} url
 * @param {string} out
 */
async function take(
  { name, size: [width, height], theme = 'light', webgpu = true, query = '', drive },
  url,
  out,
) {
  const args = webgpu
    ? BROWSER_ARGS
    : [...BROWSER_ARGS.filter((arg) => !arg.includes('webgpu')), '--disable-features=WebGPU'];
  const browser = await chromium.launch({ executablePath: findBrowser(), args });
  const folder = mkdtempSync(path.join(tmpdir(), 'losslight-shot-'));
  try {
    const page = await browser.newPage({
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    page.setDefaultTimeout(WAIT_MS);
    await page.goto(url + query);
    await drive(page, browser, folder);
    const file = path.join(out, `${name}.png`);
    mkdirSync(path.dirname(file), { recursive: true });
    // What follows from what was done last is drawn by then.
    await page.waitForTimeout(1500);
    await page.screenshot({ path: file });
    console.log(file);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: path.join(ROOT, 'docs') },
    dist: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const shots = SHOTS.filter(({ name }) => name.includes(values.only));
if (!shots.length)
  throw new Problem(`No picture’s name holds “${values.only}”.`, SHOTS.map(({ name }) => name).join(', '));
const built = values.dist ? path.resolve(values.dist) : mkdtempSync(path.join(tmpdir(), 'losslight-page-'));
if (!values.dist) await build({ root: ROOT, logLevel: 'warn', build: { outDir: built, emptyOutDir: true } });
const server = await preview({
  root: ROOT,
  logLevel: 'warn',
  build: { outDir: built },
  preview: { port: 0 },
});
const failed = [];
try {
  for (const shot of shots)
    await take(shot, server.resolvedUrls?.local[0] ?? '', values.out).catch((error) => {
      console.error(`${shot.name}: ${error instanceof Error ? error.message : error}`);
      failed.push(shot.name);
    });
} finally {
  await server.close();
  if (!values.dist) rmSync(built, { recursive: true, force: true });
}
if (failed.length) process.exitCode = 1;
