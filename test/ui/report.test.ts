/**
 * @file Compare over whole data sets: what changed by segment, and the tool-decision report.
 */
import axe from 'axe-core';
import { page } from 'vitest/browser';
import { describe, expect, test } from 'vitest';
import { CHAT, importText, openPage } from './setup';

async function violations(): Promise<string[]> {
  const { violations: found } = await axe.run(document.getElementById('compare') ?? document.body, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  });
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

async function openTrained() {
  const opened = await openPage();
  const { session, engine, screen } = opened;
  await importText(session, CHAT);
  // What every turn is answered with, whatever is asked.
  engine.script = [...(session.mask.view?.encoded.ids.slice(-12, -1) ?? [])];
  await session.startTraining();
  for (let i = 0; i < 30; i++) engine.advance();
  await expect.poll(() => session.train.active).toBe(false);
  return { ...opened, button: (name: string) => screen.getByRole('button', { name, exact: true }) };
}

describe('what changed', () => {
  test('says why not before training', async () => {
    const { session, screen } = await openPage();
    await importText(session, CHAT);
    await expect
      .element(screen.getByRole('button', { name: 'Measure 2 conversations' }))
      .toHaveAttribute('aria-disabled', 'true');
    await expect.element(screen.getByText('The change appears after training.').first()).toBeVisible();
  });

  test('by segment, and opens the conversation that changed most on the strip', async () => {
    const { session, screen, button, engine } = await openTrained();
    await button('Measure 2 conversations').click();
    const table = screen.getByRole('table', { name: /Mean log-probability .* in 2 conversations/ });
    await expect.element(table.getByRole('row', { name: /^all trained/ })).toBeVisible();
    await expect.element(table.getByRole('row', { name: /^answer/ })).toHaveTextContent(/100%\s*0%$/);
    const first = session.changed.outcome?.conversations[0]?.conversation ?? '';
    const { titles } = session.changed.outcome ?? {};
    expect(Object.values(titles ?? {})).toEqual(['What day follows Thursday?', 'Say 👍 or שלום']);
    await button(titles?.[first] ?? '').click();
    // The conversation is read and chosen first, then the strip is coloured.
    await expect.poll(() => session.mask.overlay).toBe('change');
    expect(session.data.chosen?.id).toBe(first);
    await session.stepOnce();
    engine.advance();
    await expect.element(screen.getByText('The weights have changed since this was measured.')).toBeVisible();
  });

  test('on a phone all of it is read without scrolling sideways', async () => {
    const { session, screen, layout } = await openTrained();
    await session.measureChange();
    layout.show('compare');
    await page.viewport(390, 844);
    const region = screen.getByRole('region', { name: 'Change by segment' });
    await expect.element(region).toBeVisible();
    const shares = region.getByText('100% of the tokens more probable, 0% less').first();
    await expect.element(shares).toBeVisible();
    const outside = () => region.element().scrollWidth - region.element().clientWidth;
    await expect.poll(outside).toBeLessThanOrEqual(0);
    await expect
      .poll(() =>
        region
          .getByRole('columnheader')
          .elements()
          .map(({ textContent }) => textContent),
      )
      .toEqual(['Segment', 'Tokens', 'Original', 'Tuned', 'Change']);
    expect(await violations()).toEqual([]);
    await page.viewport(1280, 900);
    await expect.element(shares).not.toBeVisible();
    await expect.poll(() => region.getByRole('columnheader').elements().length).toBe(7);
  });
});

describe('the tool-decision report', () => {
  test('measures both models on practice turns, and says what it found', async () => {
    await page.viewport(1440, 900);
    const { session, screen, button, engine, layout } = await openTrained();
    await screen.getByRole('textbox', { name: 'Conversations', exact: true }).last().fill('3');
    await button('Measure both').click();
    const table = screen.getByRole('table', { name: /Practice, unseen words and things, seed 900/ });
    await expect
      .element(table.getByRole('row', { name: /^Decision right Of all turns/ }).first())
      .toBeVisible();
    await expect.element(table.getByRole('columnheader', { name: 'Change, in points' })).toBeVisible();
    // Who never calls makes no false call and misses every call.
    await expect
      .element(table.getByRole('row', { name: /^Missed calls/ }))
      .toHaveTextContent(/100\.0%.*100\.0%/);
    // Both always do the same, so that no interval has a width.
    await expect
      .element(screen.getByText(/An interval without width says that no turn changed/))
      .toBeVisible();
    await expect
      .element(table.getByRole('row', { name: /^Missed calls/ }))
      .toHaveTextContent(/not told apart, of the same \d+ turns?/);
    expect(engine.calls.filter((call) => call === 'generate base').length).toBe(
      session.report.outcome?.turns,
    );
    expect(await violations()).toEqual([]);
    await page.viewport(390, 900);
    layout.show('compare');
    await expect.poll(() => document.documentElement.scrollWidth).toBeLessThanOrEqual(390);
    await page.viewport(1440, 900);
  });

  test('needs held-out conversations of one’s own, and can be stopped', async () => {
    const { session, screen, button } = await openTrained();
    await screen.getByRole('combobox', { name: 'Conversations of' }).selectOptions('own');
    await expect
      .element(screen.getByText('No conversation is held out; choose a share in Data.'))
      .toBeVisible();
    await expect.element(button('Measure both')).toHaveAttribute('aria-disabled', 'true');
    await screen.getByRole('combobox', { name: 'Conversations of' }).selectOptions('held-out-entities');
    await screen.getByRole('textbox', { name: 'Conversations', exact: true }).last().fill('0');
    await expect.element(screen.getByText('A whole number from 1 to 2000.')).toBeVisible();
    await screen.getByRole('textbox', { name: 'Conversations', exact: true }).last().fill('500');
    await button('Measure both').click();
    await button('Stop measuring').click();
    await expect.element(button('Measure both')).toBeVisible();
    expect(session.report.outcome).toBeUndefined();
  });
});
