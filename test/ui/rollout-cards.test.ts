/**
 * @file Completions on a phone: each is a card, nothing scrolls sideways, and it is still a table to those who hear it.
 */
import axe from 'axe-core';
import { page } from 'vitest/browser';
import { afterEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import RolloutCompletion from '../../src/ui/RolloutCompletion.svelte';
import { CHAT, importText, openPage } from './setup';

afterEach(() => page.viewport(1280, 900));

async function openCards(width: number) {
  await page.viewport(width, 900);
  const opened = await openPage({ step: 'train' });
  await importText(opened.session, CHAT);
  opened.session.train.objective.choose('grpo');
  await opened.session.startTraining(true);
  opened.engine.advance();
  const region = opened.screen.getByRole('region', { name: 'Completions', exact: true });
  await expect.element(region).toBeVisible();
  return { ...opened, region };
}

test.each([320, 390])(
  'cards of %i pixels scroll only downwards, sort, open, and keep their roles',
  async (width) => {
    const { screen, region } = await openCards(width);
    const element = region.element();
    await expect.poll(() => element.classList.contains('cards')).toBe(true);
    expect(element.scrollWidth).toBeLessThanOrEqual(element.clientWidth);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);

    const rows = element.querySelectorAll<HTMLElement>('tr.shown');
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows) {
      // Nothing of a card is cut off at its foot.
      const foot = row.getBoundingClientRect().bottom;
      for (const cell of row.children)
        expect(cell.getBoundingClientRect().bottom).toBeLessThanOrEqual(foot + 1);
    }
    const table = region.getByRole('table');
    await expect.element(table.getByRole('row').nth(1)).toBeVisible();
    await expect.element(table.getByRole('columnheader', { name: 'Prompt' })).toBeInTheDocument();
    const first = table.getByRole('row').nth(1);
    await expect.element(first.getByRole('cell', { name: /^Reward/ })).toBeVisible();
    await expect.element(first.getByRole('cell', { name: /^Advantage/ })).toBeVisible();
    await expect.element(first.getByRole('cell', { name: /^Tokens/ })).toBeVisible();

    await table.getByRole('button', { name: 'Advantage' }).click();
    await expect
      .element(table.getByRole('columnheader', { name: 'Advantage' }))
      .toHaveAttribute('aria-sort', 'descending');
    const { violations } = await axe.run(element, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);

    await region
      .getByRole('button', { name: /think I know this/ })
      .first()
      .click();
    await expect.element(screen.getByRole('heading', { name: /^Completion \d+, group/ })).toBeVisible();
  },
);

test('with width enough it is a table', async () => {
  const { region } = await openCards(1280);
  await expect.poll(() => region.element().classList.contains('cards')).toBe(false);
  await expect.element(region.getByRole('columnheader', { name: 'Prompt' })).toBeVisible();
});

test('a completion that is shortened ends with a whole emoji', async () => {
  const before = 'a'.repeat(156);
  const text = `${before}👍🏽👍🏽 and more`;
  const answer = { kind: 'answer' as const, text };
  const { container, rerender } = await render(RolloutCompletion, { segments: [answer], short: true });
  const shown = () => container.querySelector('.text')?.textContent ?? '';
  expect(shown()).toBe(`${before}👍🏽…`);
  await rerender({ segments: [{ ...answer, text: `a${text}` }] });
  expect(shown()).toBe(`a${before}…`);
  await rerender({ short: false });
  expect(shown()).toBe(`a${text}`);
});
