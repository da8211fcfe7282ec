/**
 * @file The page's address, sharing, session files and the guide: what a link holds, what it may not do, and the way back.
 */
import axe from 'axe-core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { userEvent } from 'vitest/browser';
import App from '../../src/App.svelte';
import type { Json } from '../../src/conversation/types';
import { LosslightError } from '../../src/errors';
import { packFragment } from '../../src/state/fragment-codec';
import { Session, type Services } from '../../src/state/session.svelte';
import { ThemeState, type Theme } from '../../src/state/theme.svelte';
import { UrlState } from '../../src/state/url-state.svelte';
import { saved } from './downloads';
import { FakeEngine, FakeText } from './fakes';
import { CHAT, conversationsOf, importText } from './setup';

const home = location.href;
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
  history.replaceState(null, '', home);
});

/** A page whose address is this one, with a query and a fragment of its own. */
async function openAt(query = '', hash = '', theme?: Theme, lessons?: Services['lessons']) {
  const bar = { href: `https://losslight.test/page/${query}` };
  history.replaceState(null, '', hash || '#');
  const [engine, text] = [new FakeEngine(), new FakeText()];
  engine.text = text;
  const session = new Session({
    text,
    engine,
    base: new URL('/', location.href).href,
    ...(lessons && { lessons }),
  });
  const address = new UrlState(session, {
    href: () => bar.href,
    replace: (href) => {
      bar.href = new URL(href, bar.href).href;
      if (!href.includes('#')) history.replaceState(null, '', '#');
    },
  });
  const themes = new ThemeState(document.documentElement, undefined);
  if (theme && themes.current !== theme) themes.toggle();
  const screen = await render(App, { session, theme: themes, address });
  open.push(() => address.dispose());
  await session.begin();
  return { screen, session, engine, address, bar };
}

const fragment = async (content: object) =>
  `#share=${await packFragment({ losslightPage: 1, ...content } as unknown as Json)}`;
const talk = (id: string, content: string) => ({
  id,
  messages: [
    { role: 'user', content },
    { role: 'assistant', content: 'Yes.' },
  ],
});

describe('settings in the address', () => {
  test('are read when the page opens; what does not hold is told by name; a change is written, a default is not', async () => {
    const { screen, session, bar } = await openAt(
      '?lr=fast&colour=red&steps=50&sequences=fork&mask=trl-assistant-only&lesson-x=1',
    );
    expect(session.train.drafts.steps).toBe('50');
    expect(session.train.division.strategy).toBe('fork');
    expect(session.mask.preset?.name).toBe('trl-assistant-only');
    const notice = screen.getByRole('alert').filter({ hasText: '3 parts of the address do not hold' });
    await expect.element(notice).toHaveTextContent('“lr” = “fast”: Learning rate must be a number.');
    await expect.element(notice).toHaveTextContent('“colour”: there is no such setting.');
    await expect
      .poll(() => bar.href)
      .toBe('https://losslight.test/page/?mask=trl-assistant-only&sequences=fork&steps=50');
    session.train.drafts = { ...session.train.drafts, steps: '7' };
    await expect.poll(() => bar.href).toContain('steps=7');
    session.mask.setPreset('default');
    session.train.division = { strategy: 'whole', truncate: 'end' };
    session.train.drafts = { ...session.train.drafts, steps: '30' };
    // Chosen, though it is usual: practice data would be divided otherwise.
    await expect.poll(() => bar.href).toBe('https://losslight.test/page/?sequences=whole');
    await screen.getByRole('button', { name: 'Dismiss' }).click();
    await expect.element(notice).not.toBeInTheDocument();
  });

  test('a division that nobody chose stays one that the data decides', async () => {
    const { session, address } = await openAt('?steps=50');
    expect(session.train.choices.own.division).toBeUndefined();
    address.apply({ truncate: 'start' });
    expect(session.train.division).toEqual({ strategy: 'whole', truncate: 'start' });
    address.apply({ sequences: 'whole' });
    expect(session.train.choices.own.division).toEqual({ strategy: 'whole', truncate: 'end' });
  });

  test('LoRA is asked for once the model is there, and reset goes back; so does its undo', async () => {
    const { screen, session, engine, bar } = await openAt('?lora=4&batch=2');
    await expect
      .poll(() => session.model.info?.trained.adaptation)
      .toMatchObject({ kind: 'lora', rank: 4, alpha: 8 });
    await screen.getByRole('button', { name: 'Share' }).click();
    const part = screen.getByRole('region', { name: 'Link to these settings' });
    await expect
      .element(part.getByRole('textbox'))
      .toHaveValue('https://losslight.test/page/?lora=4&batch=2');
    await part.getByRole('button', { name: 'Reset to defaults' }).click();
    await expect.poll(() => session.model.info?.trained.adaptation.kind).toBe('full');
    await expect.poll(() => bar.href).toBe('https://losslight.test/page/');
    await expect.poll(() => session.train.drafts.batchSize).toBe('4');
    await part.getByRole('button', { name: 'Undo the reset' }).click();
    await expect.poll(() => session.train.drafts.batchSize).toBe('2');
    await expect.poll(() => session.model.info?.trained.adaptation).toMatchObject({ kind: 'lora', rank: 4 });

    // What was tuned comes back as well; and a run in progress keeps its settings.
    await importText(session, CHAT);
    session.train.drafts = { ...session.train.drafts, steps: '1' };
    await session.startTraining();
    const reset = part.getByRole('button', { name: 'Reset to defaults' });
    await expect.element(reset).toHaveAttribute('aria-disabled', 'true');
    await expect.element(part.getByText(/A run is in progress/)).toBeVisible();
    engine.advance();
    await expect.poll(() => session.train.runs.list[0]?.snapshots.length).toBe(1);
    await expect.element(reset).toHaveAttribute('aria-disabled', 'false');
    await reset.click();
    await expect.poll(() => session.train.runs.head).toBeUndefined();
    await part.getByRole('button', { name: 'Undo the reset' }).click();
    await expect.poll(() => session.train.runs.head).toEqual({ run: 1, step: 1 });
    await expect.poll(() => session.model.info?.trained.adaptation).toMatchObject({ kind: 'lora', rank: 4 });
    await expect.poll(() => session.train.drafts.batchSize).toBe('2');
  });

  test('many changes are written as one, and a lesson’s settings are not', async () => {
    const { session, address } = await openAt('?batch=2');
    const replace = vi.spyOn((address as unknown as { bar: { replace: () => void } }).bar, 'replace');
    for (let steps = 1; steps <= 20; steps++)
      session.train.drafts = { ...session.train.drafts, steps: String(steps) };
    await expect.poll(() => replace.mock.calls.length).toBe(1);
    expect(replace).toHaveBeenLastCalledWith('/page/?steps=20&batch=2');
  });
});

describe('a lesson and the address', () => {
  test('its settings are not written there', async () => {
    const { session, address, bar } = await openAt('?steps=50');
    const replace = vi.spyOn((address as unknown as { bar: { replace: () => void } }).bar, 'replace');
    await session.lessons.open('end-of-turn');
    expect(session.lessons.current?.id).toBe('end-of-turn');
    expect(session.train.drafts.steps).not.toBe('50');
    // Longer than a change waits to be written.
    await new Promise((done) => setTimeout(done, 400));
    expect(replace).not.toHaveBeenCalled();
    await session.closeLesson();
    expect(session.train.drafts.steps).toBe('50');
    expect(bar.href).toContain('?steps=50');
  });

  test('LoRA that the address asks for waits until the lesson is closed', async () => {
    const { session } = await openAt('?lora=4', '', undefined, {
      address: { read: () => ({ kind: 'shipped', id: 'end-of-turn' }), write: () => {}, watch: () => {} },
    });
    await expect.poll(() => session.lessons.current?.id).toBe('end-of-turn');
    await expect.poll(() => session.model.weights).toBe('ready');
    expect(session.model.info?.trained.adaptation.kind).toBe('full');
    await session.closeLesson();
    await expect.poll(() => session.model.info?.trained.adaptation).toMatchObject({ kind: 'lora', rank: 4 });
  });
});

describe('sharing conversations', () => {
  test('the link holds what was chosen, says what it holds, and opens on another page after asking; the way back', async () => {
    const first = await openAt('?steps=50&holdout=50');
    await importText(
      first.session,
      JSON.stringify([
        {
          messages: [
            { role: 'user', content: 'Mail a@example.org' },
            { role: 'assistant', content: 'Done.' },
          ],
        },
        {
          messages: [
            { role: 'user', content: '<img src=x onerror=alert(1)>' },
            { role: 'assistant', content: 'No.' },
          ],
        },
      ]),
      'customers.json',
    );
    await first.screen.getByRole('button', { name: 'Share' }).click();
    const part = first.screen.getByRole('region', { name: 'Link with conversations' });
    await expect.element(part.getByRole('note')).toHaveTextContent('It holds 1 conversation with 2 messages');
    await part.getByRole('radio', { name: 'All (2)' }).click();
    await expect
      .element(part.getByRole('note'))
      .toHaveTextContent('It holds 2 conversations with 4 messages, word for word.');
    await expect.element(part.getByRole('note')).toHaveTextContent('1 e-mail address and 0 long numbers');
    await expect.element(part.getByText(/The link has \d+ characters/)).toBeVisible();
    const link = part.getByRole('textbox', { name: 'Link with conversations' }).element() as HTMLInputElement;
    const { hash, search } = new URL(link.value);
    expect(search).toBe('');
    // Another tab’s: it writes no settings into this one’s address.
    first.address.dispose();
    first.screen.unmount();

    const { screen, session, bar } = await openAt('?steps=9', hash);
    const dialog = screen.getByRole('dialog', { name: 'Open what the link holds?' });
    await expect.element(dialog).toHaveTextContent('2 conversations with 4 messages');
    // Nothing has changed yet, and a reload would ask again.
    expect(session.data.list.length).toBe(0);
    expect(location.hash).toBe(hash);
    await importText(session, CHAT, 'mine.json');
    await dialog.getByRole('button', { name: 'Open it' }).click();
    await expect.element(screen.getByText('Opened the link.')).toBeVisible();
    // Decided: copied from the address bar, it would share the conversations further; so a reload has to ask first.
    await expect.poll(() => location.hash).toBe('');
    await expect.poll(() => session.unsaved.conversations).toBe(true);
    expect(conversationsOf(session).map(({ messages }) => messages[0]?.content)).toEqual([
      'Mail a@example.org',
      '<img src=x onerror=alert(1)>',
    ]);
    expect(conversationsOf(session).map(({ id, source }) => [id, source.file])).toEqual([
      ['shared 1', 'shared link'],
      ['shared 2', 'shared link'],
    ]);
    await expect.poll(() => bar.href).toContain('steps=50');
    await expect.poll(() => session.data.list.heldOutCount).toBe(1);
    expect(document.querySelector('img')).toBeNull();
    await screen.getByRole('button', { name: 'Bring back what was here' }).click();
    await expect.poll(() => session.train.drafts.steps).toBe('9');
    await expect
      .poll(() => conversationsOf(session).map(({ source }) => source.file))
      .toEqual(['mine.json', 'mine.json']);
    await expect.poll(() => session.data.list.heldOutCount).toBe(0);
  });

  test('behind one’s own, ids that are taken become others; “leave” changes nothing', async () => {
    const hash = await fragment({ parts: [{ name: 'x', conversations: [talk('test.json#0', 'Theirs?')] }] });
    const { screen, session } = await openAt('', hash);
    await importText(session, CHAT);
    const dialog = screen.getByRole('dialog', { name: 'Open what the link holds?' });
    await dialog.getByRole('radio', { name: 'come behind those on this page' }).click();
    await dialog.getByRole('button', { name: 'Open it' }).click();
    await expect
      .poll(() => conversationsOf(session).map(({ id }) => id))
      .toEqual(['test.json#0', 'test.json#1', 'test.json#0 (2)']);
    await screen.getByRole('button', { name: 'Dismiss' }).click();
    location.hash = hash;
    await expect.element(dialog).toBeVisible();
    await dialog.getByRole('button', { name: 'Leave everything as it is' }).click();
    await expect.element(dialog).not.toBeInTheDocument();
    await expect.poll(() => location.hash).toBe('');
    expect(session.data.list.length).toBe(3);
    expect(session.data.history.undoLabel).toBe('opening the link');
  });

  test('on a page that has nothing, nothing is said of what it has; a reload after opening asks, and taking it off is saving it', async () => {
    const hash = await fragment({ parts: [{ name: 'x', conversations: [talk('a', 'Theirs?')] }] });
    const { screen, session } = await openAt('', hash);
    const dialog = screen.getByRole('dialog', { name: 'Open what the link holds?' });
    await expect.element(dialog).toHaveTextContent('Open only what comes from people you know.');
    await expect.element(dialog).not.toHaveTextContent('What this page has now');
    await expect.element(dialog.getByRole('radio')).not.toBeInTheDocument();
    await dialog.getByRole('button', { name: 'Open it' }).click();
    await expect.element(screen.getByText('Opened the link.')).toBeVisible();
    expect(session.unsaved.any).toBe(true);
    const leaving = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(leaving);
    expect(leaving.defaultPrevented).toBe(true);
    await screen.getByRole('button', { name: 'Take it off the page again' }).click();
    await expect.poll(() => session.data.list.length).toBe(0);
    await expect.poll(() => session.unsaved.any).toBe(false);
  });

  test('code comes only with a tick, and runs in no case', async () => {
    const code = 'globalThis.ran = true; function reward() { return 1; }';
    const rewards = {
      losslightRewards: 1,
      parts: [
        { id: 'own', weight: 1 },
        { id: 'format', weight: 2 },
      ],
      code,
    };
    const { screen, session } = await openAt('', await fragment({ rewards }));
    const dialog = screen.getByRole('dialog', { name: 'Open what the link holds?' });
    await dialog.getByText('The function').click();
    await expect.element(dialog.getByText(code)).toBeVisible();
    await dialog.getByRole('button', { name: 'Open it' }).click();
    await expect.element(screen.getByText('Opened the link.')).toBeVisible();
    expect(session.rewards.parts).toEqual([{ id: 'format', weight: 2 }]);
    expect(session.rewards.code).not.toContain('ran');
    const { code: own } = session.rewards;
    location.hash = await fragment({ rewards });
    await dialog.getByRole('checkbox', { name: /Take its reward function/ }).click();
    await dialog.getByRole('button', { name: 'Open it' }).click();
    await expect.poll(() => session.rewards.code).toBe(code);
    expect('ran' in globalThis).toBe(false);
    await screen.getByRole('button', { name: 'Bring back what was here' }).click();
    await expect.poll(() => session.rewards.code).toBe(own);
    await expect.poll(() => session.rewards.parts).toEqual([{ id: 'format', weight: 2 }]);
  });

  test.each([
    [
      'cut off',
      async () => (await fragment({ template: 'x'.repeat(99) })).slice(0, -5),
      'it is damaged or was cut off',
    ],
    ['a bomb', async () => `#share=${await packFragment('a'.repeat(8_000_000))}`, 'unpacks to more than'],
    [
      'nothing of ours',
      async () => `#share=${await packFragment({ messages: [] })}`,
      'was not made by Losslight',
    ],
    ['a newer one', () => fragment({ losslightPage: 99 }), 'made by a newer Losslight'],
    ['no base64', async () => '#share=<script>', 'it has the character'],
  ])('a link that is %s is refused in words, and the page goes on', async (_, make, said) => {
    const { screen, session } = await openAt('', await make());
    await expect
      .element(screen.getByRole('alert').filter({ hasText: 'It could not be opened' }))
      .toHaveTextContent(said);
    await importText(session, CHAT);
    expect(session.data.list.length).toBe(2);
    await screen.getByRole('button', { name: 'Dismiss' }).click();
  });
});

describe('a session as a file', () => {
  test('is saved and opened again with settings, edits, conversations, runs and tuned weights', async () => {
    const first = await openAt('?steps=3&schedule=linear');
    const { session: before } = first;
    await importText(before, CHAT, 'mine.json');
    before.mask.setRule('think', { train: true, weight: 0.5 });
    await expect.poll(() => before.mask.view).toBeDefined();
    before.mask.edit(0.25, 3);
    await before.startTraining();
    for (let step = 0; step < 3; step++) first.engine.advance();
    await expect.poll(() => before.train.status).toBe('finished');
    await expect.poll(() => before.train.runs.list[0]?.snapshots.length).toBe(1);
    await first.screen.getByRole('button', { name: 'Share' }).click();
    const part = first.screen.getByRole('region', { name: 'Session as a file' });
    await part.getByRole('checkbox', { name: /Tuned weights, too/ }).click();
    const file = await saved(async () => {
      await part.getByRole('button', { name: 'Save session' }).click();
      await expect.element(part.getByText(/was saved/)).toBeVisible();
    });
    expect(file.name).toMatch(/^session-\d{4}-\d\d-\d\d\.losslight\.zip$/);
    const [run] = before.train.runs.list;
    // Another tab’s: it writes no settings into this one’s address.
    first.address.dispose();
    first.screen.unmount();

    const { screen, session, engine } = await openAt();
    await screen.getByRole('button', { name: 'Share' }).click();
    await expect.element(screen.getByLabelText('Session file')).toBeInTheDocument();
    const input = screen.getByLabelText('Session file').element() as HTMLInputElement;
    const files = new DataTransfer();
    files.items.add(new File([file.blob], file.name));
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    const dialog = screen.getByRole('dialog', { name: `Open what ${file.name} holds?` });
    await expect.element(dialog).toHaveTextContent('1 run');
    await dialog.getByRole('button', { name: 'Open it' }).click();
    await expect.element(screen.getByText(`Opened ${file.name}.`)).toBeVisible();
    expect(conversationsOf(session)).toEqual(conversationsOf(before));
    expect(session.mask.policy).toEqual(before.mask.policy);
    expect(session.mask.edits.book).toEqual(before.mask.edits.book);
    expect(session.train.drafts.steps).toBe('3');
    expect(session.train.options.schedule).toBe('linear');
    expect(session.train.runs.list[0]).toMatchObject({
      name: run?.name,
      reports: run?.reports,
      facts: run?.facts,
    });
    expect(session.train.runs.head).toEqual({ run: 1, step: 3 });
    expect(session.train.updates).toHaveLength(3);
    const back = screen.getByRole('button', { name: 'Bring back what was here' });
    await back.click();
    await expect.element(back).not.toBeInTheDocument();
    await expect.poll(() => session.train.runs.list).toEqual([]);
    await expect.poll(() => session.train.runs.head).toBeUndefined();
    await expect.poll(() => session.train.updates).toEqual([]);
    await expect.poll(() => session.data.list.length).toBe(0);

    // Weights of one's own come back, whatever was done with the file's since.
    await importText(session, CHAT, 'own.json');
    session.train.drafts = { ...session.train.drafts, steps: '1' };
    await session.startTraining();
    engine.advance();
    await expect.poll(() => session.train.runs.list[0]?.snapshots.length).toBe(1);
    const { head } = session.train.runs;
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
    await dialog.getByRole('button', { name: 'Open it' }).click();
    await expect.element(back).toBeVisible();
    await expect.poll(() => session.train.runs.head?.run).not.toBe(head?.run);
    session.data.setSplit({ share: 0.5, seed: 1 });
    await back.click();
    await expect.element(back).not.toBeInTheDocument();
    await expect.poll(() => session.train.runs.head).toEqual(head);
    await expect.poll(() => session.train.updates.length).toBe(1);
    await expect.poll(() => session.train.runs.list.length).toBe(1);
    await expect
      .poll(() => conversationsOf(session).map(({ source }) => source.file))
      .toEqual(['own.json', 'own.json']);
    expect(session.data.list.heldOutCount).toBe(0);

    // Weights that cannot be put in place are told, and another try brings nothing twice.
    engine.restore = () => Promise.reject(new LosslightError('out-of-memory', 'The memory is full.', ''));
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
    for (let time = 0; time < 2; time++) {
      await dialog.getByRole('button', { name: 'Open it' }).click();
      await expect
        .element(dialog.getByRole('alert'))
        .toHaveTextContent(/not put in place\. The memory is full/);
      expect(session.train.runs.list).toHaveLength(2);
    }
    await dialog.getByRole('button', { name: 'Leave everything as it is' }).click();
    await expect.element(screen.getByText(`Not all of ${file.name} was opened.`)).toBeVisible();
    await back.click();
    await expect.element(back).not.toBeInTheDocument();
    await expect.poll(() => session.train.runs.head).toEqual(head);
    expect(conversationsOf(session).map(({ source }) => source.file)).toEqual(['own.json', 'own.json']);
  });

  test('a file that is none is refused', async () => {
    const { screen } = await openAt();
    const files = new DataTransfer();
    files.items.add(new File(['PK nonsense'], 'broken.losslight.zip'));
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
    await expect
      .element(screen.getByRole('alert').filter({ hasText: 'It could not be opened' }))
      .toHaveTextContent('it is no zip archive, or was cut off');
  });

  test('one that is chosen like any file is taken for a session, too', async () => {
    const { screen } = await openAt();
    const picker = document.querySelector<HTMLInputElement>('#data input[type="file"]');
    if (!picker) throw new Error('The data panel has no field for files.');
    await userEvent.upload(picker, new File(['PK nonsense'], 'broken (1).losslight.zip'));
    await expect
      .element(screen.getByRole('alert').filter({ hasText: 'It could not be opened' }))
      .toHaveTextContent('it is no zip archive, or was cut off');
  });
});

describe('the guide', () => {
  test('opens by its address, answers with figures and sources, and leads to a lesson', async () => {
    const { screen, session, bar } = await openAt('?guide');
    const guide = screen.getByRole('dialog', { name: 'Guide' });
    await expect.element(guide.getByRole('heading', { name: 'Which tokens get loss?' })).toBeInTheDocument();
    await expect.element(guide.getByText(/1\.67, 1\.33, 1, 0\.67, 0\.33 instead of 1 each/)).toBeVisible();
    expect(guide.element().textContent).not.toMatch(/\{[a-z-]+\}|–,|undefined/);
    const arms = guide.getByRole('table', { name: 'Every arm at its end' });
    await expect.element(arms.getByRole('row', { name: /^SFT 64, then GRPO/ })).toBeInTheDocument();
    expect(arms.getByRole('row').all().length).toBeGreaterThan(8);
    await guide.getByText('What follows from it, word for word').click();
    await expect.element(guide.getByText(/GRPO decides worse/)).toBeVisible();
    await guide.getByRole('link', { name: 'What does LoRA change?' }).click();
    await expect.element(guide.getByRole('heading', { name: 'What does LoRA change?' })).toHaveFocus();
    const answer = guide.getByRole('article', { name: 'Do I split a conversation into growing samples?' });
    await answer.getByRole('button', { name: /^See it in a lesson/ }).click();
    // The code of lessons comes now.
    await expect.poll(() => session.lessons.current?.id, { timeout: 20_000 }).toBe('thread');
    await expect.element(guide).not.toBeInTheDocument();
    await expect.poll(() => bar.href).not.toContain('guide');
  });
});

describe('axe', () => {
  test.each(['light', 'dark'] as const)('the dialogs, %s', async (theme) => {
    const hash = await fragment({
      settings: { steps: '4' },
      rewards: {
        losslightRewards: 1,
        parts: [{ id: 'own', weight: 1 }],
        code: 'function reward() { return 1; }',
      },
      parts: [{ name: 'x', conversations: [talk('a', 'Hi'), { ...talk('b', 'Hi'), messages: 5 }] }],
    });
    const { screen } = await openAt('?steps=0', hash, theme);
    const check = async (name: string) => {
      const dialog = screen.getByRole('dialog', { name });
      await expect.element(dialog).toBeVisible();
      const { violations } = await axe.run(dialog.element());
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    };
    await check('Open what the link holds?');
    await screen.getByRole('button', { name: 'Leave everything as it is' }).click();
    await screen.getByRole('button', { name: 'Share' }).click();
    await check('Share and save');
    await screen.getByRole('button', { name: 'Close' }).click();
    await screen.getByRole('button', { name: 'Guide' }).click();
    await expect.element(screen.getByText(/1\.67, 1\.33/).first()).toBeVisible();
    await check('Guide');
  });
});
