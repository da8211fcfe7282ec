/**
 * @file What a reload says of conversations that it did not bring back.
 */
import { expect, test, vi } from 'vitest';
import type { LeftList } from '../../src/state/left-behind.svelte';
import { CHAT, conversationsOf, importText, openPage, type Options } from './setup';
import { tabStorage } from './tab-storage';

/** The next visit of the same tab. */
async function reload(
  { screen, session }: Awaited<ReturnType<typeof openPage>>,
  storage: NonNullable<Options['storage']>,
) {
  session.dispose();
  await screen.unmount();
  return openPage({ storage });
}

/** Makes practice data with the form as it is. */
async function make(session: Awaited<ReturnType<typeof openPage>>['session']): Promise<boolean> {
  return session.makePractice();
}

const NOTE = /^Before this page was loaded again, 2 conversations were here \(mine\.json\)\.$/;

test('conversations that are gone after a reload are told, by number and file and nothing else, until some are there', async () => {
  const storage = tabStorage();
  const first = await openPage({ storage });
  await expect.element(first.screen.getByText(/Before this page was loaded/)).not.toBeInTheDocument();
  await importText(first.session, CHAT, 'mine.json');
  await expect.poll(() => storage.texts.get('losslight.left')).toBeDefined();
  expect([...storage.texts.values()].join()).not.toMatch(/Thursday|Friday/);

  const second = await reload(first, storage);
  await expect.element(second.screen.getByText(NOTE)).toBeVisible();
  await expect.element(second.screen.getByText(/save the session first, under “Share”/)).toBeVisible();
  // They are still gone when the page is loaded once more.
  const third = await reload(second, storage);
  await expect.element(third.screen.getByText(NOTE)).toBeVisible();
  await importText(third.session, CHAT, 'mine.json');
  await expect.element(third.screen.getByText(NOTE)).not.toBeInTheDocument();
});

test('dismissed, it is not said again; what was cleared away is not missed', async () => {
  const storage = tabStorage();
  const first = await openPage({ storage });
  await importText(first.session, CHAT, 'mine.json');
  await expect.poll(() => storage.texts.get('losslight.left')).toBeDefined();
  const second = await reload(first, storage);
  await second.screen
    .getByRole('button', { name: 'Dismiss the note on conversations that are gone' })
    .click();
  await expect.element(second.screen.getByText(NOTE)).not.toBeInTheDocument();
  await expect.poll(() => storage.texts.get('losslight.left')).toBeUndefined();

  await importText(second.session, CHAT, 'mine.json');
  await expect.poll(() => storage.texts.get('losslight.left')).toBeDefined();
  await second.screen.getByRole('button', { name: 'Clear the list' }).click();
  await expect.poll(() => storage.texts.get('losslight.left')).toBeUndefined();
  const third = await reload(second, storage);
  await expect.element(third.screen.getByText(/Drop a file of conversations/)).toBeVisible();
  await expect.element(third.screen.getByText(/Before this page was loaded/)).not.toBeInTheDocument();
});

test('of many files the first three are named, long names cut in the middle, and the others counted', async () => {
  const storage = tabStorage();
  const first = await openPage({ storage });
  const long = `${'exported from the support desk '.repeat(6)}2026-11.json`;
  const names = [long, 'b.json', 'c.json', 'd.json', 'e.json'];
  await first.session.importFiles(names.map((name) => new File([CHAT], name)));
  await importText(first.session, CHAT, 'f.json');
  await expect.poll(() => first.session.data.list.length).toBe(12);
  await expect.poll(() => storage.texts.get('losslight.left')).toContain('"conversations":12');
  const second = await reload(first, storage);
  await expect
    .element(
      second.screen.getByText(
        'Before this page was loaded again, 12 conversations were here (exported from the support…k 2026-11.json, b.json, c.json and 3 more).',
      ),
    )
    .toBeVisible();
});

test('practice data is told by its seed, and one button makes the same again, whatever the form says now', async () => {
  const storage = tabStorage();
  const first = await openPage({ storage });
  const { practice } = first.session;
  practice.drafts = { ...practice.drafts, count: '3', heldOut: '1', seed: '7', contested: '100' };
  practice.contestedShown = 'right';
  practice.without = ['calculate'];
  await first.session.makePractice();
  await expect.poll(() => first.session.data.list.length).toBe(4);
  const made = conversationsOf(first.session);
  await expect.poll(() => storage.texts.get('losslight.left')).toContain('"practice"');

  const second = await reload(first, storage);
  const said = second.screen.getByText(
    /^Before this page was loaded again, 4 practice conversations were here \(seed 7\)\.$/,
  );
  await expect.element(said).toBeVisible();
  await expect.element(second.screen.getByText(/The same settings make the same ones again/)).toBeVisible();
  expect(second.session.practice.drafts.seed).not.toBe('7');
  await second.screen.getByRole('button', { name: 'Make them again (the practice data)' }).click();
  await expect.element(said).not.toBeInTheDocument();
  expect(conversationsOf(second.session)).toEqual(made);
  await expect.element(second.screen.getByRole('button', { name: 'Choose files' })).toHaveFocus();
});

test('practice data is told as far as it is made again, and what could not be made stays told', async () => {
  const storage = tabStorage();
  const first = await openPage({ storage });
  for (const seed of ['1', '2', '3', '4', '5']) {
    const { practice } = first.session;
    practice.drafts = { ...practice.drafts, count: '2', heldOut: '0', seed };
    await first.session.makePractice();
  }
  await expect.poll(() => first.session.data.list.length).toBe(10);
  await expect.poll(() => storage.texts.get('losslight.left')).toContain('"conversations":10');

  const second = await reload(first, storage);
  const note = second.screen.getByText(/^Before this page was loaded again, \d+ practice conversations/);
  await expect
    .element(note)
    .toHaveTextContent('10 practice conversations were here (seeds 1, 2, 3 and 2 more).');
  let left = 2;
  const made = await second.session.left.makeAgain(async () => left-- > 0 && make(second.session));
  expect(made).toBe(false);
  await expect.poll(() => second.session.data.list.length).toBe(4);
  await expect.element(note).toHaveTextContent('6 practice conversations were here (seeds 3, 4, 5).');
  // Loaded again before they are made, all are told.
  await expect.poll(() => storage.texts.get('losslight.left')).toContain('"conversations":10');
  await second.screen.getByRole('button', { name: 'Make them again (the practice data)' }).click();
  await expect.element(note).not.toBeInTheDocument();
  expect(second.session.data.list.length).toBe(10);
});

test('while some practice data is missed, it is noted once, and before what is there', async () => {
  const storage = tabStorage();
  const first = await openPage({ storage });
  const add = async (session: typeof first.session, seed: string) => {
    session.practice.drafts = { ...session.practice.drafts, count: '2', heldOut: '0', seed };
    await session.makePractice();
  };
  for (const seed of ['1', '2']) await add(first.session, seed);
  await expect.poll(() => storage.texts.get('losslight.left')).toContain('"conversations":4');
  const second = await reload(first, storage);
  let left = 1;
  await second.session.left.makeAgain(async () => left-- > 0 && make(second.session));
  for (const seed of ['3', '4', '5']) await add(second.session, seed);
  await expect.poll(() => second.session.data.list.length).toBe(8);
  const seeds = () =>
    (JSON.parse(storage.texts.get('losslight.left') ?? '') as LeftList).practice?.recipes.map(
      ({ drafts }) => drafts.seed,
    );
  await expect.poll(seeds).toEqual(['2', '1', '3', '4', '5']);
  const writes = vi.spyOn(storage, 'setItem');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(writes.mock.calls.filter(([key]) => key === 'losslight.left')).toEqual([]);
});

test('a file whose name has a comma is one', async () => {
  const storage = tabStorage();
  const first = await openPage({ storage });
  await first.session.importFiles([new File([CHAT], 'a, b.json'), new File([CHAT], 'c.json')]);
  await expect.poll(() => storage.texts.get('losslight.left')).toContain('"conversations":4');
  expect(JSON.parse(storage.texts.get('losslight.left') ?? '')).toEqual({
    own: { conversations: 4, sources: ['a, b.json', 'c.json'], more: 0 },
  });
});

test('own conversations and practice data are missed each for itself', async () => {
  const storage = tabStorage();
  const first = await openPage({ storage });
  const { practice } = first.session;
  practice.drafts = { ...practice.drafts, count: '2', heldOut: '0' };
  await first.session.makePractice();
  await importText(first.session, CHAT, 'mine.json');
  await expect.poll(() => storage.texts.get('losslight.left')).toContain('mine.json');
  const second = await reload(first, storage);
  await expect.element(second.screen.getByText(NOTE)).toBeVisible();
  const besides = second.screen.getByText(/Besides, 2 practice conversations were here \(seed 1\)\./);
  await expect.element(besides).toBeVisible();
  await second.screen.getByRole('button', { name: 'Make them again (the practice data)' }).click();
  await expect.element(besides).not.toBeInTheDocument();
  await expect.element(second.screen.getByText(NOTE)).toBeVisible();
  await importText(second.session, CHAT, 'mine.json');
  await expect.element(second.screen.getByText(NOTE)).not.toBeInTheDocument();
});

test.each([
  ['no JSON', '{'],
  ['a number', '3'],
  ['settings that are none', '{"practice":{"conversations":3,"recipes":[{"drafts":{},"without":[]}]}}'],
  ['names that are none', '{"own":{"conversations":"3","sources":7}}'],
])('a note that is %s says nothing', async (_, note) => {
  const { screen } = await openPage({ storage: tabStorage({ 'losslight.left': note }) });
  await expect.element(screen.getByText(/Drop a file of conversations/)).toBeVisible();
  await expect.element(screen.getByText(/Before this page was loaded/)).not.toBeInTheDocument();
});
