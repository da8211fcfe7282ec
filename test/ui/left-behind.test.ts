/**
 * @file What a reload says of conversations that it did not bring back.
 */
import { expect, test } from 'vitest';
import { CHAT, importText, openPage, type Options } from './setup';
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

test('practice data, which the address makes again, is not missed', async () => {
  const storage = tabStorage();
  const { session } = await openPage({ storage });
  await session.makePractice();
  await expect.poll(() => session.data.list.length).toBeGreaterThan(0);
  expect(storage.texts.get('losslight.left')).toBeUndefined();
  await importText(session, CHAT, 'mine.json');
  await expect
    .poll(() => storage.texts.get('losslight.left'))
    .toBe('{"conversations":2,"sources":["mine.json"]}');
});
