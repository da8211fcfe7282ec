/**
 * @file Which rows of a long list are in sight. A browser cannot lay out an element of more than some ten million pixels,
 * so that a list of millions of rows scrolls a shorter track: small movements go row by row, large ones in proportion.
 */

/** Pixels. Firefox ends at about 17.9 million, Chromium at 33.5 million. */
export const MAX_TRACK = 12_000_000;

/** Sizes in pixels. */
export interface Rows {
  count: number;
  rowHeight: number;
  viewHeight: number;
}

/** Where a list stands: the element's `scrollTop`, and how far its rows are ahead of it. */
export interface ScrollPlace {
  scrollTop: number;
  ahead: number;
}

/** Height of the element that is scrolled. */
export function trackHeight({ count, rowHeight }: Rows): number {
  return Math.min(count * rowHeight, MAX_TRACK);
}

/** The pixel of all rows that stands at the upper edge of the view. */
export function topOf(rows: Rows, { scrollTop, ahead }: ScrollPlace): number {
  return Math.max(0, Math.min(largestTop(rows), scrollTop + ahead));
}

/** The place after the element scrolled to `scrollTop`. */
export function afterScroll(rows: Rows, before: ScrollPlace, scrollTop: number): ScrollPlace {
  const far = Math.abs(scrollTop - before.scrollTop) > 2 * rows.viewHeight;
  const atEdge = scrollTop <= 0 || scrollTop >= trackHeight(rows) - rows.viewHeight - 1;
  const ahead = far || atEdge ? scrollTop * ratio(rows) - scrollTop : before.ahead;
  return { scrollTop, ahead };
}

/** The element's `scrollTop` that belongs to a pixel of all rows. */
export function scrollTopFor(rows: Rows, top: number): number {
  return top / ratio(rows);
}

/** The smallest movement from `top` that brings a whole row into view. */
export function topToShow({ rowHeight, viewHeight }: Rows, top: number, row: number): number {
  if (row * rowHeight < top) return row * rowHeight;
  return Math.max(top, (row + 1) * rowHeight - viewHeight);
}

/** Rows to draw, `last` exclusive, with some to spare on either side. */
export function rowsInSight(rows: Rows, top: number, spare: number): { first: number; last: number } {
  const { count, rowHeight, viewHeight } = rows;
  return {
    first: Math.max(0, Math.floor(top / rowHeight) - spare),
    last: Math.min(count, Math.ceil((top + viewHeight) / rowHeight) + spare),
  };
}

function largestTop({ count, rowHeight, viewHeight }: Rows): number {
  return Math.max(0, count * rowHeight - viewHeight);
}

/** Pixels of all rows for one pixel of the track: 1 unless the list is too long for it. */
function ratio(rows: Rows): number {
  const track = trackHeight(rows) - rows.viewHeight;
  return track > 0 ? Math.max(1, largestTop(rows) / track) : 1;
}
