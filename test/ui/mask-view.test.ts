/**
 * @file Around the strip: search, two masks side by side, the messages beside their tokens, copying and saving.
 */
import { userEvent } from 'vitest/browser';
import { describe, expect, test, vi } from 'vitest';
import { saved } from './downloads';
import { CHAT, importText, openPage } from './setup';

async function openMask() {
  const opened = await openPage();
  await importText(opened.session, CHAT);
  const strip = opened.screen.getByRole('listbox', { name: 'Tokens', exact: true });
  await expect.element(strip).toBeVisible();
  await expect.poll(() => document.querySelector('#mask [data-i="0"]')).not.toBeNull();
  await opened.screen
    .getByRole('region', { name: 'Mask', exact: true })
    .getByText('View', { exact: true })
    .click();
  const view = opened.session.mask.view ?? expect.fail('nothing is shown');
  const field = opened.screen.getByRole('searchbox', { name: 'Search' });
  const told = opened.screen.getByRole('search').getByRole('status');
  return { ...opened, strip, view, field, told };
}

const marked = (attribute: string) =>
  [...document.querySelectorAll<HTMLElement>(`#mask .t[${attribute}]`)]
    .map((element) => element.textContent)
    .join('');
const focused = () => document.activeElement as HTMLElement;

describe('search', () => {
  test('marks every place, counts them, and goes from one to the next while the focus stays', async () => {
    const { screen, field, told, view } = await openMask();
    await field.fill('thursday');
    await expect.element(told).toHaveTextContent('2 found');
    await expect.poll(() => marked('data-found').replaceAll('·', '')).toBe('ThursdayThursday');
    await userEvent.keyboard('{Enter}');
    await expect.element(told).toHaveTextContent('1 of 2');
    expect(focused().getAttribute('type')).toBe('search');
    await expect.poll(() => marked('data-found="current"').replaceAll('·', '')).toBe('Thursday');
    await expect
      .element(screen.getByRole('group', { name: 'Token details' }))
      .toHaveTextContent(/Message user/);
    await userEvent.keyboard('{Enter}');
    await expect.element(told).toHaveTextContent('2 of 2');
    await userEvent.keyboard('{Enter}');
    await expect.element(told).toHaveTextContent('1 of 2');
    await userEvent.keyboard('{Shift>}{Enter}{/Shift}');
    await expect.element(told).toHaveTextContent('2 of 2');
    await screen.getByRole('button', { name: 'Previous place found' }).click();
    await expect.element(told).toHaveTextContent('1 of 2');
    await field.click();
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => marked('data-found')).toBe('');
    // Back in the strip, where the search was.
    await expect.poll(() => focused().getAttribute('role')).toBe('option');
    const at = Number(focused().dataset.i);
    expect(view.rendered.text.slice(view.encoded.start[at]).trimStart()).toMatch(/^Thursday\?/);
  });

  test('by what is known of tokens; what cannot be read is said', async () => {
    const { field, told, session } = await openMask();
    await field.fill('weight>0 kind:end');
    await expect.element(told).toHaveTextContent('1 found');
    await field.fill(`id:${session.mask.view?.encoded.ids[0]}`);
    await expect.element(told).toHaveTextContent('2 found');
    await field.fill('kind:nothing');
    await expect.element(told).toHaveTextContent(/“kind:nothing” is not known; choose one of/);
    await expect.element(field).toHaveAttribute('aria-invalid', 'true');
    await field.fill('zebra');
    await expect.element(told).toHaveTextContent('Nothing found.');
  });

  test('Ctrl+F is the search’s in the panel, and the browser’s elsewhere and in the search itself', async () => {
    const { field } = await openMask();
    const pressed = () => {
      const event = new KeyboardEvent('keydown', {
        key: 'f',
        ctrlKey: true,
        bubbles: true,
        cancelable: true,
      });
      (document.activeElement ?? document.body).dispatchEvent(event);
      return event.defaultPrevented;
    };
    focused().blur();
    expect(pressed()).toBe(false);
    document.querySelector<HTMLElement>('[data-i="0"]')?.focus();
    expect(pressed()).toBe(true);
    expect(focused()).toBe(field.element());
    expect(pressed()).toBe(false);
    document.querySelector<HTMLElement>('[data-i="0"]')?.focus();
    await userEvent.keyboard('/');
    expect(focused()).toBe(field.element());
  });
});

describe('two masks side by side', () => {
  test('the same tokens under each, differences marked on both, scrolling together', async () => {
    const { screen, session, strip } = await openMask();
    const long = Array.from({ length: 40 }, (_, i) => ({
      role: i % 2 ? 'assistant' : 'user',
      content: `Line ${i} of a long conversation about tables and chairs.`,
    }));
    await importText(session, JSON.stringify({ messages: long }), 'long.json');
    await screen.getByRole('combobox', { name: 'Compare with' }).selectOptions('preset:torchtune-last');
    await screen.getByRole('checkbox', { name: 'Side by side' }).click();
    const other = screen.getByRole('listbox', { name: /^Tokens under / });
    await expect.element(other).toBeVisible();
    const of = (list: Element, attribute: string) =>
      list.querySelectorAll(`[data-diff="${attribute}"]`).length;
    // What A alone trains is marked alike in both, and both say both weights.
    const [a, b] = [strip.element(), other.element()];
    await expect.poll(() => of(a, 'only-a')).toBeGreaterThan(0);
    await expect.poll(() => of(b, 'only-a')).toBeGreaterThan(0);
    expect([of(a, 'only-b'), of(b, 'only-b')]).toEqual([0, 0]);
    for (const list of [a, b])
      await expect
        .poll(() => list.querySelector('.tag[data-kind="answer"]')?.textContent)
        .toBe('answer A 1 B 0');
    // The same message begins at the same height in both, also where one has more to say.
    const tops = (list: Element) =>
      [...list.children].map((message) => Math.round(message.getBoundingClientRect().top));
    await expect.poll(() => tops(b).every((top, i) => top === tops(a)[i])).toBe(true);
    const third = b.children[2]?.querySelector<HTMLElement>('.tokens');
    third?.style.setProperty('padding-bottom', '50px');
    await expect.poll(() => tops(b).every((top, i) => top === tops(a)[i])).toBe(true);
    third?.style.removeProperty('padding-bottom');
    const inspect = other.element().querySelector<HTMLElement>('[data-i="5"]');
    inspect?.focus();
    await expect
      .element(screen.getByRole('group', { name: 'Token details' }))
      .toHaveTextContent(/Token 6 of/);
    a.scrollTop = 400;
    await expect.poll(() => b.scrollTop).toBeGreaterThan(200);
    const top = (box: Element) =>
      [...box.children].findIndex(
        (child) => child.getBoundingClientRect().bottom > box.getBoundingClientRect().top + 2,
      );
    await expect.poll(() => Math.abs(top(a) - top(b))).toBeLessThanOrEqual(1);
    await screen.getByRole('checkbox', { name: 'Side by side' }).click();
    await expect.element(other).not.toBeInTheDocument();
  });
});

describe('messages beside', () => {
  test('a token is marked in its message, and a field lights its tokens, by pointer and by keyboard', async () => {
    const { screen, view } = await openMask();
    await screen.getByRole('checkbox', { name: 'Messages beside' }).click();
    const pane = screen.getByRole('region', { name: 'Messages as they were brought' });
    const at = view.rendered.text.indexOf('Friday');
    const token = view.encoded.end.findIndex((end) => end > at);
    document.querySelector<HTMLElement>(`[data-i="${token}"]`)?.focus();
    await expect.poll(() => document.querySelector('mark')?.textContent).toBeTruthy();
    const mark = document.querySelector('mark')?.textContent ?? '';
    expect('Friday'.startsWith(mark)).toBe(true);
    await expect
      .element(pane.getByRole('group', { name: '2 assistant', exact: true }))
      .toHaveTextContent(/Friday/);

    await pane.getByRole('group', { name: '2 assistant, think' }).hover();
    await expect.poll(() => marked('data-lit')).toContain('I·know·this.');
    expect(marked('data-lit')).not.toContain('Friday');
    const go = pane.getByRole('button', { name: /^1 user.*go to its tokens$/ });
    go.element().focus();
    await expect.poll(() => marked('data-lit')).toBe('What·day·follows·Thursday?');
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => focused().textContent).toBe('What');
  });

  test('thinking that the template drops is told where it stands, with the lesson about it', async () => {
    const { screen, session } = await openMask();
    const turn = (day: string) => [
      { role: 'user', content: `What follows ${day}?` },
      { role: 'assistant', reasoning_content: `I know ${day}.`, content: 'Another day.' },
    ];
    await importText(session, JSON.stringify({ messages: [...turn('Monday'), ...turn('Friday')] }));
    await screen.getByRole('checkbox', { name: 'Messages beside' }).click();
    const pane = screen.getByRole('region', { name: 'Messages as they were brought' });
    const first = pane.getByRole('group', { name: '2 assistant, think' });
    await expect
      .element(first)
      .toHaveTextContent(/Not in the rendered text: the template drops the thinking of this turn\./);
    await expect
      .element(first.getByRole('link', { name: /^Why templates do so/ }))
      .toHaveAttribute('href', '?lesson=thinking-stripped');
    // Nowhere to go to.
    await expect.element(first.getByRole('button')).not.toBeInTheDocument();
    await expect
      .element(pane.getByRole('group', { name: '4 assistant, think' }))
      .toHaveTextContent(/go to its tokens/);
    await expect.element(pane.getByText(/^Not in the rendered text/)).toBeVisible();
  });

  test('right-to-left, CJK and emoji stay whole', async () => {
    const { screen, session } = await openMask();
    const content = 'שלום עולם 你好，世界 👩🏽‍🚀';
    const messages = [
      { role: 'user', content },
      { role: 'assistant', content },
    ];
    await importText(session, JSON.stringify({ messages }), 'scripts.json');
    await screen.getByRole('checkbox', { name: 'Messages beside' }).click();
    const pane = screen.getByRole('region', { name: 'Messages as they were brought' });
    await expect.poll(() => pane.element().querySelector('p')?.textContent?.trim()).toBe(content);
    const { rendered, encoded, bytes } = session.mask.view ?? expect.fail('nothing is shown');
    expect(rendered.text.split(content).length).toBe(3);
    // Each character is in the strip once, and each token, those too that hold only bytes of one.
    const all = () => [...document.querySelectorAll<HTMLElement>('#mask [role="listbox"] .t')];
    await expect.poll(() => all().length).toBe(encoded.ids.length);
    const shown = all();
    const read = shown.map(({ textContent }) => textContent).join('');
    expect(read.replaceAll('·', ' ').replaceAll('⏎', '')).toBe(rendered.text);
    expect(bytes.size).toBeGreaterThan(0);
    const silent = shown.filter(({ textContent }) => textContent === '');
    expect(silent.length).toBeGreaterThan(0);
    for (const token of silent) {
      expect(token.dataset.bytes).toMatch(/^\d+(–\d+)?$/);
      expect(token.ariaLabel).toMatch(/^bytes? \d/);
      expect(token.getBoundingClientRect().width).toBeGreaterThan(3);
    }
  });
});

describe('copying and saving', () => {
  test('each format, from one menu', async () => {
    const { screen, view, session } = await openMask();
    const menu = screen.getByRole('button', { name: 'Copy or save…' });
    const save = async (format: string) => {
      await menu.click();
      return saved(() => screen.getByRole('button', { name: `Save as ${format}` }).click());
    };
    const text = await save('Text');
    expect([text.name, text.text]).toEqual(['test.json-0.default.pocket.txt', view.rendered.text]);
    const html = await save('HTML');
    expect(html.name).toBe('test.json-0.default.pocket.html');
    const parsed = new DOMParser().parseFromString(html.text, 'text/html');
    expect(parsed.querySelectorAll('span').length).toBe(view.encoded.ids.length);
    const svg = await save('SVG');
    const drawing = new DOMParser().parseFromString(svg.text, 'image/svg+xml');
    expect(drawing.querySelector('parsererror')).toBeNull();
    expect(drawing.querySelectorAll('g').length).toBe(view.encoded.ids.length);
    const csv = await save('CSV');
    expect(csv.text.split('\r\n').length).toBe(view.encoded.ids.length + 2);
    const json = JSON.parse((await save('JSON')).text) as { weights: number[] };
    expect(json.weights).toEqual(Array.from(session.mask.weights));
    await expect.element(screen.getByText('Saved as JSON.')).toBeVisible();
  });

  test('to the clipboard; where there is none, that is said', async () => {
    const { screen, view } = await openMask();
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    const menu = screen.getByRole('button', { name: 'Copy or save…' });
    await menu.click();
    await screen.getByRole('button', { name: 'Copy as Text' }).click();
    await expect.element(screen.getByText('Copied as Text.')).toBeVisible();
    expect(write).toHaveBeenCalledWith(view.rendered.text);
    write.mockRejectedValue(new Error('Not allowed'));
    await menu.click();
    await screen.getByRole('button', { name: 'Copy as CSV' }).click();
    await expect
      .element(screen.getByText('It could not be copied: Not allowed. Save it as a file instead.'))
      .toBeVisible();
    write.mockRestore();
  });
});
