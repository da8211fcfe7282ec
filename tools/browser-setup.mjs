// @ts-check
/**
 * @file A Chromium that really starts and offers WebGPU: one that is there, else one installed now, else a clear word
 * on what to do. The tests that need a GPU fail without it; they never skip.
 */
import { existsSync } from 'node:fs';
import { BROWSER_ARGS, findBrowsers, playwrightBrowser } from './browser.mjs';
import { Problem } from './problem.mjs';
import { run, runPackage } from './process.mjs';

/** @typedef {{ path: string, version: string, adapter: string }} Browser */

/**
 * Starts a browser without a window and asks it for a WebGPU device.
 * @param {string} file
 * @returns {Promise<Browser>}
 * @throws {Error} with one line that says what it lacks
 */
export async function probe(file) {
  if (!existsSync(file)) throw new Error('there is no such file');
  const { chromium } = await import('playwright');
  const browser = await chromium
    .launch({ executablePath: file, args: BROWSER_ARGS, timeout: 60_000 })
    .catch((/** @type {Error} */ error) => {
      throw new Error(`it does not start: ${firstCause(error.message)}`);
    });
  try {
    const page = await browser.newPage();
    // WebGPU needs a secure context, which about:blank is not. No server is asked: the answer is made up here.
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await page.goto('http://localhost/');
    const adapter = await page.evaluate(async () => {
      if (!navigator.gpu) return { error: 'it has no WebGPU' };
      const adapter = await navigator.gpu.requestAdapter();
      if (!adapter) return { error: 'it has WebGPU but offers no adapter' };
      const device = await adapter.requestDevice();
      device.destroy();
      return { name: [adapter.info.vendor, adapter.info.architecture].filter(Boolean).join(' ') };
    });
    if (adapter.error !== undefined) throw new Error(`${adapter.error} (version ${browser.version()})`);
    return { path: file, version: browser.version(), adapter: adapter.name || 'unnamed' };
  } finally {
    await browser.close();
  }
}

/**
 * The line of a launch error that tells most: Playwright's own first line says only that the browser closed.
 * @param {string} message
 */
function firstCause(message) {
  const lines = message
    .split('\n')
    .map((line) => line.replace(/^\s*-?\s*(?:\[pid=\d+\]\[err\])?\s*/, '').trim());
  return (
    lines.find((line) => /error while loading|cannot|Failed|requires|ENOENT|EACCES/i.test(line)) ?? lines[0]
  );
}

/**
 * Tries each file in turn; says why one does not do.
 * @param {readonly string[]} files
 * @param {string[]} reasons gets a line for each that does not do
 * @returns {Promise<Browser | undefined>}
 */
async function firstUsable(files, reasons) {
  for (const file of files) {
    try {
      return await probe(file);
    } catch (error) {
      reasons.push(`${file}: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    }
  }
  return undefined;
}

const root = process.getuid?.() === 0;

/** Ways to get a browser, in the order in which they are tried. */
const WAYS = [
  {
    name: "Playwright's download of Chromium",
    possible: () => true,
    install: () =>
      runPackage('playwright/cli.js', ['install', '--no-shell', 'chromium'], { limitMinutes: 15 }),
  },
  {
    name: "the system libraries for Playwright's Chromium",
    possible: () => root && existsSync(playwrightBrowser() ?? ''),
    install: () => runPackage('playwright/cli.js', ['install-deps', 'chromium'], { limitMinutes: 15 }),
  },
  {
    name: "the system's package manager (apt-get install chromium)",
    possible: () => root && process.platform === 'linux',
    install: async () => {
      const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, limitMinutes: 15 };
      await run('apt-get', ['update'], options);
      return run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
    },
  },
];

/**
 * A Chromium with WebGPU, installed where there is none.
 * @returns {Promise<Browser>}
 * @throws {Problem} where none can be had
 */
export async function setUpBrowser() {
  /** @type {string[]} */
  const reasons = [];
  const present = await firstUsable(findBrowsers(), reasons);
  if (present) return present;
  if (process.env.CHROME_PATH)
    throw new Problem(
      `CHROME_PATH does not name a Chromium that the tests can use.\n  ${reasons.join('\n  ')}`,
      'Set CHROME_PATH to a recent Chromium or Chrome (version 113 or later), or unset it to search for one.',
    );

  for (const { name, possible, install } of WAYS) {
    if (!possible()) continue;
    console.log(`No usable Chromium yet; trying ${name} …`);
    const { ok, output } = await install();
    if (!ok) {
      const lines = output.trim().split('\n');
      reasons.push(`${name} failed: ${lines.find((line) => /^(E|Error):/.test(line)) ?? lines.at(-1)}`);
      continue;
    }
    const installed = await firstUsable(findBrowsers(), reasons);
    if (installed) return installed;
  }
  throw new Problem(
    `The GPU, UI and end-to-end tests need a Chromium with WebGPU, and none could be had.\n  ${reasons.join('\n  ')}`,
    [
      'Do one of these, then run npm test again:',
      '  npx playwright install --with-deps chromium      any system; asks for the administrator on Linux',
      '  sudo apt-get install chromium                    Debian',
      '  CHROME_PATH=/path/to/chrome npm test             a Chromium or Chrome that is installed elsewhere',
    ].join('\n'),
  );
}
