/**
 * @file Compare of weights that more than one run trained, and of those whose run was deleted: what nobody knows any more is not
 * called trained.
 */
import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import TokenDetail from '../../src/ui/TokenDetail.svelte';
import { CHAT, importText, openPage } from './setup';

const DELETED = /^The run that trained these weights was deleted, and with it what is known/;

test('a run that was deleted leaves tokens of the mask, in both tables', async () => {
  const { session, engine, screen } = await openPage({ step: 'compare' });
  await importText(session, CHAT);
  session.train.objective.choose('grpo');
  await session.startTraining(true);
  engine.advance();
  await expect.poll(() => session.train.updates.length).toBe(1);
  await session.train.stop();
  await expect.poll(() => session.train.status).toBe('stopped');
  const panel = screen.getByRole('region', { name: 'Compare', exact: true });
  await expect.element(panel.getByText(/GRPO trained none of these tokens: a run on policy/)).toBeVisible();
  const [run] = session.train.runs.list;
  session.train.runs.delete(run?.id ?? NaN);
  await expect.element(panel.getByText(DELETED)).toBeVisible();
  const table = panel.getByRole('table', { name: /of the tokens that the mask has chosen in this conv/ });
  await expect.element(table.getByRole('rowheader', { name: 'all measured', exact: true })).toBeVisible();
  await session.measureChange();
  const all = panel.getByRole('table', { name: /of the tokens that the mask has chosen in 2 conversations/ });
  await expect.element(all.getByRole('rowheader', { name: 'all measured', exact: true })).toBeVisible();
  await expect.poll(() => panel.getByText(DELETED).elements().length).toBe(2);
  expect(panel.getByText('all trained', { exact: true }).elements()).toHaveLength(0);

  // Weights that were never trained need no such word.
  await session.resetWeights();
  await expect.element(panel.getByText('all trained', { exact: true }).first()).toBeVisible();
});

test('a run on policy after SFT: what SFT had trained is told, until it is deleted or lies on both sides', async () => {
  const { session, engine, screen } = await openPage({ step: 'compare' });
  await importText(session, CHAT);
  await session.startTraining();
  for (let i = 0; i < 40; i++) engine.advance();
  const { runs } = session.train;
  await expect.poll(() => runs.list[0]?.snapshots.length).toBe(1);
  session.train.objective.choose('grpo');
  await session.startTraining(true);
  engine.advance();
  await expect.poll(() => session.train.updates.length).toBe(31);
  const panel = screen.getByRole('region', { name: 'Compare', exact: true });
  const note = panel.getByText(
    'The change also contains steps 1 to 30 of SFT, which had trained this conversation by then.',
  );
  await expect.element(note).toBeVisible();
  await session.measureChange();
  await expect
    .element(
      panel.getByText(
        'The change also contains steps 1 to 30 of SFT, which had trained tokens of 2 of them by then.',
      ),
    )
    .toBeVisible();
  const id = `run ${runs.list[0]?.id} step 30`;
  await session.chooseCompared('base', id);
  await expect.element(note).not.toBeInTheDocument();
  await session.chooseCompared('base', 'base');
  await expect.element(note).toBeVisible();
  runs.delete(runs.list[0]?.id ?? NaN);
  await expect.element(note).not.toBeInTheDocument();
  await expect.element(panel.getByText(/^The change also contains a run that was deleted/)).toBeVisible();
});

test('two models of one name are both told of a token', async () => {
  const facts = ['−1.00', '−2.00'].map((value) => ({ label: 'Log-probability, SFT, step 30', value }));
  const detail = { index: 0, id: 1, kind: 'answer' as const, shown: 'a', facts };
  const screen = await render(TokenDetail, {
    id: 'd',
    detail,
    elementOf: () => undefined,
    onleave: () => {},
  });
  for (const { value } of facts) await expect.element(screen.getByText(value)).toBeInTheDocument();
});
