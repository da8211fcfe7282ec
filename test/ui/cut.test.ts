/**
 * @file A conversation that is longer than a run reads: what is shown as trained is what the run trains.
 */
import { describe, expect, test } from 'vitest';
import type { TrainingSequence } from '../../src/sequence/types';
import { FAKE_INFO, FakeEngine } from './fakes';
import { importText, openPage } from './setup';

const LONG = JSON.stringify([
  {
    messages: [
      { role: 'user', content: 'Repeat' },
      { role: 'assistant', content: 'red chair, '.repeat(200) },
    ],
  },
  {
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
    ],
  },
]);

/** Tokens with a weight in the sequences that the engine was given. */
const trainedIn = (sequences: readonly TrainingSequence[]) =>
  sequences.map(({ weights }) => weights.filter((weight, i) => i > 0 && weight !== 0).length);

async function openLong(engine = new FakeEngine()) {
  const page = await openPage({ engine });
  await importText(page.session, LONG);
  const field = page.screen.getByRole('textbox', { name: 'Longest sequence' });
  const total = page.session.mask.view?.encoded.ids.length ?? 0;
  return { ...page, engine, field, total };
}

describe('cut', () => {
  test('total, list and legend count what the run trains', async () => {
    const { screen, session, engine, field, total } = await openLong();
    expect(total).toBeGreaterThan(600);
    expect(session.mask.cutAt).toBe(512);
    await field.fill('64');
    await expect.poll(() => session.mask.cutAt).toBe(64);
    const { trained } = session.mask;
    await expect
      .element(screen.getByText(/tokens are trained/))
      .toHaveTextContent(
        `${trained} of ${total.toLocaleString('en')} tokens are trained: cut at 64 tokens, the rest is not read`,
      );
    const row = screen.getByRole('option', { name: /Repeat .*trained/ });
    await expect.element(row).toHaveTextContent(`${trained} of ${total.toLocaleString('en')} trained, cut`);
    expect(session.mask.counts.reduce((sum, count) => sum + count.trained, 0)).toBe(trained);
    await expect
      .element(screen.getByText('1 conversation is longer than 64 tokens and cut there'))
      .toBeVisible();
    await session.startTraining(true);
    expect(trainedIn(engine.given)[0]).toBe(trained);
    expect(engine.given[0]?.ids.length).toBe(64);
  });

  test('tokens that are not read are marked, and their details say so', async () => {
    const { screen, field } = await openLong();
    await field.fill('64');
    const token = (index: number) => document.querySelector<HTMLElement>(`[data-i="${index}"]`);
    await expect.poll(() => token(64)?.dataset.cut).toBe('true');
    expect(token(63)?.dataset.cut).toBeUndefined();
    expect(token(63)?.dataset.bar).toBeDefined();
    expect(token(64)?.dataset.bar).toBeUndefined();
    expect(getComputedStyle(token(64) ?? expect.fail('no token')).textDecorationLine).toBe('line-through');
    await expect.element(screen.getByText('cut here')).toBeVisible();
    token(64)?.focus();
    await expect
      .element(screen.getByRole('group', { name: 'Token details' }))
      .toHaveTextContent(/Weight 0 \(cut at 64 tokens: a run does not read it\)/);
  });

  test('the model’s context cuts as well', async () => {
    const engine = new FakeEngine();
    engine.info = { ...FAKE_INFO, contextLength: 128 };
    const { session } = await openLong(engine);
    expect(session.mask.cutAt).toBe(128);
    await expect.poll(() => session.cut).toBe(1);
    await expect.poll(() => session.compare.scoresOf(session.data.chosen).base?.length).toBe(128);
  });
});
