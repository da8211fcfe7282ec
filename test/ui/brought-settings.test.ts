/**
 * @file A link that brings settings says so once, with the way back to those that were there; a reload says nothing.
 */
import axe from 'axe-core';
import { page } from 'vitest/browser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import App from '../../src/App.svelte';
import '../../src/app.css';
import { Session } from '../../src/state/session.svelte';
import { ThemeState } from '../../src/state/theme.svelte';
import { SETTINGS_KEY, UrlState } from '../../src/state/url-state.svelte';
import { FakeEngine, FakeText } from './fakes';
import { CHAT, importText } from './setup';
import { tabStorage } from './tab-storage';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});
beforeEach(() => page.viewport(1440, 900));

/** The page of a tab at an address. */
async function openAt(query: string, storage = tabStorage(), returned = false) {
  const bar = { href: `https://losslight.test/page/${query}` };
  const [engine, text] = [new FakeEngine(), new FakeText()];
  engine.text = text;
  const session = new Session({ text, engine, base: new URL('/', location.href).href });
  const address = new UrlState(
    session,
    {
      href: () => bar.href,
      replace: (href) => (bar.href = new URL(href, bar.href).href),
      returned: () => returned,
    },
    storage,
  );
  const screen = await render(App, { session, theme: new ThemeState(document.documentElement), address });
  let there = true;
  const leave = async () => {
    if (!there) return;
    there = false;
    address.dispose();
    session.dispose();
    await screen.unmount();
  };
  open.push(() => void leave());
  await session.begin();
  const note = screen.getByRole('status').filter({ hasText: /^This link (?:set|changed)/ });
  return { screen, session, engine, address, bar, storage, leave, note };
}

/** What the tab noted of its settings. */
const noted = (storage: ReturnType<typeof tabStorage>) => storage.texts.get(SETTINGS_KEY);

test('on a page that is opened by it: which settings, and the defaults in their place', async () => {
  const { screen, session, note, bar, leave, storage } = await openAt('?mask=trl-assistant-only&steps=50');
  await expect
    .element(note)
    .toHaveTextContent('This link set 2 settings. Mask: TRL, assistant only; Steps: 50.');
  const { violations } = await axe.run(screen.container);
  expect(violations.map(({ id }) => id)).toEqual([]);
  await screen.getByRole('button', { name: 'Use the defaults' }).click();
  await expect.element(note).not.toBeInTheDocument();
  expect([session.train.drafts.steps, session.mask.preset?.name]).toEqual(['30', 'default']);
  await expect.poll(() => bar.href).toBe('https://losslight.test/page/');
  await expect.poll(() => noted(storage)).toBe('{}');
  await leave();
});

test('over settings of one’s own: what they were, and the way back; what was changed since is one’s own again', async () => {
  const mine = await openAt('?lr=0.002');
  mine.session.train.drafts = { ...mine.session.train.drafts, steps: '40', batchSize: '2' };
  await expect.poll(() => noted(mine.storage)).toBe('{"steps":"40","batch":"2","lr":"0.002"}');
  await mine.leave();

  const { screen, session, note, address } = await openAt('?steps=60&seed=5&epochs=2', mine.storage);
  await expect
    .element(note)
    .toHaveTextContent(/^This link changed 5 of your settings\. (?:[^;]+; ){3}and 2 more\.$/);
  await screen.getByText('All 5, and what they were before').click();
  await expect.element(screen.getByText('60 (yours was 40)')).toBeVisible();
  session.train.drafts = { ...session.train.drafts, seed: '9' };
  await expect.element(note).toHaveTextContent('This link changed 4 of your settings');
  await screen.getByRole('button', { name: 'Use mine again' }).click();
  await expect.element(note).not.toBeInTheDocument();
  expect(address.changed).toEqual({ lr: '0.002', steps: '40', batch: '2', seed: '9' });
});

test('it is said once: kept, not after a reload, nor where Back led to the page, nor of a plain address', async () => {
  const first = await openAt('?steps=50');
  await expect.element(first.note).toBeVisible();
  await first.screen.getByRole('button', { name: 'Keep these' }).click();
  await expect.element(first.note).not.toBeInTheDocument();
  expect(first.session.train.drafts.steps).toBe('50');
  await expect.poll(() => noted(first.storage)).toBe('{"steps":"50"}');
  await first.leave();
  for (const [query, returned] of [
    ['?steps=50', false],
    ['?steps=20', true],
    ['', false],
  ] as const) {
    const next = await openAt(query, tabStorage({ [SETTINGS_KEY]: '{"steps":"50"}' }), returned);
    expect(next.address.brought).toBeUndefined();
    await next.leave();
  }
});

test('in a lesson, whose settings are its own, it waits; a run takes the settings', async () => {
  const { session, engine, note, address } = await openAt('?steps=1');
  await session.openLesson('end-of-turn');
  await expect.poll(() => session.lessons.current?.id).toBe('end-of-turn');
  await expect.element(note).not.toBeInTheDocument();
  expect(address.brought).toBeDefined();
  await session.closeLesson();
  await expect.element(note).toHaveTextContent('This link set 1 setting. Steps: 1.');
  await importText(session, CHAT);
  await session.startTraining();
  await expect.element(note).not.toBeInTheDocument();
  expect(address.brought).toBeUndefined();
  engine.advance();
  await expect.poll(() => session.train.active).toBe(false);
});
