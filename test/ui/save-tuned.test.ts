/**
 * @file Keeping what was trained: what is offered, what the engine is asked for, and what the browser gets.
 */
import axe from 'axe-core';
import { expect, test } from 'vitest';
import { saved } from './downloads';
import { FakeEngine } from './fakes';
import { CHAT, importText, openPage } from './setup';

async function trained(rank?: number) {
  const engine = new FakeEngine();
  const page = await openPage({ engine });
  await importText(page.session, CHAT);
  const button = (name: string) => page.screen.getByRole('button', { name, exact: true });
  if (rank !== undefined) {
    await page.session.adapt({
      ...{ kind: 'lora', rank, alpha: 2 * rank, rsLora: false, targets: 'all-linear', seed: 0 },
    });
  }
  await page.session.startTraining(true);
  engine.advance();
  await expect.element(button('Save tuned model')).toBeVisible();
  return { ...page, button, asked: () => engine.calls.filter((call) => call.startsWith('save')) };
}

test('nothing is offered before training, nor after a reset', async () => {
  const { screen, button } = await trained();
  await button('Stop').click();
  await button('Reset').click();
  await expect.poll(() => screen.getByText('Keep what was trained').elements()).toHaveLength(0);
});

test('the tuned model, when the run has ended', async () => {
  const { screen, button, asked } = await trained();
  const save = button('Save tuned model');
  await expect.element(save).toHaveAttribute('aria-disabled', 'true');
  await expect
    .element(screen.getByText('A run is in progress; stop it to save what it trained.'))
    .toBeVisible();
  await save.click({ force: true });
  expect(asked()).toEqual([]);
  await button('Stop').click();
  await expect.element(save).toHaveAttribute('aria-disabled', 'false');
  const file = await saved(() => save.click());
  expect(file).toMatchObject({ name: 'pocket-tuned.zip', text: 'model' });
  expect(asked()).toEqual(['save model pocket-tuned']);
  expect(button('Save adapter').elements()).toHaveLength(0);
  await expect.element(screen.getByText('pocket-tuned.zip is handed to the browser.')).toBeVisible();
});

test('LoRA: the adapter as well; both say what they are', async () => {
  const { button, asked } = await trained(8);
  await button('Stop').click();
  await expect
    .element(button('Save adapter'))
    .toHaveAccessibleDescription(/The adapter: the 131 kB that were trained, as PEFT reads them/);
  await expect
    .element(button('Save tuned model'))
    .toHaveAccessibleDescription(/7\.1 MB in F32, the adapter merged into it/);
  const file = await saved(() => button('Save adapter').click());
  expect(file.name).toBe('pocket-adapter.zip');
  expect(asked()).toEqual(['save adapter pocket-adapter']);
  const { violations } = await axe.run(document.body);
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
});

test('a failure is told, and can be tried again', async () => {
  const { screen, engine, button } = await trained();
  await button('Stop').click();
  engine.saveError = { code: 'too-large', message: 'It takes more than 4 GiB.', remedy: 'Save the adapter.' };
  await button('Save tuned model').click();
  const alert = screen.getByRole('alert');
  await expect.element(alert).toHaveTextContent(/It could not be saved.*more than 4 GiB/);
  engine.saveError = undefined;
  const file = await saved(() => button('Save tuned model').click());
  expect(file.name).toBe('pocket-tuned.zip');
  await expect.element(alert).not.toBeInTheDocument();
});
