/**
 * @file axe-core, light and dark, over the states of the page that something else than the main flow leads to: what failed, what is
 * waited for, what the address brought, and the forms that are folded away. The main views are in axe.test.ts, and what is
 * part of one view only in that view's file.
 */
import axe from 'axe-core';
import { page } from 'vitest/browser';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import App from '../../src/App.svelte';
import { packFragment } from '../../src/state/fragment-codec';
import { OfflineState } from '../../src/state/offline.svelte';
import { Session } from '../../src/state/session.svelte';
import { ThemeState } from '../../src/state/theme.svelte';
import { UrlState } from '../../src/state/url-state.svelte';
import ExperimentView from '../../src/ui/ExperimentView.svelte';
import { readTokenizer } from './chat-support';
import { FakeEngine, FakeText } from './fakes';
import { CHAT, importText, openPage } from './setup';

afterEach(() => page.viewport(1280, 900));

async function violations(): Promise<string[]> {
  // A control that is half scrolled away, or half under the sticky header, is too small a target.
  scrollTo(0, 0);
  const { violations } = await axe.run(document.body, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

/** Opens all that is folded within, part by part: what is inside may fold, too. */
async function unfold(within: string): Promise<void> {
  for (let round = 0; round < 3; round++) {
    for (const details of document.querySelectorAll<HTMLDetailsElement>(`${within} details:not([open])`))
      details.open = true;
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  test('data: the form of practice data, held out, options, changes, problems', async () => {
    const { screen, session } = await openPage({ theme });
    await importText(session, CHAT);
    await importText(session, '{"messages": []}', 'empty.json');
    await expect.element(screen.getByRole('list', { name: 'Problems' })).toBeVisible();
    await screen.getByRole('button', { name: 'Make practice data' }).click();
    await expect.element(screen.getByText(/^Tools \(/)).toBeVisible();
    session.data.setSplit({ share: 0.5, seed: 1 });
    await unfold('#data');
    await expect.element(screen.getByRole('button', { name: 'OpenAI JSONL' })).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  test('data: a file that is being read', async () => {
    const { screen, session, text } = await openPage({ theme });
    const release = text.hold('import');
    const importing = importText(session, CHAT);
    await expect.element(screen.getByRole('progressbar', { name: 'Reading' })).toBeVisible();
    expect(await violations()).toEqual([]);
    release();
    await importing;
  });

  test('mask: a template that fails', async () => {
    const { screen, session, text } = await openPage({ theme });
    text.failures.set('inspect', { code: 'bad', message: 'The template failed.', remedy: 'Correct it.' });
    await importText(session, CHAT);
    await expect.element(screen.getByRole('alert')).toHaveTextContent(/The template failed/);
    expect(await violations()).toEqual([]);
  });

  test('training: every setting open, wrong ones among them, by reward and from preferences', async () => {
    const { screen, session } = await openPage({ theme });
    await importText(session, CHAT);
    for (const kind of ['dpo', 'grpo'] as const) {
      session.train.objective.choose(kind);
      await unfold('#train');
      await screen.getByRole('textbox', { name: 'Learning rate', exact: true }).fill('much');
      await expect.element(screen.getByText(/Learning rate must be/).first()).toBeVisible();
      expect(await violations()).toEqual([]);
    }
  });

  test.each([1280, 390])('training: a run that diverges, kept with its weights (%i px)', async (width) => {
    await page.viewport(width, 900);
    const { screen, session, engine } = await openPage({ theme, step: 'train' });
    const emit = engine.emit.bind(engine);
    engine.emit = (event) =>
      emit(
        event.type === 'step'
          ? { ...event, report: { ...event.report, loss: 2 + 3 * event.report.step } }
          : event,
      );
    await importText(session, CHAT);
    session.train.drafts = { ...session.train.drafts, steps: '5' };
    await session.startTraining();
    for (let i = 0; i < 5; i++) engine.advance();
    await expect.element(screen.getByRole('heading', { name: /diverges/ })).toBeVisible();
    await expect.element(screen.getByRole('button', { name: 'Save tuned model' })).toBeVisible();
    await expect.poll(() => session.train.runs.list[0]?.snapshots.length).toBe(1);
    await unfold('#train');
    expect(await violations()).toEqual([]);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    // Its way back: the weights as they were, and a tenth of the rate.
    const rate = Number(session.train.drafts.learningRate);
    await screen
      .getByRole('button', { name: /^Reset/ })
      .last()
      .click();
    await expect.poll(() => session.train.updates.length).toBe(0);
    await expect.poll(() => Number(session.train.drafts.learningRate)).toBeCloseTo(rate / 10, 12);
  });

  test('training: the device is lost in a run', async () => {
    const { screen, session, engine } = await openPage({ theme });
    await importText(session, CHAT);
    await session.startTraining();
    engine.advance();
    await expect.poll(() => session.train.updates.length).toBe(1);
    await engine.loseDevice();
    await expect.element(screen.getByRole('button', { name: 'Restart the engine' })).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  test('compare: what changed in all conversations, and the report', async () => {
    const { screen, session, engine } = await openPage({ theme });
    await importText(session, CHAT);
    await session.startTraining();
    for (let i = 0; i < 30; i++) engine.advance();
    await expect.poll(() => session.compare.scoresOf(session.data.chosen).tuned).toBeDefined();
    await session.measureChange();
    await screen.getByRole('textbox', { name: 'Conversations', exact: true }).last().fill('3');
    await screen.getByRole('button', { name: 'Measure both' }).click();
    await expect.element(screen.getByRole('table', { name: /Practice, unseen/ })).toBeVisible();
    await unfold('#compare');
    expect(await violations()).toEqual([]);
  });

  test('compare: the chat with one model and with two, and what both wrote with the thinking open', async () => {
    const { screen, session, engine } = await openPage({ theme, step: 'compare' });
    await importText(session, CHAT);
    const { says } = await readTokenizer();
    engine.scripts.push(says('Friday.'), says('Monday.'));
    await screen.getByRole('button', { name: 'Write both' }).click();
    await expect.element(screen.getByText(/ended its turn/).nth(1)).toBeVisible();
    await unfold('#compare');
    await screen.getByRole('button', { name: 'Open the chat' }).click();
    const field = screen.getByRole('textbox', { name: /^Say/ });
    await field.fill('What day follows Thursday?');
    // Landmarks have names of their own, beside those of the panels.
    expect(await violations()).toEqual([]);
    engine.scripts.push(says('Friday.'));
    await screen.getByRole('button', { name: 'Send', exact: true }).click();
    const chat = screen.getByRole('region', { name: 'Chat', exact: true });
    await expect.element(chat.getByRole('listbox', { name: /^Answer of .*Friday/ })).toBeVisible();
    await expect.poll(() => session.chat.writing).toBe(false);
    expect(await violations()).toEqual([]);
    await screen.getByRole('button', { name: 'Compare with another model' }).click();
    await expect.element(screen.getByText(/Both have the same conversation/)).toBeVisible();
    expect(await violations()).toEqual([]);
    engine.scripts.push(says('Saturday.'), says('Sunday.'));
    await field.fill('And then?');
    await screen.getByRole('button', { name: 'Send', exact: true }).click();
    await expect.element(screen.getByText(/From message 4 on the two conversations differ/)).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  test('an experiment before it begins, and a definition that is wrong', async () => {
    const themes = new ThemeState(document.documentElement, undefined);
    if (themes.current !== theme) themes.toggle();
    const screen = await render(ExperimentView, { model: new URL('/models/pocket/', location.href).href });
    onTestFinished(() => void screen.unmount());
    await expect.element(screen.getByRole('region', { name: 'What it compares' })).toBeVisible();
    const choose = screen.getByLabelText('Open a definition or a log…');
    // What is kept of it is read after it is shown; nobody can choose a file before that.
    await expect.element(choose).toBeEnabled();
    const input = choose.element() as HTMLInputElement;
    const files = new DataTransfer();
    files.items.add(new File(['{"name": 1}'], 'wrong.json'));
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    await expect.element(screen.getByRole('alert')).toBeVisible();
    await unfold('body');
    const { violations: found } = await axe.run(document.body, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag22aa'],
    });
    expect(found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  });

  test('an address that does not hold, what a link brought, and a new version of the page', async () => {
    const home = location.href;
    onTestFinished(() => history.replaceState(null, '', home));
    const parts = [{ name: 'x', conversations: [{ id: 'a', messages: [{ role: 'user', content: 'Hi' }] }] }];
    history.replaceState(null, '', `#share=${await packFragment({ losslightPage: 1, parts })}`);
    const [text, engine] = [new FakeText(), new FakeEngine()];
    engine.text = text;
    const session = new Session({ text, engine, base: new URL('/', home).href });
    const address = new UrlState(session, {
      href: () => 'https://losslight.test/?steps=0',
      replace: (href) => {
        if (!href.includes('#')) history.replaceState(null, '', '#');
      },
    });
    onTestFinished(() => address.dispose());
    const waiting = { postMessage: () => {} };
    const registration = { waiting, active: {}, installing: null, addEventListener: () => {} };
    const container = { controller: {}, addEventListener: () => {}, register: async () => registration };
    const offline = new OfflineState(container as unknown as ServiceWorkerContainer, () => {});
    await offline.begin('./service-worker.js');
    const themes = new ThemeState(document.documentElement, undefined);
    if (themes.current !== theme) themes.toggle();
    const screen = await render(App, { session, theme: themes, address, offline });
    await session.begin();
    await screen.getByRole('button', { name: 'Open it' }).click();
    await expect.element(screen.getByText('Opened the link.')).toBeVisible();
    await expect.element(screen.getByText(/1 part of the address does not hold/)).toBeVisible();
    await expect.element(screen.getByText('A new version of this page is here.')).toBeInTheDocument();
    expect(await violations()).toEqual([]);
  });
});
