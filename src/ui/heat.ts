/**
 * @file Scales of the strip's overlays: which of a few steps a value falls into. Each step has a colour and a bar height, so
 * that neither is needed alone.
 */
import { overlays } from '$strings/overlays';
import type { Overlay } from '../state/overlay';
import { count, decimal, weight as short } from './format';

const { scales: words, percent } = overlays;

export interface Scale {
  /** What the numbers are, with their unit. */
  title: string;
  /** Said at the ends of the scale. */
  low: string;
  high: string;
  /** The steps in their order: from 0, or on both sides of it. */
  steps: readonly number[];
  /** What stands between a step and the next: one less than there are steps. */
  borders: readonly string[];
  stepOf(value: number): number;
}

/** Number of borders at or below a value, which is the step of a scale that begins with 0. */
function stepAmong(borders: readonly number[], value: number): number {
  const border = borders.findIndex((limit) => value < limit);
  return border < 0 ? borders.length : border;
}

function rising(
  words: Pick<Scale, 'title' | 'low' | 'high'>,
  borders: readonly number[],
  label: (border: number) => string,
): Scale {
  return {
    ...words,
    steps: [0, ...borders.map((_, i) => i + 1)],
    borders: borders.map(label),
    stepOf: (value) => stepAmong(borders, value),
  };
}

/** Below the first border a value counts as none; the others are the same on both sides of 0. */
function twoSided(words: Pick<Scale, 'title' | 'low' | 'high'>, borders: readonly number[]): Scale {
  const up = borders.map((_, i) => i + 1);
  const signed = (value: number) => short(value);
  return {
    ...words,
    steps: [...up.map((step) => -step).reverse(), 0, ...up],
    borders: [...borders.map((border) => signed(-border)).reverse(), ...borders.map(signed)],
    stepOf(value) {
      const step = stepAmong(borders, Math.abs(value));
      return value < 0 && step > 0 ? -step : step;
    },
  };
}

/** −log p in nats: step 0 is nearly certain, 6 is very surprising. Borders from e^-0.1 (90%) to e^-8 (0.03%). */
const SURPRISE_BORDERS = [0.1, 0.5, 1, 2, 4, 8] as const;

/** Of every overlay but `weight`, whose steps are bars. */
export const SCALES: Readonly<Record<Exclude<Overlay, 'weight'>, Scale>> = {
  logProb: {
    ...rising(words.logProb, SURPRISE_BORDERS, (border) => short(-border)),
    stepOf: (logProb) => stepAmong(SURPRISE_BORDERS, -logProb),
  },
  probability: rising(words.probability, [0.01, 0.1, 0.25, 0.5, 0.75, 0.9], percent),
  loss: twoSided(words.loss, [0.02, 0.1, 0.5, 2]),
  rank: rising(words.rank, [2, 4, 11, 31, 101, 1001], count),
  entropy: rising(words.entropy, [0.1, 0.5, 1, 2, 3, 5], (border) => decimal(border, border < 1 ? 1 : 0)),
  change: twoSided(words.change, [0.05, 0.25, 1, 3]),
  advantage: twoSided(words.advantage, [0.05, 0.5, 1, 2]),
};

/** Sizes of weights at which a bar becomes the next thicker one. */
export const WEIGHT_BORDERS = [0.35, 0.75, 1.25] as const;

/** A weight as one of five bars: how thick, and on which side of zero. 0 is untrained. */
export function weightStep(weight: number): number {
  if (weight === 0) return 0;
  const size = Math.abs(weight);
  const [small, medium, usual] = WEIGHT_BORDERS;
  const step = size < small ? 1 : size < medium ? 2 : size <= usual ? 3 : 4;
  return weight < 0 ? -step : step;
}
