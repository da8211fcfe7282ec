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
