/**
 * @file Which tokens are only parts of a character, such as the bytes of an emoji.
 */
import type { Encoded } from '../tokenizer/encoded';

/** True for each token that is only a part of a character: it shares its characters with a neighbour. */
export function splitTokens(encoded: Pick<Encoded, 'start' | 'end'>): boolean[] {
  const { start, end } = encoded;
  const overlaps = (a: number, b: number) => {
    const [startA, endA, startB, endB] = [start[a], end[a], start[b], end[b]];
    if (startA === undefined || endA === undefined || startB === undefined || endB === undefined)
      return false;
    return startA < endB && startB < endA;
  };
  return Array.from(start, (_, i) => overlaps(i, i - 1) || overlaps(i, i + 1));
}
