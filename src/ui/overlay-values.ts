/**
 * @file The number that an overlay gives each token, from weights and from what the model was measured to predict.
 */
import type { Overlay } from '../state/overlay';
import type { SequencePredictions } from '../worker/protocol';

/** What the model gives each token of a conversation, where that has been measured; entry 0 of all means nothing. */
export interface Scores {
  /** Log-probabilities under the original and the tuned weights. */
  base?: Float32Array;
  tuned?: Float32Array;
  /** What else was predicted there. */
  predicted?: { base?: SequencePredictions; tuned?: SequencePredictions };
  /** What the two models are called, where they are not the original and the tuned one. */
  names?: Readonly<Record<'base' | 'tuned', string>>;
  /** How much better each trained token's completion was than the others of its group; NaN where there is none, [T]. */
  advantages?: Float32Array;
  /** What there is to say of what was measured, for people. */
  note?: string | undefined;
}

/** The tuned model's, where it was measured, else the original's. */
export function present({ base, tuned, predicted }: Scores): {
  logProbs: Float32Array | undefined;
  predictions: SequencePredictions | undefined;
} {
  return tuned
    ? { logProbs: tuned, predictions: predicted?.tuned }
    : { logProbs: base, predictions: predicted?.base };
}

/**
 * One number a token, [T]; NaN where the overlay has none: for the first token, which nothing predicts, beyond the model's
 * context, and of a loss where nothing is trained. Undefined where nothing was measured, and for weights. What is computed here is
 * in 64 bits, so that it is told with the same digits as in a token's details.
 */
export function overlayValues(
  overlay: Overlay,
  weights: Float32Array,
  scores: Scores,
): Float32Array | Float64Array | undefined {
  const { logProbs, predictions } = present(scores);
  const { base, tuned } = scores;
  const each = (
    measured: Float32Array | undefined,
    value: (of: number, i: number) => number = (of) => of,
  ): Float64Array | undefined =>
    measured &&
    Float64Array.from(weights, (_, i) =>
      i === 0 || i >= measured.length ? NaN : value(measured[i] ?? NaN, i),
    );
  switch (overlay) {
    case 'logProb':
      return each(logProbs);
    case 'probability':
      return each(logProbs, Math.exp);
    case 'loss':
      return each(logProbs, (logProb, i) => lossOf(weights[i] ?? 0, logProb) ?? NaN);
    case 'rank':
      return each(predictions?.ranks);
    case 'entropy':
      return each(predictions?.entropy);
    case 'change':
      return base && each(tuned, (after, i) => after - (base[i] ?? NaN));
    case 'advantage':
      return scores.advantages;
    case 'weight':
      return undefined;
    default:
      return overlay satisfies never;
  }
}

/** What a token adds to the loss before the mean, weight · −log p in nats; undefined where it has no weight. */
export function lossOf(weight: number, logProb: number): number | undefined {
  return weight === 0 ? undefined : -weight * logProb;
}
