/**
 * @file The cards of lessons on an empty page: those in one row end together, each with how long it takes at its foot.
 */
import { page } from 'vitest/browser';
import { afterEach, expect, test } from 'vitest';
import { openPage } from './setup';

afterEach(() => page.viewport(1280, 900));

test.each([1440, 1024])('cards of a row end on one line, and so do their minutes (%i px)', async (width) => {
  await page.viewport(width, 900);
  const { screen } = await openPage();
  const list = screen.getByRole('list', { name: 'Lessons', exact: true }).first();
  await expect.element(list.getByRole('button').first()).toBeVisible();
  const cards = list
    .getByRole('button')
    .elements()
    .map((card) => {
      const minutes = card.querySelector('.minutes');
      const { top, bottom } = card.getBoundingClientRect();
      return { top, bottom, minutes: minutes?.getBoundingClientRect().bottom };
    });
  const rows = new Map<number, typeof cards>();
  for (const card of cards) rows.set(card.top, [...(rows.get(card.top) ?? []), card]);
  // Several cards in a row, and not one row alone.
  expect(rows.size).toBeGreaterThan(1);
  expect(rows.size).toBeLessThan(cards.length);
  for (const row of rows.values()) {
    expect(new Set(row.map(({ bottom }) => Math.round(bottom))).size).toBe(1);
    expect(new Set(row.map(({ minutes = 0 }) => Math.round(minutes))).size).toBe(1);
  }
});
