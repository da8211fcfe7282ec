/**
 * @file What is trained, chosen in the page: all parameters or LoRA, with a simulated engine.
 */
import { describe, expect, test } from 'vitest';
import { FAKE_INFO, FakeEngine } from './fakes';
import { CHAT, importText, openPage } from './setup';

describe('what is trained', () => {
  test('LoRA of a rank and back; the engine is asked, the page tells how much that is', async () => {
    const { screen, engine, session } = await openPage();
    const choice = screen.getByRole('combobox', { name: 'What is trained', exact: true });
    await expect.element(choice).toHaveValue('full');
    await expect.element(screen.getByText('All 1,771,392 parameters of the model change.')).toBeVisible();
    await choice.selectOptions('LoRA, rank 8');
    await expect.element(choice).toHaveValue('8');
    await expect.element(screen.getByText(/32,768 numbers beside the weights are trained/)).toBeVisible();
    expect(session.model.info?.trained.adaptation).toEqual({
      ...{ kind: 'lora', rank: 8, alpha: 16, rsLora: false, targets: 'all-linear', seed: 0 },
    });
    await choice.selectOptions('All parameters');
    await expect.element(choice).toHaveValue('full');
    expect(engine.calls.filter((call) => call.startsWith('adapt'))).toEqual(['adapt lora', 'adapt full']);
  });

  test('a refusal is told, and the choice stays what it was', async () => {
    const engine = new FakeEngine();
    engine.adapt = () => Promise.reject(new Error('No memory is left for the factors.'));
    const { screen } = await openPage({ engine });
    const choice = screen.getByRole('combobox', { name: 'What is trained', exact: true });
    await choice.selectOptions('LoRA, rank 64');
    await expect.element(screen.getByText('No memory is left for the factors.')).toBeVisible();
    await expect.element(choice).toHaveValue('full');
  });

  test('it holds for a run, and until the weights are the original ones', async () => {
    const { screen, engine, session } = await openPage();
    await importText(session, CHAT);
    const choice = screen.getByRole('combobox', { name: 'What is trained', exact: true });
    const button = (name: string) => screen.getByRole('button', { name, exact: true });
    await button('Train').click();
    await expect.element(button('Pause')).toBeVisible();
    await expect.element(choice).toBeDisabled();
    engine.advance();
    await button('Stop').click();
    await expect.element(screen.getByText(/Reset to the original weights first/)).toBeVisible();
    await expect.element(choice).toBeDisabled();
    await button('Reset').click();
    await expect.element(choice).toBeEnabled();
  });

  test('packed weights can be tuned by LoRA alone', async () => {
    const engine = new FakeEngine();
    const adaptation = {
      kind: 'lora',
      rank: 12,
      alpha: 24,
      rsLora: false,
      targets: 'all-linear',
      seed: 0,
    } as const;
    engine.info = { ...FAKE_INFO, baseFormat: 'int4', trained: { adaptation, trainedCount: 49_152 } };
    const { screen } = await openPage({ engine });
    await expect
      .element(screen.getByRole('combobox', { name: 'What is trained', exact: true }))
      .toHaveValue('12');
    await expect.element(screen.getByRole('option', { name: 'All parameters' })).toBeDisabled();
    await expect.element(screen.getByText(/packed as int4, so LoRA alone can tune them/)).toBeVisible();
  });
});
