/**
 * @file Text of any script in the strip, with a tokenizer that spells most of it in bytes: characters are whole, in the order in
 * which the browser draws the text, and every token has a place of its own.
 */
import { page, userEvent } from 'vitest/browser';
import { beforeEach, describe, expect, test } from 'vitest';
import { importText, openPage } from './setup';

beforeEach(() => page.viewport(1280, 900));

async function openText(content: string) {
  const opened = await openPage();
  const messages = [
    { role: 'user', content },
    { role: 'assistant', content: 'Yes.' },
  ];
  await importText(opened.session, JSON.stringify({ messages }), 'scripts.json');
  const strip = opened.screen.getByRole('listbox', { name: 'Tokens', exact: true });
  await expect.element(strip).toBeVisible();
  const view = opened.session.mask.view ?? expect.fail('nothing is shown');
  const drawn = () => [...document.querySelectorAll<HTMLElement>('#mask [role="listbox"] .t')];
  // A slow machine draws a long strip part by part.
  await expect.poll(() => drawn().length, { timeout: 20_000 }).toBe(view.encoded.ids.length);
  await expect.poll(() => document.querySelector('#mask .t[data-bytes]')).not.toBeNull();
  const tokens = drawn();
  const [from, to] = [
    view.rendered.text.indexOf(content),
    view.rendered.text.indexOf(content) + content.length,
  ];
  /** Those of the content. */
  const own = tokens.filter((token) => {
    const [start, end] = [view.encoded.start, view.encoded.end].map(
      (all) => all[Number(token.dataset.i)] ?? 0,
    );
    return (start ?? 0) >= from && (end ?? 0) <= to;
  });
  return { ...opened, strip, view, tokens, own };
}

/** A token as it is drawn: the bytes that it holds of a character before, in brackets, and its text. */
const drawn = (element: HTMLElement) =>
  (element.dataset.bytes === undefined ? '' : `[${element.dataset.bytes}]`) + element.textContent;

const rest = (...bytes: number[]) => bytes.map((byte) => `[${byte}]`);

test.each([
  ['你好', ['你', ...rest(2, 3), '好', ...rest(2, 3)]],
  ['שלום', ['ש', ...rest(2), 'ל', ...rest(2), 'ו', ...rest(2), 'ם', ...rest(2)]],
  ['مرحبا', ['م', '[2]', 'ر', '[2]', 'ح', '[2]', 'ب', '[2]', 'ا', '[2]']],
  ['👍🏽 हि', ['👍🏽', ...rest(2, 3, 4, 5, 6, 7, 8), '·', 'हि', ...rest(2, 3, 4, 5, 6)]],
  ['🇳🇴👩🏽‍🚀', ['🇳🇴', ...rest(2, 3, 4, 5, 6, 7, 8), '👩🏽‍🚀', ...Array.from({ length: 14 }, (_, i) => `[${i + 2}]`)]],
])('%s is shown as it is, and each of its tokens', async (content, expected) => {
  const { own, view, tokens } = await openText(content);
  expect(own.map(drawn)).toEqual(expected);
  expect(tokens.length).toBe(view.encoded.ids.length);
  for (const token of own) {
    expect(token.getClientRects().length, 'in one piece').toBe(1);
    expect(token.getBoundingClientRect().width, drawn(token)).toBeGreaterThan(3);
  }
  expect(own.every((token) => token.ariaLabel || token.textContent === '·')).toBe(true);
});

/** What is drawn, from left to right: letters and digits alone, of which nothing stands in for a space or a line's end. */
function readAcross(within: Element): string {
  const found: { left: number; character: string }[] = [];
  const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement?.closest('.delimiter, .tag')) continue;
    let at = 0;
    for (const character of node.textContent ?? '') {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, (at += character.length));
      if (/[\p{L}\p{N}%,]/u.test(character))
        found.push({ left: range.getBoundingClientRect().left, character });
    }
  }
  return found
    .sort((a, b) => a.left - b.left)
    .map(({ character }) => character)
    .join('');
}

test.each([
  ['Say שלום עולם to 12 here', 'ltr'],
  ['In עולם 12 345, שלום it is', 'ltr'],
  ['שלום עולם 1,024 של hello world 50% מה', 'rtl'],
  ['مرحبا بالعالم في 2024 hello again', 'rtl'],
  ['قال “hello” ثم שלום', 'rtl'],
])('%s: in the order in which the browser draws the text', async (content, direction) => {
  const { own } = await openText(content);
  const line = own[0]?.closest<HTMLElement>('.line') ?? expect.fail('no line');
  expect(line.dir).toBe(direction);
  const plain = document.createElement('div');
  plain.dir = direction;
  plain.style.cssText = 'position: fixed; top: 0; width: 100%; white-space: pre; font-family: monospace';
  plain.textContent = content;
  document.body.append(plain);
  const expected = readAcross(plain);
  plain.remove();
  expect(readAcross(line)).toBe(expected);
});

test('a long line from the right is cut into parts, which go on from the right, too', async () => {
  const { own, view } = await openText('שלום עולם '.repeat(40).trim());
  expect(view.encoded.ids.length).toBeGreaterThan(200);
  const parts = new Set(own.map((token) => token.closest('.line')));
  expect(parts.size).toBeGreaterThan(2);
  let rows = 1;
  own.slice(1).forEach((token, i) => {
    const [before, here] = [own[i], token].map((element) => element?.getBoundingClientRect());
    if (!before || !here) expect.fail('not drawn');
    if (here.top > before.top + before.height / 2) rows++;
    else expect(here.right, `token ${token.dataset.i}`).toBeLessThanOrEqual(before.left + 0.5);
  });
  expect(rows).toBeGreaterThan(2);
  // From the right edge.
  const block = parts.values().next().value?.parentElement?.parentElement ?? expect.fail('no block');
  expect(block.getBoundingClientRect().right - (own[0]?.getBoundingClientRect().right ?? 0)).toBeLessThan(4);
});

describe('the rest of a character', () => {
  test('is a token as any other: pointed at, reached by keys, selected and weighted by itself', async () => {
    const { screen, session, own } = await openText('你好');
    const [first, second] = own;
    if (!first || !second) expect.fail('no tokens');
    const details = screen.getByRole('group', { name: 'Token details' });
    first.focus();
    await expect.element(details).toHaveTextContent(/Bytes \\xE4: byte 1 of the 3 of 你/);
    await userEvent.keyboard('{ArrowRight}');
    await expect.poll(() => document.activeElement).toBe(second);
    await expect.element(details).toHaveTextContent(/Bytes \\xBD: byte 2 of the 3 of 你/);
    const index = Number(second.dataset.i);
    await userEvent.click(screen.getByRole('option', { name: 'byte 2 of the 3 of 你', exact: true }));
    expect(session.mask.selection.runs).toEqual([[index, index]]);
    await userEvent.keyboard('t');
    expect([...session.mask.weights.entries()].filter(([, weight]) => weight).map(([i]) => i)).toContain(
      index,
    );
    await expect
      .poll(() => own.map((token) => token.hasAttribute('data-bar')))
      .toEqual([...[false, true, false], ...[false, false, false]]);
    expect(getComputedStyle(second).boxShadow).not.toBe('none');
    expect(getComputedStyle(second, '::before').fontWeight).toBe('400');
  });
});
