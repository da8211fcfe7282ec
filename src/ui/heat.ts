/**
 * @file Overlays of the strip: which of a few steps a value falls into. Each step has a colour and a bar height, so that
 * neither is needed alone.
 */

/** Surprise, −log p in nats: step 0 is nearly certain, 6 is very surprising. Borders from e^-0.1 (90%) to e^-8 (0.03%). */
const SURPRISE_BORDERS = [0.1, 0.5, 1, 2, 4, 8] as const;

/** Change of log-probability in nats: below the first border it counts as none. */
const CHANGE_BORDERS = [0.05, 0.25, 1, 3] as const;

/** Step 0 to 6 of a log-probability (natural logarithm, at most 0). */
export function surpriseStep(logProb: number): number {
  const border = SURPRISE_BORDERS.findIndex((limit) => -logProb < limit);
  return border < 0 ? SURPRISE_BORDERS.length : border;
}

/** Step −4 to 4 of a change of log-probability; positive is more probable than before. */
export function changeStep(change: number): number {
  const size = Math.abs(change);
  const border = CHANGE_BORDERS.findIndex((limit) => size < limit);
  const step = border < 0 ? CHANGE_BORDERS.length : border;
  return change < 0 ? -step : step;
}

/** For the key beside an overlay: one label a step, in order. */
export const SURPRISE_LABELS = [
  'over 90%',
  'over 61%',
  'over 37%',
  'over 14%',
  'over 1.8%',
  'over 0.03%',
  'less',
] as const;

/** A weight as one of five bars: how thick, and on which side of zero. 0 is untrained. */
export function weightStep(weight: number): number {
  if (weight === 0) return 0;
  const size = Math.abs(weight);
  const step = size < 0.35 ? 1 : size < 0.75 ? 2 : size <= 1.25 ? 3 : 4;
  return weight < 0 ? -step : step;
}
