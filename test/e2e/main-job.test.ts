/**
 * @file The main job as somebody does it who has only a keyboard: from the address to the mask of a conversation of one's
 * own, to a trained model and what training changed. The times that it took are printed, and not judged: they are the
 * machine's.
 */
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, startServer, type TestServer } from './server';

/** As one would paste it from a note. */
const OWN = `user
    What is the weather in Oslo?
assistant_think
    I do not know it. I need the tool.
assistant_tool
    {"name": "get_weather", "arguments": {"city": "Oslo"}}
tool
    {"sky": "rainy", "temp": 4}
assistant_answer
    It is rainy in Oslo, 4 degrees.
---
`;
/** Presses of Tab after which a control counts as out of reach. */
const REACH = 80;

let server: TestServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(120_000);
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

/** What holds the focus: what it says, or `nothing` where the focus is lost to the page as a whole. */
const focused = () =>
  page.evaluate(() => {
    const { activeElement: at } = document;
    if (!at || at === document.body) return 'nothing';
    return (at.getAttribute('aria-label') ?? (at.textContent || at.id)).replace(/\s+/g, ' ').trim();
  });

/** Presses Tab until the focus is on what says that, from wherever it is. */
async function tabTo(name: RegExp | string): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < REACH; i++) {
    await page.keyboard.press('Tab');
    const at = await focused();
    if (typeof name === 'string' ? at === name : name.test(at)) return;
    passed.push(at);
  }
  throw new Error(`${String(name)} is not within ${REACH} presses of Tab. Passed: ${passed.join(' | ')}`);
}

test('own conversation, its mask, a run, what it changed: by keys alone, and the focus is never lost', async () => {
  const begun = Date.now();
  const seconds = () => ((Date.now() - begun) / 1000).toFixed(1);
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'Losslight' }).waitFor();

  // The way past the header, then what the page offers to a visitor who has a conversation.
  await tabTo('Skip to the steps');
  await page.keyboard.press('Enter');
  await tabTo('Paste text');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: /Conversations as/ }).waitFor();
  await tabTo('paste');
  await page.keyboard.insertText(OWN);
  await expect.poll(() => page.getByRole('button', { name: 'Import', exact: true }).isEnabled()).toBe(true);
  await tabTo('Import');
  await page.keyboard.press('Enter');
  const trained = page.getByRole('listbox', { name: 'Tokens', exact: true }).locator('[data-bar]');
  await trained.first().waitFor();
  console.log(`Mask of an own conversation: ${seconds()} s`);
  // The strip may be drawn before the import has been told to be over.
  await expect.poll(focused).toBe('Paste text');
  await expect
    .poll(() => page.getByRole('region', { name: 'Mask', exact: true }).textContent())
    .toMatch(/of \d+ tokens are trained/);

  await page.keyboard.press('4');
  await expect.poll(focused).toMatch(/Train$/);
  const start = page
    .getByRole('region', { name: 'Train', exact: true })
    .getByRole('button', { name: 'Train', exact: true });
  await expect.poll(() => start.getAttribute('aria-disabled'), { timeout: 120_000 }).toBe('false');
  await tabTo('Train');
  await page.keyboard.press('Enter');
  await expect
    .poll(() => page.title(), { timeout: 240_000 })
    .toMatch(/^Done 30\/30 · loss [\d.]+ · Losslight$/);
  await expect.poll(focused).toBe('Train on');

  await page.keyboard.press('5');
  await expect.poll(focused).toMatch(/Compare$/);
  // The tuned model is measured first.
  await page.getByRole('button', { name: 'Show the change on the strip' }).waitFor();
  await tabTo('Show the change on the strip');
  await page.keyboard.press('Enter');
  const changed = page.getByRole('listbox', { name: 'Tokens', exact: true }).locator('.t.change[data-heat]');
  await changed.first().waitFor();
  console.log(`Trained, and what changed: ${seconds()} s`);
  await expect.poll(focused).not.toBe('nothing');

  // The exact number of one token, in the strip.
  await page.keyboard.press('3');
  await expect.poll(focused).toMatch(/Mask$/);
  for (let i = 0; i < REACH; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement?.getAttribute('role') === 'option')) break;
  }
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  const details = page.getByRole('group', { name: 'Token details' });
  await expect.poll(() => details.textContent()).toMatch(/Change\s*[+−]?\d/);

  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('option');
});
