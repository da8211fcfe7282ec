/**
 * @file Lessons played to their end on the shipped model, as a person goes through them: each button of each step is pressed, and what
 * the lesson then says must be that what it promised has happened. Those that take minutes were played by hand; their figures are
 * not repeated here.
 */
import type { Browser, Locator } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, startServer, type TestServer } from './server';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser({ webgpu: false });
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Milliseconds for which a button must stay free before what it began counts as over: a run is set up in several steps. */
const REST = 800;

/** What a step says of what happened, in its order; those that still wait are counted. */
async function said(card: Locator): Promise<{ waiting: number; texts: { met: boolean; text: string }[] }> {
  const items = await card.getByRole('list', { name: 'What happened' }).getByRole('listitem').all();
  const texts = await Promise.all(
    items.map(async (item) => ({
      state: (await item.getAttribute('class'))?.split(' ')[0],
      text: (await item.textContent()) ?? '',
    })),
  );
  return {
    waiting: texts.filter(({ state }) => state === 'waiting').length,
    texts: texts.map(({ state, text }) => ({ met: state === 'met', text })),
  };
}

/** Presses the buttons of the present step, one after the other. @returns what did not come true after any of them. */
async function playStep(card: Locator): Promise<string[]> {
  const actions = card.getByRole('group', { name: 'Try it' }).getByRole('button');
  /** By number of what is said: a second button may undo what the first one showed. */
  const failed = new Map<number, string>();
  const met = new Set<number>();
  const look = async () => {
    await expect.poll(async () => (await said(card)).waiting, { timeout: 60_000 }).toBe(0);
    for (const [i, { met: now, text }] of (await said(card)).texts.entries())
      if (now) met.add(i);
      else failed.set(i, text);
  };
  const count = await actions.count();
  for (let i = 0; i < count; i++) {
    const button = actions.nth(i);
    await expect.poll(() => button.getAttribute('aria-disabled'), { timeout: 120_000 }).toBe('false');
    await button.click();
    let since = Infinity;
    const rested = async () => {
      if ((await button.getAttribute('aria-disabled')) === 'true') since = Infinity;
      else since = Math.min(since, Date.now());
      return Date.now() - since >= REST;
    };
    await expect.poll(rested, { timeout: 240_000, interval: 200 }).toBe(true);
    if ((await said(card)).waiting === 0) await look();
  }
  await look();
  return [...failed].flatMap(([i, text]) => (met.has(i) ? [] : [text]));
}

test.each(['end-of-turn', 'weights'])('%s shows what it says, at every step', async (id) => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(60_000);
  const begun = Date.now();
  await page.goto(`${server.url}?engine=cpu&lesson=${id}`);
  const card = page.locator('.lesson-card');
  await card.waitFor();
  const unmet: string[] = [];
  for (;;) {
    unmet.push(...(await playStep(card)));
    const next = card.getByRole('button', { name: 'Next' });
    if ((await next.count()) === 0) break;
    await next.click();
  }
  expect(unmet).toEqual([]);
  await card.getByRole('button', { name: 'Finish' }).click();
  await card.waitFor({ state: 'detached' });
  console.log(`${id}: ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  await page.close();
});
