/**
 * @file Where the arrow keys lead in a strip: along tokens, between drawn lines, between messages.
 */
import type { StripMessage } from './strip-layout';

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
