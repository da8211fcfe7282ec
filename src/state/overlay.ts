/**
 * @file What the strip of tokens can be coloured by.
 */
import { overlays } from '$strings/overlays';

/** In the order in which they are offered. */
export const OVERLAYS = [
  'weight',
  'logProb',
  'probability',
  'loss',
  'rank',
  'entropy',
  'change',
  'advantage',
] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** What people call them. */
export const OVERLAY_LABELS: Readonly<Record<Overlay, string>> = overlays.names;
