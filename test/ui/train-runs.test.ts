/**
 * @file Runs that were made: compared, named, gone back to, deleted.
 */
import { userEvent } from 'vitest/browser';
import { expect, test } from 'vitest';
import type { FakeEngine } from './fakes';
import { CHAT, importText, openPage } from './setup';

async function train(
  engine: FakeEngine,
  session: Awaited<ReturnType<typeof openPage>>['session'],
  steps: number,
) {
  session.train.drafts = { ...session.train.drafts, steps: String(steps) };
  await session.startTraining();
  for (let i = 0; i < steps; i++) engine.advance();
  await expect.poll(() => session.train.status).toBe('finished');
  await session.train.runs.settled();
}

async function twoRuns() {
  const page = await openPage();
  await importText(page.session, CHAT);
  await train(page.engine, page.session, 3);
  await train(page.engine, page.session, 4);
  const button = (name: string) => page.screen.getByRole('button', { name, exact: true });
  return { ...page, button };
}

test('each run keeps its weights; going back is training on from there', async () => {
  const { screen, session, engine, button } = await twoRuns();
  expect(session.train.updates.length).toBe(7);
  expect(session.train.runs.list.map(({ name, reports }) => [name, reports.length])).toEqual([
    ['SFT', 3],
    ['SFT 2', 4],
  ]);
  await button('Go back to step 3 of SFT').click();
  await expect.poll(() => session.train.updates.length).toBe(3);
  // They are in the middle of no run.
  await expect.element(screen.getByRole('progressbar', { name: 'Steps done' })).not.toBeInTheDocument();
  expect(document.body.textContent).not.toContain('of 0');
  expect(engine.calls).toContain('restore');
  await expect.poll(() => session.train.runs.head).toEqual({ run: 1, step: 3 });
  await train(engine, session, 2);
  expect(session.train.updates.length).toBe(5);
  expect(session.train.runs.list[2]?.parent).toEqual({ run: 1, step: 3 });
  await screen.getByText('What it began with').first().click();
  await expect.element(screen.getByText('step 3 of SFT', { exact: true }).first()).toBeVisible();
});

test('undo takes one run back after the other, to the original weights', async () => {
  const { session, engine, button } = await twoRuns();
  await button('Undo the last run').click();
  await expect.poll(() => session.train.updates.length).toBe(3);
  await button('Undo the last run').click();
  await expect.poll(() => session.train.updates.length).toBe(0);
  expect(engine.calls).toContain('reset');
  expect(session.train.runs.head).toBeUndefined();
  await expect.element(button('Undo the last run')).not.toBeInTheDocument();
  // Nothing is lost by it.
  await button('Go back to step 4 of SFT 2').click();
  await expect.poll(() => session.train.updates.length).toBe(7);
});

test('two runs are compared on the same charts', async () => {
  const { screen } = await twoRuns();
  await screen.getByRole('checkbox', { name: 'Compare SFT', exact: true }).click();
  await screen.getByRole('checkbox', { name: 'Compare SFT 2' }).click();
  await expect.element(screen.getByText(/The charts compare 2 runs/)).toBeVisible();
  const loss = screen.getByRole('slider', { name: 'Loss', exact: true });
  await expect
    .element(loss)
    .toHaveAttribute('aria-valuetext', expect.stringMatching(/^Last step of each run: SFT \d\S*, SFT 2 \d/));
  // In sight stands where each got to; at a step that is pointed at, what it had there.
  const figures = () =>
    [...(loss.element().closest('figure')?.querySelectorAll('b') ?? [])].map(
      ({ textContent }) => textContent,
    );
  const number: unknown = expect.stringMatching(/^\d/);
  expect(figures()).toEqual([number, number]);
  const spoken = figures().map((figure, i) => `${i ? 'SFT 2' : 'SFT'} ${figure}`);
  expect(loss.element().getAttribute('aria-valuetext')).toBe(`Last step of each run: ${spoken.join(', ')}`);
  await expect.element(screen.getByText('Last step of each run', { exact: true })).toBeVisible();
  (loss.element() as HTMLElement).focus();
  await userEvent.keyboard('{End}');
  await expect.poll(figures).toEqual(['–', number]);
  await expect
    .element(loss)
    .toHaveAttribute('aria-valuetext', expect.stringMatching(/^Step 4: SFT –, SFT 2 \d/));
});

test('a run that begins while others are compared is in the charts, too', async () => {
  const { screen, session, engine } = await twoRuns();
  await screen.getByRole('checkbox', { name: 'Compare SFT', exact: true }).click();
  await train(engine, session, 2);
  await expect.element(screen.getByRole('checkbox', { name: 'Compare SFT 3' })).toBeChecked();
  await expect.element(screen.getByRole('checkbox', { name: 'Compare SFT 2' })).not.toBeChecked();
  await expect.element(screen.getByText(/The charts compare 2 runs/)).toBeVisible();
});

test('a run is renamed, and deleted with its weights', async () => {
  const { screen, session, button } = await twoRuns();
  await button('Rename SFT 2').click();
  const name = screen.getByRole('textbox', { name: 'Name of the run' });
  await name.fill('with less data');
  await button('Save').click();
  await expect.element(screen.getByText('with less data', { exact: false }).first()).toBeVisible();
  await button('Delete SFT').click();
  await expect.poll(() => session.train.runs.list.map((run) => run.name)).toEqual(['with less data']);
  // What the other run began with is gone.
  await expect.element(button('Undo the last run')).toHaveAttribute('aria-disabled', 'true');
});

test('a point of a paused run is kept', async () => {
  const { session, engine, screen } = await openPage();
  await importText(session, CHAT);
  await session.stepOnce();
  await expect.poll(() => session.train.step).toBe(1);
  await screen.getByRole('button', { name: 'Keep these weights' }).click();
  await expect.poll(() => session.train.runs.list[0]?.snapshots.map(({ step }) => step)).toEqual([1]);
  await expect
    .element(screen.getByRole('button', { name: /Go back to step 1/ }))
    .toHaveAttribute('aria-disabled', 'true');
  engine.advance();
  await session.train.stop();
  await expect.poll(() => session.train.runs.list[0]?.snapshots.map(({ step }) => step)).toEqual([1, 2]);
});

test('from a pause one goes back to a kept point, or to where the run began, once it is confirmed', async () => {
  const { session, engine, screen } = await openPage();
  await importText(session, CHAT);
  const button = (name: string | RegExp) => screen.getByRole('button', { name });
  const learnt = async () => (await engine.snapshot()).values.get('learnt')?.[0];
  await session.stepOnce();
  await expect.poll(() => session.train.step).toBe(1);
  await button('Keep these weights').click();
  await session.stepOnce();
  await expect.poll(() => session.train.step).toBe(2);
  await button(/^Go back to step 1 of SFT/).click();
  const asked = screen.getByRole('alertdialog', { name: 'Go back to step 1 of SFT?' });
  await expect.element(asked).toHaveTextContent(/This ends SFT at step 2\. .*optimizer’s state is lost/);
  await button('Stay in the run').click();
  await expect.element(asked).not.toBeInTheDocument();
  expect(session.train.status).toBe('paused');
  await button(/^Go back to step 1 of SFT/).click();
  await button('End the run and go back').click();
  await expect.poll(() => session.train.runs.head).toEqual({ run: 1, step: 1 });
  expect(await learnt()).toBe(1);
  expect(session.train.updates.length).toBe(1);
  // What it had come to is kept.
  expect(session.train.runs.list[0]?.snapshots.map(({ step }) => step)).toEqual([1, 2]);

  await session.stepOnce();
  await expect.poll(() => session.train.step).toBe(1);
  await button('Undo this run').click();
  await expect
    .element(screen.getByRole('alertdialog', { name: 'Go back to where SFT 2 began?' }))
    .toBeVisible();
  await button('End the run and go back').click();
  await expect.poll(() => session.train.runs.head).toEqual({ run: 1, step: 1 });
  expect(await learnt()).toBe(1);
  expect(session.train.active).toBe(false);
});

test('a reset from a pause keeps what was trained: one can go back to it', async () => {
  const { screen, session, engine } = await openPage();
  await importText(session, CHAT);
  session.train.drafts = { ...session.train.drafts, steps: '5' };
  await session.startTraining();
  engine.advance();
  engine.advance();
  await session.train.pause();
  await expect.poll(() => session.train.status).toBe('paused');
  const from = engine.calls.length;
  await session.resetWeights();
  const asked = engine.calls.slice(from).filter((call) => ['snapshot', 'reset'].includes(call));
  expect(asked).toEqual(['snapshot', 'reset']);
  expect(
    session.train.runs.list.map(({ status, snapshots }) => [status, snapshots.map(({ step }) => step)]),
  ).toEqual([['stopped', [2]]]);
  await screen.getByRole('button', { name: 'Go back to step 2 of SFT' }).click();
  await expect.poll(() => session.train.updates.length).toBe(2);
});

test('undo while the first step of a new paused run is under way takes that run back, not the one before it', async () => {
  const { session, engine, button } = await twoRuns();
  const learnt = async () => (await engine.snapshot()).values.get('learnt')?.[0];
  const { control } = engine;
  let release = () => {};
  // The step ends only when the run is told to stop, as a long one would.
  engine.control = async (request) => {
    if (request.action === 'step') release = () => engine.advance();
    else {
      release();
      await control(request);
    }
    return null;
  };
  let begun = false;
  const hold = engine.control;
  engine.control = (request) => {
    if (request.action === 'step') begun = true;
    return hold(request);
  };
  void session.stepOnce();
  await expect.poll(() => session.train.status).toBe('paused');
  await expect.poll(() => begun).toBe(true);
  await button('Undo this run').click();
  await button('End the run and go back').click();
  await expect.poll(() => session.train.active).toBe(false);
  await expect.poll(() => session.train.runs.head).toEqual({ run: 2, step: 4 });
  await expect.poll(() => session.train.updates.length).toBe(7);
  await expect.poll(learnt).toBe(7);
  // What it had come to is kept.
  expect(session.train.runs.list[2]?.snapshots.map(({ step }) => step)).toEqual([1]);
});

test('of a new paused run that has made no step, an undo ends it and changes nothing else', async () => {
  const { session, engine, button } = await twoRuns();
  await session.startTraining(true);
  await expect.poll(() => session.train.status).toBe('paused');
  await button('Undo this run').click();
  await button('End the run and go back').click();
  await expect.poll(() => session.train.active).toBe(false);
  await expect.poll(() => session.train.runs.head).toEqual({ run: 2, step: 4 });
  expect(engine.calls).not.toContain('restore');
});

test('single steps are undone one by one, and can be gone back to', async () => {
  const { session, engine, screen } = await openPage();
  await importText(session, CHAT);
  const button = (name: string | RegExp) => screen.getByRole('button', { name });
  const learnt = async () => (await engine.snapshot()).values.get('learnt')?.[0];
  await session.stepOnce();
  // Pressed faster than steps are made, too.
  await Promise.all([session.stepOnce(), session.stepOnce(), session.stepOnce()]);
  const kept = () => session.train.runs.list[0]?.snapshots.map(({ step, passing }) => [step, passing]);
  expect(kept()).toEqual([1, 2, 3, 4].map((step) => [step, true]));
  await button('Undo step 4').click();
  await expect.element(screen.getByRole('alertdialog', { name: 'Go back to step 3 of SFT?' })).toBeVisible();
  await button('End the run and go back').click();
  await expect.poll(() => session.train.runs.head).toEqual({ run: 1, step: 3 });
  expect(await learnt()).toBe(3);
  // No run is in progress any more, so that nothing has to be asked.
  await button('Undo step 3').click();
  await expect.poll(() => session.train.runs.head).toEqual({ run: 1, step: 2 });
  expect([session.train.updates.length, await learnt()]).toEqual([2, 2]);
  await button('Undo step 2').click();
  await expect.poll(() => session.train.runs.head).toEqual({ run: 1, step: 1 });
  await expect.element(button(/^Undo step/)).not.toBeInTheDocument();
  // Where it ended is kept like any end; the others are listed apart.
  await screen.getByText('Go back to one of 3 single steps').click();
  await button(/^Go back to step 3 of SFT/).click();
  await expect.poll(learnt).toBe(3);
  await button(/^Go back to step 4 of SFT/).click();
  await expect.poll(learnt).toBe(4);
  await button('Undo the last run').click();
  await expect.poll(() => session.train.runs.head).toBeUndefined();
});

test('while steps are made nothing is put back', async () => {
  const { session, screen, engine } = await openPage();
  await importText(session, CHAT);
  await session.startTraining();
  engine.advance();
  const undo = screen.getByRole('button', { name: 'Undo the last run' });
  await expect.element(undo).toHaveAttribute('aria-disabled', 'true');
  await expect.element(undo).toHaveAttribute('title', 'A run is in progress; pause or stop it first.');
});

test('another model’s weights are not put into this one', async () => {
  const { screen, session, engine } = await twoRuns();
  engine.info = { ...engine.info, parameterCount: 42 };
  await session.loadWeights();
  const back = screen.getByRole('button', {
    name: /^Go back to step 3 of SFT: These are weights of another model/,
  });
  await expect.element(back).toHaveAttribute('aria-disabled', 'true');
});
