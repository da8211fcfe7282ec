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
  await expect.poll(headline).toMatch(/\+\d/);
  const before = [table.element().textContent, headline()];
  const said = screen.getByText(/^The page is set to another mask or division now\. This still is what SFT/);
  expect(said.elements()).toHaveLength(0);

  session.mask.setRule('answer', { train: false, weight: 1 });
  session.train.division = { strategy: 'whole', truncate: 'end' };
  await expect.element(said).toBeVisible();
  expect([table.element().textContent, headline()]).toEqual(before);
  expect(await violations()).toEqual([]);
});

test('a run on pairs shows both completions apart, and nothing of a conversation that it left out', async () => {
  const { session, engine, screen } = await openPage({ step: 'compare' });
  const turn = (role: string, content: string) => ({ role, content });
  const pair = {
    prompt: [turn('user', 'One?'), turn('assistant', 'First.'), turn('user', 'Two?')],
    chosen: [turn('assistant', 'Second.')],
    rejected: [turn('assistant', 'No idea.')],
  };
  const plain = { messages: [turn('user', 'Hi'), turn('assistant', 'Hello.')] };
  await importText(session, [pair, plain].map((record) => JSON.stringify(record)).join('\n'));
  session.train.objective.choose('dpo');
  await session.startTraining();
  for (let i = 0; i < 40; i++) engine.advance();
  const table = screen.getByRole('table', {
    name: /its chosen and its rejected completion alone, masked as in DPO$/,
  });
  await expect.element(table).toBeVisible();
  const headers = [...table.element().querySelectorAll('th[scope="rowgroup"]')];
  expect(headers.map(({ textContent }) => textContent)).toEqual(['Chosen completion', 'Rejected completion']);
  // Chromium tells of a row's headers alone, so that each row says under which completion it stands.
  for (const name of ['Chosen completion: all trained', 'Rejected completion: all trained'])
    await expect.element(table.getByRole('rowheader', { name, exact: true })).toBeVisible();
  await expect.element(screen.getByRole('link', { name: /^Compare.*chosen .*, rejected / })).toBeVisible();
  expect(await violations()).toEqual([]);
  await session.choose(session.data.list.id(1));
  await expect
    .element(
      screen.getByText('DPO trains no token of this conversation. It has no chosen and rejected completion.'),
    )
    .toBeVisible();
  await expect.element(table).not.toBeInTheDocument();
  await expect.element(screen.getByRole('link', { name: /^Compare.*not measured here$/ })).toBeVisible();
});

test('the top of the page never calls weights unchanged that are not', async () => {
  const { session, engine, screen } = await openPage({ step: 'compare' });
  await importText(session, CHAT);
  const headline = (state: RegExp) =>
    expect
      .poll(() =>
        screen
          .getByRole('link', { name: /^Compare/ })
          .element()
          .textContent?.trim(),
      )
      .toMatch(state);
  await headline(/no change yet$/);
  await session.startTraining();
  for (let i = 0; i < 40; i++) engine.advance();
  await headline(/[+−]\d\S* a token$/);

  // Another run goes on from there.
  await session.startTraining();
  await headline(/[+−]\d\S* a token$/);
  engine.advance();
  await headline(/not measured yet$/);
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { score } = engine;
  engine.score = async (asked) => {
    await gate;
    return score(asked);
  };
  await session.train.stop();
  await headline(/measuring$/);
  open();
  await headline(/[+−]\d\S* a token$/);
  await session.chooseCompared('tuned', 'base');
  await headline(/one model twice$/);
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
  const table = screen.getByRole('table', { name: /^What GRPO was rewarded for: .* its last step, of 2$/ });
  const [first, last] = session.train.updates.map(({ metrics }) =>
    metrics?.reward?.toFixed(3).replace('-', '−'),
  );
  await expect
    .element(table.getByRole('row', { name: /^Reward/ }))
    .toHaveTextContent(new RegExp(`Reward\\s*${first}\\s*${last}`));
  await expect.element(screen.getByRole('link', { name: /^Compare.*reward .* → / })).toBeVisible();
  await expect.element(screen.getByText(/recorded turns\. GRPO trained none of these tokens/)).toBeVisible();
  expect(await violations()).toEqual([]);
});

test('a deleted run that was on both sides is told for each, and the focus stays in Compare', async () => {
  const { session, engine, screen } = await openPage({ step: 'compare' });
  await importText(session, CHAT);
  const { runs } = session.train;
  for (const count of [1, 2]) {
    await session.startTraining();
    for (let i = 0; i < 40; i++) engine.advance();
    await expect.poll(() => runs.list[count - 1]?.snapshots.length).toBe(1);
  }
  // There before it speaks, and not hidden.
  const status = document.querySelector('#compare .lost') ?? expect.fail('There is no status.');
  expect(getComputedStyle(status).display).not.toBe('none');
  const [first] = runs.list;
  const id = `run ${first?.id} step 30`;
  await session.chooseCompared('base', id);
  await session.chooseCompared('tuned', id);
  runs.delete(first?.id ?? NaN);
  await expect
    .poll(() => [...status.children].map(({ textContent }) => textContent))
    .toEqual([
      expect.stringMatching(/“SFT, step 30” are not kept.*: Original\.$/),
      expect.stringMatching(/“SFT, step 30” are not kept.*: Tuned\.$/),
    ]);
  await screen.getByRole('button', { name: 'All right' }).click();
  await expect.element(screen.getByRole('heading', { name: 'Compare', exact: true })).toHaveFocus();
  await expect.poll(() => status.children.length).toBe(0);
});
