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
  let begun = false;
  const sizes = new ResizeObserver((entries) => {
    const changed = new Set<Pair>();
    for (const { target, contentRect } of entries) {
      const known = pairs.get(target);
      if (!known) continue;
      known.pair.heights[known.side] = contentRect.height;
      changed.add(known.pair);
    }
    // One below the other where the page is narrow: there is nothing to be even with.
    const beside = first.getBoundingClientRect().left !== second.getBoundingClientRect().left;
    for (const { elements, heights } of changed) {
      const most = beside ? Math.max(...heights) : 0;
      for (const side of [0, 1] as const) lower(elements[side], Math.max(0, most - heights[side]));
    }
    if (!begun && beside) second.scrollTop = first.scrollTop;
    begun = true;
  });
  [...first.children].forEach((own, i) => {
    const other = second.children[i];
    if (!(own instanceof HTMLElement && other instanceof HTMLElement)) return;
    const pair: Pair = { elements: [own, other], heights: [0, 0] };
    ([own, other] as const).forEach((element, side) => {
      pairs.set(element, { pair, side: side as 0 | 1 });
      sizes.observe(element);
    });
  });
  return () => {
    sizes.disconnect();
    for (const element of pairs.keys()) if (element instanceof HTMLElement) lower(element, 0);
  };
}

function lower(element: HTMLElement, pixels: number): void {
  if (pixels > 0) element.style.setProperty('--lower', `${pixels}px`);
  else element.style.removeProperty('--lower');
}
