/**
 * @file Where the arrow keys lead in a strip: along tokens, between drawn lines, between messages; and what other keys do.
 */
import type { StripMessage } from './strip-layout';

export const STRIP_ACTIONS = [
  'toggle',
  'train',
  'mask',
  'weight',
  'policy',
  'smaller',
  'larger',
  'next',
  'previous',
  'clear',
  'search',
] as const;
/** A change of what is selected or, where nothing is, of the unit of the token under focus; or where to go. */
export type StripAction = (typeof STRIP_ACTIONS)[number];

/** Each key as `KeyboardEvent.key` gives it. */
const ACTION_KEYS: Readonly<Record<string, StripAction>> = {
  ' ': 'toggle',
  Enter: 'toggle',
  t: 'train',
  '1': 'train',
  m: 'mask',
  '0': 'mask',
  w: 'weight',
  p: 'policy',
  '[': 'smaller',
  ']': 'larger',
  n: 'next',
  N: 'previous',
  Escape: 'clear',
  '/': 'search',
};

/** What a key does; undefined where it is no action. */
export function actionOf(key: string): StripAction | undefined {
  if (Object.hasOwn(ACTION_KEYS, key)) return ACTION_KEYS[key];
  const small = key.length === 1 ? key.toLowerCase() : key;
  return Object.hasOwn(ACTION_KEYS, small) ? ACTION_KEYS[small] : undefined;
}

/** The token to go to, or undefined where the key means nothing here. Up and down look at where tokens were drawn. */
export function nextToken(
  key: string,
  from: number,
  tokens: number,
  messages: readonly StripMessage[],
  box: ParentNode,
): number | undefined {
  const last = tokens - 1;
  switch (key) {
    case 'ArrowRight':
      return Math.min(last, from + 1);
    case 'ArrowLeft':
      return Math.max(0, from - 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'PageDown':
      return messages.find(({ start }) => start > from)?.start ?? last;
    case 'PageUp':
      return messages.findLast(({ start }) => start < from)?.start ?? 0;
    case 'ArrowDown':
      return verticalNeighbour(from, 1, tokens, box);
    case 'ArrowUp':
      return verticalNeighbour(from, -1, tokens, box);
    default:
      return undefined;
  }
}

function verticalNeighbour(from: number, direction: 1 | -1, tokens: number, box: ParentNode): number {
  const rect = (i: number) => box.querySelector(`[data-i="${i}"]`)?.getClientRects()[0];
  const here = rect(from);
  if (!here) return from;
  let line: number | undefined;
  let best = from;
  let distance = Infinity;
  for (let i = from + direction; i >= 0 && i < tokens; i += direction) {
    const there = rect(i);
    // What is not drawn has no place; the nearest token that is not drawn is still a step in that direction.
    if (!there) return line === undefined ? i : best;
    if (Math.abs(there.top - here.top) < there.height / 2) continue;
    line ??= there.top;
    if (Math.abs(there.top - line) > there.height / 2) return best;
    const away = Math.abs(there.left - here.left);
    if (away < distance) [best, distance] = [i, away];
  }
  return best;
}
