/**
 * @file Back and Forward of the browser: dialogs close and the page behind them stays, a lesson leads back through its steps to the page,
 * and a narrow page goes back through its steps.
 */
import { page, userEvent } from 'vitest/browser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import App from '../../src/App.svelte';
import '../../src/app.css';
import { LayoutState } from '../../src/state/layout.svelte';
import { encodeFragment } from '../../src/state/fragment-codec';
import { historyEntry, noteInEntry } from '../../src/state/history-entry';
import { pageAddress } from '../../src/state/lesson-address';
import { Session } from '../../src/state/session.svelte';
import { ThemeState } from '../../src/state/theme.svelte';
import { UrlState } from '../../src/state/url-state.svelte';
import { FakeEngine, FakeText } from './fakes';
import { CHAT, conversationsOf, importText } from './setup';
import { tabStorage } from './tab-storage';

const home = location.href;
const open: (() => void)[] = [];
beforeEach(() => {
  // An entry of the test's own, with an address without a fragment.
  history.pushState(null, '', home);
});
afterEach(() => {
  for (const close of open.splice(0)) close();
  history.replaceState(null, '', home);
});

/** The page with the browser's own history; settings are not written into it. */
async function openPage(storage = tabStorage()) {
  const [engine, text] = [new FakeEngine(), new FakeText()];
  engine.text = text;
  const base = new URL('/', location.href).href;
  const session = new Session({ text, engine, base, lessons: { address: pageAddress(storage) } });
  const bar = { href: 'https://losslight.test/page/' };
  const address = new UrlState(session, {
    href: () => bar.href,
    replace: (href) => (bar.href = new URL(href, bar.href).href),
  });
  open.push(() => {
    address.dispose();
    // It hears of no other test's history.
    session.dispose();
  });
  const layout = new LayoutState();
  const screen = await render(App, {
    session,
    layout,
    address,
    theme: new ThemeState(document.documentElement),
  });
  await session.begin();
  return { screen, session, engine, layout, bar };
}

/** Goes back, and resolves when the browser is there. */
async function back(): Promise<void> {
  await travel(-1);
}

async function forward(): Promise<void> {
  await travel(1);
}

async function travel(by: number): Promise<void> {
  const there = new Promise((resolve) => addEventListener('popstate', resolve, { once: true }));
  history.go(by);
  await there;
}

test('on a phone Back goes through the steps to the first one; over a dialog it closes that, and the step stays', async () => {
  await page.viewport(390, 844);
  const { screen, layout, bar } = await openPage();
  expect(layout.step).toBe('data');
  const bars = screen.getByRole('navigation', { name: 'Page', exact: true });
  for (const step of ['Mask', 'Train', 'Compare'])
    await bars.getByRole('link', { name: new RegExp(step) }).click();
  await back();
  await expect.poll(() => layout.step).toBe('train');

  await screen.getByRole('button', { name: 'Guide' }).click();
  const guide = screen.getByRole('dialog', { name: 'Guide' });
  await expect.element(guide).toBeVisible();
  await expect.poll(() => bar.href).toContain('guide=1');
  await back();
  await expect.element(guide).not.toBeInTheDocument();
  await expect.poll(() => bar.href).not.toContain('guide');
  await expect.poll(() => [layout.step, location.hash]).toEqual(['train', '#train']);

  await screen.getByRole('button', { name: 'Share' }).click();
  const share = screen.getByRole('dialog', { name: 'Share' });
  await expect.element(share).toBeVisible();
  // Closed by its button it leaves no entry behind: Back is that of the steps again.
  await share.getByRole('button', { name: 'Close' }).click();
  await expect.element(share).not.toBeInTheDocument();
  await expect.poll(() => (history.state as { dialog?: string } | null)?.dialog).toBeUndefined();
  await back();
  await expect.poll(() => layout.step).toBe('mask');
  await back();
  await expect.poll(() => layout.step).toBe('data');
  await expect.poll(() => location.hash).toBe('');
});

test('Back closes the sheet of keys', async () => {
  await page.viewport(1280, 900);
  const { screen } = await openPage();
  await screen.getByRole('button', { name: 'Keys' }).click();
  const sheet = screen.getByRole('dialog', { name: 'Keys' });
  await expect.element(sheet).toBeVisible();
  await back();
  await expect.element(sheet).not.toBeInTheDocument();
});

test('after a dialog the focus is where it was, also where the address names a part of the page', async () => {
  await page.viewport(1280, 900);
  const { screen } = await openPage();
  for (const part of ['main', 'data']) {
    location.hash = part;
    for (const closeIt of [() => userEvent.keyboard('{Escape}'), back]) {
      const button = screen.getByRole('button', { name: 'Keys' });
      (button.element() as HTMLElement).focus();
      await userEvent.keyboard('{Enter}');
      const sheet = screen.getByRole('dialog', { name: 'Keys' });
      await expect.element(sheet).toBeVisible();
      await closeIt();
      await expect.element(sheet).not.toBeInTheDocument();
      await expect
        .poll(() => (history.state as { dialog?: string } | null)?.dialog, { timeout: 5000 })
        .toBeUndefined();
      // The browser gives the focus away a moment after it is back.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await expect.poll(() => [part, document.activeElement === button.element()]).toEqual([part, true]);
    }
  }
});

test('Back in a lesson closes it, Forward opens it again; one’s own conversations come back', async () => {
  await page.viewport(1440, 900);
  const { session } = await openPage();
  await importText(session, CHAT, 'mine.json');
  await session.openLesson('end-of-turn');
  await expect.poll(() => session.lessons.current?.id).toBe('end-of-turn');
  await expect.poll(() => location.search).toContain('lesson=end-of-turn');
  await back();
  await expect.poll(() => session.lessons.current).toBeUndefined();
  await expect.poll(() => location.search).not.toContain('lesson=');
  await expect
    .poll(() => conversationsOf(session).map(({ source }) => source.file), { timeout: 20_000 })
    .toEqual(['mine.json', 'mine.json']);
  // What is shown is one’s own, too.
  await expect.poll(() => session.mask.view?.source.source.file, { timeout: 20_000 }).toBe('mine.json');
  history.forward();
  await expect.poll(() => session.lessons.current?.id, { timeout: 20_000 }).toBe('end-of-turn');
  await session.closeLesson();
});

test('a lesson that was closed by its button is not opened again by an older entry of the history', async () => {
  await page.viewport(1440, 900);
  const { session } = await openPage();
  await session.openLesson('end-of-turn');
  await expect.poll(() => session.lessons.current?.id).toBe('end-of-turn');
  // Another part of the page was gone to in the lesson: that entry, and the one before it, name it.
  location.hash = 'data';
  await session.closeLesson();
  await expect.poll(() => session.lessons.current).toBeUndefined();
  await expect.poll(() => location.search).not.toContain('lesson=');
  await back();
  await expect.poll(() => location.search).not.toContain('lesson=');
  // Long enough for a lesson to open.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect([session.lessons.current, session.lessons.switching, session.lessons.coming]).toEqual([
    undefined,
    false,
    false,
  ]);
  expect(location.search).not.toContain('lesson=');
});

test('Back in a lesson of one’s own file closes it, though no address names it; a run keeps it', async () => {
  await page.viewport(1440, 900);
  const { session, screen } = await openPage();
  const text = await session.lessons.skeleton();
  await importText(session, text, 'mine.json');
  await expect.poll(() => session.lessons.current?.id).toBe('my-lesson');
  void session.startTraining();
  await expect.poll(() => session.train.status, { timeout: 20_000 }).toBe('running');
  await back();
  await expect
    .element(screen.getByRole('alert').filter({ hasText: 'A run is in progress' }).first())
    .toBeInTheDocument();
  expect(session.lessons.current?.id).toBe('my-lesson');
  await session.train.stop();
  await back();
  await expect.poll(() => session.lessons.current).toBeUndefined();
});

/** Presses a lesson's button and waits for the step of that number. */
async function press(screen: Awaited<ReturnType<typeof openPage>>['screen'], name: string, step: number) {
  const card = screen.getByRole('region', { name: 'The token that says stop' });
  await card.getByRole('button', { name, exact: true }).click();
  await expect.element(card.getByText(new RegExp(`^Step ${step} of \\d$`))).toBeVisible();
}

/** The steps of the open lesson that its history leads to. */
const stepOf = (session: Session) => {
  const { current } = session.lessons;
  return current && current.index + 1;
};

test('Back in a lesson goes to the step before, and from the first one out of it; Forward goes on', async () => {
  await page.viewport(1440, 900);
  const { session, screen } = await openPage();
  const before = history.length;
  await session.openLesson('end-of-turn');
  await expect.poll(() => stepOf(session)).toBe(1);
  await press(screen, 'Next', 2);
  await press(screen, 'Next', 3);
  const entries = history.length;
  expect(entries - before).toBe(3);
  await back();
  await expect.poll(() => stepOf(session)).toBe(2);
  const card = screen.getByRole('region', { name: 'The token that says stop' });
  await expect.element(card.getByRole('heading', { level: 3 })).toHaveFocus();
  history.forward();
  await expect.poll(() => stepOf(session)).toBe(3);
  // The lesson's own button is the same way: it leaves no entry behind that Back would have to go through.
  await press(screen, 'Back', 2);
  await press(screen, 'Back', 1);
  expect(history.length).toBe(entries);
  await back();
  await expect.poll(() => session.lessons.current).toBeUndefined();
  await expect.poll(() => location.search).not.toContain('lesson=');
  history.forward();
  await expect.poll(() => stepOf(session), { timeout: 20_000 }).toBe(1);
  await expect.poll(() => session.lessons.switching).toBe(false);
  history.forward();
  await expect.poll(() => stepOf(session)).toBe(2);
});

test('after a jump over steps the lesson’s button goes to the step before, and Back to where one was', async () => {
  await page.viewport(1440, 900);
  const { session, screen } = await openPage();
  await session.openLesson('end-of-turn');
  await expect.poll(() => stepOf(session)).toBe(1);
  await screen.getByRole('button', { name: /^Step 4: / }).click();
  await expect.poll(() => stepOf(session)).toBe(4);
  await press(screen, 'Back', 3);
  await back();
  await expect.poll(() => stepOf(session)).toBe(4);
  await back();
  await expect.poll(() => stepOf(session)).toBe(1);
});

/** Long enough for a lesson to open that must not. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 700));

/** Opens the lesson from an entry of the page and goes to its third step. */
async function openThird({ session, screen }: Awaited<ReturnType<typeof openPage>>) {
  noteInEntry({ step: 'train' });
  await session.openLesson('end-of-turn');
  await expect.poll(() => stepOf(session)).toBe(1);
  await press(screen, 'Next', 2);
  await press(screen, 'Next', 3);
}

async function closeByButton({ session, screen }: Awaited<ReturnType<typeof openPage>>) {
  await screen.getByRole('button', { name: 'Close the lesson' }).click();
  await expect.poll(() => session.lessons.current).toBeUndefined();
  await expect.poll(() => session.lessons.switching).toBe(false);
  await expect.poll(() => location.search).not.toContain('lesson=');
}

/** The page stays one without a lesson. */
async function expectNoLesson(session: Session) {
  await expect.poll(() => location.search).not.toContain('lesson=');
  await pause();
  expect([session.lessons.current, session.lessons.switching]).toEqual([undefined, false]);
  expect([location.search.includes('lesson='), historyEntry().lesson]).toEqual([false, undefined]);
}

test('the entries of a lesson that was closed by its button are those of the page, one after the other, back and forth', async () => {
  await page.viewport(1440, 900);
  const opened = await openPage();
  const { session } = opened;
  await openThird(opened);
  await back();
  await expect.poll(() => stepOf(session)).toBe(2);
  await closeByButton(opened);
  for (const there of [{}, { step: 'train', outside: true }]) {
    await back();
    await expectNoLesson(session);
    expect(historyEntry()).toEqual(there);
  }
  // Forward gets to the end, too: to the step after the one in which it was closed.
  const entries = [];
  for (let i = 0; i < 3; i++) {
    await forward();
    await expectNoLesson(session);
    entries.push(historyEntry());
  }
  expect(entries).toEqual([{}, {}, {}]);
});

test('a lesson that the address opened and that was closed: Back stays on the page, and leaves no lesson in the address', async () => {
  await page.viewport(1440, 900);
  history.replaceState({ step: 'compare' }, '', location.href);
  const address = new URL(location.href);
  address.searchParams.set('lesson', 'end-of-turn');
  history.pushState(null, '', address);
  const opened = await openPage();
  const { session, screen } = opened;
  await expect.poll(() => stepOf(session), { timeout: 20_000 }).toBe(1);
  await press(screen, 'Next', 2);
  await closeByButton(opened);
  await back();
  await expectNoLesson(session);
  // The entry below is another page’s.
  expect(historyEntry().step).toBeUndefined();
});

test('after a reload, too, Back does not open a lesson that was closed, and its address is that of the page', async () => {
  await page.viewport(1440, 900);
  const storage = tabStorage();
  const first = await openPage(storage);
  await openThird(first);
  await closeByButton(first);
  const reload = async ({ session, screen }: typeof first) => {
    session.dispose();
    await screen.unmount();
    return openPage(storage);
  };
  const second = await reload(first);
  await back();
  await expectNoLesson(second.session);
  // Come to by another page’s Back, the address names the lesson when the page begins.
  await second.screen.unmount();
  second.session.dispose();
  await back();
  expect(location.search).toContain('lesson=');
  const third = await openPage(storage);
  await expectNoLesson(third.session);
  // Asked for again it opens, and its entries are its own.
  await third.session.openLesson('end-of-turn');
  await expect.poll(() => third.session.lessons.current?.id).toBe('end-of-turn');
  await back();
  await expect.poll(() => third.session.lessons.current).toBeUndefined();
  await expect.poll(() => third.session.lessons.switching).toBe(false);
  await forward();
  await expect.poll(() => third.session.lessons.current?.id, { timeout: 20_000 }).toBe('end-of-turn');
});

test('what lies within a lesson in the history, as parts of the page and dialogs, is closed with it', async () => {
  await page.viewport(1440, 900);
  const storage = tabStorage();
  const first = await openPage(storage);
  await first.session.openLesson('end-of-turn');
  await expect.poll(() => stepOf(first.session)).toBe(1);
  await press(first.screen, 'Next', 2);
  // By an address that was written, and twice by a link of the page.
  location.hash = 'main';
  await expect.poll(() => historyEntry().lesson?.step).toBe(1);
  for (const part of ['#train', '#mask']) {
    (document.querySelector(`a[href="${part}"]`) as HTMLElement).click();
    await expect.poll(() => location.hash).toBe(part);
  }
  await first.screen.getByRole('button', { name: 'Keys' }).click();
  await expect.element(first.screen.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await back();
  await expect.element(first.screen.getByRole('dialog', { name: 'Keys' })).not.toBeInTheDocument();
  expect(stepOf(first.session)).toBe(2);
  await closeByButton(first);
  await first.screen.unmount();
  first.session.dispose();

  const { session } = await openPage(storage);
  for (const go of [forward, back, back, back, back, back]) {
    await go();
    await expectNoLesson(session);
  }
});

test('two quick clicks on the lesson’s Back go back one step', async () => {
  await page.viewport(1440, 900);
  const { session, screen } = await openPage();
  await session.openLesson('end-of-turn');
  await expect.poll(() => stepOf(session)).toBe(1);
  await press(screen, 'Next', 2);
  const card = screen.getByRole('region', { name: 'The token that says stop' });
  const button = card.getByRole('button', { name: 'Back', exact: true }).element() as HTMLElement;
  button.click();
  button.click();
  await expect.poll(() => stepOf(session)).toBe(1);
  await pause();
  expect([stepOf(session), location.search.includes('lesson=')]).toEqual([1, true]);
});

test('Back while Forward’s lesson still loads leaves it closed, and what lies ahead in the history stays', async () => {
  await page.viewport(1440, 900);
  const opened = await openPage();
  const { session } = opened;
  await openThird(opened);
  history.go(-3);
  await expect.poll(() => session.lessons.current).toBeUndefined();
  await expect.poll(() => session.lessons.switching).toBe(false);
  const entries = history.length;
  await forward();
  await back();
  await pause();
  await expect.poll(() => session.lessons.switching).toBe(false);
  expect([session.lessons.current, location.search.includes('lesson=')]).toEqual([undefined, false]);
  expect([historyEntry().outside, history.length]).toEqual([true, entries]);
  // Two quick ones forward: the step of the second.
  await forward();
  await forward();
  await expect.poll(() => stepOf(session), { timeout: 20_000 }).toBe(2);
  await pause();
  expect([stepOf(session), historyEntry().lesson?.step]).toEqual([2, 1]);
  await forward();
  await expect.poll(() => stepOf(session)).toBe(3);
});

test('Back to another lesson’s step during a run: the open lesson stays, and the address names it', async () => {
  await page.viewport(1440, 900);
  const { session, screen } = await openPage();
  await session.openLesson('end-of-turn');
  await expect.poll(() => stepOf(session)).toBe(1);
  await press(screen, 'Next', 2);
  await session.openLesson('weights');
  await expect.poll(() => session.lessons.current?.id).toBe('weights');
  await expect.poll(() => session.lessons.busy || session.lessons.switching).toBe(false);
  void session.startTraining();
  await expect.poll(() => session.train.status, { timeout: 20_000 }).toBe('running');
  await back();
  await expect.poll(() => location.search).toContain('lesson=weights');
  expect([session.lessons.current?.id, historyEntry().lesson?.id]).toEqual(['weights', 'weights']);
  await session.train.stop();
  await expect.poll(() => session.train.active).toBe(false);
  await back();
  await expect
    .poll(() => [session.lessons.current?.id, stepOf(session)], { timeout: 20_000 })
    .toEqual(['end-of-turn', 2]);
});

test('an entry whose lesson cannot be opened becomes one of the open lesson, and Back goes on from it', async () => {
  await page.viewport(1440, 900);
  const { session } = await openPage();
  const broken = new URL(location.href);
  broken.searchParams.set('lesson', 'there-is-none');
  history.pushState(null, '', broken);
  history.pushState(null, '', home);
  await session.openLesson('end-of-turn');
  await expect.poll(() => stepOf(session)).toBe(1);
  const entries = history.length;
  // Over the entry of the page.
  await travel(-2);
  await expect.poll(() => location.search, { timeout: 20_000 }).toContain('lesson=end-of-turn');
  expect([session.lessons.current?.id, history.length]).toEqual(['end-of-turn', entries]);
  await back();
  await expect.poll(() => session.lessons.current).toBeUndefined();
});

test('Forward to a lesson during a run, and “Stay”: the address names no lesson', async () => {
  await page.viewport(1440, 900);
  const { session } = await openPage();
  await importText(session, CHAT, 'mine.json');
  await session.openLesson('end-of-turn');
  await expect.poll(() => stepOf(session)).toBe(1);
  await back();
  await expect.poll(() => session.lessons.current).toBeUndefined();
  await expect.poll(() => session.lessons.switching).toBe(false);
  void session.startTraining();
  await expect.poll(() => session.train.status, { timeout: 20_000 }).toBe('running');
  await forward();
  await expect.poll(() => session.lessons.waiting).toBe(true);
  expect(location.search).toContain('lesson=');
  session.lessons.stay();
  expect([location.search.includes('lesson='), historyEntry().lesson]).toEqual([false, undefined]);
  await session.train.stop();
});

test('from a lesson that another one led to, Back leads to that one’s step', async () => {
  await page.viewport(1440, 900);
  const { session, screen } = await openPage();
  await session.openLesson('end-of-turn');
  await expect.poll(() => stepOf(session)).toBe(1);
  await press(screen, 'Next', 2);
  await session.openLesson('weights');
  await expect.poll(() => session.lessons.current?.id).toBe('weights');
  await back();
  await expect
    .poll(() => [session.lessons.current?.id, stepOf(session)], { timeout: 20_000 })
    .toEqual(['end-of-turn', 2]);
  await expect.poll(() => session.lessons.switching).toBe(false);
  await back();
  await expect.poll(() => stepOf(session)).toBe(1);
  await back();
  await expect.poll(() => session.lessons.current).toBeUndefined();
});

test('Back and Forward over a lesson bring tuned weights back each time', async () => {
  await page.viewport(1440, 900);
  const { session, engine } = await openPage();
  await importText(session, CHAT, 'mine.json');
  session.train.drafts = { ...session.train.drafts, steps: '2', epochs: '0' };
  await session.startTraining();
  for (let i = 0; i < 2; i++) engine.advance();
  await expect.poll(() => session.train.runs.current?.snapshots.length).toBe(1);
  await session.openLesson('weights');
  expect(session.train.runs.head).toBeUndefined();
  await back();
  await expect.poll(() => session.train.runs.head, { timeout: 20_000 }).toEqual({ run: 1, step: 2 });
  await expect.poll(() => session.lessons.switching).toBe(false);
  history.forward();
  await expect.poll(() => session.lessons.current?.id, { timeout: 20_000 }).toBe('weights');
  await expect.poll(() => session.train.runs.head).toBeUndefined();
  await expect.poll(() => session.lessons.switching).toBe(false);
  await back();
  await expect.poll(() => session.train.runs.head, { timeout: 20_000 }).toEqual({ run: 1, step: 2 });
  await expect.poll(() => conversationsOf(session).length).toBe(2);
});

/** What follows `#` in a link that holds a lesson like a shipped one. */
async function linkOf(others: { id?: string; summary?: string } = {}): Promise<string> {
  const lesson = (await (await fetch('/lessons/end-of-turn.json')).json()) as Record<string, never>;
  return `lesson=${await encodeFragment({ ...lesson, ...others })}`;
}

/** The lesson of a link has been opened, and nothing comes or goes. */
async function expectOpen({ lessons }: Session, summary: string) {
  await expect.poll(() => lessons.current?.lesson.summary, { timeout: 20_000 }).toBe(summary);
  await expect.poll(() => lessons.switching || lessons.busy).toBe(false);
}

test('a lesson’s link that is pasted into the open page: Back leads out of the lesson, from its parts, too, and Forward into it', async () => {
  await page.viewport(1440, 900);
  const { session, screen } = await openPage();
  await importText(session, CHAT, 'mine.json');
  location.hash = await linkOf({ id: 'sent', summary: 'Sent.' });
  await expectOpen(session, 'Sent.');
  await expect.poll(() => historyEntry().lesson?.id).toBe('sent');
  await press(screen, 'Next', 2);
  // A part of the page is within the lesson.
  location.hash = 'main';
  await expect.poll(() => historyEntry().lesson?.step).toBe(1);
  await pause();
  expect(stepOf(session)).toBe(2);
  await back();
  await expect.poll(() => location.hash).toContain('#lesson=');
  await back();
  await expect.poll(() => stepOf(session)).toBe(1);
  await back();
  await expect.poll(() => session.lessons.current).toBeUndefined();
  await expect
    .poll(() => conversationsOf(session).map(({ source }) => source.file), { timeout: 20_000 })
    .toEqual(['mine.json', 'mine.json']);
  await pause();
  expect([session.lessons.current, location.hash]).toEqual([undefined, '']);
  await forward();
  await expectOpen(session, 'Sent.');
  await back();
  await expect.poll(() => session.lessons.current).toBeUndefined();
});

test.each(['?lesson=end-of-turn', '#'])(
  'Back to an entry of which nothing is known leads out of a lesson (%s)',
  async (address) => {
    await page.viewport(1440, 900);
    // As of a visit that the browser took up again, or from before the page watched.
    history.pushState(null, '', home);
    history.pushState(null, '', address === '#' ? `#${await linkOf()}` : address);
    const { session } = await openPage();
    await expect.poll(() => session.lessons.current?.id, { timeout: 20_000 }).toBe('end-of-turn');
    await expect.poll(() => session.lessons.switching || session.lessons.busy).toBe(false);
    await back();
    await expect.poll(() => session.lessons.current).toBeUndefined();
    await pause();
    expect([session.lessons.current, historyEntry().lesson]).toEqual([undefined, undefined]);
  },
);

test('from a pasted lesson Back leads to the one before, though both have the same id, and from that to the page', async () => {
  await page.viewport(1440, 900);
  const { session, screen } = await openPage();
  location.hash = await linkOf({ summary: 'One.' });
  await expectOpen(session, 'One.');
  await press(screen, 'Next', 2);
  location.hash = await linkOf({ summary: 'Two.' });
  await expectOpen(session, 'Two.');
  await back();
  await expectOpen(session, 'One.');
  await expect.poll(() => stepOf(session)).toBe(2);
  await back();
  await expect.poll(() => stepOf(session)).toBe(1);
  await back();
  await expect.poll(() => session.lessons.current).toBeUndefined();
  await expect.poll(() => location.hash).toBe('');
});

test('a pasted lesson that was closed by its button: Back leads to the page as it was, and does not open it again', async () => {
  await page.viewport(1440, 900);
  const opened = await openPage();
  const { session } = opened;
  location.hash = await linkOf({ summary: 'One.' });
  await expectOpen(session, 'One.');
  await closeByButton(opened);
  expect(location.hash).toBe('');
  for (const go of [back, forward]) {
    await go();
    await pause();
    expect([session.lessons.current, location.hash]).toEqual([undefined, '']);
  }
});

test('a broken lesson’s link in the history says what is wrong each time, opens nothing, and Back goes on from it', async () => {
  await page.viewport(1440, 900);
  const { session, screen } = await openPage();
  const broken = (await linkOf()).slice(0, -40);
  const told = screen.getByRole('alert').filter({ hasText: 'The lesson could not be opened' }).first();
  location.hash = broken;
  await expect.element(told).toHaveTextContent(/The link cannot be read: it .*cut off/);
  await expect.element(told).toHaveTextContent(/Copy the whole link again/);
  expect(session.lessons.current).toBeUndefined();
  // Out of it, and into it again from a page whose messages were dismissed.
  await back();
  await expect.poll(() => location.hash).toBe('');
  session.data.dismiss();
  await expect.element(told).not.toBeInTheDocument();
  await forward();
  await expect.element(told).toHaveTextContent(/The link cannot be read/);
  await back();
  await pause();
  expect([session.lessons.current, location.hash]).toEqual([undefined, '']);

  // Over an open lesson that stays, and whose entry it becomes.
  session.data.dismiss();
  location.hash = await linkOf({ summary: 'One.' });
  await expectOpen(session, 'One.');
  await expect.poll(() => historyEntry().lesson?.step).toBe(0);
  location.hash = broken;
  await expect.element(told).toHaveTextContent(/The link cannot be read/);
  await expect.poll(() => historyEntry().lesson?.step).toBe(0);
  expect(session.lessons.current?.lesson.summary).toBe('One.');
  await back();
  await pause();
  expect(session.lessons.current?.lesson.summary).toBe('One.');
  await back();
  await expect.poll(() => session.lessons.current).toBeUndefined();
  await expect.poll(() => location.hash).toBe('');
});
