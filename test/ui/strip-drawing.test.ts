/**
 * @file Elements of the strip are used again for other tokens: nothing of the token before stays, and what stays keeps the focus.
 */
import { afterEach, expect, test } from 'vitest';
import { ChunkDrawing, type ChunkContent } from '../../src/ui/strip-drawing';
import type { StripToken } from '../../src/ui/strip-token';

const token = (index: number, of: Partial<StripToken> = {}): StripToken => ({
  index,
  text: `t${index}`,
  bytes: undefined,
  name: undefined,
  newline: false,
  kind: 'answer',
  tag: undefined,
  delimiter: false,
  leftToRight: false,
  wrap: false,
  bar: 0,
  heat: undefined,
  cut: false,
  edited: false,
  selected: false,
  diff: undefined,
  block: undefined,
  note: undefined,
  found: undefined,
  lit: false,
  ...of,
});

/** A token that has everything that a token can have. */
const marked = (index: number) =>
  token(index, {
    text: '<end>\n',
    bytes: '2',
    name: 'byte 2',
    newline: true,
    kind: 'think',
    tag: 'think ×2',
    delimiter: true,
    leftToRight: true,
    wrap: true,
    bar: -4,
    heat: -3,
    cut: true,
    edited: true,
    selected: true,
    diff: 'only-a',
    block: 'extra',
    note: 'warning',
    found: 'current',
    lit: true,
  });

/** Tokens of one line, of which each `cut` begins another. */
function content(tokens: readonly StripToken[], of: Partial<ChunkContent> = {}): ChunkContent {
  const start = tokens[0]?.index ?? 0;
  return {
    lines: [{ start, end: start + tokens.length, rightToLeft: false, part: false }],
    tokens,
    plain: () => 'plain',
    overlay: 'weight',
    reached: -1,
    ...of,
  };
}

function host(): HTMLElement {
  const element = document.createElement('div');
  document.body.append(element);
  return element;
}

afterEach(() => document.body.replaceChildren());

test('an element that is used again shows the new token and nothing of the old', () => {
  const plain = Array.from({ length: 12 }, (_, i) => token(100 + i));
  const all = Array.from({ length: 12 }, (_, i) => marked(i));
  const [first, second] = [host(), host()];
  new ChunkDrawing(first).show(content(plain));
  const full = new ChunkDrawing(second);
  full.show(content(all, { overlay: 'change', reached: 3 }));
  const drawn = [...second.querySelectorAll('.t')];
  // Attributes may stand in another order.
  const shown = second.cloneNode(true);
  expect(drawn.every((element) => element.getAttribute('data-found') === 'current')).toBe(true);
  expect(second.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
  full.clear();
  expect(second.querySelector('.t, .tag, wbr')).toBeNull();
  // The other way round as well, with the same elements.
  const again = host();
  const drawing = new ChunkDrawing(again);
  drawing.show(content(plain));
  expect([...again.querySelectorAll('.t')].every((element) => drawn.includes(element))).toBe(true);
  expect(again.isEqualNode(first)).toBe(true);
  drawing.clear();
  const back = host();
  new ChunkDrawing(back).show(content(all, { overlay: 'change', reached: 3 }));
  expect(back.isEqualNode(shown)).toBe(true);
});

test('tokens come and go and are marked around the one with the focus, which keeps it', () => {
  const at = host();
  const drawing = new ChunkDrawing(at);
  const tokens = Array.from({ length: 8 }, (_, i) => token(i));
  drawing.show(content(tokens, { reached: 4 }));
  const element = at.querySelector<HTMLElement>('[data-i="4"]');
  element?.focus();
  expect(document.activeElement).toBe(element);
  // Marked, with a tag of its own and of its neighbours.
  const changed = tokens.map((one, i) => (i > 2 && i < 6 ? marked(i) : one));
  drawing.show(content(changed, { reached: 4 }));
  expect(document.activeElement).toBe(element);
  expect(element?.getAttribute('aria-selected')).toBe('true');
  expect([...at.querySelectorAll('.t, .tag, wbr')].map(({ tagName }) => tagName)).toEqual([
    ...['SPAN', 'SPAN', 'SPAN'],
    ...Array.from({ length: 3 }, () => ['WBR', 'SPAN', 'SPAN']).flat(),
    ...['SPAN', 'SPAN'],
  ]);
  // Fewer tokens, on two lines.
  drawing.show(
    content(tokens.slice(2, 7), {
      reached: 4,
      lines: [
        { start: 2, end: 3, rightToLeft: false, part: false },
        { start: 3, end: 7, rightToLeft: true, part: false },
      ],
    }),
  );
  expect([...at.children].map(({ textContent }) => textContent)).toEqual(['t2', 't3t4t5t6']);
  expect(at.querySelector('.tag, wbr')).toBeNull();
});

test('far from the screen there is the plain text alone, and the tokens after it', () => {
  const at = host();
  const drawing = new ChunkDrawing(at);
  const tokens = [token(0, { text: 'a', tag: 'answer' }), token(1, { text: 'b' })];
  const far = content(tokens, { tokens: undefined, plain: () => 'ab' });
  drawing.show(far);
  expect(at.innerHTML).toBe('<div class="line" role="presentation" dir="ltr">ab</div>');
  drawing.show(content(tokens));
  expect(at.textContent).toBe('answerab');
  expect(at.querySelectorAll('.t')).toHaveLength(2);
  drawing.show(far);
  expect(at.textContent).toBe('ab');
  expect(at.querySelectorAll('.t')).toHaveLength(0);
});
