// @ts-check
/**
 * @file Where rows of the step benchmark run: a page of Chromium for each, or a process of Node for each. Both are given
 * the same bundled code, and either can be stopped from outside.
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { BROWSER_ARGS, findBrowser, findBrowsers } from '../../browser.mjs';

/** @typedef {import('./page').Answer} Answer */
/** @typedef {import('./row').RowRequest} RowRequest */

/**
 * @typedef {object} Host
 * @property {string} name what the rows run in
 * @property {string} adapter of WebGPU; empty where there is none
 * @property {boolean} software whether the adapter is a software one
 * @property {(request: RowRequest, limit: number) => Promise<Answer>} measure in a fresh realm, stopped after so many seconds
 * @property {() => Promise<void>} close
 */

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Folders of browsers whose program on PATH is a script elsewhere. */
const BROWSER_FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const DRIVER = 'vk_swiftshader_icd.json';
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|warp/i;

const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
});

/**
 * A browser for each row. Its page is isolated from other origins, so that WebAssembly may share memory between threads.
 *
 * @param {{ folder: string, gpu: boolean }} options where the bundle goes; whether to use the machine's own GPU
 * @returns {Promise<Host>}
 */
export async function openBrowser({ folder, gpu }) {
  const executablePath = findBrowser();
  if (!executablePath)
    throw new Error('There is no Chromium: install one, or set CHROME_PATH to its program.');
  await build({
    root: HERE,
    base: './',
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    worker: { format: 'es' },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      // So that what fails has a name.
      minify: false,
      chunkSizeWarningLimit: Infinity,
    },
  });
  const server = createServer((request, response) => {
    serve(request.url ?? '/', folder).then(
      ({ type, body }) => {
        response.writeHead(200, {
          'Content-Type': type,
          'Cross-Origin-Opener-Policy': 'same-origin',
          'Cross-Origin-Embedder-Policy': 'require-corp',
        });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const { chromium } = await import('playwright');
  const args = gpu
    ? [...BROWSER_ARGS.filter((arg) => !arg.includes('swiftshader')), '--enable-features=Vulkan']
    : BROWSER_ARGS;
  // A browser for each row: what one leaves in the GPU's queue, stopped or not, ends with it.
  const open = async () => {
    const browser = await chromium.launch({ executablePath, args });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${address.port}/index.html`);
    await page.waitForFunction(() => 'measure' in globalThis);
    return { browser, page };
  };
  const first = await open();
  const adapter = await first.page.evaluate(async () => {
    const { vendor, architecture, description } = (await navigator.gpu?.requestAdapter())?.info ?? {};
    return [vendor, architecture, description].filter(Boolean).join(' ');
  });
  await first.browser.close();
  return {
    name: `Chromium ${first.browser.version()}`,
    adapter,
    software: !adapter || SOFTWARE.test(adapter),
    async measure(request, limit) {
      const { browser, page } = await open();
      try {
        const measured = page.evaluate(
          (given) => /** @type {any} */ (globalThis).measure(given),
          /** @type {any} */ (request),
        );
        return await within(limit, measured);
      } finally {
        await browser.close();
      }
    },
    close: async () => void server.close(),
  };
}

/**
 * @param {string} url
 * @param {string} folder
 */
async function serve(url, folder) {
  const { pathname } = new URL(url, 'http://localhost');
  // Weights come from the models that ship, all else from the bundle.
  const base = pathname.startsWith('/models/') ? path.join(ROOT, 'public') : folder;
  const file = path.join(base, path.normalize(decodeURIComponent(pathname)));
  if (!file.startsWith(base + path.sep)) throw new RangeError('outside');
  const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
  return { type, body: await readFile(file) };
}

/**
 * Processes of Node. Where the default Vulkan driver offers no adapter, the software one that Chromium ships is used.
 *
 * @param {{ folder: string }} options where the bundle goes: below the repository, so that it finds `webgpu`
 * @returns {Promise<Host>}
 */
export async function openNode({ folder }) {
  if (!existsSync(path.join(ROOT, 'node_modules', 'webgpu'))) {
    throw new Error('--node needs the package “webgpu”: run “npm install --no-save webgpu@0.6.2” first.');
  }
  await build({
    root: HERE,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['webgpu'] },
    build: {
      ssr: path.join(HERE, 'row-node.ts'),
      outDir: folder,
      emptyOutDir: true,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'row-node.mjs', chunkFileNames: '[name]-[hash].mjs' } },
    },
  });
  const script = path.join(folder, 'row-node.mjs');
  /**
   * @param {string} argument
   * @param {number} limit
   * @param {NodeJS.ProcessEnv} env
   */
  const call = (argument, limit, env) => within(limit, ...start(script, argument, env));
  const drivers = [{}, ...softwareDrivers()];
  for (const driver of drivers) {
    const env = { ...process.env, ...driver };
    const { adapter } = await call('adapter', 60, env).catch(() => ({ adapter: undefined }));
    if (!adapter && driver !== drivers.at(-1)) continue;
    return {
      name: `Node ${process.version}`,
      adapter: adapter ?? '',
      software: !adapter || SOFTWARE.test(adapter),
      measure: (request, limit) => call(JSON.stringify(request), limit, env),
      close: () => Promise.resolve(),
    };
  }
  throw new Error('No process of Node answered.');
}

/** Environments that name SwiftShader beside a browser of this machine; Vulkan's loader lies there too. */
function softwareDrivers() {
  const folders = [...findBrowsers().map((file) => path.dirname(realpathSync(file))), ...BROWSER_FOLDERS];
  return [...new Set(folders)]
    .filter((folder) => existsSync(path.join(folder, DRIVER)))
    .map((folder) => ({
      VK_ICD_FILENAMES: path.join(folder, DRIVER),
      LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':'),
    }));
}

/**
 * A process that prints JSON on its last line, and how to end it.
 *
 * @param {string} script
 * @param {string} argument
 * @param {NodeJS.ProcessEnv} env
 * @returns {[Promise<any>, () => void]}
 */
function start(script, argument, env) {
  const child = spawn(process.execPath, [script, argument], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const result = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      try {
        resolve(JSON.parse(output.trim().split('\n').at(-1) ?? ''));
      } catch {
        const reason =
          errors
            .trim()
            .split('\n')
            .findLast((line) => line.trim() !== '') ?? '';
        reject(new Error(`The process ended with ${status ?? signal}. ${reason}`));
      }
    });
  });
  return [result, () => child.kill('SIGKILL')];
}

/**
 * @template T
 * @param {number} seconds
 * @param {Promise<T>} work
 * @param {() => void} stop
 * @returns {Promise<T>}
 */
async function within(seconds, work, stop = () => undefined) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      stop();
      reject(new Error(`It took more than ${seconds} s and was stopped.`));
    }, 1000 * seconds);
  });
  try {
    return /** @type {T} */ (await Promise.race([work, late]));
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
