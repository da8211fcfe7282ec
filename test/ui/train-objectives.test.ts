/**
 * @file Objectives in the page: the choice, what the data lacks, a run on policy with its completions, changes while it goes.
 */
import { describe, expect, test } from 'vitest';
import { saved } from './downloads';
import { CHAT, importText, openPage } from './setup';

const PAIRS = JSON.stringify([
  {
    prompt: [{ role: 'user', content: 'Say hello.' }],
    chosen: [{ role: 'assistant', content: 'Hello!' }],
    rejected: [{ role: 'assistant', content: 'No.' }],
  },
]);

async function openTraining(data = CHAT) {
  const page = await openPage();
  await importText(page.session, data);
  const button = (name: string | RegExp) => page.screen.getByRole('button', { name, exact: true });
  const field = (name: string) => page.screen.getByRole('textbox', { name, exact: true });
  const family = (name: string) => page.screen.getByRole('radio', { name, exact: true });
  const objective = page.screen.getByRole('combobox', { name: 'Objective', exact: true });
  return { ...page, button, field, family, objective };
}

async function onPolicy(steps = '4') {
  const page = await openTraining();
  await page.family('On policy, by reward').click();
  await page.field('Steps').fill(steps);
  await page.field('Prompts a step').fill('3');
  await page.field('Completions a prompt').fill('4');
  await page.button('Train').click();
  await expect.element(page.button('Pause')).toBeVisible();
  return page;
}

describe('choosing', () => {
  test('SFT first; each family offers its objectives and only what they read', async () => {
    const { family, objective, field, session } = await openTraining();
    await expect.element(family('From the data (SFT)')).toBeChecked();
    await expect.element(objective).not.toBeInTheDocument();
    await family('From rewards in the data').click();
    await expect.element(field('Keep from reward')).toBeVisible();
    await objective.selectOptions('AWR (advantage-weighted)');
    await expect.element(field('Largest weight')).toBeVisible();
    await expect.element(field('Keep from reward')).not.toBeInTheDocument();
    expect(session.train.objective.kind).toBe('awr');
    await family('On policy, by reward').click();
    await expect.element(field('Completions a prompt')).toBeVisible();
    // What was chosen in a family is still chosen there.
    await family('From rewards in the data').click();
    await expect.element(objective).toHaveValue('awr');
  });

  test('what the data lacks is said, and keeps the run from starting', async () => {
    const { screen, family, button, engine, objective } = await openTraining();
    await family('From preferences in the data').click();
    const lacks = screen.getByText(/^No record has a chosen and a rejected completion\. Bring records/);
    await expect.element(lacks).toBeVisible();
    await expect.element(button('Train')).toHaveAttribute('aria-disabled', 'true');
    await objective.selectOptions('KTO');
    await expect.element(screen.getByText(/No record has a label/)).toBeVisible();
    await family('From rewards in the data').click();
    await expect.element(screen.getByText(/No record has a reward/)).toBeVisible();
    expect(engine.calls).not.toContain('train');
  });

  test('pairs are offered to DPO, and go to the engine as two samples', async () => {
    const { screen, family, button, engine } = await openTraining(PAIRS);
    await family('From preferences in the data').click();
    await expect.element(screen.getByText(/^1 pair of a chosen and a rejected completion/)).toBeVisible();
    await button('Train').click();
    await expect.element(button('Pause')).toBeVisible();
    expect(engine.asked?.objective?.kind).toBe('dpo');
    expect(engine.given.map(({ sample }) => sample?.preference)).toEqual(['chosen', 'rejected']);
  });

  test('a wrong setting of the objective is named, also where it is folded away', async () => {
    const { screen, family, field, button } = await openTraining();
    await family('On policy, by reward').click();
    await screen.getByText('More of the objective').click();
    await field('Top-p').fill('2');
    await expect.element(screen.getByText('Top-p must be between 0.01 and 1.')).toBeVisible();
    await expect.element(screen.getByText('More of the objective (one needs correcting)')).toBeVisible();
    await expect.element(screen.getByText('A setting of the objective needs correcting.')).toBeVisible();
    await expect.element(button('Train')).toHaveAttribute('aria-disabled', 'true');
  });

  test('stars become the reward that RAFT learns from, and are undone like any edit', async () => {
    const { screen, session, family } = await openTraining();
    await screen.getByRole('button', { name: /^4 of 5 stars/ }).click();
    await expect.poll(() => session.data.chosen?.reward).toBe(0.75);
    await screen.getByRole('button', { name: 'Good: reward 1' }).click();
    await expect.poll(() => session.data.chosen?.reward).toBe(1);
    await family('From rewards in the data').click();
    await expect.element(screen.getByText('1 record of 2 conversations with a reward.')).toBeVisible();
    await screen.getByRole('button', { name: 'Take it away' }).click();
    await expect.poll(() => session.data.chosen?.reward).toBeUndefined();
    await expect.element(screen.getByText(/No record has a reward/)).toBeVisible();
  });
});

describe('on policy', () => {
  test('prompts, rewards and settings go to the engine; completions come as a table', async () => {
    const { screen, engine } = await onPolicy();
    expect(engine.asked?.prompts?.map(({ message }) => message)).toEqual([0, 0]);
    expect(engine.asked?.rewards?.map(({ id }) => id)).toEqual(['decision', 'format']);
    expect(engine.asked?.objective).toMatchObject({ kind: 'grpo', prompts: 3, groupSize: 4 });
    engine.advance();
    engine.advance();
    await expect
      .element(screen.getByText(/12 completions in 3 groups; 1 group without variance/))
      .toBeVisible();
    await expect.element(screen.getByRole('slider', { name: 'Reward' })).toBeVisible();
    await screen.getByRole('combobox', { name: 'Show' }).selectOptions('in groups without variance');
    await expect.element(screen.getByText(/^4 of 12 completions/)).toBeVisible();
    await expect.poll(() => document.querySelectorAll('.rollouts tbody tr[aria-rowindex]').length).toBe(4);
    await screen.getByRole('combobox', { name: 'Show' }).selectOptions('false calls');
    await expect.element(screen.getByText('No completion of this step is like that.')).toBeVisible();
  });

  test('sorted by a column, and an earlier step looked at again', async () => {
    const { screen, engine, session, button } = await onPolicy();
    engine.advance();
    engine.advance();
    engine.advance();
    await expect.poll(() => session.train.rollouts.steps.length).toBe(3);
    const column = screen.getByRole('columnheader', { name: 'Advantage' });
    await screen.getByRole('button', { name: 'Advantage' }).click();
    await expect.element(column).toHaveAttribute('aria-sort', 'descending');
    await screen.getByRole('button', { name: 'Advantage' }).click();
    await expect.element(column).toHaveAttribute('aria-sort', 'ascending');
    await button('Earlier step').click();
    await expect.poll(() => session.train.rollouts.step).toBe(2);
    engine.advance();
    expect(session.train.rollouts.step).toBe(2);
    await button('Follow the latest').click();
    await expect.poll(() => session.train.rollouts.step).toBe(4);
  });

  test('a completion opens into its tokens, with the weight of each', async () => {
    const { screen, engine } = await onPolicy();
    engine.advance();
    const completion = screen.getByRole('button', { name: /think I know this/ }).first();
    await expect.element(completion).toHaveAttribute('aria-expanded', 'false');
    await completion.click();
    await expect.element(completion).toHaveAttribute('aria-expanded', 'true');
    const strip = screen.getByRole('listbox', { name: 'Tokens of What is trained' });
    await expect.element(strip).toBeVisible();
    await expect.poll(() => strip.element().querySelectorAll('.t[data-bar]').length).toBeGreaterThan(3);
    await screen.getByRole('button', { name: 'Close' }).click();
    await expect.element(strip).not.toBeInTheDocument();
  });

  test('only the rows in sight are drawn', async () => {
    const { engine, session, field, button, family } = await openTraining();
    await family('On policy, by reward').click();
    await field('Prompts a step').fill('64');
    await field('Completions a prompt').fill('16');
    await button('Train').click();
    await expect.element(button('Pause')).toBeVisible();
    engine.advance();
    await expect.poll(() => session.train.rollouts.rollouts.length).toBe(1024);
    const rows = () => document.querySelectorAll('.rollouts tbody tr[aria-rowindex]').length;
    await expect.poll(rows).toBeGreaterThan(3);
    await expect.poll(rows).toBeLessThan(30);
  });
});

describe('changes while a run goes', () => {
  test('what is typed is taken into the run on request, and marked on the charts', async () => {
    const { screen, engine, button, field } = await openTraining();
    await button('Train').click();
    await expect.element(button('Pause')).toBeVisible();
    engine.advance();
    await field('Learning rate').fill('0.0005');
    await expect
      .element(screen.getByText(/The form differs from the run: Learning rate: 0.001 → 0.0005/))
      .toBeVisible();
    await button('Change the run').click();
    await expect.poll(() => engine.calls).toContain('change learningRate');
    await expect.element(button('Change the run')).not.toBeInTheDocument();
    engine.advance();
    await expect.element(screen.getByText(/^Step 2$/).nth(1)).toBeVisible();
    await expect.element(screen.getByText('Learning rate: 0.001 → 0.0005')).toBeVisible();
  });

  test('a change that the engine refuses is told, and waits in the form', async () => {
    const { screen, engine, button, field } = await openTraining();
    await button('Train').click();
    await expect.element(button('Pause')).toBeVisible();
    engine.changeError = { code: 'out-of-memory', message: 'It would take 9 GB.', remedy: 'Choose less.' };
    await field('Batch size').fill('99');
    await button('Change the run').click();
    await expect.element(screen.getByRole('alert')).toHaveTextContent(/It would take 9 GB/);
    await expect.element(button('Change the run')).toBeVisible();
  });
});

test('numbers at a step by keyboard, and the charts as files', async () => {
  const { screen, engine, session, button } = await openTraining();
  await button('Train').click();
  await expect.element(button('Pause')).toBeVisible();
  for (let i = 0; i < 6; i++) engine.advance();
  await expect.poll(() => session.train.updates.length).toBe(6);
  const loss = screen.getByRole('slider', { name: 'Loss', exact: true });
  await expect.element(loss).toBeVisible();
  (loss.element() as HTMLElement).focus();
  loss.element().dispatchEvent(new KeyboardEvent('keydown', { key: 'Home', bubbles: true }));
  const first = session.train.updates[0]?.loss.toFixed(3) ?? '';
  await expect
    .element(loss)
    .toHaveAttribute('aria-valuetext', expect.stringContaining(`Step 1: all trained tokens ${first}`));
  const csv = await saved(() => button('Save as CSV').click());
  expect(csv.name).toBe('SFT.csv');
  expect(csv.text.split('\r\n').length).toBe(8);
  const svg = await saved(() => button('Save as SVG').click());
  expect(svg.name).toBe('SFT.svg');
  const parsed = new DOMParser().parseFromString(svg.text, 'image/svg+xml');
  expect(parsed.querySelector('parsererror')).toBeNull();
  expect(parsed.querySelectorAll('path').length).toBeGreaterThan(5);
});
