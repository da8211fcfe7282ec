// @ts-check
/**
 * @file How many tokens a second are written, with a cache and without, for one text and for several at once: on the CPU
 * executor in Node, and on WebGPU in Chromium where that is asked for.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { BROWSER_ARGS, findBrowser } from '../browser.mjs';
import { loadShapes } from './step/shapes.mjs';

/** @typedef {import('./decode/measure').DecodeRequest} DecodeRequest */
/** @typedef {import('./decode/measure').DecodeResult} DecodeResult */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = fileURLToPath(new URL('./decode', import.meta.url));
const ADDRESS = 'http://localhost/';
const TYPES = /** @type {Record<string, string>} */ ({ '.html': 'text/html', '.js': 'text/javascript' });

/** @param {Record<string, unknown>} values */
export async function run(values) {
  const whole = (/** @type {string} */ name, /** @type {unknown} */ text = values[name]) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1) return value;
    throw new RangeError(`--${name} is “${String(text)}”: give a whole number from 1.`);
  };
  const all = await loadShapes();
  const shapes = String(values.shape)
    .split(',')
    .map((name) => {
      const found = all.find((shape) => shape.name === name);
      if (found) return found;
      throw new RangeError(
        `--shape names “${name}”: there are ${all.map((shape) => shape.name).join(', ')}.`,
      );
    });
  const shared = {
    batches: String(values.batches)
      .split(',')
      .map((text) => whole('batches', text)),
    ...{ prompt: whole('prompt'), tokens: whole('tokens'), group: whole('group') },
    ...{ runs: whole('runs'), threads: whole('threads') },
  };
  if (shared.tokens < 2)
    throw new RangeError('--tokens is “1”: the first token is part of the prompt’s time.');
  const executors = [
    { executor: /** @type {const} */ ('cpu'), open: openNode },
    ...(values.wgsl
      ? [{ executor: /** @type {const} */ ('wgsl'), open: () => openPage(values.gpu === true) }]
      : []),
  ];
  /** @type {(DecodeResult & { shape: string, executor: string })[]} */
  const figures = [];
  for (const { executor, open } of executors) {
    const { measure, close } = await open();
    try {
      for (const { name, config } of shapes) {
        const result = await measure({ executor, config, ...shared });
        process.stderr.write(`${name}, ${executor}: measured on ${result.device}\n`);
        figures.push({ shape: name, executor, ...result });
      }
    } finally {
      await close();
    }
  }
  const { prompt, tokens, group } = shared;
  return {
    rows: [
      [
        `prompts of ${prompt} and ${tokens} new tokens${group > 1 ? `, ${group} texts of each` : ''}`,
        ...['parameters', 'texts', 'prompt tokens/s', 'new tokens/s', 'without a cache', 'ratio'],
      ],
      ...figures.flatMap(({ shape, executor, parameters, rows }) =>
        rows.map((row) => [
          `${shape}, ${executor}`,
          `${(parameters / 1e6).toFixed(1)} M`,
          row.batch,
          ...[row.prompt, row.decode, row.uncached].map((value) => Number(value.toPrecision(3))),
          Number((row.decode / row.uncached).toPrecision(3)),
        ]),
      ),
    ],
    notes: figures.some(({ clock }) => clock === 'processor')
      ? ['Times of the CPU are processor time: what one core does when it has nothing else to do.']
      : [],
    figures: { ...shared, results: figures },
  };
}

/** @returns {Promise<{ measure(request: DecodeRequest): Promise<DecodeResult>, close(): Promise<void> }>} */
async function openNode() {
  const folder = path.join(ROOT, '.cache', 'bench', 'decode-node');
  await build({
    ...{ root: HERE, configFile: false, publicDir: false, logLevel: 'error' },
    ssr: { noExternal: true },
    build: { ssr: path.join(HERE, 'measure.ts'), outDir: folder, emptyOutDir: true, target: 'node20' },
  });
  const { measure } = await import(pathToFileURL(path.join(folder, 'measure.js')).href);
  return { measure, close: async () => {} };
}

/**
 * @param {boolean} gpu whether to use the machine's own
 * @returns {Promise<{ measure(request: DecodeRequest): Promise<DecodeResult>, close(): Promise<void> }>}
 */
async function openPage(gpu) {
  const executablePath = findBrowser();
  if (!executablePath)
    throw new Error('There is no Chromium: install one, or set CHROME_PATH to its program.');
  const folder = path.join(ROOT, '.cache', 'bench', 'decode-page');
  await build({
    ...{ root: HERE, base: './', configFile: false, publicDir: false, logLevel: 'error' },
    build: { outDir: folder, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: Infinity },
    worker: { format: 'es' },
  });
  const { chromium } = await import('playwright');
  const args = gpu
    ? [...BROWSER_ARGS.filter((arg) => !arg.includes('swiftshader')), '--enable-features=Vulkan']
    : BROWSER_ARGS;
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage();
  await page.route(`${ADDRESS}**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const file = path.join(folder, path.normalize(pathname === '/' ? '/index.html' : pathname));
    await route.fulfill({ body: await readFile(file), contentType: TYPES[path.extname(file)] ?? '' });
  });
  await page.goto(ADDRESS);
  await page.waitForFunction(() => 'measure' in globalThis);
  return {
    measure: (request) =>
      page.evaluate((given) => /** @type {any} */ (globalThis).measure(given), /** @type {any} */ (request)),
    close: () => browser.close(),
  };
}
