/**
 * @file Bringing conversations: paste, drop, problems, the list, lessons.
 */
import { userEvent } from 'vitest/browser';
import { describe, expect, test } from 'vitest';
import { Arrival } from '../../src/state/arrival.svelte';
import { readSessionFile } from '../../src/state/session-file';
import { SessionSave } from '../../src/state/session-save.svelte';
import { UrlState } from '../../src/state/url-state.svelte';
import { DataList } from '../../src/state/data-list';
import { MEMORY_RECORDS } from '../../src/state/import-whole';
import { CHAT, conversationsOf, importText, openPage } from './setup';

describe('import', () => {
  test('the empty page says what to do and offers the lessons', async () => {
    const { screen } = await openPage();
    await expect.element(screen.getByText(/Drop a file of conversations anywhere/)).toBeVisible();
    await expect.element(screen.getByRole('button', { name: /Growing samples/ }).first()).toBeVisible();
    await expect
      .element(screen.getByRole('button', { name: 'Train', exact: true }))
      .toHaveAttribute('aria-disabled', 'true');
    await expect
      .element(screen.getByText('There is no conversation to train on yet; see Data.'))
      .toBeVisible();
  });

  test('pasted text becomes conversations, and the first is shown', async () => {
    const { screen } = await openPage();
    await screen.getByRole('button', { name: 'Paste text' }).click();
    await expect.element(screen.getByRole('button', { name: 'Import' })).toBeDisabled();
    await screen.getByRole('textbox', { name: /Conversations as JSON/ }).fill(CHAT);
    await screen.getByRole('button', { name: 'Import', exact: true }).click();
    await expect
      .element(screen.getByRole('option', { name: /What day follows Thursday/ }))
      .toHaveAttribute('aria-selected', 'true');
    await expect.element(screen.getByText(/2 conversations from 2 records/)).toBeVisible();
    await expect.element(screen.getByRole('listbox', { name: 'Tokens' })).toBeVisible();
  });

  test('a file dropped anywhere is read', async () => {
    const { screen } = await openPage();
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([CHAT], 'dropped.json'));
    document.body.dispatchEvent(new DragEvent('dragover', { bubbles: true, cancelable: true, dataTransfer }));
    await expect.element(screen.getByText(/^Drop conversations, a tokenizer/)).toBeInTheDocument();
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    await expect.element(screen.getByRole('option', { name: /What day follows/ })).toBeVisible();
    await expect.element(screen.getByText(/^Drop conversations, a tokenizer/)).not.toBeInTheDocument();
  });

  test('good records load, bad ones are listed with file, line, field, reason and remedy', async () => {
    const { screen, session } = await openPage();
    const good = JSON.stringify(JSON.parse(CHAT)[0]);
    const bad = JSON.stringify({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'robot', content: 'Beep' },
      ],
    });
    await importText(session, `${good}\n${bad}\n`, 'mixed.jsonl');
    await expect.element(screen.getByText(/1 conversation from 2 records/)).toBeVisible();
    // What came in is not pushed out of sight: the problems open with a click.
    await screen.getByText('1 record left out', { exact: true }).click();
    const problems = screen.getByRole('list', { name: 'Problems' });
    await expect.element(problems).toHaveTextContent(/Error mixed\.jsonl, line 2, messages\[1\]\.role/);
    const [problem] = session.data.problems.listed;
    await expect.element(problems).toHaveTextContent(problem?.reason ?? 'no problem');
    await expect.element(problems).toHaveTextContent(problem?.remedy ?? 'no problem');
  });

  test('text that is no conversation is a problem, and the list stays as it was', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    await importText(session, 'just words', 'words.txt');
    expect(session.data.list.length).toBe(2);
    await expect.element(screen.getByRole('list', { name: 'Problems' })).toHaveTextContent('words.txt');
  });

  test('errors come before warnings; the next import takes them away, and so does Dismiss', async () => {
    const { screen, session } = await openPage();
    const [good] = JSON.parse(CHAT) as { messages: object[] }[];
    const warned = { messages: good?.messages.map((message) => ({ ...message, mood: 'calm' })) };
    const bad = { messages: [{ role: 'robot', content: 'Beep' }] };
    const lines = (...records: unknown[]) => records.map((record) => JSON.stringify(record)).join('\n');
    await importText(session, lines(warned, bad), 'first.jsonl');
    // Beside what came in they take one line.
    await screen.getByText(/^1 record left out, \d+ warning/).click();
    const items = () => screen.getByRole('list', { name: 'Problems' }).getByRole('listitem').elements();
    await expect.poll(() => items().length).toBeGreaterThan(1);
    expect(session.data.problems.listed[0]?.severity).toBe('warning');
    expect(items()[0]?.className).toContain('error');
    expect(items().at(-1)?.className).toContain('warning');
    await importText(session, lines(good, bad), 'second.jsonl');
    const summary = screen.getByText('1 record left out', { exact: true });
    await expect.element(summary).toBeVisible();
    expect(session.data.problems.listed.every(({ file }) => file === 'second.jsonl')).toBe(true);
    // It stands in the line of what it takes away; beside the other button under the list, where that is open.
    const dismiss = screen.getByRole('button', { name: 'Dismiss the messages' });
    const middle = (element: Element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return (top + bottom) / 2;
    };
    const apart = (other: Element) => Math.abs(middle(dismiss.element()) - middle(other));
    await expect.element(dismiss).toBeVisible();
    await expect.poll(() => apart(summary.element())).toBeLessThan(6);
    await summary.click();
    await expect.element(screen.getByRole('list', { name: 'Problems' })).toBeVisible();
    await expect
      .poll(() => apart(screen.getByRole('button', { name: 'Copy as text' }).element()))
      .toBeLessThan(6);
    await dismiss.click();
    await expect.element(screen.getByRole('list', { name: 'Problems' })).not.toBeInTheDocument();
    expect(session.data.list.length).toBe(2);
    session.data.refuse({ code: 'x', message: 'No.', remedy: 'Yes.' });
    await expect.element(screen.getByRole('alert')).toBeVisible();
    await screen.getByRole('button', { name: 'Dismiss the messages' }).click();
    await expect.element(screen.getByRole('alert')).not.toBeInTheDocument();
  });

  test('the line of a chat’s page goes from all answers at once, and comes back', async () => {
    const { screen, session } = await openPage();
    const answers = ['Thought for 5 seconds\n\nFriday.', 'Thought for a moment\nMonday.', 'Thought for 1s'];
    const rows = answers.map((content, i) => ({
      messages: [
        { role: 'user', content: `Day ${i}?` },
        { role: 'assistant', content },
      ],
    }));
    await importText(session, rows.map((row) => JSON.stringify(row)).join('\n'), 'copied.jsonl');
    const said = () => conversationsOf(session).map(({ messages }) => messages[1]?.content);
    const warnings = screen.getByText('3 warnings', { exact: true });
    await expect.element(warnings).toBeVisible();
    // It counts over the whole list, which waits until somebody sees it.
    const fix = { name: /^Remove that line from \d/, includeHidden: true };
    await expect.element(screen.getByRole('button', fix)).not.toBeInTheDocument();
    await warnings.click();
    const group = screen.getByRole('list', { name: 'Problems' }).getByRole('listitem').first();
    await expect.element(group).toHaveTextContent(/Warning 3 times/);
    await screen.getByRole('button', { name: 'Remove that line from 2 answers' }).click();
    await expect.poll(said).toEqual(['Friday.', 'Monday.', 'Thought for 1s']);
    await expect.element(group).toHaveTextContent(/1 answer is nothing but that line/);
    await expect.element(screen.getByRole('button', { name: /^Remove that line/ })).not.toBeInTheDocument();
    await expect.poll(() => session.mask.view?.source.messages[1]?.content).toBe('Friday.');
    await screen.getByRole('button', { name: 'Undo: removal of those lines' }).click();
    await expect.poll(said).toEqual(answers);
    await expect
      .element(screen.getByRole('button', { name: 'Remove that line from 2 answers' }))
      .toBeVisible();
  });

  test('a failing text worker is shown with its remedy', async () => {
    const { screen, session, text } = await openPage();
    text.failures.set('import', {
      code: 'timeout',
      message: 'This took longer than 30 s.',
      remedy: 'Split the file.',
    });
    await importText(session, CHAT);
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent(/took longer than 30 s\..*Split the file\./);
  });
});

describe('list', () => {
  test('ten thousand conversations draw a few rows; the keyboard reaches the last', async () => {
    const { screen, session } = await openPage();
    const lines = Array.from({ length: 10_000 }, (_, i) =>
      JSON.stringify({
        messages: [
          { role: 'user', content: `Question ${i}` },
          { role: 'assistant', content: 'Yes.' },
        ],
      }),
    );
    void importText(session, lines.join('\n'), 'many.jsonl');
    const list = screen.getByRole('listbox', { name: 'Conversations' });
    await expect.element(list).toBeVisible();
    await expect.poll(() => session.data.list.length).toBe(10_000);
    expect(list.element().querySelectorAll('[role="option"]').length).toBeLessThan(40);
    (list.element() as HTMLElement).focus();
    await userEvent.keyboard('{End}');
    await expect
      .element(screen.getByRole('option', { name: /Question 9999/ }))
      .toHaveAttribute('aria-selected', 'true');
    await userEvent.keyboard('{ArrowUp}');
    await expect
      .element(screen.getByRole('option', { name: /Question 9998/ }))
      .toHaveAttribute('aria-selected', 'true');
    await expect.poll(() => session.mask.view?.source.messages[0]?.content).toBe('Question 9998');
    session.dispose();
  });

  test('the same file twice gives conversations of their own', async () => {
    const { session } = await openPage();
    await importText(session, CHAT);
    await importText(session, CHAT);
    const ids = conversationsOf(session).map(({ id }) => id);
    expect(ids.length).toBe(4);
    expect(new Set(ids).size).toBe(4);
  });

  test('a conversation without an assistant turn is shown, and the list says that it trains nothing', async () => {
    const { screen, session } = await openPage();
    await importText(session, JSON.stringify({ messages: [{ role: 'user', content: 'Alone?' }] }));
    const row = screen.getByRole('option', { name: /Alone\?/ });
    await expect.element(row).toHaveTextContent('nothing to train');
    await expect.element(screen.getByText(/^0 of \d+ tokens are trained$/)).toBeVisible();
    await expect
      .element(screen.getByRole('button', { name: 'Train', exact: true }).last())
      .toHaveAttribute('aria-disabled', 'true');
  });

  test('a conversation that the template refuses is said to be refused, and not to have nothing to train', async () => {
    const { screen, session } = await openPage();
    const template = `{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('No tools') }}{% endif %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}`;
    await session.changeModel(() => session.model.useTemplate(template));
    const messages = [
      { role: 'user', content: 'And the tool?' },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: {} } }] },
      { role: 'tool', content: '4' },
      { role: 'assistant', content: 'Four.' },
    ];
    await importText(session, JSON.stringify({ messages }));
    const row = screen.getByRole('option', { name: /And the tool\?/ });
    await expect.element(row).toHaveTextContent('the template refuses it');
    await expect.element(row).not.toHaveTextContent('nothing to train');
  });

  test('rows that somebody rated say so, with a sign and in their names', async () => {
    const { screen, session } = await openPage();
    const [first, second] = JSON.parse(CHAT) as object[];
    const rows = [{ ...first, reward: 0.75 }, { ...second, label: false }, first];
    await importText(session, rows.map((row) => JSON.stringify(row)).join('\n'), 'rated.jsonl');
    const rated = screen.getByRole('option', { name: /What day follows Thursday.*reward 0\.75 ·/ });
    await expect.element(rated).toBeVisible();
    expect(rated.element().querySelector('svg')?.getBoundingClientRect().width).toBeGreaterThan(5);
    await expect.element(screen.getByRole('option', { name: /labelled bad/ })).toHaveTextContent('Say');
    const options = [...document.querySelectorAll('#data [role="option"]')];
    expect(options.map((option) => option.querySelector('svg') !== null)).toEqual([true, true, false]);
    await session.chooseRow(2);
    await expect.poll(() => session.data.chosenRow).toBe(2);
    await session.setReward(1);
    await expect
      .poll(() => document.querySelectorAll('#data [role="option"]')[2]?.textContent)
      .toMatch(/reward 1 · edited/);
  });

  test('what is pasted is added to what is there, and the form says so', async () => {
    const { screen, session } = await openPage();
    const paste = async (text: string) => {
      await screen.getByRole('button', { name: 'Paste text' }).click();
      await screen.getByRole('textbox', { name: /Conversations as JSON/ }).fill(text);
    };
    await paste(CHAT);
    await expect.element(screen.getByText(/It is added to/)).not.toBeInTheDocument();
    await screen.getByRole('button', { name: 'Import', exact: true }).click();
    await expect.poll(() => session.data.list.length).toBe(2);
    await expect.element(screen.getByText(/Added to/)).not.toBeInTheDocument();
    await paste(CHAT);
    await expect.element(screen.getByText('It is added to the 2 conversations that you have.')).toBeVisible();
    await screen.getByRole('button', { name: 'Import', exact: true }).click();
    await expect.poll(() => session.data.list.length).toBe(4);
    await expect.element(screen.getByText(/Added to the 2 conversations that were there\./)).toBeVisible();
  });

  test('what is pasted can take the place of what is there; an undo brings that back', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    await screen.getByRole('button', { name: 'Paste text' }).click();
    const text = JSON.stringify({
      messages: [
        { role: 'user', content: 'New?' },
        { role: 'assistant', content: 'New.' },
      ],
    });
    await screen.getByRole('textbox', { name: /Conversations as JSON/ }).fill(text);
    await screen.getByRole('checkbox', { name: /^Replace the 2 that I have/ }).click();
    await expect.element(screen.getByText(/It is added to/)).not.toBeInTheDocument();
    await screen.getByRole('button', { name: 'Import', exact: true }).click();
    await expect
      .element(screen.getByRole('option', { name: /New\?/ }))
      .toHaveAttribute('aria-selected', 'true');
    expect(session.data.list.length).toBe(1);
    await screen.getByRole('button', { name: 'Undo: import' }).click();
    await expect.element(screen.getByRole('option', { name: /What day follows Thursday/ })).toBeVisible();
    expect(session.data.list.length).toBe(2);
  });

  test('what a file added can take the place of what was there; an undo brings that back', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    await expect.element(screen.getByText(/2 conversations from 2 records/)).toBeVisible();
    await expect.element(screen.getByRole('button', { name: /instead$/ })).not.toBeInTheDocument();
    const text = JSON.stringify({
      messages: [
        { role: 'user', content: 'New?' },
        { role: 'assistant', content: 'New.' },
      ],
    });
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], 'dropped.json'));
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    await expect.element(screen.getByText(/Added to the 2 conversations that were there\./)).toBeVisible();
    expect(session.data.list.length).toBe(3);
    await screen.getByRole('button', { name: 'Replace those instead' }).click();
    await expect
      .element(screen.getByText(/In place of the 2 conversations that were there; “Undo” brings them back\./))
      .toBeVisible();
    await expect.element(screen.getByRole('button', { name: /instead$/ })).not.toBeInTheDocument();
    await expect
      .element(screen.getByRole('option', { name: /New\?/ }))
      .toHaveAttribute('aria-selected', 'true');
    expect(conversationsOf(session).map(({ source }) => source.file)).toEqual(['dropped.json']);
    // Focus is not lost with the button.
    await expect.element(screen.getByRole('button', { name: 'Choose files' })).toHaveFocus();
    await screen.getByRole('button', { name: 'Undo: replacement' }).click();
    await expect.element(screen.getByRole('option', { name: /What day follows Thursday/ })).toBeVisible();
    expect(session.data.list.length).toBe(3);
  });

  test('“Undo” is promised only where the next one brings back what was replaced', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    expect(await session.importText({ name: 'one.json', text: CHAT }, true)).toBe(true);
    const promise = screen.getByText(/that were there; “Undo” brings them back\./);
    await expect.element(promise).toBeVisible();
    // The next undo takes that edit back.
    const [first] = conversationsOf(session);
    if (!first) throw new Error('There is none.');
    session.data.edit({ ...first, reward: 1 }, 'reward');
    await expect.element(screen.getByText(/In place of the 2 conversations that were there\./)).toBeVisible();
    await session.changeData(() => session.data.undo());
    await expect.element(promise).toBeVisible();
    // Read in another way: the next one brings the earlier reading.
    expect(session.data.last).toBeDefined();
    expect(await session.data.reread({ format: 'openai' })).toBe(true);
    await expect.element(screen.getByText(/In place of the 2 conversations that were there\./)).toBeVisible();
  });

  test('an emptied list takes its hand edits with it, and an undo brings both back', async () => {
    const { session } = await openPage();
    const file = { name: 'chat.json', text: CHAT };
    expect(await session.importText(file)).toBe(true);
    await expect.poll(() => session.mask.view?.source.id).toBe('chat.json#0');
    session.mask.edit(0.5, 0);
    const { book } = session.mask.edits;
    expect(Object.keys(book)).toEqual(['chat.json#0']);
    await session.clearData();
    expect(session.mask.edits.book).toEqual({});
    expect(session.mask.edits.canUndo).toBe(false);
    // Other conversations of that name are not weighed by what was said of these.
    expect(await session.importText(file)).toBe(true);
    expect(session.data.list.id(0)).toBe('chat.json#0');
    expect(session.mask.edits.of('chat.json#0')).toEqual([]);
    await session.changeData(() => session.data.undo());
    await session.changeData(() => session.data.undo());
    expect(session.data.list.length).toBe(2);
    expect(session.mask.edits.book).toEqual(book);
    await session.changeData(() => session.data.redo());
    expect(session.mask.edits.book).toEqual({});
  });

  test('undo and redo of the hand edits come back with an emptied list, too', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    await expect.poll(() => session.mask.view?.source.id).toBe('test.json#0');
    const { edits } = session.mask;
    for (const weight of [0.5, 0.25]) {
      session.mask.selection.clear();
      session.mask.edit(weight, 0);
    }
    edits.undo();
    const [weights, done] = [() => edits.of('test.json#0').map(({ weight }) => weight), edits.book];
    await screen.getByRole('button', { name: 'Clear the list' }).click();
    await expect.poll(() => session.data.list.length).toBe(0);
    expect([edits.canUndo, edits.canRedo]).toEqual([false, false]);
    await screen.getByRole('button', { name: 'Undo: clearing' }).click();
    await expect.poll(() => session.data.list.length).toBe(2);
    expect(edits.book).toEqual(done);
    edits.redo();
    expect(weights()).toEqual([0.5, 0.25]);
    edits.undo();
    edits.undo();
    expect(weights()).toEqual([]);
  });

  test('an emptied list of a large file leaves the hand edits, which its file finds again', async () => {
    const { session } = await openPage();
    const rows = Array.from({ length: MEMORY_RECORDS + 1 }, (_, i) =>
      JSON.stringify({
        messages: [
          { role: 'user', content: `Question ${i}` },
          { role: 'assistant', content: 'Yes.' },
        ],
      }),
    ).join('\n');
    await importText(session, rows, 'many.jsonl');
    expect(session.data.list.inFile).toBe(true);
    await expect.poll(() => session.mask.view?.source.id).toBe('many.jsonl#0');
    session.mask.edit(0.5, 0);
    const { book } = session.mask.edits;
    expect(Object.keys(book)).toEqual(['many.jsonl#0']);
    await session.clearData();
    expect(session.data.history.undoLabel).toBeUndefined();
    expect(session.mask.edits.book).toEqual(book);
    expect(session.mask.edits.canUndo).toBe(true);
  });

  test.each([true, false])(
    'after a session was opened (in place: %s) and the list emptied, own hand edits come back',
    async (replace) => {
      const { session } = await openPage();
      await importText(session, CHAT);
      await expect.poll(() => session.mask.view?.source.id).toBe('test.json#0');
      session.mask.edit(0.5, 0);
      const { book } = session.mask.edits;
      const address = new UrlState(session, { href: () => 'https://losslight.test/', replace: () => {} });
      const blob = await new SessionSave(session, address).make();
      if (!blob) throw new Error('No session was saved.');
      const opened = { ...(await readSessionFile(blob, 'x.losslight.zip')), name: 'x.losslight.zip' };
      const arrival = new Arrival(session, address, opened);
      arrival.replace = replace;
      expect(await arrival.take()).toBe(true);
      expect(Object.keys(session.mask.edits.book).length).toBe(2);
      await session.clearData();
      expect(await arrival.undo()).toBe(true);
      expect(session.data.list.length).toBe(2);
      expect(session.mask.edits.book).toEqual(book);
      address.dispose();
    },
  );

  test('what comes in after a removal has ids of its own', async () => {
    const { session } = await openPage();
    const file = { name: 'chat.json', text: CHAT };
    expect(await session.importText(file)).toBe(true);
    await expect.poll(() => session.mask.view?.source.id).toBe('chat.json#0');
    session.mask.edit(0.5, 0);
    const [part] = session.data.list.parts;
    if (!part) throw new Error('There is none.');
    await session.changeData(() => session.data.remove(part));
    expect(session.data.list.length).toBe(0);
    expect(await session.importText(file)).toBe(true);
    expect(session.data.list.id(0)).toBe('chat.json#0 (2)');
    expect(session.mask.edits.of(session.data.list.id(0))).toEqual([]);
    // However many come and go, few are told to the worker.
    const { ids, series } = session.data.takenIds(new DataList());
    expect([ids, series]).toEqual([[], [{ prefix: 'chat.json#', below: 2, times: 1 }]]);
  });

  test('what takes the place of a list has ids of its own, whatever replaced what before', async () => {
    const { session } = await openPage();
    const ids = () => Array.from({ length: session.data.list.length }, (_, row) => session.data.list.id(row));
    const file = { name: 'pasted text', text: CHAT };
    expect(await session.importText(file)).toBe(true);
    await expect.poll(() => session.mask.view?.source.id).toBe('pasted text#0');
    const seen = ids();
    session.mask.edit(0.5, 0);
    const edits = session.mask.edits.book;
    expect(Object.keys(edits)).toEqual(['pasted text#0']);
    for (let time = 0; time < 2; time++) {
      expect(await session.importText(file, true)).toBe(true);
      expect(ids().filter((id) => seen.includes(id))).toEqual([]);
      seen.push(...ids());
      expect(session.mask.edits.of(ids()[0] ?? '')).toEqual([]);
    }
    // Another reading of the same records keeps them.
    const before = ids();
    await session.reread({ format: 'openai' });
    expect(ids()).toEqual(before);
    await session.importText(file);
    await session.changeData(() => session.data.replaceOthers());
    expect(ids().filter((id) => seen.includes(id))).toEqual([]);
    await session.importText(file, true);
    expect(new Set([...seen, ...ids()]).size).toBe(seen.length + 2);
    session.dispose();
  });

  test('a session that takes the place of its own list brings it as it was saved, without later hand edits', async () => {
    const { session } = await openPage();
    await importText(session, CHAT);
    const editFirst = (weight: number) => {
      session.mask.selection.clear();
      session.mask.edit(weight, 0);
    };
    await expect.poll(() => session.mask.view?.source.id).toBe('test.json#0');
    editFirst(0.5);
    const address = new UrlState(session, { href: () => 'https://losslight.test/', replace: () => {} });
    const blob = await new SessionSave(session, address).make();
    if (!blob) throw new Error('No session was saved.');
    await session.chooseRow(1);
    await expect.poll(() => session.mask.view?.source.id).toBe('test.json#1');
    editFirst(0.25);
    const opened = { ...(await readSessionFile(blob, 'x.losslight.zip')), name: 'x.losslight.zip' };
    expect(await new Arrival(session, address, opened).take()).toBe(true);
    const { list } = session.data;
    expect(list.length).toBe(2);
    const weights = [0, 1].map((row) => session.mask.edits.of(list.id(row)).map(({ weight }) => weight));
    expect(weights).toEqual([[0.5], []]);
    await session.changeData(() => session.data.undo());
    expect(session.mask.edits.of('test.json#1').map(({ weight }) => weight)).toEqual([0.25]);
    address.dispose();
  });

  test('what would take the place of the list and holds nothing loses nothing, however it is read then', async () => {
    const { session } = await openPage();
    await importText(session, CHAT);
    const ids = () => Array.from({ length: session.data.list.length }, (_, row) => session.data.list.id(row));
    const own = ids();
    const table = { name: 'table.csv', text: 'a,b\nNew?,New.\n' };
    expect(await session.importText(table, true)).toBe(false);
    expect(ids()).toEqual(own);
    await session.reread({ columns: { a: 'prompt', b: 'completion' } });
    await expect.poll(() => session.data.at(0)?.messages[0]?.content).toBe('New?');
    expect(session.data.list.length).toBe(1);
    await session.changeData(() => session.data.undo());
    expect(ids()).toEqual(own);
  });

  test('clearing leads back to the beginning', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    await screen.getByRole('button', { name: 'Clear the list' }).click();
    await expect.element(screen.getByText(/Drop a file of conversations anywhere/)).toBeVisible();
    await expect.element(screen.getByRole('listbox', { name: 'Tokens' })).not.toBeInTheDocument();
  });
});

describe('lessons', () => {
  test('a lesson brings conversations, policy, settings and text; closing it brings the own ones back', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    await session.openLesson('weights');
    await expect.element(screen.getByRole('heading', { name: 'A mask is a weight' })).toBeVisible();
    await expect.element(screen.getByRole('textbox', { name: 'Weight of thinking' })).toHaveValue('0.3');
    await expect.element(screen.getByText('think ×0.3').first()).toBeVisible();
    await expect.element(screen.getByRole('option', { name: /What day follows/ })).not.toBeInTheDocument();
    await session.openLesson('thread');
    await expect
      .element(screen.getByRole('heading', { name: 'Growing samples: what counts twice' }))
      .toBeVisible();
    await expect
      .element(screen.getByText('Your 2 conversations are kept and come back when the lesson closes.'))
      .toBeVisible();
    await screen.getByRole('button', { name: 'Close the lesson' }).click();
    await expect.element(screen.getByRole('option', { name: /What day follows/ })).toBeVisible();
    expect(session.data.list.length).toBe(2);
  });

  test('closing a lesson gives policy and settings back; own conversations end it', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    await screen.getByRole('textbox', { name: 'Weight of thinking' }).fill('0.7');
    await session.openLesson('weights');
    await session.closeLesson();
    expect(session.mask.policy.think.weight).toBe(0.7);
    await session.openLesson('end-of-turn');
    expect(session.mask.policy.end.train).toBe(false);
    await importText(session, 'just words', 'words.txt');
    await expect.element(screen.getByRole('heading', { name: 'The token that says stop' })).toBeVisible();
    await importText(session, CHAT, 'more.json');
    await expect
      .element(screen.getByRole('heading', { name: 'The token that says stop' }))
      .not.toBeInTheDocument();
    expect(session.mask.policy.end.train).toBe(true);
    expect(conversationsOf(session).map(({ source }) => source.file)).toEqual([
      'test.json',
      'test.json',
      'more.json',
      'more.json',
    ]);
  });

  test('a lesson that is missing is told, and nothing is lost', async () => {
    const { screen, session } = await openPage();
    await importText(session, CHAT);
    await session.openLesson('no-such-lesson');
    await expect.element(screen.getByRole('alert')).toHaveTextContent(/no-such-lesson/);
    expect(session.data.list.length).toBe(2);
  });
});
