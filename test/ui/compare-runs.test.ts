/**
 * @file Any two runs in Compare: one choice, by which scores, the strip, texts, whole data sets and the report go.
 */
import axe from 'axe-core';
import { page } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { CHAT, importText, openPage, type Options } from './setup';

afterEach(() => page.viewport(1280, 900));

/** Three runs of which the weights are kept; the tuned ones are those of the third, which is not offered twice. */
async function openRuns(options: Options = {}) {
  const opened = await openPage({ step: 'compare', ...options });
  const { session, engine, screen } = opened;
  await importText(session, CHAT);
  engine.script = [...(session.mask.view?.encoded.ids.slice(-12, -1) ?? [])];
  const { runs } = session.train;
  for (let run = 0; run < 3; run++) {
    await session.startTraining();
    for (let i = 0; i < 40; i++) engine.advance();
    await expect.poll(() => runs.list[run]?.snapshots.length).toBe(1);
  }
  const labels = runs.list.map(({ name, snapshots }) => `${name}, step ${snapshots[0]?.step}`);
  const button = (name: string) => screen.getByRole('button', { name, exact: true });
  const choice = screen.getByRole('group', { name: 'Which models are compared' });
  const choose = async (before: string, after: string) => {
    const [first, second] = ['Compare', 'with'].map((name) => choice.getByRole('combobox', { name }));
    await first?.selectOptions(before);
    await second?.selectOptions(after);
    await expect.element(first ?? choice).toHaveDisplayValue(before);
    await expect.element(second ?? choice).toHaveDisplayValue(after);
  };
  const [first = '', second = ''] = labels;
  return { ...opened, runs, first, second, button, choice, choose };
}

describe('two kept runs', () => {
  test('are not offered before there is one', async () => {
    const { session, screen } = await openPage();
    await importText(session, CHAT);
    await expect.element(screen.getByText('original against tuned')).toBeVisible();
    await expect
      .element(screen.getByRole('group', { name: 'Which models are compared' }))
      .not.toBeInTheDocument();
  });

  test('write the same turn with the same seed, each with its own weights', async () => {
    const { screen, engine, runs, first, second, button, choose } = await openRuns();
    await choose(first, second);
    await expect.element(screen.getByText(`${first} against ${second}`)).toBeVisible();
    await button('Write both').click();
    await expect.element(screen.getByRole('region', { name: `${first}: text` })).toBeVisible();
    await expect.poll(() => engine.generated.length).toBe(2);
    const [a, b] = engine.generated;
    expect([a, b].map((request) => typeof request?.which === 'object' && request.which.values)).toEqual(
      runs.list.slice(0, 2).map(({ snapshots }) => snapshots[0]?.values),
    );
    expect(a?.prompt).toEqual(b?.prompt);
    expect(a?.options.seed).toBe(b?.options.seed);
    // Who wrote stays said, whatever is compared next.
    await expect.element(button('Write both')).toBeVisible();
    await choose('Original', second);
    await expect.element(screen.getByRole('region', { name: `${first}: text` })).toBeVisible();
  });

  test('are scored on the conversation and on the strip, token by token', async () => {
    const { session, screen, engine, first, second, choose } = await openRuns();
    await choose(first, second);
    const table = screen.getByRole('table', { name: /trained tokens in this conversation/ });
    await expect.element(table.getByRole('columnheader', { name: first })).toBeVisible();
    await expect.element(table.getByRole('columnheader', { name: second })).toBeVisible();
    const { source } = session.mask.view ?? {};
    await expect.poll(() => session.compare.comparedOf(source).tuned).toBeDefined();
    const { base = [], tuned = [] } = session.compare.comparedOf(source);
    expect(engine.calls.filter((call) => call === 'score kept')).toHaveLength(2);
    // Both were trained, and the second further: it finds more probable what is trained.
    const trained = [...session.mask.weights].flatMap((weight, i) => (weight && i ? [i] : []));
    expect(trained.length).toBeGreaterThan(0);
    expect(trained.every((i) => (tuned[i] ?? 0) > (base[i] ?? 0))).toBe(true);
    // What was measured of original and tuned is still known, and other checks read it.
    expect(session.compare.scoresOf(source).base).not.toEqual(base);
  });

  test('are measured over all conversations, and say when both are the same', async () => {
    const { screen, first, second, button, choose } = await openRuns();
    await choose(first, first);
    await expect
      .element(screen.getByText('Both are the same model; choose another above.').first())
      .toBeVisible();
    await expect.element(button('Measure 2 conversations')).toHaveAttribute('aria-disabled', 'true');
    await choose(first, second);
    await button('Measure 2 conversations').click();
    const table = screen.getByRole('table', { name: /in 2 conversations/ });
    await expect.element(table.getByRole('columnheader', { name: second })).toBeVisible();
    await expect
      .element(table.getByRole('row', { name: /^answer/ }))
      .toHaveTextContent(/\+0\.\d+\s*\d+%\s*0%$/);
  });

  test('are in one report with the original, each with its change', async () => {
    const { session, screen, engine, first, second, button, choose } = await openRuns();
    await choose('Original', first);
    await screen.getByRole('checkbox', { name: second }).click();
    await screen.getByRole('textbox', { name: 'Conversations', exact: true }).last().fill('2');
    await button('Measure 3 models').click();
    const table = screen.getByRole('table', { name: /Practice, unseen words and things, seed 900/ });
    await expect
      .element(table.getByRole('columnheader', { name: `Change of ${second}, in points` }))
      .toBeVisible();
    expect(session.report.outcome?.reports.map(({ name }) => name)).toEqual(['Original', first, second]);
    expect(engine.calls.filter((call) => call === 'generate kept').length).toBe(
      2 * (session.report.outcome?.turns ?? NaN),
    );
  });

  test('a run that is deleted gives its place to the usual one', async () => {
    const { session, screen, runs, first, choose } = await openRuns();
    await choose(first, 'Original');
    runs.delete(1);
    await expect
      .element(screen.getByRole('combobox', { name: 'Compare', exact: true }))
      .toHaveDisplayValue('Original');
    expect(session.compare.pair.models.base.weights).toBe('base');
  });
});

describe('to the eye', () => {
  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('axe, and nothing wider than the page (%s, %i px)', async (theme, width) => {
    await page.viewport(width, 900);
    const { screen, first, second, choose, button } = await openRuns({ theme });
    await choose(first, second);
    await screen.getByRole('checkbox', { name: 'Original' }).click();
    await screen.getByRole('textbox', { name: 'Conversations', exact: true }).last().fill('1');
    await button('Measure 3 models').click();
    await expect.element(screen.getByRole('table', { name: /Practice, unseen/ })).toBeVisible();
    const { violations } = await axe.run(document.getElementById('compare') ?? document.body, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  });
});
