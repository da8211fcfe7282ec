/**
 * @file Two strips of the same messages side by side: a message takes as much height in one as in the other, so that the same
 * message begins at the same height, whatever wraps in them.
 */

/** Each message of both strips, and how high its own content is, in pixels. */
interface Pair {
  elements: readonly [HTMLElement, HTMLElement];
  heights: [number, number];
}

/**
 * Keeps the messages of two strips even; returns a function that stops. The lower one of two gets the difference as room below, which
 * `--lower` tells its style: what is measured is the content, so that the answer changes nothing that is measured again.
 */
export function evenMessages(first: HTMLElement, second: HTMLElement): () => void {
  const pairs = new Map<Element, { pair: Pair; side: 0 | 1 }>();
  const changed = new Set<Pair>();
  let frame: number | undefined;

  function write(): void {
    frame = undefined;
    // One below the other where the page is narrow: there is nothing to be even with.
    const beside = isBeside(first, second);
    for (const { elements, heights } of changed) {
      const most = beside ? Math.max(...heights) : 0;
      for (const side of [0, 1] as const) lower(elements[side], Math.max(0, most - heights[side]));
    }
    changed.clear();
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const known = pairs.get(target);
      if (!known) continue;
      known.pair.heights[known.side] = contentRect.height;
      changed.add(known.pair);
    }
    // Not now: what is written may make the strips higher, or need a scrollbar, which is measured in this frame as well.
    frame ??= requestAnimationFrame(write);
  });
  [...first.children].forEach((own, i) => {
    const other = second.children[i];
    if (!(own instanceof HTMLElement && other instanceof HTMLElement)) return;
    const elements = [own, other] as const;
    const pair: Pair = { elements, heights: [contentHeight(own), contentHeight(other)] };
    changed.add(pair);
    elements.forEach((element, side) => pairs.set(element, { pair, side: side as 0 | 1 }));
  });
  // At once, so that they are even when they are first seen.
  write();
  for (const element of pairs.keys()) sizes.observe(element);
  if (isBeside(first, second)) second.scrollTop = first.scrollTop;
  return () => {
    sizes.disconnect();
    if (frame !== undefined) cancelAnimationFrame(frame);
    for (const element of pairs.keys()) if (element instanceof HTMLElement) lower(element, 0);
  };
}

const isBeside = (first: HTMLElement, second: HTMLElement): boolean =>
  first.getBoundingClientRect().left !== second.getBoundingClientRect().left;

/** As a ResizeObserver measures it: without padding and border. */
function contentHeight(element: HTMLElement): number {
  const { paddingTop, paddingBottom, borderTopWidth, borderBottomWidth } = getComputedStyle(element);
  const around = [paddingTop, paddingBottom, borderTopWidth, borderBottomWidth].map(parseFloat);
  return around.reduce((rest, part) => rest - part, element.getBoundingClientRect().height);
}

function lower(element: HTMLElement, pixels: number): void {
  if (pixels > 0) element.style.setProperty('--lower', `${pixels}px`);
  else element.style.removeProperty('--lower');
}
