/**
 * @file The mask view: strip, keyboard, marks, policy, overlays, text.
 */
import { userEvent } from 'vitest/browser';
import { describe, expect, test } from 'vitest';
import { checks as checkWords } from '$strings/checks';
import { CHAT, importText, openPage } from './setup';

async function openMask() {
  const page = await openPage();
  await importText(page.session, CHAT);
  await expect.element(page.screen.getByRole('listbox', { name: 'Tokens' })).toBeVisible();
  await expect.poll(() => document.querySelector('#mask [data-i="0"]')).not.toBeNull();
  const token = (text: string) => page.screen.getByRole('option', { name: text, exact: true });
  const total = page.screen.getByText(/tokens are trained/);
  return { ...page, token, total };
}

const focusedText = () => document.activeElement?.textContent;

describe('strip', () => {
  test('shows every token once, whitespace made visible, trained tokens marked', async () => {
    const { screen, session } = await openMask();
    const { rendered, encoded } = session.mask.view ?? expect.fail('nothing is shown');
    const drawn = () =>
      screen
        .getByRole('option')
        .elements()
        .filter((element) => element.hasAttribute('data-i'));
    await expect.poll(() => drawn().length).toBe(encoded.ids.length);
    const options = drawn();
    const shown = options.map((element) => element.textContent ?? '').join('');
    expect(shown.replaceAll('·', ' ').replaceAll('⇥', '\t').replaceAll('⏎', '')).toBe(rendered.text);
    expect(shown).toContain('⇥');
    expect(shown).toContain('·');
    const marked = options
      .filter((element) => element.hasAttribute('data-bar'))
      .map((element) => Number(element.dataset.i));
    expect(marked).toEqual(Array.from(session.mask.weights.entries()).flatMap(([i, w]) => (w ? [i] : [])));
  });

  test('a trained token differs from an untrained one in weight of type and in its bar, not in colour alone', async () => {
    const { screen } = await openMask();
    const style = (selector: string) =>
      getComputedStyle(document.querySelector(selector) ?? expect.fail(selector));
    await expect.element(screen.getByRole('option', { name: '<think>' })).toBeVisible();
    const trained = style('.t[data-bar]:not(.delimiter)');
    const untrained = style('.t:not([data-bar], .delimiter)');
    expect([trained.fontWeight, untrained.fontWeight]).toEqual(['600', '400']);
    expect([trained.boxShadow, untrained.boxShadow].map((shadow) => shadow !== 'none')).toEqual([
      true,
      false,
    ]);
  });

  test('one tab stop; arrows, Home, End and PageDown move; focus shows the details', async () => {
    const { screen, session } = await openMask();
    const last = (session.mask.view?.encoded.ids.length ?? 0) - 1;
    expect(document.querySelectorAll('[data-i][tabindex="0"]').length).toBe(1);
    document.querySelector<HTMLElement>('[data-i="0"]')?.focus();
    expect(focusedText()).toBe('<|im_start|>');
    await userEvent.keyboard('{ArrowRight}');
    expect(focusedText()).toBe('user');
    const details = screen.getByRole('group', { name: 'Token details' });
    await expect.element(details).toHaveTextContent(/Token 2 of/);
    await expect.element(details).toHaveTextContent(/Weight 0 \(context/);
    await userEvent.keyboard('{PageDown}{ArrowLeft}{ArrowRight}');
    expect(Number((document.activeElement as HTMLElement).dataset.i)).toBe(
      session.mask.view?.encoded.message.indexOf(1),
    );
    await userEvent.keyboard('{End}');
    expect(Number((document.activeElement as HTMLElement).dataset.i)).toBe(last);
    await userEvent.keyboard('{ArrowRight}{Home}{ArrowLeft}');
    expect(Number((document.activeElement as HTMLElement).dataset.i)).toBe(0);
    await userEvent.keyboard('{ArrowDown}');
    const below = document.activeElement as HTMLElement;
    expect(below.getBoundingClientRect().top).toBeGreaterThan(
      document.querySelector('[data-i="0"]')?.getBoundingClientRect().bottom ?? Infinity,
    );
    await userEvent.keyboard('{ArrowUp}');
    expect(Number((document.activeElement as HTMLElement).dataset.i)).toBe(0);
    expect(document.querySelectorAll('[data-i][tabindex="0"]').length).toBe(1);
  });

  test('pointing at a token shows its details', async () => {
    const { screen, token } = await openMask();
    await token('<think>').hover();
    const details = screen.getByRole('group', { name: 'Token details' });
    await expect.element(details).toHaveTextContent(/Segment think/);
    await expect.element(details).toHaveTextContent(/Message assistant, 2 of 2/);
    await expect.element(details).toHaveTextContent(/Weight 1 \(trained\)/);
  });

  test('characters that are split over tokens are shown at the first of them, the others by number', async () => {
    const { screen, session } = await openMask();
    await session.choose(session.data.list.id(1));
    const { bytes, rendered } = session.mask.view ?? expect.fail('nothing is shown');
    expect(bytes.size).toBeGreaterThan(0);
    for (const text of bytes.values()) expect(text).toMatch(/^(\\x[0-9A-F]{2})+$/);
    const drawn = () =>
      [...document.querySelectorAll<HTMLElement>('#mask .t[data-kind="user"]')].map(
        ({ dataset, textContent }) => (dataset.bytes === undefined ? '' : `[${dataset.bytes}]`) + textContent,
      );
    const hebrew = ['ש', '[2]', 'ל', '[2]', 'ו', '[2]', 'ם', '[2]'];
    await expect.poll(drawn).toEqual(['S', 'ay', '·', '👍', '[2]', '[3]', '[4]', '·', 'or', '·', ...hebrew]);
    const name = 'byte 2 of the 4 of 👍';
    await expect.element(screen.getByRole('option', { name, exact: true }).first()).toBeVisible();
    await screen
      .getByRole('region', { name: 'Mask', exact: true })
      .getByText('View', { exact: true })
      .click();
    await screen.getByRole('checkbox', { name: 'As text' }).click();
    await expect.element(screen.getByRole('region', { name: 'Rendered text' })).toHaveTextContent('👍 שלום');
    expect(document.querySelector('pre')?.textContent).toBe(rendered.text);
    const isolated = [...document.querySelectorAll('pre bdi')].map((element) => element.textContent);
    expect(isolated).toEqual(rendered.text.match(/<[^<>\s]+>/g));
  });

  test('a line of Arabic whose tokens are bytes runs from the right, and none of its tokens runs into another', async () => {
    const { session } = await openMask();
    const messages = [
      { role: 'user', content: 'مرحبا' },
      { role: 'assistant', content: 'Hello.' },
    ];
    await importText(session, JSON.stringify({ messages }), 'arabic.json');
    const { bytes } = session.mask.view ?? expect.fail('nothing is shown');
    expect(bytes.size).toBe(10);
    await expect.poll(() => document.querySelector('#mask .line[dir="rtl"]')).not.toBeNull();
    const line = document.querySelector('#mask .line[dir="rtl"]') ?? expect.fail('no line');
    const letters = [...line.querySelectorAll<HTMLElement>('.t:not(.delimiter, .newline)')];
    expect(letters.map(({ textContent, dataset }) => textContent || dataset.bytes)).toEqual([
      ...['م', '2', 'ر', '2', 'ح', '2', 'ب', '2', 'ا', '2'],
    ]);
    const places = letters.map((token) => token.getBoundingClientRect().left);
    expect(places).toEqual([...places].sort((a, b) => b - a));
    for (const element of letters) {
      const { direction, unicodeBidi } = getComputedStyle(element);
      expect([direction, unicodeBidi]).toEqual(['rtl', 'isolate']);
    }
    // A delimiter is spelt in ASCII, whatever the line.
    for (const element of line.querySelectorAll('.t.delimiter')) {
      const { direction, unicodeBidi } = getComputedStyle(element);
      expect([direction, unicodeBidi]).toEqual(['ltr', 'isolate']);
    }
    expect(document.querySelectorAll('#mask .line[dir="rtl"]').length).toBe(1);
  });

  test('thirty thousand tokens: only those near the screen are drawn, the last is reached by keyboard', async () => {
    const { session } = await openMask();
    const long = {
      messages: [
        { role: 'user', content: 'Repeat' },
        { role: 'assistant', content: 'red chair, '.repeat(6000) },
      ],
    };
    await importText(session, JSON.stringify(long), 'long.json');
    const total = session.mask.view?.encoded.ids.length ?? 0;
    expect(total).toBeGreaterThan(30_000);
    await expect.poll(() => document.querySelectorAll('[data-i]').length).toBeGreaterThan(0);
    expect(document.querySelectorAll('[data-i]').length).toBeLessThan(6000);
    document.querySelector<HTMLElement>('[data-i="0"]')?.focus();
    await userEvent.keyboard('{End}');
    await expect.poll(() => (document.activeElement as HTMLElement).dataset.i).toBe(String(total - 1));
    expect(document.querySelectorAll('[data-i]').length).toBeLessThan(6000);
  });
});

describe('policy', () => {
  test('switching a segment off changes marks, counts and the total', async () => {
    const { screen, session, total } = await openMask();
    const all = session.mask.trained;
    await expect
      .element(total)
      .toHaveTextContent(`${all} of ${session.mask.view?.encoded.ids.length} tokens are trained`);
    const thinking = session.mask.counts.find(({ kind }) => kind === 'think')?.tokens ?? 0;
    expect(thinking).toBeGreaterThan(0);
    await screen.getByRole('checkbox', { name: 'Thinking' }).click();
    await expect.element(total).toHaveTextContent(`${all - thinking} of`);
    await expect.element(screen.getByRole('option', { name: '<think>' })).not.toHaveAttribute('data-bar');
    const row = screen.getByRole('option', { name: /What day follows/ });
    await expect.element(row).toHaveTextContent(`${all - thinking} of`);
  });

  test('fractional and negative weights look different and say their number', async () => {
    const { screen } = await openMask();
    await screen.getByRole('textbox', { name: 'Weight of thinking' }).fill('0.3');
    await screen.getByRole('textbox', { name: 'Weight of answers' }).fill('-1');
    await expect.element(screen.getByRole('option', { name: '<think>' })).toHaveAttribute('data-bar', '1');
    await expect.element(screen.getByText('think ×0.3')).toBeVisible();
    await expect.element(screen.getByText('answer ×−1')).toBeVisible();
    await expect
      .element(screen.getByRole('option', { name: 'Friday', exact: true }))
      .toHaveAttribute('data-bar', '-3');
  });

  test('the total, the legend and the list tell what is trained away from', async () => {
    const { screen, session } = await openMask();
    const { trained, counts, view } = session.mask;
    const answers = counts.find(({ kind }) => kind === 'answer')?.trained ?? 0;
    expect(answers).toBeGreaterThan(0);
    const total = view?.encoded.ids.length;
    await screen.getByRole('textbox', { name: 'Weight of thinking' }).fill('0.3');
    await screen.getByRole('textbox', { name: 'Weight of answers' }).fill('-1');
    await expect
      .element(screen.getByText(/trained away from, of/))
      .toHaveTextContent(`${trained - answers} trained, ${answers} trained away from, of ${total} tokens`);
    await expect
      .element(screen.getByRole('option', { name: /What day follows/ }))
      .toHaveTextContent(`${trained - answers} trained, ${answers} away, of ${total}`);
    await expect
      .element(screen.getByRole('banner'))
      .toHaveTextContent(`${trained - answers} of ${total} trained, ${answers} away`);
    const legend = screen.getByRole('list', { name: /^Segments/ });
    await expect.element(legend).toHaveTextContent(/think \d+ of \d+, ×0\.3/);
    await expect.element(legend).toHaveTextContent(/answer \d+ of \d+, ×−1/);
    await expect.element(legend).not.toHaveTextContent(/end \d+ of \d+, ×/);
  });

  test('what is not a finite number is refused at its field, and the last weight stays', async () => {
    const { screen, session } = await openMask();
    const field = screen.getByRole('textbox', { name: 'Weight of end of turn' });
    for (const text of ['much', '', '1e99', 'Infinity']) {
      await field.fill(text);
      await expect.element(field).toHaveAttribute('aria-invalid', 'true');
      await expect.element(screen.getByRole('alert')).toHaveTextContent('any finite number');
    }
    expect(session.mask.policy.end.weight).toBe(1);
    await field.fill('2');
    await expect.element(field).toHaveAttribute('aria-invalid', 'false');
    expect(session.mask.policy.end.weight).toBe(2);
  });
});

describe('notes and overlays', () => {
  test('thinking that the template leaves out is told', async () => {
    const { screen, session } = await openMask();
    const messages = [
      { role: 'user', content: 'One?' },
      { role: 'assistant', reasoning_content: 'Hm.', content: 'One.' },
      { role: 'user', content: 'Two?' },
      { role: 'assistant', reasoning_content: 'Hm.', content: 'Two.' },
    ];
    await importText(session, JSON.stringify({ messages }), 'two.json');
    const checks = screen.getByRole('region', { name: 'Checks' });
    await expect.element(checks).toHaveTextContent(/The thinking of message 2 is stripped/);
    // A check says it, and so the notes do not.
    await expect
      .element(screen.getByRole('list', { name: 'Remarks on the rendering' }))
      .not.toBeInTheDocument();

    // A run that trains that turn with its thinking is not checked for it. What is told then is not called as what is counted.
    session.train.division = { strategy: 'fork', truncate: 'end' };
    const remarks = screen.getByRole('list', { name: 'Remarks on the rendering' });
    await expect.element(remarks).toHaveTextContent(/leaves the thinking of this turn out/);
    const names = [...remarks.element().querySelectorAll('strong')].map(({ textContent }) => textContent);
    expect(names.length).toBeGreaterThan(0);
    for (const { name } of Object.values(checkWords.severity)) expect(names).not.toContain(name);
  });

  test('log-probability colours the strip; change says why there is none yet', async () => {
    const { screen } = await openMask();
    await screen.getByText('Log-probability', { exact: true }).click();
    await expect.poll(() => document.querySelectorAll('.t[data-heat]').length).toBeGreaterThan(10);
    expect(document.querySelector('[data-i="0"]')?.hasAttribute('data-heat')).toBe(false);
    await screen.getByText('Change', { exact: true }).click();
    await expect.element(screen.getByText('The change appears after training.').first()).toBeVisible();
  });
});
