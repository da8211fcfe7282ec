/**
 * @file The built page works from any folder of any static host, under its Content-Security-Policy: with headers, as
 * `npm start` sends them, and with the `<meta>` policy alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page, Worker } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inlineProblems, META_POLICY } from '../../tools/csp.mjs';
import { DIST, launchBrowser, SHIPPED, startServer, type ServerOptions } from './server';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser.close());

/** Opens the page and notes what its policy blocked and what it asked for. */
async function open(options: ServerOptions) {
  const server = await startServer(options);
  const page = await browser.newPage();
  const blocked: string[] = [];
  const errors: string[] = [];
  const requests: string[] = [];
  await page.exposeFunction('noteViolation', (what: string) => blocked.push(what));
  await page.addInitScript(() => {
    const note = (globalThis as unknown as { noteViolation(what: string): void }).noteViolation;
    document.addEventListener('securitypolicyviolation', (event) =>
      note(
        `${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
      ),
    );
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  const worker = page.waitForEvent('worker');
  await page.goto(server.url);
  await page.locator('#app > *').first().waitFor();
  await worker;
  const close = async () => {
    await page.close();
    await server.close();
  };
  return { page, server, blocked, errors, requests, close };
}

/**
 * The text worker and the engine worker, which the page starts first. Threads that help the engine on an isolated page come
 * and go later, and answer nothing while they wait for work.
 */
async function twoWorkers(page: Page): Promise<Worker[]> {
  await expect.poll(() => page.workers().length).toBeGreaterThanOrEqual(2);
  return page.workers().slice(0, 2);
}

describe.each<ServerOptions>([
  { subPath: '/', headers: true },
  { subPath: '/', headers: false },
  { subPath: '/some/sub/path/', headers: true },
  { subPath: '/some/sub/path/', headers: false },
])('served from $subPath, headers: $headers', (options) => {
  test('the page and a worker start, nothing is blocked, nothing is missing, nothing leaves', async () => {
    const { server, blocked, errors, requests, close } = await open(options);
    expect(blocked).toEqual([]);
    expect(errors).toEqual([]);
    expect(requests.length).toBeGreaterThan(3);
    expect(requests.filter((url) => !url.startsWith(server.url) && !url.startsWith('blob:'))).toEqual([]);
    expect(server.missing.filter((file) => /\/assets\/|\.svg$/.test(file))).toEqual([]);
    await close();
  });

  test('the policy holds inside the workers too: a request to another origin is refused before it is sent', async () => {
    const foreign = await startServer({ headers: false });
    const { page, close } = await open(options);
    for (const worker of await twoWorkers(page)) {
      const answer = await worker.evaluate(
        (url) =>
          fetch(url, { mode: 'no-cors' }).then(
            () => 'sent',
            (error: Error) => error.name,
          ),
        `${foreign.origin}/nothing-here`,
      );
      expect(answer).toBe('TypeError');
    }
    expect(foreign.missing).toEqual([]);
    await close();
    await foreign.close();
  });

  test('in the page and in its workers WebAssembly compiles, and text does not become script', async () => {
    const { page, close } = await open(options);
    const workers = await twoWorkers(page);
    const attempt = async () => {
      const outcome = (work: () => unknown) => {
        try {
          work();
          return 'done';
        } catch (error) {
          return (error as Error).name;
        }
      };
      const module = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
      const compiled = await WebAssembly.compile(module).then(
        () => 'compiled',
        (error: Error) => error.name,
      );
      const types = globalThis as unknown as { Function: new (text: string) => unknown };
      return [compiled, outcome(() => new types.Function('return 1'))];
    };
    const places = [page.evaluate(attempt), ...workers.map((worker) => worker.evaluate(attempt))];
    for (const found of await Promise.all(places)) expect(found).toEqual(['compiled', 'EvalError']);
    await page.getByText(`${SHIPPED}, on the CPU`).waitFor();
    await close();
  });

  test('the policy holds: markup from text, foreign requests and inline style are blocked', async () => {
    const { page, blocked, close } = await open(options);
    const refused = await page.evaluate(() => {
      const refusals: string[] = [];
      try {
        document.createElement('p').innerHTML = '<b>text as markup</b>';
      } catch (error) {
        refusals.push((error as Error).name);
      }
      document.body.setAttribute('style', 'color: red');
      return fetch('https://foreign.example/').then(
        () => refusals,
        (error: Error) => [...refusals, error.name],
      );
    });
    expect(refused).toEqual(['TypeError', 'TypeError']);
    await expect
      .poll(() => blocked.map((what) => what.split(':')[0]).sort())
      .toEqual(expect.arrayContaining(['connect-src', 'require-trusted-types-for', 'style-src-attr']));
    await close();
  });
});

describe('dist/', () => {
  const html = readFileSync(path.join(DIST, 'index.html'), 'utf8');

  test('the policy comes first in <head>, before anything that it has to cover', () => {
    const first = /<head>\s*<([^>]*)>/.exec(html)?.[1]?.replaceAll('&#39;', "'");
    expect(first).toBe(`meta http-equiv="Content-Security-Policy" content="${META_POLICY}"`);
  });

  test('holds no inline script or style, and only relative addresses', () => {
    expect(inlineProblems(html)).toEqual([]);
    const addresses = [...html.matchAll(/\s(?:src|href)="([^"]*)"/g)].map((match) => match[1]);
    expect(addresses.length).toBeGreaterThanOrEqual(3);
    expect(addresses.filter((address) => !address?.startsWith('./'))).toEqual([]);
  });

  test('the tensor library is in the engine worker, and the page itself never carries it', () => {
    const read = (file: string) => readFileSync(path.join(DIST, 'assets', file), 'utf8');
    // A sentence of tfjs that survives minification.
    const carriers = readdirSync(path.join(DIST, 'assets')).filter(
      (file) => file.endsWith('.js') && read(file).includes('No backend found in registry'),
    );
    expect(carriers).not.toEqual([]);

    // What the page loads: its entry, and every script that this imports, at once or later.
    const loaded = new Set([/src="\.\/assets\/([^"]+\.js)"/.exec(html)?.[1] ?? 'no entry']);
    for (const file of loaded)
      for (const [, name = ''] of read(file).matchAll(/(?:from|import)\s*\(?\s*["'`]\.\/([\w.-]+\.js)["'`]/g))
        loaded.add(name);
    expect([...loaded].filter((file) => carriers.includes(file))).toEqual([]);
  });
});
