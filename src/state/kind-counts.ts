/**
 * @file How many tokens of each segment are trained, for the legend.
 */
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';

export interface KindCount {
  kind: SegmentKind;
  tokens: number;
  /** Those whose weight is not 0. */
  trained: number;
  /** The weight of all that are trained; undefined where they differ or there are none. */
  weight: number | undefined;
}

/** Segments in the order of the legend; those without tokens are left out. */
export function countKinds(kind: Uint8Array, weights: Float32Array): KindCount[] {
  const counts = SEGMENT_KINDS.map((name): KindCount => ({
    kind: name,
    tokens: 0,
    trained: 0,
    weight: undefined,
  }));
  for (const [i, code] of kind.entries()) {
    const entry = counts[code];
    if (!entry) continue;
    entry.tokens++;
    const weight = weights[i] ?? 0;
    if (weight === 0) continue;
    entry.weight = entry.trained === 0 || entry.weight === weight ? weight : undefined;
    entry.trained++;
  }
  return counts.filter(({ tokens }) => tokens > 0);
}
