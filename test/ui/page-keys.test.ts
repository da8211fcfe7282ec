/**
 * @file Keys that belong to the page as a whole: the sheet of keys, the steps, the way past the header.
 */
import axe from 'axe-core';
import { page, userEvent } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { keys } from '$strings/keys';
import { CHAT, importText, openPage } from './setup';

afterEach(() => history.replaceState(null, '', location.pathname + location.search));

const focused = () => document.activeElement?.id;

describe('the sheet of keys', () => {
  test.each(['light', 'dark'] as const)(
    'opens by ?, names every group, closes by Escape (%s)',
    async (theme) => {
      const { screen } = await openPage({ theme });
      const before = screen.getByRole('button', { name: 'Choose files' }).element() as HTMLElement;
      before.focus();
      await userEvent.keyboard('?');
      const sheet = screen.getByRole('dialog', { name: 'Keys' });
      await expect.element(sheet).toBeVisible();
      for (const { title } of keys.groups)
        await expect.element(sheet.getByRole('heading', { name: title })).toBeInTheDocument();
      const { violations } = await axe.run(sheet.element());
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      await userEvent.keyboard('{Escape}');
      await expect.element(sheet).not.toBeInTheDocument();
      // Not lost: where it was before.
      await expect.poll(() => document.activeElement).toBe(before);
    },
  );

  test.each([
    [390, 700],
    [1280, 480],
  ])('is read by scrolling down alone in a window of %i × %i', async (width, height) => {
    const { screen } = await openPage();
    await page.viewport(width, height);
    await screen.getByRole('button', { name: 'Keys', exact: true }).click();
    const list = screen.getByRole('region', { name: keys.list });
    await expect.element(list).toBeVisible();
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = list.element();
    expect(scrollHeight).toBeGreaterThan(clientHeight);
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
    await page.viewport(1280, 900);
  });

  test('opens by its button in the header, and single keys can be switched off', async () => {
    const { screen, layout } = await openPage();
    const button = screen.getByRole('button', { name: 'Keys', exact: true });
    await button.click();
    const sheet = screen.getByRole('dialog', { name: 'Keys' });
    await sheet.getByRole('checkbox', { name: /^Single keys/ }).click();
    await expect.poll(() => layout.keys).toBe(false);
    await sheet.getByRole('button', { name: 'Close' }).click();
    await expect.element(sheet).not.toBeInTheDocument();
    await expect.element(button).toHaveFocus();
    await userEvent.keyboard('?');
    await userEvent.keyboard('3');
    await expect.element(sheet).not.toBeInTheDocument();
    expect(focused()).not.toBe('mask-title');
  });
});

describe('digits', () => {
  test('lead to the steps, but not from fields and lists, which have keys of their own', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    await userEvent.keyboard('3');
    await expect.poll(focused).toBe('mask-title');
    await userEvent.keyboard('5');
    await expect.poll(focused).toBe('compare-title');
    await userEvent.keyboard('6');
    expect(focused()).toBe('compare-title');
    await userEvent.keyboard('{Control>}1{/Control}');
    expect(focused()).toBe('compare-title');
    const steps = screen.getByRole('textbox', { name: 'Steps', exact: true });
    await steps.fill('');
    await userEvent.keyboard('2');
    await expect.element(steps).toHaveValue('2');
    const token = screen.getByRole('listbox', { name: 'Tokens' }).getByRole('option').first();
    await expect.element(token).toBeVisible();
    (token.element() as HTMLElement).focus();
    // In the strip this trains a token.
    await userEvent.keyboard('1');
    expect(document.activeElement).toBe(token.element());
    await expect.poll(() => session.mask.edits.count).toBe(1);
    await userEvent.keyboard('?');
    await expect.element(screen.getByRole('dialog', { name: 'Keys' })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => document.activeElement).toBe(token.element());
  });
});

test('the first Tab offers the way past the header', async () => {
  const { screen } = await openPage();
  const skip = screen.getByRole('link', { name: 'Skip to the steps' });
  (document.activeElement as HTMLElement | null)?.blur();
  await userEvent.keyboard('{Tab}');
  await expect.poll(() => document.activeElement).toBe(skip.element());
  await expect.element(skip).toBeVisible();
  await userEvent.keyboard('{Enter}');
  await expect.poll(focused).toBe('main');
});
