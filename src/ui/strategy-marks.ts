/**
 * @file How the sequences of two strategies are marked where they train other tokens, or train them more often.
 */
import { sequences as words } from '$strings/sequences';
import { sameWeight, strategyDifference, type StrategyDifference } from '../sequence/strategy-difference';
import { DIFF_MARKS, type DiffMark } from '../state/diff.svelte';
import type { Side } from '../state/sequences.svelte';
import type { StripValues } from './strip-token';

/** What differs between two sides, and the marks of each of their sequences. */
export interface SideDifference {
  found: StrategyDifference;
  /** Left and right, one entry a sequence. */
  marks: readonly [readonly StripDifference[], readonly StripDifference[]];
}

type StripDifference = NonNullable<StripValues['diff']>;

/** Undefined until both sides are known. */
export function sideDifference(left: Side | undefined, right: Side | undefined): SideDifference | undefined {
  if (!left || !right) return undefined;
  const compared = ({ sequences }: Side) =>
    sequences.map(({ sequence, view: { rendered, encoded } }) => ({ sequence, rendered, encoded }));
  const found = strategyDifference(compared(left), compared(right));
  const marks = (side: 'a' | 'b') =>
    found.sums[side].map((sums): StripDifference => {
      const { a, b, times } = sums;
      const codes = Uint8Array.from(a, (_, i) => DIFF_MARKS.indexOf(markOf(sums, times.a[i], times.b[i], i)));
      return side === 'a'
        ? { marks: codes, weights: b, own: a, words: words.difference.tag }
        : { marks: codes, weights: a, own: b, other: 'A', words: words.difference.tag };
    });
  return { found, marks: [marks('a'), marks('b')] };
}

function markOf({ a, b }: { a: Float32Array; b: Float32Array }, timesA = 0, timesB = 0, i: number): DiffMark {
  if (timesA > 0 && timesB === 0) return 'only-a';
  if (timesB > 0 && timesA === 0) return 'only-b';
  return sameWeight(a[i] ?? 0, b[i] ?? 0) ? 'same' : 'weight';
}
