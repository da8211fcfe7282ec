/**
 * @file Compare of a run that came with a session file, behind data with the same ids, and of one from an older file, which does not
 * say what the run took.
 */
import { expect, test } from 'vitest';
import { Arrival } from '../../src/state/arrival.svelte';
import type { ReadContent } from '../../src/state/page-content';
import type { RunFacts } from '../../src/state/runs.svelte';
import { readSessionFile } from '../../src/state/session-file';
import { SessionSave } from '../../src/state/session-save.svelte';
import type { Session } from '../../src/state/session.svelte';
import { UrlState } from '../../src/state/url-state.svelte';
import { CHAT, importText, openPage } from './setup';

const turn = (role: string, content: string) => ({ role, content });
const MINE = JSON.stringify([{ messages: [turn('user', 'Mine?'), turn('assistant', 'Mine it is.')] }]);

const addressOf = (session: Session) =>
  new UrlState(session, { href: () => 'https://losslight.test/', replace: () => {} });

/** A session file of a run on `CHAT`, with its weights, as it is read again. */
async function sessionOfRun(): Promise<Awaited<ReturnType<typeof readSessionFile>>> {
  const { session, engine, screen } = await openPage();
  await importText(session, CHAT);
  await session.startTraining();
  for (let i = 0; i < 40; i++) engine.advance();
  await expect.poll(() => session.train.runs.list[0]?.snapshots.length).toBe(1);
  const address = addressOf(session);
  const save = new SessionSave(session, address);
  save.withWeights = true;
  const blob = await save.make();
  if (!blob) throw new Error(save.error?.message);
  address.dispose();
  session.dispose();
  screen.unmount();
  return readSessionFile(blob, 'x.losslight.zip');
}

/** The same as an older page wrote it. */
function without(content: ReadContent['content'], ...keys: (keyof RunFacts)[]): ReadContent['content'] {
  const runs = content.runs?.map((run) => {
    const facts = { ...run.facts };
    for (const key of keys) Reflect.deleteProperty(facts, key);
    return { ...run, facts };
  });
  return { ...content, ...(runs && { runs }) };
}

test.each<{ keys: (keyof RunFacts)[]; said: RegExp; caption: RegExp }>([
  {
    keys: ['taken'],
    said: /^SFT comes from an older session file, which does not say which conversations it took\./,
    caption: /divided and masked as in SFT/,
  },
  {
    keys: ['taken', 'mask'],
    said: /^SFT comes from an older session file, which says neither by which mask/,
    caption: /^(?!.*masked as in SFT)Mean log-probability/,
  },
])('a run of an older file without $keys: what it took is left open', async ({ keys, said, caption }) => {
  const opened = await sessionOfRun();
  const { session, screen } = await openPage({ step: 'compare' });
  const address = addressOf(session);
  const arrival = new Arrival(session, address, {
    ...opened,
    content: without(opened.content, ...keys),
    name: 'x.losslight.zip',
  });
  expect(await arrival.take()).toBe(true);
  const panel = screen.getByRole('region', { name: 'Compare', exact: true });
  await expect.element(panel.getByText(said)).toBeVisible();
  await expect.element(panel.getByRole('table', { name: caption }).first()).toBeVisible();
  await expect.element(panel.getByText('all trained', { exact: true })).not.toBeInTheDocument();
  address.dispose();
});

test('behind one’s own data, a run is said to have trained what came with it, and none of one’s own', async () => {
  const opened = await sessionOfRun();
  const { session, screen } = await openPage({ step: 'compare' });
  await importText(session, MINE);
  const own = session.data.list.id(0);
  expect(opened.content.parts?.flatMap(({ conversations }) => conversations.map(({ id }) => id))).toContain(
    own,
  );
  const address = addressOf(session);
  const arrival = new Arrival(session, address, { ...opened, name: 'x.losslight.zip' });
  arrival.replace = false;
  expect(await arrival.take()).toBe(true);
  const panel = screen.getByRole('region', { name: 'Compare', exact: true });
  const total = (name: string) => panel.getByRole('rowheader', { name, exact: true });
  await session.choose(own);
  await expect.element(panel.getByText(/^This conversation took no part in SFT/)).toBeVisible();
  await session.choose(session.data.list.id(1));
  await expect.element(total('all trained')).toBeVisible();
  expect(panel.getByText(/took no part in SFT|SFT took something else/).elements()).toHaveLength(0);
  address.dispose();
});
