/**
 * @file What the page says while a GPU is made ready for a run, and that it keeps what the run found fastest.
 */
import { expect, test } from 'vitest';
import { CHAT, importText, openPage } from './setup';

test('the share that is ready, until the first step; then what was tuned is kept', async () => {
  const { session, screen, engine } = await openPage();
  await importText(session, CHAT);
  await screen.getByRole('button', { name: 'Train', exact: true }).click();
  await expect.element(screen.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
  const bar = screen.getByRole('progressbar', { name: 'GPU programs ready for the run' });
  await expect.element(bar).not.toBeInTheDocument();
  engine.emit({ type: 'preparing', run: 99, share: 0.1 });
  engine.emit({ type: 'preparing', run: 1, share: 0.4 });
  await expect.element(bar).toBeVisible();
  await expect.element(bar).toHaveAttribute('value', '0.4');
  await expect.element(screen.getByText('Preparing the GPU for the first step…')).toBeVisible();
  engine.emit({ type: 'preparing', run: 1, share: 1 });
  await expect.element(bar).not.toBeInTheDocument();
  engine.advance();
  await expect.poll(() => session.train.updates.length).toBe(1);
  const tuned = { 'NT 7 8 5': 'tiles 64×64' };
  engine.emit({ type: 'run', run: 1, state: 'stopped', tuned });
  await expect.poll(() => session.train.tuned).toEqual(tuned);
});

test('Stop while it is made ready: the run is over, and the page can train again', async () => {
  const { session, screen, engine } = await openPage();
  await importText(session, CHAT);
  const button = (name: string) => screen.getByRole('button', { name, exact: true });
  const bar = screen.getByRole('progressbar', { name: 'GPU programs ready for the run' });
  await button('Train').click();
  await expect.element(button('Pause')).toBeVisible();
  engine.emit({ type: 'preparing', run: 1, share: 0.4 });
  await expect.element(bar).toBeVisible();
  await expect.element(button('Stop')).toHaveAttribute('aria-disabled', 'false');
  await button('Stop').click();
  await expect.poll(() => session.train.status).toBe('stopped');
  expect(engine.calls).toContain('stop');
  await expect.element(bar).not.toBeInTheDocument();
  // What the engine still says of it is nobody's.
  engine.emit({ type: 'preparing', run: 1, share: 0.6 });
  await expect.element(bar).not.toBeInTheDocument();
  expect(session.train.updates).toEqual([]);
  expect(session.train.error).toBeUndefined();
  await button('Train').click();
  await expect.element(button('Pause')).toBeVisible();
  engine.emit({ type: 'preparing', run: 1, share: 0.7 });
  await expect.element(bar).not.toBeInTheDocument();
  engine.advance();
  await expect.poll(() => session.train.updates.length).toBe(1);
});
