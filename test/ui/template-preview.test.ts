/**
 * @file The template editor's preview: what a template makes of the chosen conversation while it is written.
 */
import axe from 'axe-core';
import { page } from 'vitest/browser';
import { afterEach, expect, test } from 'vitest';
import { CHAT, importText, openPage, type Options } from './setup';

afterEach(() => page.viewport(1280, 900));

const TEMPLATE = `{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;

async function openEditor(options: Options = {}, data = CHAT) {
  const opened = await openPage(options);
  const { screen, session } = opened;
  if (data) await importText(session, data);
  // A narrow page shows one step at a time.
  const step = screen.getByRole('navigation', { name: 'Page' }).getByRole('link', { name: /^Model/ });
  await step.click();
  const card = screen.getByRole('region', { name: 'Tokenizer and template' });
  await card.getByText('Look at it, or use your own').click();
  await screen.getByRole('button', { name: 'Chat template…' }).click();
  const dialog = screen.getByRole('dialog', { name: 'Chat template' });
  const area = dialog.getByRole('textbox', { name: 'Template (Jinja)' });
  const preview = dialog.getByRole('region', { name: 'Preview of the chosen conversation' });
  return { ...opened, dialog, area, preview };
}

test('follows what is written, coloured by segment, with the source of each stretch', async () => {
  const { session, area, preview, dialog } = await openEditor();
  await expect.element(preview).toHaveTextContent(/What·day·follows·Thursday\?/);
  await area.fill(`${TEMPLATE}THE END`);
  await expect.element(preview).toHaveTextContent(/THE·END/);
  const kinds = (kind: string) =>
    [...preview.element().querySelectorAll(`[data-kind="${kind}"]`)].map((element) => element.textContent);
  await expect.poll(() => kinds('user')).toEqual(['What·day·follows·Thursday?']);
  expect(kinds('answer')).toEqual(['Friday⇥comes··after·Thursday.']);
  expect(preview.element().querySelector('[data-kind="answer"]')?.classList.contains('generated')).toBe(true);
  await preview.getByTitle(/^answer: message 2, assistant, what the model writes/).hover();
  await expect
    .element(dialog.getByText(/^answer: message 2, assistant, what the model writes\. What the person/))
    .toBeVisible();
  // Nothing is in use before it is applied.
  expect(session.mask.view?.rendered.text).not.toContain('THE END');
});

test('a mistake names its line, and the last preview stays', async () => {
  const { area, preview, dialog } = await openEditor();
  await area.fill(TEMPLATE);
  await expect.element(preview).toHaveTextContent(/Thursday/);
  await area.fill(TEMPLATE.replace('{% endfor %}', '{% endfr %}'));
  await expect.element(dialog.getByRole('status')).toHaveTextContent(/^Line 3, column 1: /);
  // The line itself, with the place in it, and the way there.
  await expect.element(dialog.getByText('{%', { exact: true })).toBeVisible();
  await dialog.getByRole('button', { name: 'Go there' }).click();
  await expect.element(area).toHaveFocus();
  await expect
    .poll(() => (area.element() as HTMLTextAreaElement).selectionStart)
    .toBe(TEMPLATE.indexOf('{% endfor'));
  await expect.element(dialog.getByText('As it was before line 3 went wrong.')).toBeVisible();
  await expect.element(preview).toHaveTextContent(/Thursday/);
});

test('a template that cannot be followed says so with its remedy', async () => {
  const { area, dialog } = await openEditor();
  await area.fill("{{ raise_exception('No system turn, please') }}");
  await expect.element(dialog.getByText(/No system turn, please/).first()).toBeVisible();
  await area.fill('{% for i in range(100000000) %}x{% endfor %}');
  await expect.element(dialog.getByText(/No system turn, please/)).not.toBeInTheDocument();
});

test('a template that raises says in which line, also within a macro', async () => {
  const { area, dialog } = await openEditor();
  const source =
    "{% macro check(m) %}\n  {{ raise_exception('Not so.') }}\n{% endmacro %}\n{{ check(messages[0]) }}";
  await area.fill(source);
  await expect.element(dialog.getByText(/in line 2, column 6: Not so\./)).toBeVisible();
  await expect.element(dialog.getByText('raise_exception', { exact: true })).toBeVisible();
  await dialog.getByRole('button', { name: 'Go there' }).click();
  await expect
    .poll(() => (area.element() as HTMLTextAreaElement).selectionStart)
    .toBe(source.indexOf('raise_exception'));
});

test('what is being written stays while the page becomes narrow and wide again', async () => {
  const { area, dialog, preview, layout } = await openEditor();
  await area.fill(`${TEMPLATE}KEPT`);
  await expect.element(preview).toHaveTextContent(/KEPT/);
  await page.viewport(390, 844);
  await expect.poll(() => layout.narrow).toBe(true);
  await expect.element(dialog).toBeVisible();
  await expect.element(area).toHaveValue(`${TEMPLATE}KEPT`);
  await expect.element(preview).toHaveTextContent(/KEPT/);
  await page.viewport(1280, 900);
  await expect.poll(() => layout.narrow).toBe(false);
  await expect.element(preview).toHaveTextContent(/KEPT/);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect.element(dialog).not.toBeInTheDocument();
});

test('without a conversation it says what to do', async () => {
  const { dialog } = await openEditor({}, '');
  await expect.element(dialog.getByText(/^Choose a conversation in Data/)).toBeVisible();
});

test.each([
  ['light', 1440],
  ['dark', 390],
] as const)('axe finds nothing, %s, %i px', async (theme, width) => {
  await page.viewport(width, 900);
  const { preview } = await openEditor({ theme });
  await expect.element(preview).toHaveTextContent(/Thursday/);
  const { violations } = await axe.run(document.body);
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
});
