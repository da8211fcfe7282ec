/**
 * @file A strip of more than 10,000 tokens: the focus, the selection and what is told stay right while it is scrolled, although
 * only what is near the screen is drawn token by token.
 */
import { cdp, page, userEvent } from 'vitest/browser';
import { beforeEach, describe, expect, test } from 'vitest';
import { count } from '../../src/ui/format';
import { onScreen } from './pointer';
import { importText, openPage } from './setup';

beforeEach(async () => {
  await page.viewport(1280, 900);
  // Where a test before left the mouse a token would come to lie under it, and be told in place of the one with the focus.
  await cdp().send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...onScreen(1, 1) });
});

const messages = Array.from({ length: 120 }, (_, i) => ({
  role: i % 2 ? 'assistant' : 'user',
  content: Array.from({ length: 12 }, (_, k) => `Line ${i}-${k} about a red chair.`).join('\n'),
}));

async function openLong() {
  const opened = await openPage();
  await importText(opened.session, JSON.stringify({ messages }), 'long.json');
  const { screen, session } = opened;
  const strip = screen.getByRole('listbox', { name: 'Tokens', exact: true });
  await expect.element(strip).toBeVisible();
  const view = session.mask.view ?? expect.fail('nothing is shown');
  const box = strip.element();
  const token = (i: number) => box.querySelector<HTMLElement>(`[data-i="${i}"]`);
  const scrolled = async (top: number) => {
    box.scrollTop = top;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  };
  const told = screen.getByRole('group', { name: 'Token details' });
  return { ...opened, strip, box, view, token, scrolled, told, mask: session.mask };
}

/** A slow machine draws a few tokens a frame. */
const SOON = { timeout: 20_000 };

const focused = () => Number((document.activeElement as HTMLElement | null)?.dataset.i);
const text = (
  view: { rendered: { text: string }; encoded: { start: Int32Array; end: Int32Array } },
  i: number,
) => view.rendered.text.slice(view.encoded.start[i], view.encoded.end[i]);

describe('a strip of more than 10,000 tokens', () => {
  test('is drawn in part, and every drawn token is the one that it says', async () => {
    const { view, box, scrolled } = await openLong();
    const total = view.encoded.ids.length;
    expect(total).toBeGreaterThan(10_000);
    for (const share of [0, 0.31, 0.72, 1]) {
      await scrolled(share * (box.scrollHeight - box.clientHeight));
      // Some milliseconds of each frame are drawn in, however slow the machine.
      await expect
        .poll(() => {
          const [top, bottom] = [box.getBoundingClientRect().top, box.getBoundingClientRect().bottom];
          const inSight = [...box.querySelectorAll('.line')].filter((line) => {
            const rect = line.getBoundingClientRect();
            return rect.bottom > top && rect.top < bottom;
          });
          return inSight.length > 3 && inSight.every((line) => line.querySelector('.t') !== null);
        }, SOON)
        .toBe(true);
      const drawn = [...box.querySelectorAll<HTMLElement>('.t')];
      expect(drawn.length).toBeLessThan(total / 3);
      for (const element of drawn) {
        const shown = (element.textContent ?? '')
          .replaceAll('·', ' ')
          .replaceAll('⏎', '')
          .replaceAll('\u200B', '');
        expect(shown.trim()).toBe(text(view, Number(element.dataset.i)).replaceAll('\n', '').trim());
      }
    }
  });

  test('keeps the focus where it is while it is scrolled, and goes on from there', async () => {
    const { box, token, scrolled, told, view } = await openLong();
    const total = view.encoded.ids.length;
    const message = 8;
    token(0)?.focus();
    await userEvent.keyboard('{End}');
    await expect.poll(focused, SOON).toBe(total - 1);
    await userEvent.keyboard('{Home}');
    await expect.poll(focused, SOON).toBe(0);
    // Page Down goes through messages; then one token on.
    for (let i = 0; i < message; i++) await userEvent.keyboard('{PageDown}');
    const first = view.encoded.message.indexOf(message);
    await expect.poll(focused, SOON).toBe(first);
    await userEvent.keyboard('{ArrowRight}{ArrowRight}');
    await expect.poll(focused, SOON).toBe(first + 2);
    for (const top of [0, box.scrollHeight, 3000]) {
      await scrolled(top);
      expect(focused()).toBe(first + 2);
      expect(token(first + 2)?.tabIndex).toBe(0);
      expect(box.querySelectorAll('.t[tabindex="0"]')).toHaveLength(1);
      await expect
        .element(told)
        .toHaveTextContent(new RegExp(`Token ${count(first + 3)} of ${count(total)}`));
    }
    // From far away a key comes back to it, and it is in sight.
    await userEvent.keyboard('{ArrowRight}');
    await expect.poll(focused, SOON).toBe(first + 3);
    const [outer, inner] = [box.getBoundingClientRect(), token(first + 3)?.getBoundingClientRect()];
    expect(inner?.top).toBeGreaterThanOrEqual(outer.top - 1);
    expect(inner?.bottom).toBeLessThanOrEqual(outer.bottom + 1);
  });

  test('selects over what was not drawn, and keeps exactly that while it is scrolled', async () => {
    const { box, token, scrolled, mask, view } = await openLong();
    const last = view.encoded.message.indexOf(9) - 1;
    token(5)?.focus();
    await userEvent.keyboard('{Shift>}');
    for (let i = 0; i < 9; i++) await userEvent.keyboard('{PageDown}');
    await userEvent.keyboard('{ArrowLeft}{/Shift}');
    await expect.poll(focused, SOON).toBe(last);
    expect(mask.selection.runs).toEqual([[5, last]]);
    const before = mask.weights.slice();
    for (const top of [box.scrollHeight, 0, 900]) {
      await scrolled(top);
      expect(mask.selection.runs).toEqual([[5, last]]);
      for (const element of box.querySelectorAll<HTMLElement>('.t')) {
        const i = Number(element.dataset.i);
        expect(element.getAttribute('aria-selected'), `token ${i}`).toBe(String(i >= 5 && i <= last));
      }
    }
    await userEvent.keyboard('m');
    expect([...mask.weights.subarray(5, last + 1)].every((weight) => weight === 0)).toBe(true);
    expect(mask.weights.subarray(last + 1)).toEqual(before.subarray(last + 1));
    expect(before.subarray(5, last + 1).includes(1)).toBe(true);
  });
});
