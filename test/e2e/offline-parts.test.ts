/**
 * @file Every part of the page that is loaded when it is needed, used without a network after one visit that opened none of
 * them: what the service worker keeps is all that there is.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DIST, launchBrowser, SHIPPED, startServer } from './server';

/** A table, and a record that is none, so that the problems have something to say. */
const TABLE = 'prompt,completion\r\n"What day follows Thursday?",Friday.\r\nOnly a question\r\n';
const THREAD = `user
    What is the weather in Oslo?
assistant_think
    I need the tool.
assistant_tool
    {"name": "get_weather", "arguments": {"city": "Oslo"}}
tool
    {"sky": "rainy"}
assistant_answer
    It is rainy.
---
`;

let browser: Browser;
let page: Page;
/** Names of the build's scripts that were asked for since the network is gone. */
const asked = new Set<string>();
const failures: string[] = [];

beforeAll(async () => {
  // The CPU alone: what is shown here is that every part comes, not how fast it computes.
  browser = await launchBrowser({ webgpu: false });
});
afterAll(() => browser.close());

const region = (name: string) => page.getByRole('region', { name, exact: true });
const dialog = (name: string) => page.getByRole('dialog', { name, exact: true });
const press = (name: string | RegExp, within: Page | Locator = page) =>
  within.getByRole('button', { name, exact: true }).first().click();

/** Opens a dialog, which says something, and closes it again. */
async function look(name: string, open: () => Promise<unknown>): Promise<void> {
  await open();
  await dialog(name).getByRole('heading').first().waitFor();
  await page.keyboard.press('Escape');
  await dialog(name).waitFor({ state: 'detached' });
}

/** The file that a press saves: where the browser put it, the name that the page gave it, and its size. */
async function savedBy(act: () => Promise<unknown>): Promise<{ path: string; name: string; bytes: number }> {
  const [download] = await Promise.all([page.waitForEvent('download'), act()]);
  const at = await download.path();
  return { path: at, name: download.suggestedFilename(), bytes: statSync(at).size };
}

test('a first visit that opens nothing keeps all of it; then there is no network', async () => {
  const server = await startServer();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(server.url);
  await page.getByText(/opens without a network|^Works without a network/).waitFor({ timeout: 120_000 });
  await server.close();
  page.on('pageerror', (error) => failures.push(error.message));
  context.on('request', (request) => {
    const file = /\/assets\/([^/?]+\.js)$/.exec(request.url())?.[1];
    if (file) asked.add(file);
  });
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // The first visit is left while its own weights still arrive: given up, not missing.
    if (reason !== 'net::ERR_ABORTED') failures.push(`${request.url()}: ${reason}`);
  });
  await page.goto(`${server.url}?engine=cpu`);
  await page.getByText(`${SHIPPED}, on the CPU`).waitFor({ timeout: 120_000 });
});

const tokens = () => region('Mask').getByRole('listbox', { name: 'Tokens', exact: true });

test('data: a table, a transcript, export, messages to edit', async () => {
  const data = region('Data');
  await data
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'days.csv', mimeType: 'text/csv', buffer: Buffer.from(TABLE) });
  await tokens().getByText('Friday').waitFor();
  await page.getByText(/1 conversation from/).waitFor();
  await press('Paste text');
  await page.getByRole('textbox', { name: /Conversations as JSON/ }).fill(THREAD);
  await press('Import');
  await tokens().getByText('<think>').waitFor();
  await data.getByText('Options', { exact: true }).click();
  const file = await savedBy(() => press('TRL JSONL', data));
  expect(file.bytes).toBeGreaterThan(100);
  await press('Edit messages');
  await region('Messages').getByRole('textbox', { name: 'Arguments, JSON' }).waitFor();
  await press(/^Close/, region('Messages'));
});

test('mask: sources beside the strip, a copy as a file, sequences, the template editor', async () => {
  const mask = region('Mask');
  await mask.getByText('View', { exact: true }).click();
  await mask.getByRole('checkbox', { name: 'Messages beside' }).check();
  await mask.getByRole('checkbox', { name: 'Template beside' }).check();
  await mask.getByLabel('Chat template in use').waitFor();
  await mask.getByRole('combobox', { name: 'Compare with' }).selectOption('torchtune, train on assistant');
  await mask.getByRole('checkbox', { name: 'Side by side' }).check();
  await mask.getByRole('listbox').nth(1).waitFor();
  await press('Copy or save…', mask);
  const { name, bytes } = await savedBy(() => press('Save as SVG', mask));
  expect([name.endsWith('.svg'), bytes > 1000]).toEqual([true, true]);
  await press('Copy or save…', mask);
  const all = await savedBy(() => press('Save of all conversations', mask));
  expect(all.bytes).toBeGreaterThan(1000);
  await press('Compare the ways to divide it', region('Training sequences'));
  await region('Training sequences').getByRole('listbox').first().waitFor();
  await region('Model').getByText('Details', { exact: true }).click();
  await region('Model').getByText('Look at it, or use your own').click();
  await look('Chat template', async () => {
    await press('Chat template…');
    await dialog('Chat template').getByText('im_start').nth(1).waitFor();
  });
});

test('rewards: a function of one’s own runs in its sandboxed frame', async () => {
  const train = region('Train');
  await train.getByRole('radio', { name: 'On policy, by reward' }).check();
  const rewards = region('Rewards');
  await rewards.getByRole('combobox', { name: 'Add a reward' }).selectOption('Your own function');
  await press('Add', rewards);
  await press('Try it', rewards);
  await rewards.getByText(/recorded reactions? rewarded/).waitFor();
  await train.getByRole('radio', { name: 'From the data (SFT)' }).check();
});

test('training: two steps, charts, the list of runs, the tuned model as a file', async () => {
  const train = region('Train');
  await press('Single step', train);
  await train.getByText(/^Step 1 of/).waitFor();
  await region('Data').getByText('Lessons', { exact: true }).click();
  await press(/^Growing samples/, region('Data'));
  await press('Stay here');
  await region('Data').getByText('Lessons', { exact: true }).click();
  await press('Single step', train);
  await train.getByText(/^Step 2 of/).waitFor();
  await train.locator('canvas, .uplot').first().waitFor();
  await press('Stop', train);
  const { bytes } = await savedBy(() => press('Save tuned model', train));
  expect(bytes).toBeGreaterThan(1_000_000);
});

test('on policy: what the model wrote, and its advantage on the strip', async () => {
  const train = region('Train');
  await train.getByRole('radio', { name: 'On policy, by reward' }).check();
  await train.getByRole('textbox', { name: 'Prompts a step', exact: true }).fill('1');
  await train.getByRole('textbox', { name: 'Completions a prompt', exact: true }).fill('2');
  await train.getByRole('textbox', { name: 'Longest message', exact: true }).fill('12');
  await press('Single step', train);
  await train.getByText(/^2 completions in 1 group/).waitFor({ timeout: 120_000 });
  await press('Stop', train);
  await region('Mask')
    .locator('label', { hasText: /^Advantage$/ })
    .click();
  // Which of the two conversations the run answered is the run's choice.
  const shown = region('Mask').getByRole('combobox', { name: 'Shown', exact: true });
  const rows = region('Data').getByRole('listbox', { name: 'Conversations' }).getByRole('option');
  const appears = () =>
    shown.waitFor({ timeout: 5_000 }).then(
      () => true,
      () => false,
    );
  for (let i = 0; !(await appears()); i++) await rows.nth(i % 2).click();
  await shown.selectOption({ index: 1 });
  await page
    .getByRole('listbox', { name: /^Tokens of Completion/ })
    .first()
    .waitFor();
});

test('practice data: its form, and what it makes', async () => {
  const data = region('Data');
  await press('Make practice data');
  await data.getByText(/^Tools \(/).waitFor();
  await data.getByRole('textbox', { name: 'Conversations', exact: true }).fill('4');
  await press('Make', data);
  const rows = data.getByRole('listbox', { name: 'Conversations' }).getByRole('option');
  await expect.poll(() => rows.count(), { timeout: 60_000 }).toBeGreaterThan(2);
});

test('compare: what changed, a reply in the chat', async () => {
  const compare = region('Compare');
  await press(/^Measure \d+ conversations/, compare);
  await compare.getByRole('row', { name: /^all/ }).first().waitFor();
  await press('Open the chat', compare);
  await compare.getByRole('textbox', { name: 'Say', exact: true }).fill('What is 2 + 3?');
  await press('Send', compare);
  await press('Anew, next seed', compare);
});

test('experiments, a lesson, the guide, sharing, keys', async () => {
  await press('Compare several ways to train');
  await region('What it compares').waitFor();
  await press('How long will it take?');
  await page.getByText(/left of .* on this device/).waitFor({ timeout: 120_000 });
  await look('Guide', () => press('Guide'));
  await press('Share');
  const session = await savedBy(() => press('Save session', dialog('Share and save')));
  await dialog('Share and save').locator('input[type=file]').setInputFiles(session.path);
  await press('Leave everything as it is', page.getByRole('dialog', { name: /^Open what/ }));
  await look('Keys', () => page.keyboard.press('?'));
  await region('Data').getByText('Lessons', { exact: true }).click();
  await press(/^Growing samples/, region('Data'));
  await page.getByRole('heading', { name: 'Growing samples: what counts twice' }).first().waitFor();
});

test('what is gone when the page is opened again', async () => {
  page.on('dialog', (asked) => void asked.accept());
  await page.goto(page.url().replace(/[?#].*$/, ''));
  await region('Data')
    .getByText(/^Before this page was loaded again, \d+ conversations were here/)
    .waitFor();
});

test('every script of the build was there', () => {
  const all = readdirSync(path.join(DIST, 'assets')).filter((file) => file.endsWith('.js'));
  expect(failures).toEqual([]);
  expect(all.filter((file) => !asked.has(file))).toEqual([]);
});
