/**
 * @file The loss over time as columns for a chart: trained tokens together, then each segment that was ever trained.
 */
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';
import type { Update } from '../state/train.svelte';

export interface LossSeries {
  /** Number of the update, from 1. */
  updates: number[];
  loss: number[];
  /** Null where a batch held no trained token of that segment. */
  byKind: { kind: SegmentKind; values: (number | null)[] }[];
}

export function lossSeries(updates: readonly Update[]): LossSeries {
  const kinds = SEGMENT_KINDS.filter((kind) =>
    updates.some(({ lossByKind }) => lossByKind[kind] !== undefined),
  );
  return {
    updates: updates.map(({ update }) => update),
    loss: updates.map(({ loss }) => loss),
    byKind: kinds.map((kind) => ({
      kind,
      values: updates.map(({ lossByKind }) => lossByKind[kind] ?? null),
    })),
  };
}
