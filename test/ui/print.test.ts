/**
 * @file The page on paper: the mask of the conversation, whole and alone, with its legend, black on white; or the open guide.
 */
import { cdp, page } from 'vitest/browser';
import { afterEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import App from '../../src/App.svelte';
import '../../src/print.css';
import { Session } from '../../src/state/session.svelte';
import { ThemeState } from '../../src/state/theme.svelte';
import { UrlState } from '../../src/state/url-state.svelte';
import { FakeEngine, FakeText } from './fakes';
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

test('only what is printed is drawn: of a narrow page its step, beside the mask nothing, and a folded mask', async () => {
  await page.viewport(390, 844);
  const { screen, session, layout } = await openPage();
  const { messages } = JSON.parse(LONG) as { messages: unknown[] };
  await importText(session, JSON.stringify({ messages: messages.slice(0, 20) }));
  const strip = screen.getByRole('listbox', { name: 'Tokens', exact: true });
  await expect.element(strip).toBeVisible();
  const box = strip.element();
  const total = session.mask.view?.encoded.ids.length ?? 0;
  const drawn = () => box.querySelectorAll('.t').length;
  await expect.poll(drawn).toBeGreaterThan(0);
  // Beside the mask there are sequences, whose strips are not on its paper.
  session.sequences.open = true;
  const beside = () => document.querySelectorAll('.t').length - drawn();
  await expect.poll(beside, { timeout: 20_000 }).toBeGreaterThan(0);
  /** What printing draws in addition: in the mask's strip, and beside it. Nothing is drawn meanwhile. */
  const drawnByPrinting = () => {
    const before = [drawn(), beside()] as const;
    dispatchEvent(new Event('beforeprint'));
    const more = [drawn() - before[0], beside() - before[1]];
    dispatchEvent(new Event('afterprint'));
    return { more, left: total - before[0] };
  };

  layout.show('data');
  await expect.poll(() => box.checkVisibility()).toBe(false);
  expect(drawnByPrinting().more).toEqual([0, 0]);

  layout.show('mask');
  await expect.poll(() => box.checkVisibility()).toBe(true);
  const open = drawnByPrinting();
  expect(open.left).toBeGreaterThan(0);
  expect(open.more).toEqual([open.left, 0]);
  await expect.poll(drawn, { timeout: 20_000 }).toBeLessThan(total);

  // Folded, it is printed as if it were open.
  await page.viewport(1280, 900);
  layout.fold('mask', true);
  await expect.poll(() => box.checkVisibility()).toBe(false);
  const folded = drawnByPrinting();
  expect(folded.left).toBeGreaterThan(0);
  expect(folded.more).toEqual([folded.left, 0]);
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

test('the guide in place of the page: all of it, with its sources', async () => {
  const text = new FakeText();
  const engine = new FakeEngine();
  engine.text = text;
  const session = new Session({ text, engine, base: new URL('/', location.href).href });
  const bar = { href: () => 'https://losslight.test/page/?guide', replace: () => {} };
  const address = new UrlState(session, bar);
  const theme = new ThemeState(document.documentElement, undefined);
  const screen = await render(App, { session, theme, address });
  await session.begin();
  const guide = screen.getByRole('dialog', { name: 'Guide' });
  await expect.element(guide.getByText(/1\.67, 1\.33, 1, 0\.67, 0\.33 instead of 1 each/)).toBeVisible();
  const dialog = guide.element();
  const shown = (selector: string) =>
    [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility()).length;
  /** A closed list of sources is in no role's tree. */
  const source = dialog.querySelector('details a') ?? expect.fail('There is no source.');
  expect(dialog.clientHeight).toBeLessThan(innerHeight);
  expect(source.checkVisibility()).toBe(false);

  await media('print');
  // On as many sheets as it takes.
  expect(dialog.clientHeight).toBeGreaterThan(3 * innerHeight);
  expect(dialog.querySelector('.answers')?.clientHeight).toBeGreaterThan(3 * innerHeight);
  expect(shown('#main')).toBe(0);
  expect(shown('dialog :is(nav, button, input)')).toBe(0);
  expect(shown('dialog article')).toBeGreaterThan(8);
  expect(source.checkVisibility()).toBe(true);
  address.dispose();
});
