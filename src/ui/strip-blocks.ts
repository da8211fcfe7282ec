/**
 * @file Which tokens of a strip a generation block wrongly holds or leaves out.
 */
import type { BlockDifference } from '../template/block-notes';
import type { Encoded } from '../tokenizer/encoded';
import { BLOCK_MARKS } from './strip-token';

/** Index into `BLOCK_MARKS`, one a token, [T]; undefined where there is no difference. */
export function blockMarks(
  { start, end }: Pick<Encoded, 'start' | 'end'>,
  differences: readonly BlockDifference[],
): Uint8Array | undefined {
  if (!differences.length) return undefined;
  let at = 0;
  return Uint8Array.from(start, (from, i) => {
    while (at < differences.length && (differences[at]?.end ?? 0) <= from) at++;
    const next = differences[at];
    return next && next.start < (end[i] ?? from) ? BLOCK_MARKS.indexOf(next.what) : 0;
  });
}

/** The token that holds a character; the last where none does. */
export function tokenAt({ end }: Pick<Encoded, 'end'>, character: number): number {
  const index = end.findIndex((to) => to > character);
  return index < 0 ? end.length - 1 : index;
}
