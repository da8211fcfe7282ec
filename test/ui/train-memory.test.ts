/**
 * @file What a run takes in memory, as the page says it before and while it goes, and the choices that change it.
 */
import { expect, test } from 'vitest';
import { FakeEngine } from './fakes';
import { CHAT, importText, openPage } from './setup';

const USE = { weights: 14e6, gradients: 7e6, moments: 14e6, activations: 40e6, inputs: 1e6 };

test('the forecast is under the settings, follows them, and says what to do where it does not fit', async () => {
  const { screen, engine, session } = await openPage();
  await importText(session, CHAT);
  engine.memoryChoice = { use: USE, total: 76e6, recompute: false };
  await screen.getByRole('textbox', { name: 'Batch size', exact: true }).fill('8');
  await expect.element(screen.getByText('Memory: at most 76.0 MB')).toBeVisible();
  const line = 'weights 14.0 MB, gradients and optimizer 21.0 MB, batches 41.0 MB';
  await expect.element(screen.getByText(line)).toBeVisible();
  engine.memoryChoice = { use: USE, total: 50e6, recompute: true };
  await screen.getByText('More settings').click();
  await screen.getByRole('combobox', { name: 'Compute layers twice' }).selectOptions('always');
  await expect.element(screen.getByText('at most 50.0 MB')).toBeVisible();
  await expect.element(screen.getByText('; layers are computed twice.')).toBeVisible();
  expect(session.train.options.recompute).toBe('always');
  engine.memoryChoice = { use: USE, total: 9e9, recompute: true, problem: 'It would take 9 GB.' };
  await screen.getByRole('textbox', { name: 'Batch size', exact: true }).fill('200');
  await expect.element(screen.getByText('It would take 9 GB. Choose a smaller batch size')).toBeVisible();
});

test('on policy it is for any prompts, and says so: the run may do with less', async () => {
  const { screen, session, engine } = await openPage();
  await importText(session, CHAT);
  engine.memoryChoice = { use: USE, total: 50e6, recompute: true, anyPrompts: true };
  await screen.getByRole('textbox', { name: 'Batch size', exact: true }).fill('8');
  const twice = screen.getByText('; layers are computed twice if the prompts ask for that much.');
  await expect.element(twice).toBeVisible();
  engine.memoryChoice = {
    use: USE,
    total: 9e9,
    recompute: false,
    anyPrompts: true,
    problem: 'It takes 9 GB.',
  };
  await screen.getByRole('textbox', { name: 'Batch size', exact: true }).fill('200');
  const refused = screen.getByText(/With the longest prompts that the settings allow: It takes 9 GB\./);
  await expect.element(refused).toHaveTextContent(/^May be too large: /);
  await expect.element(refused).toHaveTextContent(/and goes on where they fit\./);
});

test('options go with the run, and cannot be changed while it goes', async () => {
  const { screen, engine, session } = await openPage();
  await importText(session, CHAT);
  await screen.getByText('More settings').click();
  const packing = screen.getByRole('combobox', { name: 'Sequences in a row' });
  await packing.selectOptions('several a row');
  await screen.getByRole('button', { name: 'Train', exact: true }).click();
  await expect.element(screen.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
  expect(engine.settings).toMatchObject({ packing: true, recompute: 'auto' });
  await expect.element(packing).toBeDisabled();
});

test('about how long it takes: by a trial before anything was trained, by what was trained afterwards', async () => {
  const engine = new FakeEngine();
  const { screen, session } = await openPage({ engine });
  await importText(session, CHAT);
  // The engine tells nothing, so no figure is made up.
  await expect.element(screen.getByText('Time: measured at the first step.')).toBeVisible();
  engine.measuredPace = { length: 100, reading: 1000, writing: 100 };
  engine.info = { ...engine.info, engine: { ...engine.info.engine, kind: 'cpu' } };
  await session.loadWeights();
  await session.changeData(() => session.data.choose(session.data.list.id(1)));
  await importText(session, CHAT, 'again.json');
  const line = screen.getByText(
    /^Time: about \S+ (?:s|min) \(30 steps of about \S+ s\): rough, before the first step/,
  );
  await expect.element(line).toHaveTextContent(/by a short trial on this device\.$/);
  // Steps come on their own, after the engine said that the run goes.
  engine.stepTime = 50;
  await session.startTraining();
  await expect.element(line).not.toBeInTheDocument();
  await expect.poll(() => session.train.updates.length).toBeGreaterThan(1);
  await session.train.stop();
  await expect.element(line).toHaveTextContent(/by an earlier run on this device\.$/);
});
