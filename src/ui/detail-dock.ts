/**
 * @file Where the details of a token lie over the window: at its lower edge or, where they would cover the token there, at the
 * upper end of what is seen of the strip. Pure: all numbers are pixels of the window, from its top.
 */

/** What is measured anew whenever a token is pointed at or the page scrolls. */
export interface DockRoom {
  /** The token, from the top of its first line to the bottom of its last. */
  token: { top: number; bottom: number };
  /** Upper edge of the strip that holds it. */
  strip: number;
  /** The part of the window that nothing else lies over. */
  free: { top: number; bottom: number };
  /** Height of the details as far as nothing limits it, and the largest since they came up, by which a side is chosen. */
  height: number;
  tallest: number;
  /** True while a pointer is over the token; a token that only has the focus may be covered in a low window. */
  pointed: boolean;
}

export interface Dock {
  side: 'top' | 'bottom';
  /** Lower edge of the details. */
  bottom: number;
  /** They are no taller than this; the rest of them scrolls. */
  most: number;
}

/** Between the details and the token. */
const GAP = 6;
/** About two lines: as far above the details a token has to be before these return to the lower edge. */
const BACK = 56;
/** No lower than this, however little of the strip is seen. */
const LEAST = 112;

/**
 * @param before where they lie now: they change sides late, so that a pointer on the border does not make them jump
 */
export function dockDetails({ token, strip, free, height, tallest, pointed }: DockRoom, before?: Dock): Dock {
  const seen = Math.max(strip, free.top);
  const line = Math.min(token.bottom - token.top, 64);
  // Both sides together leave a line between them, so that one of them is always free.
  const most = Math.max(LEAST, Math.floor((free.bottom - seen - line) / 2) - GAP);
  const tall = Math.min(tallest, most);
  const low = free.bottom - tall - GAP;
  const top = before?.side === 'top' ? token.bottom > low - BACK : token.bottom > low;
  // At the top they would cover it as well: what the token does not need is nearer to it then.
  const covers = seen + tall + GAP > token.top;
  if (!top || (covers && token.bottom <= low)) return { side: 'bottom', bottom: free.bottom, most };
  const own = Math.min(height, most);
  const raised = Math.max(free.top + own, token.top - GAP);
  return { side: 'top', bottom: covers && pointed ? Math.min(seen + own, raised) : seen + own, most };
}
