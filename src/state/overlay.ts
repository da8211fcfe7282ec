/**
 * @file What the strip of tokens can be coloured by.
 */

/** In the order in which they are offered; `advantage` is of completions of a run on policy alone. */
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

/** Those that a conversation of one's own has. */
export const CONVERSATION_OVERLAYS: readonly Overlay[] = OVERLAYS.filter((name) => name !== 'advantage');

/** What people call them. */
export const OVERLAY_LABELS: Readonly<Record<Overlay, string>> = {
  weight: 'Weight',
  logProb: 'Log-probability',
  probability: 'Probability',
  loss: 'Loss',
  rank: 'Rank',
  entropy: 'Entropy',
  change: 'Change',
  advantage: 'Advantage',
};
