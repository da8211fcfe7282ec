/**
 * @file What the segments are called and what they are, for legends and details.
 */
import { kinds } from '$strings/kinds';
import type { Role } from '../conversation/types';
import { SEGMENT_KINDS, type SegmentKind } from '../template/rendered';

export const KIND_LABELS: Readonly<Record<SegmentKind, string>> = kinds.labels;

export const KIND_HELP: Readonly<Record<SegmentKind, string>> = kinds.help;

/** Name of the segment with that numeric code. */
export function kindAt(code: number | undefined): SegmentKind {
  return SEGMENT_KINDS[code ?? -1] ?? 'scaffold';
}

export const ROLE_LABELS: Readonly<Record<Role, string>> = kinds.roles;
