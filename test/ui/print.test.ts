/**
 * @file The page on paper: the mask of the conversation, whole and alone, with its legend, black on white.
 */
import { cdp, page } from 'vitest/browser';
import { afterEach, expect, test } from 'vitest';
import '../../src/print.css';
import { CHAT, importText, openPage } from './setup';

const media = (value: 'print' | '') => cdp().send('Emulation.setEmulatedMedia', { media: value });

afterEach(async () => {
  await media('');
  await page.viewport(1280, 900);
});

const LONG = JSON.stringify({
  messages: Array.from({ length: 60 }, (_, i) => ({
    role: i % 2 ? 'assistant' : 'user',
    content: `${i}: ${'Oslo is rainy today. '.repeat(20)}`,
  })),
});

test('the mask alone, and all of it', async () => {
  const { screen, session } = await openPage({ theme: 'dark' });
  await importText(session, LONG);
  const strip = screen.getByRole('listbox', { name: 'Tokens', exact: true });
  await expect.element(strip).toBeVisible();
  const total = session.mask.view?.encoded.ids.length ?? 0;
  const drawn = () => strip.element().querySelectorAll('.t').length;
  await expect.poll(drawn).toBeGreaterThan(0);
  const onScreen = drawn();
  expect(onScreen).toBeLessThan(total);

  await page.viewport(718, 1000);
  await media('print');
  dispatchEvent(new Event('beforeprint'));
  expect(drawn()).toBe(total);
  const box = strip.element();
  expect(box.scrollHeight).toBeLessThanOrEqual(box.clientHeight);
  expect(getComputedStyle(box).overflowY).toBe('visible');
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(718);

  const visible = (selector: string) =>
    [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility()).length;
  for (const away of ['#model', '#data', '#train', '#compare', '#sequences', 'button', 'header nav', '.grip'])
    expect(visible(away), away).toBe(0);
  expect(visible('#mask [data-part="mask.legend"] li')).toBeGreaterThan(1);
  // Which one it is, as nothing beside it says that.
  expect(document.querySelector('#mask .on-paper')?.textContent).toMatch(/^0: Oslo is rainy today/);
  expect(visible('#mask .on-paper')).toBe(1);

  // Black on white, also where the page is dark.
  const ink = getComputedStyle(document.querySelector('#mask .total') ?? document.body).color;
  expect(ink).toBe('rgb(0, 0, 0)');
  expect(getComputedStyle(document.querySelector('#mask') ?? document.body).backgroundColor).toBe(
    'rgb(255, 255, 255)',
  );
  const trained = getComputedStyle(document.querySelector('#mask [data-i][data-bar]') ?? document.body);
  expect(trained.printColorAdjust).toBe('exact');

  await media('');
  await page.viewport(1280, 900);
  dispatchEvent(new Event('afterprint'));
  // On the screen again, what is far from it need not be drawn.
  await expect.poll(drawn, { timeout: 20_000 }).toBeLessThan(total);
  expect(visible('#mask .on-paper')).toBe(0);
  expect(visible('#model')).toBe(1);
});

test('without a conversation the page itself, with nothing cut', async () => {
  const { screen } = await openPage();
  await media('print');
  const side = document.getElementById('side') ?? expect.fail('There is no column.');
  expect(side.checkVisibility()).toBe(true);
  expect(getComputedStyle(side).overflowY).toBe('visible');
  expect(getComputedStyle(side).maxHeight).toBe('none');
  await expect.element(screen.getByRole('heading', { name: /Mask/ })).toBeVisible();
});

test('a folded panel is printed, too', async () => {
  const { screen, session, layout } = await openPage();
  await importText(session, CHAT);
  const strip = screen.getByRole('listbox', { name: 'Tokens', exact: true });
  await expect.element(strip).toBeVisible();
  // Folded, it has no role to be found by.
  const box = strip.element();
  layout.fold('mask', true);
  await expect.poll(() => box.checkVisibility()).toBe(false);
  await media('print');
  expect(box.checkVisibility()).toBe(true);
});
