/** @file Scrolls a box so that what is marked in it is seen, without moving the page. */
import { DETAIL_ROOM } from './strip-layout';

/** Room, in CSS pixels, that is left between what is marked and the edge of the box. */
const MARGIN = 24;
/** The least height of the box, in CSS pixels, that counts as seen, however low it stands in the window. */
const LEAST_SEEN = 48;

/** Brings `mark` into what is seen of `box`, which scrolls and holds it. */
export function keepInSight(box: HTMLElement, mark: Element): void {
  const [outer, inner] = [box.getBoundingClientRect(), mark.getBoundingClientRect()];
  // The details of the token lie over the lower edge of the window.
  const bottom = Math.min(outer.bottom, Math.max(outer.top + LEAST_SEEN, innerHeight - DETAIL_ROOM));
  if (inner.top < outer.top) box.scrollTop += inner.top - outer.top - MARGIN;
  else if (inner.bottom > bottom) box.scrollTop += inner.bottom - bottom + MARGIN;
}
