/**
 * @file The reward sandbox in a real browser: hostile code neither gets out nor holds up a batch, and each is reported, on a
 * host that sends all headers and on one that sends none.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordedCompletion } from '../../src/reward/recorded';
import type { RewardInput } from '../../src/reward/types';
import type { RewardLimits } from '../../src/worker/reward-client';
import { SECURITY_HEADERS } from '../../tools/csp.mjs';
import { BARE, HOSTILE } from './hostile-rewards';
import type { RewardPage } from './reward-page';
import { launchBrowser } from './server';

const LIMITS: RewardLimits = { start: 30_000, load: 5000, call: 1000, batch: 20_000, stops: 2 };
const HONEST =
  'function reward({ completion, toolCalls }) { return completion.answer.length + toolCalls.length / 2; }';
/** Answers question 1 with what came of some code. */
const BARE_SCRIPT = `
(async () => { CODE })().then(
  (given) => postMessage({ id: 1, problem: 'done: ' + given }),
  (error) => postMessage({ id: 1, problem: 'refused: ' + error }),
);`;
const INPUT: RewardInput = {
  conversation: {
    id: 'secret',
    messages: [{ role: 'user', content: 'Keep this to yourself.' }],
    extra: {},
    source: { file: 'test', record: 0, line: 1 },
  },
  completion: recordedCompletion([{ role: 'assistant', reasoning: 'Yes.', content: 'I will.' }]),
};

let browser: Browser;
let script: string;
let leak: Server;
/** What was asked of the server that must not be asked, and of the page's own. */
const leaked: string[] = [];

beforeAll(async () => {
  const entry = path.join(import.meta.dirname, 'reward-page.ts');
  const made = await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: { write: false, minify: false, modulePreload: false, rolldownOptions: { input: entry } },
  });
  const [output] = [made].flat();
  if (!output || !('output' in output)) throw new Error('The page was not built.');
  script = output.output[0].code;
  browser = await launchBrowser();
  leak = await serve(({ url = '' }) => {
    leaked.push(url);
    return { type: 'text/plain', body: '', headers: { 'Access-Control-Allow-Origin': '*' } };
  });
});

afterAll(async () => {
  await browser.close();
  leak.closeAllConnections();
  leak.close();
});

interface Answer {
  type: string;
  body: string;
  headers: Record<string, string>;
}

async function serve(answer: (request: { url?: string }) => Answer): Promise<Server> {
  const server = createServer((request, response) => {
    const { type, body, headers } = answer(request);
    response.writeHead(200, { 'Content-Type': type, ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe.each([
  { host: 'a host that sends all headers', headers: SECURITY_HEADERS },
  { host: 'a host that sends none', headers: {} },
])('$host', ({ headers }) => {
  let server: Server;
  let page: Page;
  const asked: string[] = [];

  beforeAll(async () => {
    server = await serve(({ url = '' }) => {
      asked.push(url);
      const isScript = url.endsWith('.js');
      const body = isScript
        ? script
        : '<!doctype html><title>page</title><body><script type="module" src="/page.js"></script>';
      return { type: isScript ? 'text/javascript' : 'text/html', body, headers };
    });
    page = await browser.newPage();
    await page.goto(addressOf(server));
    await page.waitForFunction(() => 'rewardPage' in globalThis);
    await page.evaluate(() => {
      new BroadcastChannel('losslight-test').onmessage = () => (document.title = 'heard');
    });
  });

  afterAll(async () => {
    await page.close();
    server.closeAllConnections();
    server.close();
  });

  const score = (code: string, times = 1) =>
    page.evaluate(
      async ([source, input, n, limits]) =>
        (globalThis as unknown as { rewardPage: RewardPage }).rewardPage.score(
          source,
          JSON.parse(input) as RewardInput,
          n,
          limits,
        ),
      [code, JSON.stringify(INPUT), times, LIMITS] as const,
    );

  test('honest code scores every input, at once or later, the same each time', async () => {
    expect(await score(HONEST, 3)).toEqual(new Array(3).fill({ value: 7 }));
    expect(await score('const reward = async ({ expected }) => (expected === null ? -2.5 : 0);')).toEqual([
      { value: -2.5 },
    ]);
    const drawn = await score('function reward() { return Math.random(); }', 2);
    expect(drawn[0]?.value).not.toBe(drawn[1]?.value);
    expect(await score('function reward() { return Math.random(); }', 2)).toEqual(drawn);
  });

  test('a problem names its line, and what was written to the console comes along', async () => {
    const code =
      'function reward() {\n  console.log("here", { a: 1 }, [2]);\n  throw new Error("third line");\n}';
    expect(await score(code)).toEqual([
      { problem: 'It threw Error: third line.', line: 3, log: 'here [object Object] 2 \n' },
    ]);
    expect(await score('let x = 1;\nlet x = 2;')).toMatchObject(
      [{ problem: /x/, line: 2 }].map(() => ({ line: 2 })),
    );
  });

  test('code that changes its input changes nothing for the next call', async () => {
    const code = 'function reward({ completion }) { completion.text += "!"; return completion.text.length; }';
    const [first, second] = await score(code, 2);
    expect(first?.value).toBe(second?.value);
  });

  test('a batch goes on after code was stopped, and leaves the rest out after a few times', async () => {
    const sometimes = 'let calls = 0;\nfunction reward() { if (++calls === 2) for (;;); return calls; }';
    // A fresh start after the stop: its counter begins anew.
    expect(await score(sometimes, 3)).toEqual([
      { value: 1 },
      { problem: 'It was stopped: it did not end within 1 s.' },
      { value: 1 },
    ]);
    const always = await score('function reward() { for (;;); }', 4);
    expect(always.map(({ problem }) => problem?.slice(0, 14))).toEqual([
      'It was stopped',
      'It was stopped',
      'Not run: the c',
      'Not run: the c',
    ]);
  });

  test('a cancelled batch ends at once', async () => {
    const code = await page.evaluate(
      async ([input, limits]) =>
        (globalThis as unknown as { rewardPage: RewardPage }).rewardPage.cancelled(
          'function reward() { return new Promise(() => {}); }',
          JSON.parse(input) as RewardInput,
          50,
          limits,
        ),
      [JSON.stringify(INPUT), LIMITS] as const,
    );
    expect(code).toBe('cancelled');
  });

  test.each(HOSTILE)('$name', async ({ code, says }) => {
    const title = await page.title();
    const [outcome] = await score(code.replaceAll('LEAK', addressOf(leak)));
    expect(outcome?.value).toBeUndefined();
    expect(outcome?.problem).toMatch(says);
    expect(outcome?.problem?.length).toBeLessThan(400);
    expect(await score(HONEST)).toEqual([{ value: 7 }]);
    expect(await page.title()).toBe(title);
    expect(page.context().pages()).toHaveLength(1);
  });

  test.each(BARE)('with nothing taken away: $name', async ({ code, says }) => {
    const asking = BARE_SCRIPT.replace('CODE', () => code.replaceAll('LEAK', addressOf(leak)));
    const reply = await page.evaluate(
      (text) => (globalThis as unknown as { rewardPage: RewardPage }).rewardPage.bare(text, 5000),
      asking,
    );
    expect(reply?.problem).toMatch(says);
  });

  test('nothing was asked of any server but the page itself', () => {
    expect(leaked).toEqual([]);
    expect(asked.filter((url) => !['/', '/page.js', '/favicon.ico'].includes(url))).toEqual([]);
  });
});
