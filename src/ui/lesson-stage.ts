/**
 * @file What a lesson does to the page around it: hides parts that it does not need, finds the part that it points at, and brings
 * that to where it is seen. By one style sheet of the document's own, so that no other component knows of it.
 */
import { hiddenSelector, panelOf, partSelector, type PartName } from '../state/lesson-parts';

/** Hides parts until the returned function is called. */
export function hideParts(parts: readonly PartName[]): () => void {
  if (!parts.length) return () => {};
  const sheet = new CSSStyleSheet();
  const rules = parts.map((part) => `${hiddenSelector(part)} { display: none !important; }`);
  // Without its two panels the column beside the work has nothing to show.
  if (parts.includes('model') && parts.includes('data')) {
    rules.push('#side, #main > .grip { display: none !important; }', '#main { --side: 0rem !important; }');
  }
  sheet.replaceSync(rules.join('\n'));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
  };
}

/** The element of a part, where it is on the page now. */
export function elementOf(part: PartName): HTMLElement | undefined {
  const found = document.querySelector(partSelector(part)) ?? panelElement(part);
  return found instanceof HTMLElement ? found : undefined;
}

/** A part that is not there yet, such as charts before the first step, is where its panel is. */
function panelElement(part: PartName): Element | null {
  const panel = panelOf(part);
  return panel ? document.getElementById(panel) : null;
}

/** Opens what a part is folded into, and scrolls to it. */
export function bringIntoView(element: HTMLElement): void {
  for (let outer = element.parentElement; outer; outer = outer.parentElement)
    if (outer instanceof HTMLDetailsElement) outer.open = true;
  if (element instanceof HTMLDetailsElement) element.open = true;
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const tall = element.getBoundingClientRect().height > innerHeight / 2;
  // Where the lesson lies at the lower edge, only the upper part of the window is free.
  const below = matchMedia('(max-width: 1279.98px)').matches;
  element.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: tall || below ? 'start' : 'center' });
}

/** Pixels between a part and its frame. */
const AROUND = 5;

/** The frame around a part, in pixels of the window, as far as it is in sight. */
export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The frame of an element, cut to the window and to what scrolls around it; undefined where nothing of it is seen. */
export function frameOf(element: HTMLElement): Frame | undefined {
  let { left, top, right, bottom } = element.getBoundingClientRect();
  if (right - left < 1 || bottom - top < 1) return undefined;
  [left, top, right, bottom] = [left - AROUND, top - AROUND, right + AROUND, bottom + AROUND];
  for (let outer = element.parentElement; outer && outer !== document.body; outer = outer.parentElement) {
    if (!/auto|scroll|hidden/.test(getComputedStyle(outer).overflowY)) continue;
    const box = outer.getBoundingClientRect();
    [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
    [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
  }
  [left, right] = [Math.max(left, 0), Math.min(right, innerWidth)];
  [top, bottom] = [Math.max(top, 0), Math.min(bottom, innerHeight)];
  if (right - left < 8 || bottom - top < 8) return undefined;
  return { left, top, width: right - left, height: bottom - top };
}

/** Where the sign of a frame stands: over it, under it or in its upper edge; at its right or its left end. */
export type SignPlace = `${'over' | 'under' | 'inside'}-${'right' | 'left'}`;

const SIGN_PLACES: readonly SignPlace[] = [
  'over-right',
  'over-left',
  'under-right',
  'under-left',
  'inside-right',
  'inside-left',
];
/** Pixels from an end of the frame to the sign. */
const SIGN_INSET = 12;
/** Pixels between two places at which is looked what lies under the sign. */
const PROBE = 24;
/** What a sign may cover, by how much it is missed there; text is read around a sign, a button is not pressed through one. */
const COVERED = { nothing: 0, text: 1, control: 4, unseen: 100 } as const;
const CONTROLS = 'button, a, input, select, textarea, summary, label, [role="option"]';

/**
 * The place at which a sign covers the least of the page.
 *
 * @param element what the frame is around
 * @param now where the sign stands: it stays there while that is as good as any
 */
export function freePlace(
  element: HTMLElement,
  frame: Frame,
  size: { width: number; height: number },
  now: SignPlace,
): SignPlace {
  let best = now;
  let least = Infinity;
  for (const place of [now, ...SIGN_PLACES]) {
    const left = place.endsWith('left')
      ? frame.left + SIGN_INSET
      : frame.left + frame.width - SIGN_INSET - size.width;
    const top = place.startsWith('over')
      ? frame.top - size.height
      : frame.top + (place.startsWith('under') ? frame.height : 0);
    const cost = coverage(element, left, top, size);
    if (cost < least) [best, least] = [place, cost];
    if (least === 0) break;
  }
  return best;
}

function coverage(
  element: HTMLElement,
  left: number,
  top: number,
  { width, height }: { width: number; height: number },
): number {
  let sum = 0;
  for (const y of [top + 2, top + height - 2])
    for (let x = left; x <= left + width; x += PROBE) sum += COVERED[coveredAt(element, x, y)];
  return sum;
}

/** What of the page is at a point of the window, as far as a sign there would hide it or be hidden by it. */
function coveredAt(element: HTMLElement, x: number, y: number): keyof typeof COVERED {
  const hit = document.elementFromPoint(x, y);
  if (!hit) return 'unseen';
  // What stays in its place while the page scrolls, such as the page's header, lies over the sign.
  for (let outer: Element | null = hit; outer && !outer.contains(element); outer = outer.parentElement)
    if (/fixed|sticky/.test(getComputedStyle(outer).position)) return 'unseen';
  if (hit.closest(CONTROLS)) return 'control';
  const range = document.createRange();
  for (const node of hit.childNodes) {
    if (!(node instanceof Text)) continue;
    range.selectNodeContents(node);
    for (const box of range.getClientRects())
      if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) return 'text';
  }
  return 'nothing';
}
