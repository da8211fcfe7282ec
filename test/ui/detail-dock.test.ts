/**
 * @file The details of a token are in sight wherever the token is: at the lower edge, up at the strip's top where the token is low,
 * and above a lesson that lies over the lower edge. A wheel at the end of the strip scrolls the page.
 */
import { cdp, page } from 'vitest/browser';
import { afterEach, expect, test } from 'vitest';
import { frames, onScreen } from './pointer';
import { importText, openPage } from './setup';

afterEach(() => page.viewport(1280, 900));

/** Enough lines that the strip is higher than what is seen of it. */
const LONG = JSON.stringify([
  {
    messages: [
      { role: 'user', content: Array.from({ length: 40 }, (_, i) => `Line ${i} of a list.`).join('\n') },
      { role: 'assistant', content: 'Read.' },
    ],
  },
]);

async function openLong() {
  const opened = await openPage();
  await importText(opened.session, LONG);
  await expect.element(opened.screen.getByRole('listbox', { name: 'Tokens' })).toBeVisible();
  const details = opened.screen.getByRole('group', { name: 'Token details' });
  const box = () => details.element().getBoundingClientRect();
  const tokens = () => [...document.querySelectorAll<HTMLElement>('#mask [data-i]')];
  /** The first token whose lower edge is below this height of the window. */
  const below = (y: number) =>
    tokens().find((token) => token.getBoundingClientRect().bottom > y) ?? expect.fail('no such token');
  return { ...opened, details, box, below };
}

/** True where two boxes have a common line of the window. */
const overlap = (a: DOMRect, b: DOMRect) => a.top < b.bottom && b.top < a.bottom;

test.each([1280, 390])('by mouse, a low token has its details above it (%i px)', async (width) => {
  await page.viewport(width, 900);
  const { screen, details, box, below } = await openLong();
  // The lower part of the strip is below the window.
  const strip = screen.getByRole('listbox', { name: 'Tokens' }).element();
  window.scrollBy(0, strip.getBoundingClientRect().top - 400);
  await frames(3);
  const limit = width < 600 ? 780 : 880;
  for (const y of [500, limit]) {
    // The strip still settles while scores and heights come, so the pointer follows the token as a hand would.
    let token = below(y - 30);
    const place = () => token.getBoundingClientRect();
    await expect
      .poll(async () => {
        token = below(y - 30);
        await cdp().send('Input.dispatchMouseEvent', {
          type: 'mouseMoved',
          ...onScreen(place().left + 4, place().top + place().height / 2),
        });
        await frames(2);
        return details.query()?.textContent.includes(`Token ${Number(token.dataset.i) + 1} of`);
      })
      .toBe(true);
    // They take their place after their text is there.
    await expect
      .poll(() => [box().top >= 0, box().bottom <= 900, overlap(box(), place())])
      .toEqual([true, true, false]);
    await expect.poll(() => box().bottom <= place().top).toBe(y === limit);
    expect(document.elementFromPoint(place().left + 4, place().top + place().height / 2)).toBe(token);
  }
});

test('by keyboard, the token in focus is never behind its details', async () => {
  await page.viewport(1280, 700);
  const { screen, details, box, below } = await openLong();
  screen.getByRole('listbox', { name: 'Tokens' }).element().scrollIntoView({ block: 'start' });
  await frames(3);
  for (const y of [250, 420, 560, 640]) {
    const token = below(y);
    token.focus();
    await expect.element(details).toHaveTextContent(new RegExp(`Token ${Number(token.dataset.i) + 1} of`));
    await expect
      .poll(() => [overlap(box(), token.getBoundingClientRect()), box().top >= 0, box().bottom <= 700])
      .toEqual([false, true, true]);
  }
});

test('on a phone they are above the lesson, unfolded and folded', async () => {
  await page.viewport(390, 844);
  const { screen, session, details, box } = await openLong();
  await session.openLesson('loss-mask');
  const lesson = screen.getByRole('region', { name: 'What a loss mask is' });
  await expect.element(lesson).toBeVisible();
  const sheet = () => lesson.element().getBoundingClientRect();
  const token = () => document.querySelector<HTMLElement>('#mask [data-i="12"]');
  await expect.poll(() => token() !== null).toBe(true);
  for (const fold of [false, true]) {
    if (fold) await screen.getByRole('button', { name: /^Fold/ }).click();
    screen.getByRole('listbox', { name: 'Tokens' }).element().scrollIntoView({ block: 'start' });
    await frames(3);
    token()?.focus();
    await expect.element(details).toHaveTextContent(/Token 13 of/);
    await expect.poll(() => box().bottom <= sheet().top + 0.5).toBe(true);
    await expect.poll(() => box().top).toBeGreaterThanOrEqual(0);
    token()?.blur();
  }
});

test('a wheel at the end of the strip scrolls the page', async () => {
  await page.viewport(1280, 700);
  const { screen } = await openLong();
  const strip = screen.getByRole('listbox', { name: 'Tokens' }).element();
  strip.scrollIntoView({ block: 'start' });
  strip.scrollTop = strip.scrollHeight;
  await frames(3);
  const before = window.scrollY;
  const { left, top, height } = strip.getBoundingClientRect();
  const at = onScreen(left + 300, top + height / 2);
  await cdp().send('Input.dispatchMouseEvent', { type: 'mouseWheel', ...at, deltaX: 0, deltaY: 120 });
  await expect.poll(() => window.scrollY).toBeGreaterThan(before);
});
