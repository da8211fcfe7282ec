/**
 * @file The part of the window that no header, bar of steps or lesson lies over.
 */

/** Elements that lie over an edge of the window wherever they stay there; in another window they are part of the page. */
export const coverings = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-covers]')];

/** Its upper and lower edge, in pixels of the window. */
export function freeWindow(): { top: number; bottom: number } {
  const free = { top: 0, bottom: innerHeight };
  for (const element of coverings()) {
    if (!['sticky', 'fixed'].includes(getComputedStyle(element).position)) continue;
    const { top, bottom } = element.getBoundingClientRect();
    if (element.dataset.covers === 'top') free.top = Math.max(free.top, bottom);
    else if (bottom > top) free.bottom = Math.min(free.bottom, top);
  }
  return free;
}
