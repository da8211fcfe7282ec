/**
 * @file What a first visit runs into: a lesson chosen under a paused run, a reload that would lose something, and a run by reward
 * that has little to learn from.
 */
import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { Arrival } from '../../src/state/arrival.svelte';
import { UrlState } from '../../src/state/url-state.svelte';
import FlatGroupsNote from '../../src/ui/FlatGroupsNote.svelte';
import { CHAT, importText, openPage } from './setup';

/** Whether the browser would ask before the page goes. */
function asksBeforeReload(): boolean {
  const event = new Event('beforeunload', { cancelable: true });
  window.dispatchEvent(event);
  return event.defaultPrevented;
}

test('a lesson chosen under a paused run says why it waits, stays away, or stops the run and opens', async () => {
  const { session, screen } = await openPage();
  await importText(session, CHAT);
  await session.startTraining(true);
  await session.openLesson('weights');
  const waits = screen.getByRole('region', { name: 'The lesson waits' });
  await expect.element(waits.getByRole('alert')).toHaveTextContent(/cannot open while a run is paused/);
  await waits.getByRole('button', { name: 'Stay here' }).click();
  await expect.element(waits).not.toBeInTheDocument();
  expect(session.train.status).toBe('paused');
  await session.openLesson('weights');
  await waits.getByRole('button', { name: 'Stop the run and open it' }).click();
  await expect.poll(() => session.lessons.current?.id, { timeout: 20_000 }).toBe('weights');
  expect(session.train.active).toBe(false);
  await expect.element(waits).not.toBeInTheDocument();
});

test('a reload is asked about where it loses own conversations or tuned weights, and not for practice data', async () => {
  const { session, engine } = await openPage();
  expect(asksBeforeReload()).toBe(false);
  session.practice.drafts = { ...session.practice.drafts, count: '2', heldOut: '1' };
  await session.makePractice();
  expect(session.data.list.length).toBe(3);
  expect(asksBeforeReload()).toBe(false);
  await session.setReward(1);
  expect(session.unsaved.conversations).toBe(true);
  expect(asksBeforeReload()).toBe(true);
  await session.changeData(() => session.data.undo());
  expect(asksBeforeReload()).toBe(false);
  await session.startTraining(true);
  engine.advance();
  await expect.poll(asksBeforeReload).toBe(true);
  await session.train.stop();
  await session.saveTuned('model', 'tuned');
  expect(session.unsaved.weights).toBe(false);
  expect(asksBeforeReload()).toBe(false);
  // As it is pasted: no file has it.
  expect(await session.importText({ name: 'pasted text', text: CHAT })).toBe(true);
  expect(asksBeforeReload()).toBe(true);
});

test('a reload is not asked about for what was only opened, and is for weights that were set by hand', async () => {
  const { session, screen } = await openPage();
  const file = new File([CHAT], 'own.json');
  await session.importFiles([file]);
  expect(session.data.list.length).toBeGreaterThan(0);
  expect(asksBeforeReload()).toBe(false);
  await expect.poll(() => session.mask.view?.source.id).toBe(session.data.list.id(0));
  session.mask.toggle(3);
  expect(session.unsaved.edits).toBe(true);
  expect(asksBeforeReload()).toBe(true);
  session.mask.edits.undo();
  expect(asksBeforeReload()).toBe(false);
  session.mask.edits.redo();
  expect(asksBeforeReload()).toBe(true);
  // In a file they are safe, and come back from one as they were.
  const edits = session.mask.edits.export();
  expect(asksBeforeReload()).toBe(false);
  session.mask.toggle(5);
  expect(asksBeforeReload()).toBe(true);
  await session.importFiles([new File([edits], 'edits.json')]);
  expect(asksBeforeReload()).toBe(false);
  // Read in another way it is still the file; a changed conversation is in none.
  await session.reread({});
  expect(asksBeforeReload()).toBe(false);
  await session.setReward(1);
  expect(session.unsaved.conversations).toBe(true);
  expect(asksBeforeReload()).toBe(true);
  await screen.unmount();
});

test('a session’s file as it was taken in is not asked about; what was there before, unsaved, is again after an undo', async () => {
  const { session } = await openPage();
  // As it is pasted: no file has it.
  expect(await session.importText({ name: 'pasted text', text: CHAT })).toBe(true);
  expect(asksBeforeReload()).toBe(true);
  const conversations = await session.data.list.read([0]);
  const opened = {
    content: { parts: [{ name: 'saved.json', heldOut: false, conversations }] },
    problems: [],
    name: 'saved.losslight.zip',
  };
  const address = new UrlState(session, { href: () => 'https://losslight.test/', replace: () => {} });
  const arrival = new Arrival(session, address, opened);
  expect(await arrival.take()).toBe(true);
  expect(session.unsaved.any).toBe(false);
  expect(asksBeforeReload()).toBe(false);
  expect(await arrival.undo()).toBe(true);
  expect(asksBeforeReload()).toBe(true);
  address.dispose();
});

test('by reward, practice data with few contested questions gives way to contested ones, and undo brings it back', async () => {
  const { session, screen } = await openPage({ step: 'train' });
  const presets = screen.getByRole('group', { name: 'Begin with' });
  await presets.getByRole('button', { name: 'By reward (GRPO)' }).click();
  const offer = screen.getByRole('button', { name: 'Use contested practice data' });
  await expect.element(screen.getByText(/There are no questions yet/)).toBeVisible();
  session.practice.drafts = { ...session.practice.drafts, count: '12', heldOut: '0' };
  await session.makePractice();
  await expect.element(screen.getByText(/Of these practice questions \d+% are contested/)).toBeVisible();
  await offer.click();
  await expect.poll(() => session.data.list.length).toBe(124);
  expect(session.data.heldOutRows).toHaveLength(60);
  await expect.poll(() => session.practice.drafts.contested).toBe('80');
  await expect.element(offer).not.toBeInTheDocument();
  const { prompts = 0, contested = 0 } = session.train.objective.data ?? {};
  expect(contested / prompts).toBeGreaterThan(0.5);
  await session.changeData(() => session.data.undo());
  expect(session.data.list.length).toBe(12);
});

test('a run whose groups mostly have no variance says so, with what to do', async () => {
  const reports = [{ metrics: { flatGroups: 4 } }, { metrics: { flatGroups: 3 } }];
  const screen = await render(FlatGroupsNote, { reports, prompts: 4 });
  await expect
    .element(screen.getByText('7 of the last 8 groups had no variance: nothing was learnt from them.'))
    .toBeVisible();
  await expect.element(screen.getByText(/Contested questions, a higher temperature/)).toBeVisible();
  await screen.rerender({ reports: [{ metrics: { flatGroups: 1 } }], prompts: 4 });
  await expect.element(screen.getByText(/had no variance/)).not.toBeInTheDocument();
});
