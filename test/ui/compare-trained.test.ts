/**
 * @file Compare after a run: it measures what the run trained, whatever the page is set to since, and of a run on policy it leads
 * with what that was rewarded for.
 */
import axe from 'axe-core';
import { expect, test } from 'vitest';
import { CHAT, importText, openPage } from './setup';

const violations = async () => {
  const { violations: found } = await axe.run(document.getElementById('compare') ?? document.body, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  });
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
};

test('a knob that is turned after the run changes neither headline nor table, and that is said', async () => {
  const { session, engine, screen } = await openPage({ step: 'compare' });
  await importText(session, CHAT);
  session.train.division = { strategy: 'fork', truncate: 'end' };
  await session.startTraining();
  for (let i = 0; i < 40; i++) engine.advance();
  const table = screen.getByRole('table', {
    name: /divided and masked as in SFT: Merge and fork, 1 sequence$/,
  });
  await expect.element(table).toBeVisible();
  const headline = () => screen.getByRole('link', { name: /^Compare/ }).element().textContent;
  const before = [table.element().textContent, headline()];
  expect(before[1]).toMatch(/\+\d/);
  const said = screen.getByText(/^The page is set to another mask or division now\. This still is what SFT/);
  expect(said.elements()).toHaveLength(0);

  session.mask.setRule('answer', { train: false, weight: 1 });
  session.train.division = { strategy: 'whole', truncate: 'end' };
  await expect.element(said).toBeVisible();
  expect([table.element().textContent, headline()]).toEqual(before);
  expect(await violations()).toEqual([]);
});

test('a run on policy leads with reward and decisions', async () => {
  const { session, engine, screen } = await openPage({ step: 'compare' });
  await importText(session, CHAT);
  session.train.objective.choose('grpo');
  await session.startTraining(true);
  for (let i = 0; i < 2; i++) {
    engine.advance();
    await expect.poll(() => session.train.updates.length).toBe(i + 1);
  }
  const table = screen.getByRole('table', { name: /^What GRPO was rewarded for: .* 1 step, of 2$/ });
  const [first, last] = session.train.updates.map(({ metrics }) =>
    metrics?.reward?.toFixed(3).replace('-', '−'),
  );
  await expect
    .element(table.getByRole('row', { name: /^Reward/ }))
    .toHaveTextContent(new RegExp(`Reward\\s*${first}\\s*${last}`));
  await expect.element(screen.getByRole('link', { name: /^Compare.*reward .* → / })).toBeVisible();
  await expect.element(screen.getByText(/as recorded\. GRPO did not train them/)).toBeVisible();
  expect(await violations()).toEqual([]);
});
