/**
 * @file What the page says while a GPU compiles what a run needs, how one gets out of it, and that it keeps what the run found fastest.
 */
import { expect, test } from 'vitest';
import { CHAT, importText, openPage } from './setup';

/** A run that the engine has begun, and that waits for its first step. */
async function openRun() {
  const opened = await openPage();
  const { session, screen } = opened;
  await importText(session, CHAT);
  const button = (name: string) => screen.getByRole('button', { name, exact: true });
  await button('Train').click();
  await expect.element(button('Pause')).toBeVisible();
  return {
    ...opened,
    button,
    bar: screen.getByRole('progressbar', { name: 'Compiling for the GPU' }),
    cancel: button('Cancel the run'),
  };
}

test('how many programs are compiled and for how long, until the first step; then what was tuned is kept', async () => {
  const { session, screen, engine, bar } = await openRun();
  await expect.element(bar).not.toBeInTheDocument();
  engine.emit({ type: 'preparing', run: 99, share: 0.1, programs: 3 });
  engine.emit({ type: 'preparing', run: 1, share: 0, programs: 0 });
  await expect.element(bar).toBeVisible();
  await expect.element(bar).toHaveAttribute('value', '0');
  await expect.element(screen.getByText('0 programs compiled.')).toBeVisible();
  engine.emit({ type: 'preparing', run: 1, share: 0.4, programs: 12 });
  await expect.element(bar).toHaveAttribute('value', '0.4');
  // A program may take seconds, in which the engine says nothing: the clock goes on.
  await expect.element(screen.getByText(/^12 programs compiled in [1-9]\d* s\./)).toBeVisible();
  engine.emit({ type: 'preparing', run: 1, share: 1, programs: 30 });
  await expect.element(bar).not.toBeInTheDocument();
  engine.advance();
  await expect.poll(() => session.train.updates.length).toBe(1);
  const tuned = { 'NT 7 8 5': 'tiles 64×64' };
  engine.emit({ type: 'run', run: 1, state: 'stopped', tuned });
  await expect.poll(() => session.train.tuned).toEqual(tuned);
});

test('a run that finds everything compiled shows nothing of it', async () => {
  const { session, screen, engine, bar } = await openRun();
  await expect.element(screen.getByText('The first step is on its way…')).toBeVisible();
  engine.advance();
  await expect.poll(() => session.train.updates.length).toBe(1);
  await expect.element(bar).not.toBeInTheDocument();
});

test.each([
  ['Cancel beside the bar', 'Cancel the run'],
  ['Stop', 'Stop'],
])('%s: the run is over, nothing is trained, and the page can train again', async (_, name) => {
  const { session, screen, engine, button, bar, cancel } = await openRun();
  engine.emit({ type: 'preparing', run: 1, share: 0.4, programs: 12 });
  await expect.element(bar).toBeVisible();
  await expect.element(cancel).toBeVisible();
  await expect.element(button('Stop')).toHaveAttribute('aria-disabled', 'false');
  await button(name).click();
  await expect.poll(() => session.train.status).toBe('stopped');
  expect(engine.calls).toContain('stop');
  await expect.element(bar).not.toBeInTheDocument();
  // A button that goes leaves the focus near.
  await expect.poll(() => document.activeElement).not.toBe(document.body);
  // What the engine still says of it is nobody's.
  engine.emit({ type: 'preparing', run: 1, share: 0.6, programs: 20 });
  await expect.element(bar).not.toBeInTheDocument();
  expect(session.train.updates).toEqual([]);
  expect(session.train.error).toBeUndefined();
  await expect.element(screen.getByText('The loss on trained tokens appears here')).toBeVisible();
  await button('Train').click();
  await expect.element(button('Pause')).toBeVisible();
  engine.emit({ type: 'preparing', run: 1, share: 0.7, programs: 25 });
  await expect.element(bar).not.toBeInTheDocument();
  engine.advance();
  await expect.poll(() => session.train.updates.length).toBe(1);
});
