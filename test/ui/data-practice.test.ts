/**
 * @file Practice data made on the page, and what is held out: by the generator, or as a share of one's own.
 */
import { describe, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import axe from 'axe-core';
import { composePractice } from '../../src/conversation/practice/compose';
import { historyEntry } from '../../src/state/history-entry';
import { hideParts } from '../../src/ui/lesson-stage';
import { saved } from './downloads';
import { conversationsOf, importText, openPage } from './setup';

const questions = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      messages: [
        { role: 'user', content: `Question ${i}` },
        { role: 'assistant', content: 'Yes.' },
      ],
    }),
  ).join('\n');

async function openForm() {
  const opened = await openPage();
  const { screen } = opened;
  await screen.getByRole('button', { name: 'Make practice data' }).click();
  const form = screen.getByRole('form', { name: 'Practice data' });
  await expect.element(form.getByText(/^Tools \(\d+ of \d+\)$/)).toBeVisible();
  const make = form.getByRole('button', { name: 'Make', exact: true });
  return { ...opened, form, make };
}

describe('practice data', () => {
  test('is made as asked for, the held-out part is marked and not trained, and undo takes it back', async () => {
    const { screen, session, form, make } = await openForm();
    await form.getByRole('textbox', { name: 'Conversations' }).fill('6');
    await form.getByRole('textbox', { name: 'Held out' }).fill('3');
    await form.getByRole('textbox', { name: 'Seed' }).fill('7');
    await form.getByText('More settings').click();
    await form.getByRole('combobox', { name: 'Contested turns show' }).selectOptions('right');
    await make.click();
    await expect.element(screen.getByRole('listbox', { name: 'Conversations' })).toBeVisible();
    await expect.element(form).not.toBeInTheDocument();
    const { data } = session;
    expect(data.list.length).toBe(9);
    expect(data.trainRows).toEqual([0, 1, 2, 3, 4, 5]);
    expect(data.heldOutRows).toEqual([6, 7, 8]);
    const tools = session.practice.tools.map(({ name }) => name);
    const options = {
      seed: 7,
      turns: 2,
      withTools: 0.7,
      contested: 0.2,
      renamed: 0.4,
      made: 0,
      tools,
    } as const;
    const expected = [0, 1, 2, 3, 4, 5].map((i) =>
      composePractice(i, { ...options, contestedShown: 'right' }),
    );
    expect(conversationsOf(session).slice(0, 6)).toEqual(expected);
    await expect.element(screen.getByRole('option', { name: /held out ·/ }).first()).toBeVisible();
    await expect
      .element(screen.getByText('3 held-out conversations are measured and never trained.'))
      .toBeVisible();
    // Nothing is filtered, so nothing is said of a filter.
    await expect.element(screen.getByText(/A run trains on/)).not.toBeInTheDocument();
    // Shown as held out, and no run takes it.
    await screen.getByRole('combobox', { name: 'Show' }).selectOptions('held-out');
    await expect.element(screen.getByText('3 conversations of 9', { exact: true })).toBeVisible();
    await expect
      .element(screen.getByText('Every conversation that is shown is held out; see Data.'))
      .toBeVisible();
    await screen.getByRole('combobox', { name: 'Show' }).selectOptions('all');
    await screen.getByRole('button', { name: 'Undo: practice data' }).click();
    await expect.poll(() => data.list.length).toBe(0);
    await screen.getByRole('button', { name: 'Redo: practice data' }).click();
    await expect.poll(() => data.heldOutRows).toEqual([6, 7, 8]);
  });

  test('is asked for in a dialog: what makes it stays in sight, Escape closes it and gives the focus back', async () => {
    const { screen, form, make } = await openForm();
    const dialog = screen.getByRole('dialog', { name: 'Practice data' });
    await expect.element(form.getByRole('textbox', { name: 'Conversations' })).toHaveFocus();
    await form.getByText('More settings').click();
    await form.getByText(/^Tools \(/).click();
    await expect.element(form.getByRole('checkbox', { name: /get_weather/ })).toBeInTheDocument();
    const body = dialog.element().querySelector('.body') ?? expect.fail('no body');
    // Longer than the screen, and scrolled to its end and back.
    expect(body.scrollHeight).toBeGreaterThan(body.clientHeight);
    for (const top of [body.scrollHeight, 0]) {
      body.scrollTop = top;
      const { top: above, bottom } = make.element().getBoundingClientRect();
      expect(above).toBeGreaterThan(0);
      expect(bottom).toBeLessThanOrEqual(innerHeight);
    }
    expect(dialog.element().contains(document.activeElement)).toBe(true);
    await userEvent.keyboard('{Escape}');
    await expect.element(dialog).not.toBeInTheDocument();
    await expect.element(screen.getByRole('button', { name: 'Make practice data' })).toHaveFocus();
  });

  test('the browser’s Back closes it, and the page stays where it is', async () => {
    const { screen } = await openForm();
    const dialog = screen.getByRole('dialog', { name: 'Practice data' });
    const { href } = location;
    // Else Back would leave the page of the tests.
    expect(historyEntry().dialog).toBeDefined();
    history.back();
    await expect.element(dialog).not.toBeInTheDocument();
    expect(location.href).toBe(href);
    await expect.element(screen.getByRole('button', { name: 'Make practice data' })).toHaveFocus();
  });

  test('a reason that stands on the page is not hidden behind it; its own is gone when it is opened again', async () => {
    const { screen, session, make } = await openForm();
    const dialog = screen.getByRole('dialog', { name: 'Practice data' });
    await session.openLesson('weights');
    await expect.poll(() => session.lessons.busy || session.lessons.switching).toBe(false);
    void session.startTraining();
    await expect.poll(() => session.train.status).toBe('running');
    await make.click();
    await expect.element(dialog).not.toBeInTheDocument();
    await expect.element(screen.getByRole('alert').first()).toBeVisible();
    await session.train.stop();

    await session.closeLesson();
    const opener = screen.getByRole('button', { name: 'Make practice data' });
    for (const refused of [false, true]) {
      await opener.click();
      await make.click();
      if (!refused) await expect.element(dialog).not.toBeInTheDocument();
    }
    await expect.element(dialog).toHaveTextContent(/in the list already/);
    await userEvent.keyboard('{Escape}');
    await expect.element(dialog).not.toBeInTheDocument();
    await opener.click();
    await expect.element(dialog).toBeVisible();
    await expect.element(dialog).not.toHaveTextContent(/in the list already/);
  });

  test('a lesson that hides it hides what opens it, and no empty dialog comes', async () => {
    const { screen, form } = await openForm();
    const dialog = screen.getByRole('dialog', { name: 'Practice data' });
    await form.getByRole('button', { name: 'Close' }).click();
    await expect.element(dialog).not.toBeInTheDocument();
    const show = hideParts(['data.practice']);
    await expect.element(screen.getByRole('button', { name: 'Make practice data' })).not.toBeInTheDocument();
    show();
    await expect.element(screen.getByRole('button', { name: 'Make practice data' })).toBeVisible();
  });

  test('a wrong setting says its range and blocks; so does having chosen no tool', async () => {
    const { session, form, make } = await openForm();
    await form.getByRole('textbox', { name: 'Turns' }).fill('9');
    await expect.element(form.getByText('Turns must be between 1 and 5.')).toBeVisible();
    await expect.element(make).toHaveAttribute('aria-disabled', 'true');
    await make.click({ force: true });
    expect(session.data.list.length).toBe(0);
    await form.getByRole('textbox', { name: 'Turns' }).fill('1');
    await form.getByText(/^Tools \(/).click();
    await form.getByRole('button', { name: 'None of the tools' }).click();
    await expect.element(form.getByText(/Choose at least one tool/)).toBeVisible();
    await form.getByRole('checkbox', { name: /get_weather/ }).click();
    await expect.element(form.getByText(/^Tools \(1 of \d+\)$/)).toBeVisible();
    await make.click();
    await expect.poll(() => session.data.list.length).toBe(80);
    const names = conversationsOf(session).flatMap(({ tools = [] }) => tools);
    expect(names.length).toBeGreaterThan(20);
  });

  test('the same again is refused with its remedy; other settings get ids of their own', async () => {
    const { screen, session, form, make } = await openForm();
    await form.getByRole('textbox', { name: 'Conversations' }).fill('4');
    await form.getByRole('textbox', { name: 'Held out' }).fill('0');
    await make.click();
    await expect.poll(() => session.data.list.length).toBe(4);
    // It closes once what was made is shown; the same button opens and closes it.
    await expect.element(form).not.toBeInTheDocument();
    await screen.getByRole('button', { name: 'Make practice data' }).click();
    await make.click();
    await expect.element(screen.getByRole('alert')).toHaveTextContent(/in the list already.*Change the seed/);
    await form.getByRole('textbox', { name: 'Turns' }).fill('1');
    await make.click();
    await expect.poll(() => session.data.list.length).toBe(8);
    expect(new Set(conversationsOf(session).map(({ id }) => id)).size).toBe(8);
  });

  test('many are made in slices, and can be cancelled with the list as it was', async () => {
    const { screen, session, form, make } = await openForm();
    await form.getByRole('textbox', { name: 'Conversations' }).fill('20000');
    await make.click();
    await expect.element(screen.getByRole('progressbar', { name: 'Making conversations' })).toBeVisible();
    await screen.getByRole('button', { name: 'Cancel making practice data' }).click();
    await expect.poll(() => session.practice.progress).toBeUndefined();
    await expect.element(make).toBeVisible();
    expect(session.data.list.length).toBe(0);
    expect(session.practice.error).toBeUndefined();
  });
});

describe('a held-out share', () => {
  test('is shown, never trained, stays with another import, and can be exported', async () => {
    const { screen, session } = await openPage();
    await importText(session, questions(10), 'own.jsonl');
    await screen.getByText('Held out', { exact: true }).click();
    await screen.getByRole('checkbox', { name: 'Hold out a share of each import' }).click();
    const { data } = session;
    await expect.poll(() => data.heldOutRows.length).toBe(2);
    await expect.element(screen.getByText(/2 conversations are never trained/)).toBeVisible();
    const before = data.heldOutRows;
    expect(data.trainRows).toHaveLength(8);
    expect(data.trainRows.filter((row) => before.includes(row))).toEqual([]);
    await importText(session, questions(5), 'more.jsonl');
    expect(data.heldOutRows.slice(0, 2)).toEqual(before);
    expect(data.heldOutRows).toHaveLength(3);
    await screen.getByRole('textbox', { name: 'Share, %' }).fill('150');
    await expect.element(screen.getByText(/must be between 0 and 100\. The split stays/)).toBeVisible();
    expect(data.heldOutRows).toHaveLength(3);
    await screen.getByRole('textbox', { name: 'Share, %' }).fill('40');
    await expect.poll(() => data.heldOutRows.length).toBe(6);
    await screen.getByText('Options', { exact: true }).click();
    await screen.getByRole('combobox', { name: 'Of what is shown' }).selectOptions('held-out');
    await expect.element(screen.getByText('Export 6 held-out conversations')).toBeVisible();
    const file = await saved(() => screen.getByRole('button', { name: 'OpenAI JSONL' }).click());
    expect(file.name).toBe('more.held-out.openai.jsonl');
    const lines = file.text.trim().split('\n');
    const all = conversationsOf(session);
    expect(
      lines.map((line) => (JSON.parse(line) as { messages: { content: string }[] }).messages[0]?.content),
    ).toEqual(data.heldOutRows.map((row) => all[row]?.messages[0]?.content));
    await screen.getByRole('button', { name: 'Remove more.jsonl' }).click();
    await expect.poll(() => data.list.length).toBe(10);
    await screen.getByRole('button', { name: 'Undo: removal' }).click();
    await expect.poll(() => data.list.length).toBe(15);
    document.getElementById('data')?.scrollIntoView();
    const { violations } = await axe.run(document.body, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
  });

  test('a lesson knows nothing of it, and it is back when the lesson closes', async () => {
    const { session } = await openPage();
    await importText(session, questions(10), 'own.jsonl');
    await session.changeData(() => session.data.setSplit({ share: 0.3, seed: 1 }));
    const before = session.data.heldOutRows;
    await session.openLesson('weights');
    expect(session.data.heldOutRows).toEqual([]);
    expect(session.data.history.undoLabel).toBeUndefined();
    await session.closeLesson();
    expect(session.data.heldOutRows).toEqual(before);
  });
});
