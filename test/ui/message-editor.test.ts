/**
 * @file Messages edited in place: the mask and the counts follow, a wrong argument is told and loses nothing, everything
 * can be taken back, and what was edited is exported.
 */
import axe from 'axe-core';
import { userEvent } from 'vitest/browser';
import { describe, expect, test } from 'vitest';
import { saved } from './downloads';
import { CHAT, importText, openPage, tallyOf } from './setup';

const CALLS = JSON.stringify({
  messages: [
    { role: 'user', content: 'Weather in Oslo?' },
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ type: 'function', function: { name: 'get_weather', arguments: '{"city": "Oslo"}' } }],
    },
    { role: 'tool', name: 'get_weather', content: '{"sky": "rainy"}' },
    { role: 'assistant', content: 'It rains.' },
  ],
  tools: [{ type: 'function', function: { name: 'get_weather', parameters: {} } }],
});

async function openEditor(text = CHAT) {
  const opened = await openPage();
  const { screen, session } = opened;
  await importText(session, text);
  await screen.getByRole('button', { name: 'Edit messages' }).click();
  const editor = screen.getByRole('region', { name: 'Messages' });
  await expect.element(editor).toBeVisible();
  const rendered = () => session.mask.view?.rendered.text ?? '';
  return { ...opened, editor, rendered };
}

describe('editing', () => {
  test('mask, counts and the list follow what is typed; undo is one step, and so is the original', async () => {
    const { screen, session, editor, rendered } = await openEditor();
    const original = session.data.at(0);
    await expect.poll(() => tallyOf(session, original)).toBeTruthy();
    const before = tallyOf(session, original)?.trained ?? 0;
    const answer = editor.getByRole('textbox', { name: 'Answer of message 2' });
    await answer.fill('Friday follows Thursday, and then comes Saturday.');
    await userEvent.type(answer, ' Sure.');
    await expect.poll(rendered).toContain('comes Saturday. Sure.');
    await expect.poll(() => tallyOf(session, session.data.at(0))?.trained ?? 0).toBeGreaterThan(before);
    await expect
      .element(screen.getByRole('option', { name: /^What day follows Thursday\? edited/ }))
      .toBeVisible();
    await expect.element(editor.getByText('2 messages, edited')).toBeVisible();
    await editor.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => session.data.at(0)).toBe(original);
    await expect.element(answer).toHaveValue('Friday\tcomes  after Thursday.');
    await expect.poll(() => tallyOf(session, original)?.trained).toBe(before);
    await editor.getByRole('button', { name: 'Redo' }).click();
    await expect.poll(rendered).toContain('Sure.');
    await editor.getByRole('button', { name: 'Restore the original' }).click();
    await expect.poll(() => session.data.at(0)).toBe(original);
    await expect.poll(rendered).not.toContain('Sure.');
  });

  test('what was typed last is kept when another conversation is chosen', async () => {
    const { screen, session, editor } = await openEditor();
    await editor.getByRole('textbox', { name: 'Text of message 1' }).fill('What day is it?');
    await screen.getByRole('option', { name: /Say/ }).click();
    await expect.poll(() => session.data.at(0)?.messages[0]?.content).toBe('What day is it?');
    expect(session.data.at(1)?.messages[0]?.content).toBe('Say 👍 or שלום');
    await expect
      .element(editor.getByRole('textbox', { name: 'Text of message 1' }))
      .toHaveValue('Say 👍 or שלום');
  });

  test('thinking can be added and deleted, and a role changed', async () => {
    const { session, editor, rendered } = await openEditor();
    await editor.getByRole('button', { name: 'Delete the thinking of message 2' }).click();
    await expect.poll(() => session.data.at(0)?.messages[1]).not.toHaveProperty('reasoning');
    await editor.getByRole('button', { name: 'Add thinking to message 2' }).click();
    await editor.getByRole('textbox', { name: 'Thinking' }).fill('Let me see.');
    await expect.poll(rendered).toContain('Let me see.');
    await editor.getByRole('combobox', { name: 'Role of message 1' }).selectOptions('system');
    await expect.poll(() => session.data.at(0)?.messages[0]?.role).toBe('system');
    await expect.element(editor.getByText(/the assistant speaks before any user message/)).toBeVisible();
  });

  test('messages are added, moved and deleted by keyboard, and the focus stays with them', async () => {
    const { session, editor } = await openEditor();
    const contents = () => session.data.at(0)?.messages.map(({ content }) => content);
    await editor.getByRole('button', { name: 'Add a message behind message 2' }).click();
    await expect.element(editor.getByRole('textbox', { name: 'Text of message 3' })).toHaveFocus();
    await userEvent.keyboard('And then?');
    await expect
      .poll(contents)
      .toEqual(['What day follows Thursday?', 'Friday\tcomes  after Thursday.', 'And then?']);
    const up = editor.getByRole('button', { name: 'Up with message 3' });
    (up.element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => contents()?.[1]).toBe('And then?');
    await expect.element(editor.getByRole('button', { name: 'Up with message 2' })).toHaveFocus();
    await editor.getByRole('button', { name: 'Delete message 2' }).click();
    await expect.poll(() => contents()?.length).toBe(2);
    await expect.element(editor.getByText('Message 2 deleted.')).toBeInTheDocument();
    await editor.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => contents()?.[1]).toBe('And then?');
  });

  test('arguments that are no object are told with their place, and the call keeps its last ones', async () => {
    const { session, editor, rendered } = await openEditor(CALLS);
    const field = editor.getByRole('textbox', { name: 'Arguments, JSON' });
    await field.fill('{"city": Bergen}');
    await expect.element(editor.getByText(/Not valid JSON at line 1, column 10/)).toBeVisible();
    await expect.element(field).toHaveAttribute('aria-invalid', 'true');
    await userEvent.tab();
    expect(session.data.at(0)?.messages[1]?.toolCalls?.[0]?.arguments).toEqual({ city: 'Oslo' });
    await expect.element(field).toHaveValue('{"city": Bergen}');
    await field.fill('{"city": "Bergen", "days": 2}');
    await expect.poll(rendered).toContain('"Bergen"');
    expect(session.data.at(0)?.messages[1]?.toolCalls?.[0]).toMatchObject({
      arguments: { city: 'Bergen', days: 2 },
      rawArguments: '{"city": "Bergen", "days": 2}',
    });
    await editor.getByRole('combobox', { name: 'Tool' }).fill('get_sky');
    await expect.element(editor.getByText(/`get_sky` is called but not offered/)).toBeVisible();
    await editor.getByRole('button', { name: 'Delete call 1 of message 2' }).click();
    await expect.element(editor.getByText(/the tool result follows no call/)).toBeVisible();
  });

  test('what was edited is exported, and filtered', async () => {
    const { screen, editor, rendered } = await openEditor();
    await editor.getByRole('textbox', { name: 'Answer of message 2' }).fill('Friday.');
    await expect.poll(rendered).toContain('Friday.');
    await screen.getByText('Options', { exact: true }).click();
    await screen.getByRole('combobox', { name: 'Of what is shown' }).selectOptions('edited');
    const file = await saved(() => screen.getByRole('button', { name: 'OpenAI JSONL' }).click());
    expect(file.name).toBe('test.edited.openai.jsonl');
    expect(file.text).toBe(
      '{"messages":[{"role":"user","content":"What day follows Thursday?"},' +
        '{"role":"assistant","content":"Friday.","reasoning_content":"I know this."}]}\n',
    );
  });

  test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
    const { screen, session } = await openPage({ theme });
    await importText(session, CALLS);
    await screen.getByRole('button', { name: 'Edit messages' }).click();
    const editor = screen.getByRole('region', { name: 'Messages' });
    await editor.getByRole('textbox', { name: 'Arguments, JSON' }).fill('{');
    await expect.element(editor.getByText(/Not valid JSON/)).toBeVisible();
    const { violations } = await axe.run(document.body, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
  });
});
