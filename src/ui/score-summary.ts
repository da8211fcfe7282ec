/**
 * @file Log-probabilities of trained tokens before and after, summed up by segment.
 */
import type { SamplePart } from '../sequence/log-prob-change';
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';

export interface ScoreRow {
  /** Which completions; absent where they are not told apart. */
  part?: SamplePart;
  /** A segment, or all trained tokens together. */
  kind: SegmentKind | 'all';
  tokens: number;
  /** Mean natural log-probability a token; `tuned` is undefined before training. */
  base: number;
  tuned?: number;
}

/**
 * One row a segment that has trained tokens, then all of them. Means over tokens with a weight other than 0, each counted
 * once, whatever its weight; the first token is predicted from nothing and left out, and so is what was cut off.
 */
export function scoreSummary(
  kind: Uint8Array,
  weights: Float32Array,
  base: Float32Array,
  tuned: Float32Array | undefined,
): ScoreRow[] {
  const rows = new Map<SegmentKind | 'all', { tokens: number; base: number; tuned: number }>();
  const length = Math.min(weights.length, base.length);
  for (let i = 1; i < length; i++) {
    if (!weights[i]) continue;
    for (const name of [SEGMENT_KINDS[kind[i] ?? 0] ?? 'scaffold', 'all'] as const) {
      const row = rows.get(name) ?? { tokens: 0, base: 0, tuned: 0 };
      row.tokens++;
      row.base += base[i] ?? 0;
      row.tuned += tuned?.[i] ?? 0;
      rows.set(name, row);
    }
  }
  return [...SEGMENT_KINDS, 'all' as const].flatMap((name) => {
    const row = rows.get(name);
    if (!row) return [];
    const { tokens } = row;
    return [{ kind: name, tokens, base: row.base / tokens, tuned: tuned && row.tuned / tokens }];
  });
}
