/**
 * @file What a visit comes for is drawn first; the steps below it keep their place and are filled in behind it.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import type { LessonAddress } from '../../src/state/lesson-address';
import { PATIENCE } from '../../src/ui/first-view.svelte';
import { FakeText } from './fakes';
import { openPage } from './setup';

/** Names a lesson, as a link does. */
const lesson: LessonAddress = {
  read: () => ({ kind: 'shipped', id: 'end-of-turn' }),
  write: () => {},
  watch: () => {},
};
const content = (step: string) => document.getElementById(`${step}-content`);
const filled = (step: string) => content(step)?.querySelector('button') !== null;
const side = () => document.getElementById('side');
const sidePanels = () => ['model', 'data'].filter((id) => side()?.querySelector(`section#${id}`));
const tokens = () =>
  document.querySelectorAll('[role="listbox"][aria-label="Tokens"] [role="option"]').length;

/** Long enough for whatever asks for time when there is nothing else to do. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 2500));

test('the steps below a mask that the address asks for wait until it is drawn', async () => {
  await page.viewport(1440, 900);
  const text = new FakeText();
  const release = text.hold('inspect');
  const { session } = await openPage({ text, lessons: { address: lesson }, wait: false });
  await expect.poll(() => session.data.chosen, { timeout: 20_000 }).toBeDefined();
  await pause();
  expect(tokens()).toBe(0);
  // Beside it there is room for model and data, and nothing that would have to be drawn first.
  expect(sidePanels()).toEqual([]);
  for (const [step, title] of Object.entries({ train: 'Train', compare: 'Compare' })) {
    expect(document.getElementById(`${step}-title`)?.textContent, step).toContain(title);
    expect(filled(step), step).toBe(false);
    // What comes into it moves nothing that is in sight below.
    expect(content(step)?.offsetHeight, step).toBeGreaterThan(600);
  }
  release();
  await expect.poll(tokens, { timeout: 20_000 }).toBeGreaterThan(0);
  await expect.poll(() => filled('train') && filled('compare'), { timeout: 20_000 }).toBe(true);
});

test('model and data come beside the mask behind it, and nothing in sight moves for them', async () => {
  await page.viewport(1440, 900);
  const text = new FakeText();
  const release = text.hold('inspect');
  const { session } = await openPage({ text, lessons: { address: lesson }, wait: false });
  await expect.poll(() => session.data.chosen, { timeout: 20_000 }).toBeDefined();
  // How many tokens were there, and where the mask stood, when the column was filled.
  let before: { tokens: number; left: number } | undefined;
  const maskLeft = () => document.getElementById('mask')?.getBoundingClientRect().left ?? NaN;
  const observer = new MutationObserver(() => {
    if (sidePanels().length) before ??= { tokens: tokens(), left: left };
    left = maskLeft();
  });
  let left = maskLeft();
  observer.observe(document.body, { childList: true, subtree: true });
  release();
  await expect.poll(sidePanels, { timeout: 20_000 }).toEqual(['model', 'data']);
  observer.disconnect();
  expect(before?.tokens).toBeGreaterThan(0);
  expect(maskLeft()).toBe(before?.left);
});

test('of the mask itself, what is in sight comes first: tokens beyond the window, details and closed menus follow', async () => {
  await page.viewport(1440, 900);
  const text = new FakeText();
  const release = text.hold('inspect');
  const { session } = await openPage({ text, lessons: { address: lesson }, wait: false });
  await expect.poll(() => session.data.chosen, { timeout: 20_000 }).toBeDefined();
  const later = { rewards: '.reward[role="group"]', keys: '.stage > details', menu: '[popover] li' };
  const there = () =>
    Object.entries(later).flatMap(([name, selector]) =>
      document.querySelector(`#mask ${selector}`) ? [name] : [],
    );
  let first: string[] | undefined;
  const observer = new MutationObserver(() => {
    if (tokens()) first ??= there();
  });
  observer.observe(document.body, { childList: true, subtree: true });
  release();
  await expect.poll(there, { timeout: 20_000 }).toEqual(Object.keys(later));
  observer.disconnect();
  expect(first).toEqual([]);
});

test('above the mask, where the window is narrow, they are there before it: they would push it down', async () => {
  waitForEver();
  await page.viewport(800, 900);
  const text = new FakeText();
  const release = text.hold('inspect');
  await openPage({ text, lessons: { address: lesson }, wait: false });
  await expect.poll(sidePanels, { timeout: 20_000 }).toEqual(['model', 'data']);
  expect(tokens()).toBe(0);
  release();
  await expect.poll(tokens, { timeout: 20_000 }).toBeGreaterThan(0);
});

/** The page's patience never ends: what is filled then is filled for another reason. */
function waitForEver(): void {
  const real = window.setTimeout.bind(window);
  vi.spyOn(window, 'setTimeout').mockImplementation(((run: () => void, after?: number) =>
    after === PATIENCE ? 0 : real(run, after)) as typeof setTimeout);
}
afterEach(() => vi.restoreAllMocks());

test('a tokenizer that cannot be opened keeps them from nothing', async () => {
  waitForEver();
  const text = new FakeText();
  text.failures.set('open', { code: 'bad-tokenizer', message: 'No.', remedy: 'Bring another.' });
  await openPage({ text, lessons: { address: lesson }, wait: false });
  await expect.poll(() => filled('train') && filled('compare'), { timeout: 20_000 }).toBe(true);
});

test('without a conversation they are filled as soon as the page has time', async () => {
  waitForEver();
  await openPage({ wait: false });
  await expect.poll(() => filled('train') && filled('compare'), { timeout: 20_000 }).toBe(true);
});

test('on a network that hangs they are filled after a while, though no mask ever comes', async () => {
  const text = new FakeText();
  text.hold('inspect');
  await openPage({ text, lessons: { address: lesson }, wait: false });
  await pause();
  expect([filled('train'), filled('compare')]).toEqual([false, false]);
  await expect
    .poll(() => filled('train') && filled('compare'), { timeout: 2 * PATIENCE, interval: 200 })
    .toBe(true);
  expect(tokens()).toBe(0);
});
