/**
 * @file Large and unusual imports in the page: ten thousand rows, files that stay in files, gzip, tables, other formats,
 * an import that is cancelled, and what is exported.
 */
import axe from 'axe-core';
import { userEvent } from 'vitest/browser';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { blobSource } from '../../src/conversation/byte-source';
import { gunzip } from '../../src/conversation/gunzip';
import { importText as importAgain } from '../../src/conversation/import';
import { TRAIN_LIMIT } from '../../src/state/data.svelte';
import { MEMORY_RECORDS } from '../../src/state/import-whole';
import { CHAT, conversationsOf, importText, openPage } from './setup';

const record = (question: string, extra: object = {}) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: 'Yes.' },
    ],
    ...extra,
  });

const questions = (count: number) => Array.from({ length: count }, (_, i) => record(`Question ${i}`));

/** gzip of one block that is stored as it is (RFC 1951, 3.2.4; RFC 1952), up to 65,535 bytes. */
function storedGzip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const low = (value: number, count: number) =>
    Array.from({ length: count }, (_, i) => (value >>> (8 * i)) & 255);
  const { length } = bytes;
  const header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, ...low(length, 2), ...low(~length, 2)];
  return new Uint8Array([...header, ...bytes, ...low(~crc, 4), ...low(length, 4)]);
}

async function openWith(text: string, name = 'many.jsonl') {
  const opened = await openPage();
  void importText(opened.session, text, name);
  await expect.element(opened.screen.getByRole('listbox', { name: 'Conversations' })).toBeVisible();
  return opened;
}

async function violations(): Promise<string[]> {
  // A control that is half scrolled away, or half under the sticky header, is too small a target.
  scrollTo(0, 0);
  const { violations } = await axe.run(document.body, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** What is saved instead of being downloaded. */
function catchDownloads() {
  const saved: { name: string; blob: Blob }[] = [];
  const blobs = new Map<string, Blob>();
  const create = URL.createObjectURL.bind(URL);
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    const url = create(blob);
    blobs.set(url, blob as Blob);
    return url;
  });
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    const blob = blobs.get(this.href);
    if (blob) saved.push({ name: this.download, blob });
  });
  return saved;
}

afterEach(() => vi.restoreAllMocks());

describe('ten thousand conversations', () => {
  test('draw the rows in sight alone: a row scrolled is a row drawn and one taken away, wherever the list stands', async () => {
    const { screen, session } = await openWith(questions(10_000).join('\n'));
    await expect.poll(() => session.data.list.length).toBe(10_000);
    const list = screen.getByRole('listbox', { name: 'Conversations' });
    const element = list.element() as HTMLElement;
    const drawn = () => element.querySelectorAll('[role="option"]').length;
    const row = element.querySelector<HTMLElement>('[role="option"]')?.offsetHeight ?? 0;
    expect(row).toBeGreaterThan(20);
    const most = Math.ceil(element.clientHeight / row) + 9;
    await expect.poll(drawn).toBeLessThanOrEqual(most);
    // A row is itself, its title and its facts; around them are the track and the window.
    expect(element.querySelectorAll('*').length).toBeLessThanOrEqual(3 * most + 2);
    let [added, removed] = [0, 0];
    const rowsOf = (nodes: NodeList) => [...nodes].filter((node) => node instanceof HTMLElement).length;
    const observer = new MutationObserver((changes) => {
      for (const { addedNodes, removedNodes } of changes) {
        added += rowsOf(addedNodes);
        removed += rowsOf(removedNodes);
      }
    });
    observer.observe(element, { childList: true, subtree: true });
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const scrollBy = async (rows: number) => {
      [added, removed] = [0, 0];
      element.scrollTop += rows * row;
      await expect.poll(() => Math.abs(added - Math.min(Math.abs(rows), most))).toBeLessThanOrEqual(5);
      await frame();
      return { added, removed };
    };
    for (const rows of [1, 1, 3, -1, 5_000, 1, -2, 4_000, -9_000]) {
      const { added, removed } = await scrollBy(rows);
      expect(added, String(rows)).toBeLessThanOrEqual(Math.min(Math.abs(rows) + 1, most));
      expect(removed, String(rows)).toBeLessThanOrEqual(Math.min(Math.abs(rows) + 5, most));
      expect(drawn()).toBeLessThanOrEqual(most);
    }
    observer.disconnect();
    element.focus();
    await userEvent.keyboard('{End}');
    await expect.poll(() => session.data.chosenRow).toBe(9_999);
    const last = list.getByRole('option', { name: /Question 9999/ });
    await expect.element(last).toHaveAttribute('aria-selected', 'true');
    await expect.element(last).toHaveAttribute('aria-posinset', '10000');
    expect(drawn()).toBeLessThanOrEqual(most);
    await userEvent.keyboard('{Home}{ArrowDown}');
    await expect.poll(() => session.data.chosenRow).toBe(1);
    session.dispose();
  });

  test('are filtered by text as it is typed; the count is announced, the keyboard goes through what matches', async () => {
    const { screen, session } = await openWith(questions(10_000).join('\n'));
    await userEvent.type(screen.getByRole('searchbox', { name: 'Filter by text' }), 'question 999');
    await expect
      .element(screen.getByText('11 conversations of 10,000', { exact: true }))
      .toHaveAttribute('role', 'status');
    const list = screen.getByRole('listbox', { name: 'Conversations' });
    const options = () => list.getByRole('option').elements();
    await expect.poll(() => options().length).toBe(11);
    expect(options()[0]?.getAttribute('aria-setsize')).toBe('11');
    (list.element() as HTMLElement).focus();
    await userEvent.keyboard('{Home}{ArrowDown}{PageDown}');
    await expect.poll(() => session.data.chosen?.messages[0]?.content).toMatch(/^Question 999[3-9]$/);
    const active = list.element().getAttribute('aria-activedescendant');
    expect(document.getElementById(active ?? '')?.getAttribute('aria-selected')).toBe('true');
    await userEvent.clear(screen.getByRole('searchbox', { name: 'Filter by text' }));
    await expect.poll(() => session.data.filter.length).toBe(10_000);
    session.dispose();
  });

  test('a newer text replaces an older one; nothing found is said, and nothing can be trained then', async () => {
    const { screen, session } = await openWith(questions(3_000).join('\n'));
    const older = session.data.filter.setText('question 1');
    await session.data.filter.setText('no such text');
    await older;
    expect(session.data.filter.length).toBe(0);
    await expect.element(screen.getByText('0 conversations of 3,000', { exact: true })).toBeVisible();
    await expect.element(screen.getByText('No conversation matches the filter; see Data.')).toBeVisible();
    await session.data.filter.setText('question 29');
    await expect.element(screen.getByText(/A run trains on the 111 conversations of 3,000/)).toBeVisible();
    session.dispose();
  });
});

describe('filters of a kind', () => {
  test('with warnings; nothing trained, by the whole mask', async () => {
    const lines = [...questions(8), record('Warned', { messages: undefined })];
    lines[8] = JSON.stringify({ messages: [{ role: 'user', content: 'Warned', mood: 1 }] });
    const { screen, session } = await openWith(lines.join('\n'));
    await session.data.tallies.count();
    const show = screen.getByRole('combobox', { name: 'Show' });
    await show.selectOptions('warned');
    await expect.element(screen.getByText('1 conversation of 9', { exact: true })).toBeVisible();
    await show.selectOptions('untrained');
    await expect
      .element(screen.getByRole('option', { name: /Warned/ }))
      .toHaveTextContent('nothing to train');
    await expect.poll(() => session.data.filter.length).toBe(1);
    session.mask.setRule('answer', { train: false, weight: 1 });
    session.mask.setRule('end', { train: false, weight: 1 });
    await expect.poll(() => session.data.filter.length).toBe(9);
    session.mask.setPolicy({ ...session.mask.policy, roles: { user: 1 } });
    await expect.poll(() => session.data.tallies.totals).toMatchObject({ counted: 0, untrained: 0 });
    await expect.poll(() => session.data.filter.length).toBe(0);
  });

  test('the counts of the list follow knobs and hand edits, not only the four switches', async () => {
    const { session } = await openWith(questions(2).join('\n'));
    const trained = (row: number) => session.data.tallies.get(session.data.list.key(row))?.trained;
    await expect.poll(() => [trained(0), trained(1)]).toEqual([4, 4]);
    const { policy } = session.mask;
    session.mask.setPolicy({ ...policy, trailingNewline: 1 });
    await expect.poll(() => [trained(0), trained(1)]).toEqual([5, 5]);
    session.mask.setPolicy({ ...policy, endOfTurn: 'none' });
    await expect.poll(() => [trained(0), trained(1)]).toEqual([3, 3]);
  });
});

describe('more than fits into memory', () => {
  test('stays in its file: rows, choice, search, problems and a run read what they need', async () => {
    const count = MEMORY_RECORDS + 500;
    const lines = questions(count);
    lines.push(JSON.stringify({ messages: [{ role: 'robot', content: 'Beep' }] }));
    const { screen, session, engine } = await openWith(lines.join('\n'), 'large.jsonl');
    await expect.element(screen.getByText(/they stay in their file/)).toBeVisible();
    expect(session.data.list.inFile).toBe(true);
    await expect.element(screen.getByRole('option', { name: /Question 0\b/ })).toHaveTextContent(/trained/);
    (screen.getByRole('listbox', { name: 'Conversations' }).element() as HTMLElement).focus();
    await userEvent.keyboard('{End}');
    await expect
      .element(screen.getByRole('option', { name: new RegExp(`Question ${count - 1}`) }))
      .toHaveAttribute('aria-selected', 'true');
    await expect.poll(() => session.mask.view?.source.messages[0]?.content).toBe(`Question ${count - 1}`);
    await session.data.filter.setText(`question ${count - 2}`);
    expect(session.data.filter.rows()).toEqual([count - 2]);
    await expect
      .element(screen.getByRole('option', { name: new RegExp(`Question ${count - 2}`) }))
      .toBeVisible();
    await session.data.filter.setText('');
    await screen.getByText('1 record left out').click();
    await expect.element(screen.getByRole('list', { name: 'Problems' })).toHaveTextContent(/robot/);
    await expect
      .element(screen.getByText(/A run trains on the first 2,000 of 20,500 conversations/))
      .toBeVisible();
    await session.startTraining(true);
    expect(engine.given.length).toBe(TRAIN_LIMIT);
    expect(engine.given.at(-1)?.origin.conversation).toBe(`large.jsonl#${TRAIN_LIMIT - 1}`);
    await session.train.stop();
    session.dispose();
  });
});

describe('other ways to read', () => {
  test('gzip of several members is unpacked whole, and what only looks like a member is none', async () => {
    const pack = (parts: BlobPart[]) =>
      new Response(new Blob(parts).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
    const lines = [record('First?') + '\n', record('Second?') + '\n', record('Third?')];
    const members = await Promise.all(lines.map((line) => pack([line])));
    const { session } = await openPage();
    await session.importFiles([new File(members, 'three.jsonl.gz')]);
    expect(conversationsOf(session).map(({ messages }) => messages[0]?.content)).toEqual([
      'First?',
      'Second?',
      'Third?',
    ]);
    const [inner = new ArrayBuffer(0)] = members;
    const text = new Uint8Array([...new Uint8Array(inner), 10, ...new Uint8Array(inner)]);
    const pieces: BlobPart[] = [];
    for await (const piece of gunzip(blobSource(new Blob([storedGzip(text), inner]), 'nested.gz')))
      pieces.push(Uint8Array.from(piece));
    const unpacked = new Uint8Array(await new Blob(pieces).arrayBuffer());
    expect(unpacked.subarray(0, text.length)).toEqual(text);
    expect(new TextDecoder().decode(unpacked.subarray(text.length))).toBe(lines[0]);
    session.dispose();
  });

  test('gzip is unpacked', async () => {
    const stream = new Blob([CHAT]).stream().pipeThrough(new CompressionStream('gzip'));
    const { screen, session } = await openPage();
    await session.importFiles([new File([await new Response(stream).blob()], 'chat.json.gz')]);
    await expect.element(screen.getByRole('option', { name: /What day follows/ })).toBeVisible();
  });

  test('a table whose columns are unknown: say which is which, and it loads', async () => {
    const { screen, session } = await openPage();
    await importText(session, 'Frage,Antwort,Quelle\n"Was ist das?",Das ist es.,Netz\n', 'fragen.csv');
    await expect
      .element(screen.getByRole('list', { name: 'Problems' }))
      .toHaveTextContent(/no column is known/);
    await screen.getByRole('button', { name: 'Choose columns' }).click();
    const dialog = screen.getByRole('dialog', { name: 'Columns of fragen.csv' });
    await expect.element(dialog).toHaveTextContent('Das ist es.');
    await dialog.getByRole('combobox', { name: 'Frage' }).selectOptions('question');
    await expect
      .element(dialog.getByText('Choose a column for the user and one for the assistant.'))
      .toBeVisible();
    (dialog.getByRole('button', { name: 'Read the table' }).element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    expect(session.data.list.length).toBe(0);
    expect(await violations()).toEqual([]);
    await dialog.getByRole('combobox', { name: 'Antwort' }).selectOptions('answer');
    await dialog.getByRole('button', { name: 'Read the table' }).click();
    await expect.element(screen.getByRole('option', { name: /Was ist das/ })).toBeVisible();
    await expect.element(dialog).not.toBeInTheDocument();
    const [conversation] = conversationsOf(session);
    expect(conversation?.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'Was ist das?'],
      ['assistant', 'Das ist es.'],
    ]);
    expect(conversation?.extra).toEqual({ Quelle: 'Netz' });
  });

  test('the same file as another format, and back; what was in the list before stays', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    await importText(session, 'User: Hello?\nAssistant: Yes.\n', 'talk.txt');
    expect(session.data.list.length).toBe(3);
    await screen.getByText('Options', { exact: true }).click();
    await screen.getByRole('combobox', { name: 'Read as' }).selectOptions('alpaca');
    await expect.element(screen.getByRole('list', { name: 'Problems' })).toHaveTextContent('talk.txt');
    await screen.getByRole('combobox', { name: 'Read as' }).selectOptions('');
    await expect.poll(() => session.data.list.length).toBe(3);
    expect(conversationsOf(session).map(({ source }) => source.file)).toEqual([
      'test.json',
      'test.json',
      'talk.txt',
    ]);
  });
});

describe('cancelling', () => {
  test('an import that is cancelled leaves the list as it was, and says nothing of an error', async () => {
    const { screen, session, text } = await openPage();
    await importText(session, CHAT);
    const release = text.hold('import');
    const importing = importText(session, questions(5_000).join('\n'), 'many.jsonl');
    await expect.element(screen.getByRole('progressbar', { name: 'Reading' })).toBeVisible();
    await screen.getByRole('button', { name: 'Cancel the import' }).click();
    release();
    await importing;
    expect(session.data.list.length).toBe(2);
    await expect.element(screen.getByRole('alert')).not.toBeInTheDocument();
    await expect.element(screen.getByRole('progressbar')).not.toBeInTheDocument();
    await importText(session, CHAT, 'later.json');
    expect(session.data.list.length).toBe(4);
  });
});

describe('problems', () => {
  test('of one kind are one, with a count and the places; copied as text', async () => {
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    const lines = [
      ...questions(2),
      ...['a', 'b', 'c', 'd'].map((role) => JSON.stringify({ messages: [{ role, content: 'x' }] })),
    ];
    const { screen } = await openWith(lines.join('\n'));
    await screen.getByText('4 records left out').click();
    const problems = screen.getByRole('list', { name: 'Problems' });
    await expect.element(problems).toHaveTextContent(/Error 4 times/);
    await screen.getByText(/^Where/).click();
    await expect.element(screen.getByRole('list', { name: 'Where' })).toHaveTextContent(/line 6/);
    await screen.getByRole('button', { name: 'Copy as text' }).click();
    await expect.element(screen.getByText('Copied.')).toHaveAttribute('role', 'status');
    expect(write.mock.calls[0]?.[0].split('\n').filter(Boolean)).toHaveLength(4);
    expect(await violations()).toEqual([]);
  });
});

describe('export', () => {
  test('what matches the filter, as OpenAI JSONL that comes back the same', async () => {
    const saved = catchDownloads();
    const { screen, session } = await openWith(questions(12).join('\n'), 'asked.jsonl');
    await session.data.filter.setText('question 1');
    await screen.getByText('Options', { exact: true }).click();
    await expect.element(screen.getByText('Export the 3 conversations that match the filter')).toBeVisible();
    await screen.getByRole('button', { name: 'OpenAI JSONL' }).click();
    await expect.poll(() => saved.length).toBe(1);
    expect(saved[0]?.name).toBe('asked.openai.jsonl');
    const { conversations } = importAgain((await saved[0]?.blob.text()) ?? '');
    expect(conversations.map(({ messages }) => messages)).toEqual(
      [1, 10, 11].map((row) => session.data.at(row)?.messages),
    );
  });

  test('what a format has no place for is said before anything is saved', async () => {
    const saved = catchDownloads();
    const pair = JSON.stringify({
      prompt: [{ role: 'user', content: 'Good?' }],
      chosen: [{ role: 'assistant', content: 'Good.' }],
      rejected: [{ role: 'assistant', content: 'Bad.' }],
    });
    const { screen } = await openWith(`${pair}\n`, 'pair.jsonl');
    await screen.getByText('Options', { exact: true }).click();
    await screen.getByRole('button', { name: 'OpenAI JSONL' }).click();
    await expect.element(screen.getByRole('alert')).toHaveTextContent(/the rejected completion, in 1 of 1/);
    expect(saved).toEqual([]);
    expect(await violations()).toEqual([]);
    await screen.getByRole('button', { name: 'Save without it' }).click();
    await expect.poll(() => saved.map(({ name }) => name)).toEqual(['pair.openai.jsonl']);
    await screen.getByRole('button', { name: 'TRL JSONL' }).click();
    await expect.poll(() => saved.map(({ name }) => name)).toEqual(['pair.openai.jsonl', 'pair.trl.jsonl']);
    expect(JSON.parse((await saved[1]?.blob.text()) ?? '')).toMatchObject({
      rejected: [{ role: 'assistant', content: 'Bad.' }],
    });
  });
});
