/**
 * @file What a visit comes for is drawn first; the steps below it keep their place and are filled in behind it.
 */
import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { LessonAddress } from '../../src/state/lesson-address';
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

test('a tokenizer that cannot be opened keeps them from nothing', async () => {
  const text = new FakeText();
  text.failures.set('open', { code: 'bad-tokenizer', message: 'No.', remedy: 'Bring another.' });
  await openPage({ text, lessons: { address: lesson }, wait: false });
  await expect.poll(() => filled('train') && filled('compare'), { timeout: 20_000 }).toBe(true);
});

test('without a conversation they are filled as soon as the page has time', async () => {
  await openPage({ wait: false });
  await expect.poll(() => filled('train') && filled('compare'), { timeout: 20_000 }).toBe(true);
});
