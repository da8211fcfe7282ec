/**
 * @file axe-core over the main views, in light and in dark, and on a narrow page.
 */
import axe from 'axe-core';
import { page } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeEngine } from './fakes';
import { CHAT, importText, openPage } from './setup';

afterEach(() => page.viewport(1280, 900));

async function violations(): Promise<string[]> {
  const { violations } = await axe.run(document.body, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  test('the empty page', async () => {
    await openPage({ theme });
    expect(await violations()).toEqual([]);
  });

  test('no WebGPU, a problem, the paste box', async () => {
    const engine = new FakeEngine();
    engine.loadError = { code: 'webgpu-missing', message: 'No WebGPU here.', remedy: 'Use another browser.' };
    const { screen, session } = await openPage({ theme, engine });
    await importText(session, 'just words', 'words.txt');
    await screen.getByRole('button', { name: 'Paste text' }).click();
    await expect.element(screen.getByRole('textbox', { name: /Conversations as JSON/ })).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  test('a lesson with its strip, a wrong weight, a paused run', async () => {
    const { screen, session } = await openPage({ theme });
    await session.openLesson('weights');
    await screen.getByRole('textbox', { name: 'Weight of end of turn' }).fill('x');
    await session.stepOnce();
    const train = screen.getByRole('region', { name: 'Train', exact: true });
    await expect.element(train.getByText(/^Step 1 of/)).toBeVisible();
    await screen.getByText('Last steps as a table').click();
    expect(await violations()).toEqual([]);
  });

  test('a run on policy: its charts, a completion opened, the list of runs', async () => {
    await page.viewport(390, 900);
    const { screen, session, engine } = await openPage({ theme, step: 'train' });
    await importText(session, CHAT);
    session.train.objective.choose('grpo');
    await session.startTraining(true);
    engine.advance();
    await screen
      .getByRole('button', { name: /think I know this/ })
      .first()
      .click();
    await expect.element(screen.getByRole('listbox', { name: 'Tokens of What is trained' })).toBeVisible();
    await screen.getByText('What it began with').click();
    expect(await violations()).toEqual([]);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(390);
  });

  test.each([1440, 390])('after training: change on the strip, both texts (%i px)', async (width) => {
    await page.viewport(width, 900);
    const { screen, session, engine, layout } = await openPage({ theme });
    await importText(session, CHAT);
    engine.script = [...(session.mask.view?.encoded.ids.slice(-12, -1) ?? [])];
    await session.startTraining();
    for (let i = 0; i < 30; i++) engine.advance();
    await expect.poll(() => session.compare.scoresOf(session.data.chosen).tuned).toBeDefined();
    await session.generate(1);
    await screen.getByText('Change', { exact: true }).first().click();
    expect(await violations()).toEqual([]);
    layout.show('compare');
    await expect.element(screen.getByRole('region', { name: 'Tuned: text' })).toHaveTextContent('Thursday');
    expect(await violations()).toEqual([]);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  });
});
