/**
 * @file Every lesson played from its first to its last step on the shipped model, as a person goes through it: each button of each
 * step is pressed, and what the lesson then says must be that what it promised has happened, with numbers that bear it out. Long runs
 * are played with fewer steps, with which everything that the lesson says still holds; nothing else of a lesson is changed. Two are
 * played at a time, each in a page of its own.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, beforeAll, expect, test, type ExpectStatic } from 'vitest';
import { chartedOf, claimsOf, numberOf, type Charted } from './lesson-claims';
import { DIST, launchBrowser, startServer, type TestServer } from './server';

/** Milliseconds for which a button must stay free before what it began counts as over: a run is set up in several steps. */
const REST = 500;

/** Milliseconds for a lesson, on a machine that is busy with other things, too. */
const LESSON_LIMIT = 900_000;

/** Steps of a run in a lesson, and those that it is played with here. */
const SHORTER: Readonly<Record<string, readonly [steps: number, played: number]>> = {
  'loss-mask': [16, 8],
  'tool-results': [24, 10],
  'too-large-step': [12, 5],
  'reward-hacking': [12, 8],
  'when-to-call-reward': [10, 5],
};

const read = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(DIST, 'lessons', `${name}.json`), 'utf8'));
const ids = (read('index') as { id: string }[]).map(({ id }) => id);

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

/** A lesson's JSON with another number of steps wherever its runs have `steps`. */
function shortened(value: unknown, [steps, played]: readonly [number, number]): unknown {
  const withSteps = (key: string, own: unknown, object: object) =>
    own === steps &&
    (key === 'steps' || (key === 'atLeast' && 'figure' in object && object.figure === 'steps.here'));
  if (Array.isArray(value)) return value.map((item) => shortened(item, [steps, played]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => [
      key,
      withSteps(key, own, value) ? played : shortened(own, [steps, played]),
    ]),
  );
}

interface Said {
  state: 'met' | 'unmet' | 'waiting';
  text: string;
}

/** What a step says of what happened, in its order. */
async function said(card: Locator): Promise<Said[]> {
  const items = await card.getByRole('list', { name: 'What happened' }).getByRole('listitem').all();
  return Promise.all(
    items.map(async (item) => {
      const state = (await item.getAttribute('class'))?.split(' ')[0] as Said['state'];
      return { state, text: (await item.textContent())?.trim() ?? '' };
    }),
  );
}

/**
 * Presses the buttons of the present step, one after the other.
 *
 * @param expect of the test: several run at a time
 * @returns everything that was said, and what did not come true after any of the buttons
 */
async function playStep(card: Locator, expect: ExpectStatic): Promise<{ heard: string[]; unmet: string[] }> {
  const actions = card.getByRole('group', { name: 'Try it' }).getByRole('button');
  /** By number of what is said: a second button may undo what the first one showed. */
  const failed = new Map<number, string>();
  const met = new Set<number>();
  const heard: string[] = [];
  const look = async () => {
    const settled = async () => (await said(card)).every(({ state }) => state !== 'waiting');
    await expect.poll(settled, { timeout: 60_000 }).toBe(true);
    for (const [i, { state, text }] of (await said(card)).entries()) {
      heard.push(text);
      if (state === 'met') met.add(i);
      else failed.set(i, text);
    }
  };
  for (const button of await actions.all()) {
    await expect.poll(() => button.getAttribute('aria-disabled'), { timeout: 120_000 }).toBe('false');
    await button.click();
    let since = Infinity;
    const rested = async () => {
      if ((await button.getAttribute('aria-disabled')) === 'true') since = Infinity;
      else since = Math.min(since, Date.now());
      return Date.now() - since >= REST;
    };
    await expect.poll(rested, { timeout: 240_000, interval: 100 }).toBe(true);
    if ((await said(card)).every(({ state }) => state !== 'waiting')) await look();
  }
  await look();
  return { heard, unmet: [...failed].flatMap(([i, text]) => (met.has(i) ? [] : [text])) };
}

async function openLesson(page: Page, id: string): Promise<Locator> {
  page.setDefaultTimeout(60_000);
  const shorter = SHORTER[id];
  if (shorter) {
    const json = shortened(read(id), shorter);
    await page.route(`**/lessons/${id}.json`, (route) => route.fulfill({ json }));
  }
  await page.goto(`${server.url}?engine=cpu&lesson=${id}`);
  const { title } = read(id) as { title: string };
  return page.getByRole('region', { name: title, exact: true });
}

/**
 * The last run's number that the charts' file has, worked out anew.
 *
 * @throws RangeError where the file has no such column, or no value in it
 */
async function chartedNumber(page: Page, { column, of }: Charted): Promise<number> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV', exact: true }).click();
  const text = await readFile(await (await download).path(), 'utf8');
  const [head = [], ...rows] = text
    .trim()
    .split('\r\n')
    .map((line) => line.split(','));
  const at = head.indexOf(column);
  if (at < 0) throw new RangeError(`${column} is no column of ${head.join(', ')}.`);
  const run = rows.at(-1)?.[0];
  // An empty cell is of a step at which it was not measured.
  const cells = rows.filter(([name]) => name === run).map((row) => row[at] ?? '');
  const values = cells.filter((cell) => cell !== '').map(Number);
  if (!values.length) throw new RangeError(`${column} has no value in ${run}.`);
  if (of === 'highest') return Math.max(...values);
  const last = values.slice(-Math.max(1, Math.min(5, Math.floor(values.length / 2))));
  return last.reduce((sum, value) => sum + value, 0) / last.length;
}

test('what is played shorter is a lesson, and has runs of that length', () => {
  for (const [id, lengths] of Object.entries(SHORTER)) {
    expect(ids).toContain(id);
    expect(JSON.stringify(shortened(read(id), lengths))).not.toBe(JSON.stringify(read(id)));
  }
});

const SHOWS = '%s shows what it says, at every step';
test.concurrent.for(ids)(SHOWS, { timeout: LESSON_LIMIT }, async (id, { expect, onTestFinished }) => {
  const begun = Date.now();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  onTestFinished(() => page.close());
  const card = await openLesson(page, id);
  await card.waitFor();
  const all: string[] = [];
  const unmet: string[] = [];
  for (;;) {
    const step = await playStep(card, expect);
    all.push(...step.heard, (await card.getByRole('group', { name: 'This step' }).textContent()) ?? '');
    unmet.push(...step.unmet);
    const next = card.getByRole('button', { name: 'Next', exact: true });
    if ((await next.count()) === 0) break;
    await next.click();
  }
  expect(unmet).toEqual([]);
  // A figure that was not measured is written as a dash.
  expect(all.filter((text) => /(?:^|\s)–(?:[\s.,;:)]|$)/.test(text))).toEqual([]);
  for (const { pattern, holds } of claimsOf(id)) {
    const numbers = all.flatMap((text) => {
      const found = pattern.exec(text);
      return found ? [found.slice(1).map(numberOf)] : [];
    });
    expect(numbers, `${pattern} is said`).not.toEqual([]);
    expect(
      numbers.filter((found) => !holds(...found)),
      `${pattern} holds`,
    ).toEqual([]);
  }
  for (const charted of chartedOf(id)) {
    const told = all.flatMap((text) => charted.pattern.exec(text)?.slice(1) ?? []).at(-1) ?? '';
    expect(told, `${charted.pattern} is said`).not.toBe('');
    const real = await chartedNumber(page, charted);
    // As exact as it is told: whole percents, or two digits.
    if (told.endsWith('%')) expect(Math.abs(100 * real - numberOf(told))).toBeLessThanOrEqual(0.51);
    else expect(Math.abs(real - numberOf(told))).toBeLessThanOrEqual(0.0051);
  }
  await card.getByRole('button', { name: 'Finish' }).click();
  await card.waitFor({ state: 'detached' });
  console.log(`${id}: ${((Date.now() - begun) / 1000).toFixed(0)} s`);
});
