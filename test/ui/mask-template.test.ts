/**
 * @file The chat template beside its tokens: what wrote a token, and what a place of the template wrote, by pointer and by keys.
 */
import axe from 'axe-core';
import { page, userEvent } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { CHAT, importText, openPage, type Options } from './setup';

afterEach(() => page.viewport(1280, 900));

async function openTemplate(options: Options = {}) {
  const opened = await openPage(options);
  await importText(opened.session, CHAT);
  const { screen, session } = opened;
  await expect.element(screen.getByRole('listbox', { name: 'Tokens', exact: true })).toBeVisible();
  await screen.getByRole('region', { name: 'Mask', exact: true }).getByText('View', { exact: true }).click();
  await screen.getByRole('checkbox', { name: 'Template beside' }).click();
  const pane = screen.getByRole('region', { name: 'Chat template in use' });
  await expect.element(pane.getByRole('button').first()).toBeVisible();
  const view = session.mask.view ?? expect.fail('nothing is shown');
  const trace = session.mask.trace.current ?? expect.fail('the template was not followed');
  const details = screen.getByRole('group', { name: 'Token details' });
  return { ...opened, pane, view, trace, details };
}

const lit = () =>
  [...document.querySelectorAll<HTMLElement>('#mask .t[data-lit]')].map((t) => Number(t.dataset.i));

describe('template beside', () => {
  test('a token marks what wrote it, and its details name the line', async () => {
    const { pane, view, trace, details } = await openTemplate();
    const lines = trace.source.split('\n');
    const at = view.rendered.text.indexOf('Thursday?');
    const token = view.encoded.end.findIndex((end) => end > at);
    document.querySelector<HTMLElement>(`[data-i="${token}"]`)?.focus();
    await expect
      .poll(() => pane.element().querySelector('.on')?.textContent ?? '')
      .toContain('message.content');
    const piece = trace.pieces.find(({ start, end }) => start <= at && at < end) ?? expect.fail('no piece');
    expect(lines[piece.line - 1]).toContain(trace.source.slice(piece.from, piece.to));
    await expect
      .element(details)
      .toHaveTextContent(new RegExp(`Template line ${piece.line}: \\{\\{- message\\.content -\\}\\}`));
    // What the user said and what the assistant answered are written by two lines, or by one: never by a third.
    expect(pane.element().querySelectorAll('.on').length).toBe(1);
  });

  test('pointing at a place lights every token that it wrote, and only those', async () => {
    const { pane, view, trace } = await openTemplate();
    const place = pane.getByRole('button', { name: /message\.content/ }).first();
    await place.hover();
    await expect.poll(() => lit().length).toBeGreaterThan(0);
    const [first = 0] = lit();
    const piece =
      trace.pieces.find(({ end }) => end > (view.encoded.start[first] ?? 0)) ?? expect.fail('none');
    const own = trace.pieces.filter(({ from }) => from === piece.from);
    const expected = [...view.encoded.ids.keys()].filter((i) =>
      own.some(({ start, end }) => start < (view.encoded.end[i] ?? 0) && (view.encoded.start[i] ?? 0) < end),
    );
    expect(lit()).toEqual(expected);
    expect(expected.length).toBeLessThan(view.encoded.ids.length);
  });

  test('by keys: arrows move from place to place, Enter goes to the tokens', async () => {
    const { pane } = await openTemplate();
    const places = pane.getByRole('button').elements() as HTMLElement[];
    expect(places.filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(1);
    places[0]?.focus();
    await expect.poll(() => lit()[0]).toBe(0);
    await userEvent.keyboard('{ArrowDown}');
    await expect.poll(() => document.activeElement).toBe(places[1]);
    await userEvent.keyboard('{End}');
    await expect.poll(() => document.activeElement).toBe(places.at(-1));
    await userEvent.keyboard('{Home}{Enter}');
    await expect.poll(() => (document.activeElement as HTMLElement | null)?.dataset.i).toBe('0');
  });

  test.each([
    ['light', 1440],
    ['dark', 390],
  ] as const)('axe finds nothing, %s, %i px', async (theme, width) => {
    await page.viewport(width, 900);
    await openTemplate({ theme });
    window.scrollTo(0, 0);
    const { violations } = await axe.run(document.getElementById('mask') ?? document.body);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  });
});
