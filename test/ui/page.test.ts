/**
 * @file The page around its five steps: theme, navigation, landmarks.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { ThemeState } from '../../src/state/theme.svelte';
import { CHAT, importText, openPage } from './setup';

afterEach(() => page.viewport(1280, 900));

describe('theme', () => {
  test('the switch turns every colour, and back again', async () => {
    const { screen, theme } = await openPage({ theme: 'light' });
    const ground = () => getComputedStyle(document.body).backgroundColor;
    const light = ground();
    await screen.getByRole('button', { name: 'Dark theme' }).click();
    await expect
      .element(screen.getByRole('button', { name: 'Dark theme' }))
      .toHaveAttribute('aria-pressed', 'true');
    expect(theme.current).toBe('dark');
    await expect.poll(ground).not.toBe(light);
    await screen.getByRole('button', { name: 'Dark theme' }).click();
    await expect.poll(ground).toBe(light);
  });

  test('a choice is kept, and what the system asks for is followed again', () => {
    const stored = new Map<string, string>();
    const storage = {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
      removeItem: (key: string) => void stored.delete(key),
    };
    const root = document.createElement('div');
    const first = new ThemeState(root, storage);
    const system = first.current;
    first.toggle();
    expect([...stored.values()]).toEqual([system === 'dark' ? 'light' : 'dark']);
    expect(new ThemeState(root, storage).current).not.toBe(system);
    first.toggle();
    expect(stored.size).toBe(0);
    expect(root.dataset.theme).toBeUndefined();
  });
});

describe('steps', () => {
  test('five regions in their order, each reached by a link that says whether it is ready', async () => {
    const { screen, session } = await openPage();
    const names = ['Model', 'Data', 'Mask', 'Train', 'Compare'];
    const headings = () =>
      screen
        .getByRole('heading', { level: 2 })
        .elements()
        .map((heading) => heading.textContent?.replace(/\d/, '').trim());
    await expect.poll(headings).toEqual(names);
    for (const name of names)
      await expect.element(screen.getByRole('region', { name, exact: true })).toBeInTheDocument();
    await expect
      .element(screen.getByRole('link', { name: 'Mask (not ready yet)' }))
      .toHaveAttribute('href', '#mask');
    await importText(session, CHAT);
    await expect.element(screen.getByRole('link', { name: 'Mask (ready)' })).toBeInTheDocument();
  });

  test.each([1440, 1024, 390, 320])('nothing is wider than the page at %i px', async (width) => {
    await page.viewport(width, 900);
    const { session, engine } = await openPage();
    await session.openLesson('thread');
    await session.startTraining();
    for (let i = 0; i < 3; i++) engine.advance();
    await expect.poll(() => session.train.updates.length).toBe(3);
    await expect.poll(() => document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  });
});
