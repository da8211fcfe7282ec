/**
 * @file Odd files on the page: what is said of an empty one, and titles that would turn their line around.
 */
import { expect, test } from 'vitest';
import { conversationsOf, importText, openPage } from './setup';

const chat = (content: string) =>
  JSON.stringify({
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: 'A' },
    ],
  });

test('an empty file is said to be empty', async () => {
  const { screen, session } = await openPage();
  await importText(session, '', 'nothing.json');
  await expect
    .element(screen.getByText('nothing.json left out: the file is empty', { exact: true }))
    .toBeVisible();
  const problems = screen.getByRole('list', { name: 'Problems' });
  await expect
    .element(problems)
    .toHaveTextContent(/the file is empty.*Write the file again, or choose another/);
});

test('a title that turns text around is shown as it was written, with the character named', async () => {
  const { screen, session } = await openPage();
  await importText(session, `${chat('\u202Elive')}\n${chat('plain')}`, 'a\u202Egnp.jsonl');
  const row = screen.getByRole('option', { name: /⟨U\+202E⟩live/ });
  await expect.element(row).toBeVisible();
  await expect.element(row).not.toHaveTextContent('\u202E');
  expect(screen.getByRole('region', { name: 'Data', exact: true }).element().textContent).not.toContain(
    '\u202E',
  );
});

test('an export of ChatGPT comes in with its branch', async () => {
  const { screen, session } = await openPage();
  const node = (role: string, text: string, parent: string | null) => ({
    parent,
    children: [],
    message: { author: { role }, content: { content_type: 'text', parts: [text] } },
  });
  const mapping = {
    root: { parent: null, children: ['q'], message: null },
    q: node('user', 'What is tea?', 'root'),
    a: node('assistant', 'Leaves.', 'q'),
    b: node('assistant', 'Water.', 'q'),
  };
  await importText(
    session,
    JSON.stringify([{ title: 'Tea', mapping, current_node: 'a' }]),
    'conversations.json',
  );
  await expect
    .element(screen.getByText(/^ChatGPT export \(JSON\): 1 conversation from 1 record\./))
    .toBeVisible();
  await expect.element(screen.getByRole('option', { name: /What is tea\?/ })).toBeVisible();
  const [{ messages } = expect.fail('nothing came in')] = conversationsOf(session);
  expect(messages.map(({ content }) => content)).toEqual(['What is tea?', 'Leaves.']);
});
