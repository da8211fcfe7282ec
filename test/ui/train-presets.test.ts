/**
 * @file Presets of a run: each sets the form that it promises, the page says what differs from the defaults, and what is trained
 * goes with it where that can be changed.
 */
import axe from 'axe-core';
import { expect, test } from 'vitest';
import { RUN_PRESETS } from '../../src/settings/run-presets';
import { CHAT, importText, openPage } from './setup';

async function openPresets() {
  const page = await openPage({ step: 'train' });
  await importText(page.session, CHAT);
  const presets = page.screen.getByRole('group', { name: 'Begin with' });
  const preset = (name: string) => presets.getByRole('button', { name, exact: true });
  const field = (name: string) => page.screen.getByRole('textbox', { name, exact: true });
  return { ...page, presets, preset, field };
}

test('each preset sets the form, is pressed, and says what it is for', async () => {
  const { presets, preset, session } = await openPresets();
  for (const { title, about, objective, settings } of RUN_PRESETS) {
    await preset(title).click();
    await expect.element(preset(title)).toHaveAttribute('aria-pressed', 'true');
    await expect.element(presets.getByText(about)).toBeVisible();
    await expect.element(presets.getByText(`${title} is set.`)).toBeInTheDocument();
    expect(session.train.objective.settings).toMatchObject(objective);
    expect(session.train.settings).toMatchObject(settings);
  }
  await expect.poll(() => presets.element().querySelectorAll('[aria-pressed="true"]').length).toBe(1);
});

test('what differs from the defaults is told, and a change takes the preset back', async () => {
  const { presets, preset, field } = await openPresets();
  await preset('Teach the format').click();
  await expect.element(presets.getByText('Everything below is at its default.')).toBeVisible();
  await preset('When to call (SFT)').click();
  await expect.element(presets.getByText(/^Set here:.*Steps 64 \(default \d+\)/)).toBeVisible();
  await field('Steps').fill('65');
  await expect.element(preset('When to call (SFT)')).toHaveAttribute('aria-pressed', 'false');
  await expect.element(presets.getByText(/Steps 65 \(default/)).toBeVisible();
});

test('objective, rewards, division and what is trained are not called defaults where they are none', async () => {
  const { presets, session } = await openPresets();
  const { train } = session;
  const line = (text: RegExp) => expect.element(presets.getByText(text)).toBeVisible();
  await line(/^Everything below is at its default\.$/);
  train.objective.chooseFamily('preferences');
  await line(/^Set here: Objective DPO \(default SFT\)\.$/);
  train.objective.chooseFamily('rewards');
  await line(/^Set here: Objective RAFT \(default SFT\)\.$/);
  train.objective.rewardFrom = 'composed';
  await line(/; Rewards come from the functions below \(default the records\)\.$/);
  train.objective.chooseFamily('sft');
  await line(/^Everything below is at its default\.$/);
  train.division = { strategy: 'fork', truncate: 'end' };
  await line(/^Set here: Training sequences Merge and fork \(default .+\)\.$/);
  train.choices.own = { ...train.choices.own, division: undefined };
  await session.adapt({ kind: 'lora', rank: 16, alpha: 32, rsLora: false, targets: 'all-linear', seed: 0 });
  await line(/^Set here: What is trained LoRA, rank 16 \(default All parameters\)\.$/);
});

test('a preset with LoRA asks the engine for it; after training it says why that part is left as it is', async () => {
  const { presets, preset, session, engine } = await openPresets();
  await preset('Gentle LoRA').click();
  await expect.poll(() => session.model.info?.trained.adaptation.kind).toBe('lora');
  await expect.element(preset('Gentle LoRA')).toHaveAttribute('aria-pressed', 'true');
  await preset('Teach the format').click();
  await expect.poll(() => session.model.info?.trained.adaptation.kind).toBe('full');
  await session.startTraining(true);
  engine.advance();
  await session.train.stop();
  await preset('Gentle LoRA').click();
  await expect
    .element(
      presets.getByText(/^Gentle LoRA is set, but for what is trained: it wants LoRA of rank 8\. Reset/),
    )
    .toBeVisible();
  expect(session.model.info?.trained.adaptation.kind).toBe('full');
});

test('by keyboard, and axe has nothing to say', async () => {
  const { preset, session, screen } = await openPresets();
  const button = preset('By reward (GRPO)').element() as HTMLElement;
  button.focus();
  expect(document.activeElement).toBe(button);
  button.click();
  await expect.poll(() => session.train.objective.kind).toBe('grpo');
  const panel = screen.getByRole('region', { name: 'Train', exact: true }).element();
  const { violations } = await axe.run(panel as HTMLElement, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
});
