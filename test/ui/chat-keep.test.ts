/**
 * @file The chat over a reload and in a session file: branches, ratings, tools and which run answered stay; what cannot be read or is
 * too large is told and lost in no case. And from a thumb to a run.
 */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Arrival } from '../../src/state/arrival.svelte';
import { CHAT_WORLD, practiceTools } from '../../src/state/chat-tools';
import { readSessionFile } from '../../src/state/session-file';
import { SessionSave } from '../../src/state/session-save.svelte';
import type { Session } from '../../src/state/session.svelte';
import { UrlState } from '../../src/state/url-state.svelte';
import { openChat, PATIENCE, readTokenizer } from './chat-support';
import { saved } from './downloads';
import { CHAT, conversationsOf, importText, openPage } from './setup';
import { tabStorage } from './tab-storage';

const KEY = 'losslight.chat';
let says: (text: string) => number[];
let calls: (name: string, args: object) => number[];
beforeAll(async () => {
  ({ says, calls } = await readTokenizer());
});

const open: UrlState[] = [];
afterEach(() => {
  for (const address of open.splice(0)) address.dispose();
});
function addressOf(session: Session): UrlState {
  const address = new UrlState(session, { href: () => 'https://losslight.test/', replace: () => {} });
  open.push(address);
  return address;
}

/** The next visit of the same tab. */
async function reload(
  before: { screen: { unmount: () => void }; session: Session },
  storage: ReturnType<typeof tabStorage>,
) {
  before.session.dispose();
  before.screen.unmount();
  return openChat({ storage });
}

/** A run of which the weights are kept, and the label under which it answers. */
async function keptRun(session: Session, advance: () => void): Promise<string> {
  const { runs } = session.train;
  const count = runs.list.length;
  await session.startTraining();
  for (let i = 0; i < 40; i++) advance();
  await expect.poll(() => runs.list[count]?.snapshots.length).toBe(1);
  const run = runs.list[count];
  return `${run?.name}, step ${run?.snapshots[0]?.step}`;
}

describe('over a reload', () => {
  test('branches, tools, settings and which run answered are there again', async () => {
    const storage = tabStorage();
    const first = await openChat({ storage });
    const { session, engine, button, say, column } = first;
    await importText(session, CHAT);
    const label = await keptRun(session, () => engine.advance());
    const chat = session.chat.chat ?? expect.fail('There is no chat.');
    chat.begin({ messages: [], tools: practiceTools().slice(0, 3), world: CHAT_WORLD });
    chat.drafts = { ...chat.drafts, seed: '41' };
    await button('Compare with another model').click();
    chat.setSource(1, 'run 1 step 30');
    expect(chat.sources.find(({ id }) => id === 'run 1 step 30')?.label).toBe(label);
    await say('23 + 48?', calls('calculate', { expression: '23+48' }), says('It is 71.'), says('A lot.'));
    engine.scripts.push(says('Very much.'));
    await column('Model 2').getByRole('button', { name: 'Write anew message 2' }).click();
    await expect.poll(() => engine.scripts.length, PATIENCE).toBe(0);
    await first.settled();

    const again = await reload(first, storage);
    const model = again.column('Model 1');
    await expect.element(model.getByRole('listbox', { name: `Answer of ${label}: It is 71.` })).toBeVisible();
    await expect.element(model.getByText('{"result": 71}')).toBeVisible();
    await expect.element(model.getByText(/tokens, seed 41, ended its turn/).first()).toBeVisible();
    await expect.element(again.screen.getByText(/^Tools: .*practice world/)).toBeVisible();
    // The run is gone with its weights; a new run with its number is another one.
    await expect
      .element(again.screen.getByRole('combobox', { name: 'Model 1' }))
      .toHaveDisplayValue('A run that is not kept any more');
    const versions = again.screen.getByRole('group', { name: 'Versions of message 2' });
    await expect.element(versions).toHaveTextContent('2/2');
    await again.button('Earlier version of message 2').click();
    await expect.element(again.column('Model 2').getByRole('listbox', { name: /A lot/ })).toBeVisible();
    // And it goes on from there.
    await again.screen.getByRole('combobox', { name: 'Model 1' }).selectOptions('Original');
    await again.say('And twice that?', says('142.'), says('More.'));
    await expect.element(model.getByRole('listbox', { name: /142/ })).toBeVisible();
  });

  test('a rated answer is in Data again, and its thumb can be taken back', async () => {
    const storage = tabStorage();
    const first = await openChat({ storage });
    await first.say('Hello', says('Good day.'));
    await first.button('Good: reward 1').click();
    await expect.poll(() => first.session.data.list.length).toBe(1);
    const { session, column } = await reload(first, storage);
    expect(conversationsOf(session).map(({ reward, source }) => [reward, source.file])).toEqual([
      [1, 'chat'],
    ]);
    expect(session.data.history.undoLabel).toBeUndefined();
    const good = column('Model in the chat').getByRole('button', { name: 'Good: reward 1' });
    await expect.element(good).toHaveAttribute('aria-pressed', 'true');
    await good.click();
    await expect.poll(() => session.data.list.length).toBe(0);
  });

  test('an empty chat keeps nothing; one that was closed comes back closed', async () => {
    const storage = tabStorage();
    const first = await openChat({ storage });
    await first.say('Hello', says('Good day.'));
    await first.button('Close the chat').click();
    await expect.poll(() => storage.texts.get(KEY)).toContain('"open":false');
    const again = await reload(first, storage);
    await expect.element(again.screen.getByRole('listbox', { name: /Good day/ })).toBeVisible();
    await again.button('New chat…').click();
    await again.button('Begin').click();
    await expect.poll(() => storage.texts.has(KEY)).toBe(false);
  });

  test('ratings belong to one’s own conversations, also where a lesson is open', async () => {
    const storage = tabStorage();
    const first = await openChat({ storage });
    await first.say('Hello', says('Good day.'));
    await first.button('Good: reward 1').click();
    await expect.poll(() => first.session.data.list.length).toBe(1);
    await first.session.openLesson('end-of-turn');
    const { lessons } = first.session;
    expect(lessons.current).toBeDefined();
    await first.screen.getByRole('textbox', { name: /^Say/ }).fill('x');
    first.session.dispose();
    const kept = JSON.parse(storage.texts.get(KEY) ?? '{}') as { chat?: { records?: unknown[] } };
    expect(kept.chat?.records).toHaveLength(1);
    first.screen.unmount();
    const again = await openChat({ storage });
    expect(conversationsOf(again.session)).toHaveLength(1);
  });

  test.each([
    ['no JSON', '{"losslightChat":1', 'It is not JSON.'],
    [
      'a newer one',
      '{"losslightChat":9,"chat":{}}',
      '“chat.losslightChat” must be a whole number from 1 to 1.',
    ],
    ['another thing', '{"losslightChat":1,"chat":{"columns":[{"source":"x"}]}}', 'names no model'],
  ])(
    'what was kept and is %s is told, can be saved, and stays until another chat takes its place',
    async (_, text, said) => {
      const storage = tabStorage({ [KEY]: text });
      const { screen, button, say, session } = await openChat({ storage });
      const alert = screen.getByRole('alert').filter({ hasText: 'The chat could not be brought back' });
      await expect.element(alert).toHaveTextContent(said);
      expect(storage.texts.get(KEY)).toBe(text);
      const file = await saved(() => button('Save what was kept').click());
      expect(file.text).toBe(text);
      await say('Hello', says('Good day.'));
      await expect.poll(() => storage.texts.get(KEY)).toContain('Good day.');
      await button('Dismiss').click();
      await expect.element(alert).not.toBeInTheDocument();
      expect(session.chat.keep?.problem).toBeUndefined();
    },
  );

  test('a storage that is full is told, and what it kept before stays', async () => {
    const storage = tabStorage();
    let full = false;
    const { setItem } = storage;
    storage.setItem = (key, text) => {
      if (full) throw new DOMException('full', 'QuotaExceededError');
      setItem(key, text);
    };
    const { screen, say, column } = await openChat({ storage });
    await say('Hello', says('Good day.'));
    await expect.poll(() => storage.texts.get(KEY)).toContain('Good day.');
    full = true;
    await say('And then?', says('Good night.'));
    const alert = screen.getByRole('alert').filter({ hasText: 'The chat is not kept over a reload' });
    await expect.element(alert).toHaveTextContent(/Save the session as a file/);
    expect(storage.texts.get(KEY)).not.toContain('Good night.');
    await expect
      .element(column('Model in the chat').getByRole('listbox', { name: /Good night/ }))
      .toBeVisible();
    full = false;
    await say('Well', says('Fine.'));
    await expect.element(alert).not.toBeInTheDocument();
    // The message is kept before its answer is.
    await expect.poll(() => storage.texts.get(KEY)).toContain('Fine.');
  });
});

describe('in a session file', () => {
  test('goes along with its runs under their new numbers and its ratings; opening can be taken back', async () => {
    const first = await openChat();
    const { session, engine, column, say, screen } = first;
    await importText(session, CHAT);
    const label = await keptRun(session, () => engine.advance());
    await screen.getByRole('combobox', { name: 'Model', exact: true }).selectOptions(label);
    await say('Is it cold?', says('Yes.'));
    await column('Model in the chat').getByRole('button', { name: 'Good: reward 1' }).click();
    await expect.poll(() => session.data.list.length).toBe(3);
    const save = new SessionSave(session, addressOf(session));
    save.withWeights = true;
    const blob = await save.make();
    if (!blob) throw new Error(save.error?.message);
    session.dispose();
    screen.unmount();

    // A page with a run and a chat of its own.
    const second = await openChat();
    await importText(second.session, CHAT, 'mine.json');
    await keptRun(second.session, () => second.engine.advance());
    await second.say('Mine?', says('Yours.'));
    const opened = await readSessionFile(blob, 'x.losslight.zip');
    expect(opened.problems).toEqual([]);
    const arrival = new Arrival(second.session, addressOf(second.session), {
      ...opened,
      name: 'x.losslight.zip',
    });
    arrival.replace = false;
    expect(await arrival.take()).toBe(true);
    await expect
      .element(second.screen.getByRole('listbox', { name: `Answer of ${label}: Yes.` }))
      .toBeVisible();
    // It answers with the weights that came with the file.
    await second.say('Surely?', says('Surely.'));
    const which = second.engine.generated.at(-1)?.which;
    const { list } = second.session.train.runs;
    expect(typeof which === 'object' && which.values).toBe(list[1]?.snapshots[0]?.values);
    // Its rating is that of the record that came with it, though its id may be another one here.
    const good = second.column('Model in the chat').getByRole('button', { name: 'Good: reward 1' });
    await expect.element(good.first()).toHaveAttribute('aria-pressed', 'true');
    const rated = () => conversationsOf(second.session).filter(({ reward }) => reward !== undefined);
    expect(rated()).toHaveLength(1);
    await good.first().click();
    await expect.poll(() => rated().length).toBe(0);
    expect(second.session.data.list.length).toBe(4);

    expect(await arrival.undo()).toBe(true);
    await expect.element(second.screen.getByRole('listbox', { name: /Yours/ })).toBeVisible();
    expect(second.session.train.runs.list).toHaveLength(1);
  });

  test('a page without a chat saves none', async () => {
    const { session } = await openPage();
    await importText(session, CHAT);
    const blob = await new SessionSave(session, addressOf(session)).make();
    const { content } = await readSessionFile(blob ?? new Blob(), 'x.losslight.zip');
    expect(content.chat).toBeUndefined();
  });
});

describe('from a thumb to a run', () => {
  test('answers that were rated in the chat are what RWR, DPO and KTO learn from', async () => {
    const { session, engine, say, button, column, screen } = await openChat();
    await button('Compare with another model').click();
    await say('Is it cold?', says('Yes, it is.'), says('Bananas.'));
    await column('Model 1').getByRole('button', { name: 'Good: reward 1' }).click();
    await column('Model 2').getByRole('button', { name: 'Bad: reward 0' }).click();
    await expect.poll(() => session.data.list.length).toBe(2);
    const family = (name: string) => screen.getByRole('radio', { name, exact: true });
    const objective = screen.getByRole('combobox', { name: 'Objective', exact: true });
    const train = async () => {
      await expect.poll(() => session.trainBlock, PATIENCE).toBeUndefined();
      await button('Train').click();
      // While it is prepared there is nothing to stop yet.
      await expect.poll(() => session.train.status, PATIENCE).toBe('running');
      const { given, asked } = engine;
      await session.train.stop();
      await expect.poll(() => session.train.active).toBe(false);
      await session.resetWeights();
      return { kind: asked?.objective?.kind, samples: given.map(({ sample }) => sample) };
    };
    await family('From rewards in the data').click();
    await objective.selectOptions('RWR (reward-weighted)');
    const rewarded = await train();
    expect(rewarded.kind).toBe('rwr');
    expect(rewarded.samples.map((sample) => sample?.reward)).toEqual([1, 0]);
    await family('From preferences in the data').click();
    await objective.selectOptions('DPO');
    const pairs = await train();
    expect(pairs.kind).toBe('dpo');
    expect(pairs.samples.map((sample) => sample?.preference)).toEqual(['chosen', 'rejected']);
    await objective.selectOptions('KTO');
    const labels = await train();
    expect(labels.samples.map((sample) => sample?.desirable)).toEqual([true, false]);
  });
});
