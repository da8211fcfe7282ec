/**
 * @file What a screen reader says by itself: that something began, rests or ended, and totals; never each step, each token
 * or each row of a long work.
 */
import { page, userEvent } from 'vitest/browser';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { CHAT, importText, openPage } from './setup';

afterEach(() => page.viewport(1280, 900));

const LIVE = '[role="status"], [role="alert"], [role="log"], [aria-live="polite"], [aria-live="assertive"]';

/** What live regions say from now on, one entry for each time that the text of one changed. */
function listen(): { said: string[]; to: (act: () => unknown) => Promise<string[]> } {
  const said: string[] = [];
  const last = new Map<Element, string>();
  const read = (region: Element) => region.textContent?.replace(/\s+/g, ' ').trim() ?? '';
  for (const region of document.querySelectorAll(LIVE)) last.set(region, read(region));
  const take = (records: readonly MutationRecord[]) => {
    const changed = new Set<Element>();
    for (const { target, addedNodes } of records) {
      const at = target instanceof Element ? target : target.parentElement;
      const region = at?.closest(LIVE);
      if (region) changed.add(region);
      for (const added of addedNodes)
        if (added instanceof Element) {
          if (added.matches(LIVE)) changed.add(added);
          for (const inner of added.querySelectorAll(LIVE)) changed.add(inner);
        }
    }
    for (const region of changed) {
      const text = read(region);
      if (!region.isConnected || last.get(region) === text) continue;
      last.set(region, text);
      if (text) said.push(text);
    }
  };
  const observer = new MutationObserver(take);
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  onTestFinished(() => observer.disconnect());
  const to = async (act: () => unknown) => {
    const before = said.length;
    await act();
    // What follows from it is drawn in a later turn.
    await new Promise((resolve) => setTimeout(resolve, 150));
    take(observer.takeRecords());
    return said.slice(before);
  };
  return { said, to };
}

test('a run of 120 steps says some ten times where it is, and no step by itself', async () => {
  const { session, engine, screen } = await openPage();
  await importText(session, CHAT);
  await screen.getByRole('textbox', { name: 'Steps', exact: true }).fill('120');
  const { said, to } = listen();
  const heard = await to(async () => {
    await session.startTraining();
    for (let i = 0; i < 120; i++) {
      engine.advance();
      // As they would come: each is drawn before the next.
      if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await expect.poll(() => session.train.status).toBe('finished');
    await expect.poll(() => said).toContain('The run has ended after 120 steps.');
  });
  const ofSteps = heard.filter((text) => /\d+ of 120 steps done/.test(text));
  expect(ofSteps.length).toBeGreaterThan(5);
  expect(ofSteps.length).toBeLessThanOrEqual(10);
  expect(heard).toContain('The run has begun: 120 steps.');
  expect(heard).toContain('The run has ended after 120 steps.');
  // All else that a run may say: what it prepares, what it takes, what was measured in the end.
  expect(heard.length, heard.join('\n')).toBeLessThanOrEqual(20);
}, 120_000);

test('it speaks on a phone too, whichever step is shown', async () => {
  await page.viewport(390, 844);
  const { session, engine, layout } = await openPage({ step: 'train' });
  await importText(session, CHAT);
  const { said, to } = listen();
  layout.show('mask');
  await to(async () => {
    await session.startTraining();
    engine.advance();
  });
  await expect.poll(() => said).toContain('The run has begun: 30 steps.');
});

test('importing 300 conversations says totals: how many came, what was found', async () => {
  const { session } = await openPage();
  const records = Array.from({ length: 300 }, (_, i) => ({
    messages: [
      { role: 'user', content: `Question ${i}?` },
      { role: 'assistant', content: `Answer ${i}.` },
    ],
  }));
  const { to } = listen();
  const heard = await to(async () => {
    await importText(session, JSON.stringify(records));
    await expect.poll(() => session.data.list.length).toBe(300);
    await expect.poll(() => session.data.tallies.totals.counted, { timeout: 20_000 }).toBe(300);
  });
  expect(heard.length, heard.join('\n')).toBeLessThanOrEqual(12);
}, 60_000);

test('setting weights by hand says how many tokens, and reads none of them out', async () => {
  const { session, screen } = await openPage();
  await importText(session, CHAT);
  const strip = screen.getByRole('listbox', { name: 'Tokens', exact: true });
  await expect.element(strip).toBeVisible();
  const first = () => strip.element().querySelector<HTMLElement>('[data-i="0"]');
  await expect.poll(first).not.toBeNull();
  first()?.focus();
  const { said, to } = listen();
  const heard = await to(async () => {
    await userEvent.keyboard('{Shift>}{ArrowRight}{ArrowRight}{ArrowRight}{/Shift}');
    await userEvent.keyboard('t');
    const tokens = session.mask.view?.encoded.ids.length ?? 0;
    await expect.poll(() => said.some((text) => text.includes(`of ${tokens} tokens are trained`))).toBe(true);
  });
  expect(heard.length, heard.join('\n')).toBeLessThanOrEqual(6);
});

test('no token and no growing text is in a live region', async () => {
  const { session, screen, engine } = await openPage({ step: 'compare' });
  await importText(session, CHAT);
  engine.script = [...(session.mask.view?.encoded.ids.slice(-12, -1) ?? [])];
  await screen.getByRole('button', { name: 'Open the chat' }).click();
  await expect.element(screen.getByRole('textbox', { name: /^Say/ })).toBeVisible();
  const { to } = listen();
  const heard = await to(async () => {
    await screen.getByRole('textbox', { name: /^Say/ }).fill('Hello');
    await screen.getByRole('button', { name: 'Send' }).click();
    await expect.poll(() => session.chat.writing, { timeout: 20_000 }).toBe(false);
  });
  expect(heard.length, heard.join('\n')).toBeLessThanOrEqual(3);
  for (const region of document.querySelectorAll(LIVE))
    expect(region.querySelector('[role="listbox"], [role="option"], [data-i]'), region.outerHTML).toBeNull();
}, 60_000);
