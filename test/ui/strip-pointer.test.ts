/**
 * @file What is looked at where a pointer rests over a strip: the token that came to lie under it, unless something else was asked
 * for meanwhile or the strip goes on scrolling.
 */
import { render } from 'vitest-browser-svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SelectionState } from '../../src/state/selection.svelte';
import OtherStrip from '../../src/ui/OtherStrip.svelte';
import Strip from '../../src/ui/Strip.svelte';
import { viewOf, type Piece } from '../unit/strip-view';

const view = (text: string) =>
  viewOf(Array.from({ length: 12 }, (_, i): Piece => [`${text}${i} `, 'user', 0]));
const values = { weights: new Float32Array(12), overlay: 'weight' as const };

/** The time that a pointer rests before a token is looked at. */
const RESTS = 80;
/** Where the pointer is, and stays. */
const AT = { clientX: 40, clientY: 40, bubbles: true };

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const token = (index: number) =>
  document.querySelector<HTMLElement>(`[data-i="${index}"]`) ?? expect.fail(`no token ${index}`);
/** A token comes to lie under the pointer, which rests. */
function under(index: number): void {
  window.dispatchEvent(new PointerEvent('pointermove', AT));
  token(index).dispatchEvent(new PointerEvent('pointerover', AT));
}

async function open(kind: 'Strip' | 'OtherStrip') {
  const oninspect = vi.fn<(index: number | undefined) => void>();
  if (kind === 'OtherStrip') {
    const screen = await render(OtherStrip, { id: 's', view: view('a'), values, title: 'B', oninspect });
    return { oninspect, show: (text: string) => screen.rerender({ view: view(text) }) };
  }
  const selection = new SelectionState(() => undefined);
  const screen = await render(Strip, {
    ...{ id: 's', view: view('a'), values, selection, oninspect },
    ...{ describedBy: 'd', keysId: 'k', extending: false, onaction: () => undefined },
  });
  return { oninspect, show: (text: string) => screen.rerender({ view: view(text) }) };
}

test.each(['Strip', 'OtherStrip'] as const)(
  '%s: the token that came under it, once it stays',
  async (kind) => {
    const { oninspect } = await open(kind);
    under(3);
    under(4);
    expect(oninspect).not.toHaveBeenCalled();
    vi.advanceTimersByTime(RESTS);
    expect(oninspect.mock.calls).toEqual([[4]]);
  },
);

test.each(['Strip', 'OtherStrip'] as const)(
  '%s: that token also where its element is another’s by then',
  async (kind) => {
    const { oninspect } = await open(kind);
    under(3);
    // As a chunk does that takes the elements of one that went out of sight.
    token(3).dataset.i = '11';
    vi.advanceTimersByTime(RESTS);
    expect(oninspect.mock.calls).toEqual([[3]]);
  },
);

test.each(['Strip', 'OtherStrip'] as const)('%s: not while it is scrolled', async (kind) => {
  const { oninspect } = await open(kind);
  under(3);
  for (let frame = 0; frame < 20; frame++) {
    vi.advanceTimersByTime(RESTS / 2);
    // A strip scrolls by itself, and the event does not bubble.
    token(3).closest('[role="listbox"]')?.dispatchEvent(new Event('scroll'));
  }
  expect(oninspect).not.toHaveBeenCalled();
  vi.advanceTimersByTime(RESTS);
  expect(oninspect.mock.calls).toEqual([[3]]);
});

test.each(['Strip', 'OtherStrip'] as const)('%s: not where another token got the focus', async (kind) => {
  const { oninspect } = await open(kind);
  under(3);
  token(5).focus();
  vi.advanceTimersByTime(2 * RESTS);
  expect(oninspect.mock.calls).toEqual([[5]]);
});

test.each(['Strip', 'OtherStrip'] as const)('%s: not where another token was pointed at', async (kind) => {
  const { oninspect } = await open(kind);
  under(3);
  // The pointer itself has moved there, as it was not told before.
  token(5).dispatchEvent(new PointerEvent('pointerover', { ...AT, clientX: 90 }));
  expect(oninspect.mock.calls).toEqual([[5]]);
  vi.advanceTimersByTime(2 * RESTS);
  expect(oninspect.mock.calls).toEqual([[5]]);
});

test.each(['Strip', 'OtherStrip'] as const)('%s: none of a conversation that has gone', async (kind) => {
  const { oninspect, show } = await open(kind);
  under(3);
  await show('b');
  expect(token(3).textContent).toBe('b3·');
  vi.advanceTimersByTime(2 * RESTS);
  expect(oninspect).not.toHaveBeenCalled();
});
