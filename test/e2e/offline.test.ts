/**
 * @file The built page without a network: a visit keeps it, a reload shows it, the first mask appears and the model loads.
 * With and without the host's headers; what is not the file that was built is never kept; a new version is offered.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { filesBelow, precacheOf } from '../../tools/service-worker.mjs';
import { DIST, launchBrowser, SHIPPED, startServer, type ServerOptions } from './server';

let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  context = await browser.newContext();
});
afterEach(() => context.close());

const TRANSCRIPT = 'user\n    Hi\nassistant_answer\n    Hello!\n';
const READY = /opens without a network|^Works without a network/;

/** From the empty page to a mask. */
async function showMask(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Paste text' }).click();
  await page.getByRole('textbox', { name: /Conversations as JSON/ }).fill(TRANSCRIPT);
  await page.getByRole('button', { name: 'Import' }).click();
  await page.getByRole('listbox', { name: 'Tokens' }).waitFor();
  await page.getByText(/^3 of \d+ tokens are trained$/).waitFor();
}

/** What the page's cache holds, by path below the page. */
function kept(page: Page, base: string): Promise<string[]> {
  return page.evaluate(async (base) => {
    const names = (await caches.keys()).filter((name) => name.startsWith('losslight '));
    const lists = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return lists.flat().map(({ url }) => decodeURIComponent(url.slice(base.length)));
  }, base);
}

describe.each<ServerOptions>([{ headers: true }, { headers: false, subPath: '/class/room/' }])(
  'a visit, headers: $headers, then no network',
  (options) => {
    test('everything is kept; mask, model, lessons and practice data are there, on several threads', async () => {
      const server = await startServer(options);
      const page = await context.newPage();
      await page.goto(server.url);
      await page.getByText(READY).waitFor({ timeout: 120_000 });
      const files = precacheOf(DIST).files.map(([file]) => file);
      expect((await kept(page, server.url)).sort()).toEqual([...files].sort());
      expect(files).toEqual(
        expect.arrayContaining(['', 'manifest.webmanifest', 'models/pocket/model.safetensors']),
      );
      await server.close();

      await page.goto(`${server.url}?engine=cpu`);
      await page.getByText(`${SHIPPED}, on the CPU`).waitFor({ timeout: 120_000 });
      await showMask(page);
      // Also where the host sends no such headers.
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      await page.getByText('Works without a network.').waitFor();
      await page.getByRole('button', { name: 'Make practice data' }).click();
      await page.getByText(/^Tools \(/).waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
      const answers = await page.evaluate(async () => {
        const whole = await fetch('./models/pocket/model.safetensors');
        const part = await fetch('./models/pocket/model.safetensors', { headers: { Range: 'bytes=8-15' } });
        const beyond = await fetch('./models/pocket/config.json', { headers: { Range: 'bytes=999999-' } });
        const missing = await fetch('./nothing-here').then(
          () => 'answered',
          () => 'refused',
        );
        const bytes = new Uint8Array(await whole.arrayBuffer()).slice(8, 16);
        return {
          statuses: [whole.status, part.status, beyond.status],
          range: part.headers.get('content-range')?.split('/')[0],
          same: String(bytes) === String(new Uint8Array(await part.arrayBuffer())),
          missing,
        };
      });
      expect(answers).toEqual({
        statuses: [200, 206, 416],
        range: 'bytes 8-15',
        same: true,
        missing: 'refused',
      });
      await page.locator('summary', { hasText: 'Lessons' }).click();
      await page
        .getByRole('button', { name: /^Growing samples/ })
        .first()
        .click();
      await page.getByRole('heading', { name: 'Growing samples: what counts twice' }).first().waitFor();
    });
  },
);

describe('what is kept', () => {
  test('a file that is not the one that was built is not, and nothing is taken into use', async () => {
    const server = await startServer();
    // A network that answers with a page of its own.
    await context.route('**/lessons/index.json', (route) =>
      route.fulfill({ status: 200, body: '<p>Sign in</p>' }),
    );
    await context.route('**/models/pocket/config.json', (route) => route.fulfill({ status: 503, body: '' }));
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByText(/could not be kept/).waitFor({ timeout: 120_000 });
    const files = await kept(page, server.url);
    expect(files).not.toContain('lessons/index.json');
    expect(files).not.toContain('models/pocket/config.json');
    expect(await page.evaluate(() => navigator.serviceWorker.controller)).toBeNull();
    await server.close();
  });
});

describe('a new version', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'losslight-version-'));
    await cp(DIST, folder, { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is offered and taken over on request; only what changed is loaded again', async () => {
    const asked: string[] = [];
    const server = await startServer({ folder, onRequest: (pathname) => asked.push(pathname) });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByText(READY).waitFor({ timeout: 120_000 });

    // Another build: one file changed, and so its digest in the list that the worker carries.
    const before = precacheOf(folder);
    const worker = await readFile(path.join(folder, 'service-worker.js'), 'utf8');
    const lesson = path.join(folder, 'lessons/index.json');
    await writeFile(
      lesson,
      (await readFile(lesson, 'utf8')).replace('Growing samples: what counts twice', 'A new title'),
    );
    const after = precacheOf(folder);
    const digestOf = ({ files }: typeof before) => new Map(files).get('lessons/index.json') ?? '';
    expect(worker).toContain(before.version);
    await writeFile(
      path.join(folder, 'service-worker.js'),
      worker.replace(before.version, after.version).replace(digestOf(before), digestOf(after)),
    );

    asked.length = 0;
    await page.reload();
    await page.getByText('A new version of this page is here.').waitFor({ timeout: 120_000 });
    await page
      .getByRole('button', { name: /^Growing samples/ })
      .first()
      .waitFor();
    expect(asked.filter((file) => file.includes('model.safetensors'))).toEqual([]);
    await page.getByRole('button', { name: 'Reload', exact: true }).click();
    await page
      .getByRole('button', { name: /^A new title/ })
      .first()
      .waitFor();
    expect(await kept(page, server.url)).toHaveLength(2 * before.files.length);
    await server.close();
  });
});

describe('the build', () => {
  test('can be installed: the manifest names icons that are there', async () => {
    const manifest = JSON.parse(await readFile(path.join(DIST, 'manifest.webmanifest'), 'utf8')) as {
      start_url: string;
      icons: { src: string; sizes: string; type: string; purpose?: string }[];
    };
    const html = await readFile(path.join(DIST, 'index.html'), 'utf8');
    expect(html).toContain('rel="manifest" href="./manifest.webmanifest"');
    expect(manifest.start_url).toBe('./');
    const files = filesBelow(DIST);
    for (const { src, sizes, type } of manifest.icons) {
      expect(files).toContain(src.replace('./', ''));
      if (type !== 'image/png') continue;
      const bytes = await readFile(path.join(DIST, src));
      // Width and height in a PNG's first chunk.
      expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(sizes);
    }
    expect(manifest.icons.some(({ purpose }) => purpose === 'maskable')).toBe(true);
  });
});
