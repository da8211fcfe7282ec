/**
 * @file What an objective that learns from recorded data is to the loop: units that are drawn, and for each update their
 * weights, norm and loss.
 */
import type { TrainingSequence } from '../../sequence/types';
import type { StepMetrics } from '../../worker/protocol';
import type { Scorer } from '../scorer';

/** What is drawn together and counts once in a batch: one sequence, or the two of a pair. */
export type Unit = readonly TrainingSequence[];

/** The sequences of one update. The engine takes Σ w·nll / norm. */
export interface Update {
  /** One for each that the units hold, in their order. */
  sequences: TrainingSequence[];
  norm: number;
  /** The objective's own loss, where it is another than the engine's: then the weights are its derivatives. */
  loss?: number;
  metrics?: StepMetrics;
}

export interface RecordedObjective {
  readonly units: readonly Unit[];
  /** What is true of the data set as a whole: `dropped`, `flatGroups`. */
  readonly metrics: StepMetrics;
  /** Weights of an update. Objectives that compare with the model as it is now, or as it was loaded, ask for scores. */
  update(units: readonly Unit[], score: Scorer): Update | Promise<Update>;
}

/** A sequence with all its weights multiplied. */
export function scaled(sequence: TrainingSequence, factor: number): TrainingSequence {
  return { ...sequence, weights: sequence.weights.map((weight) => weight * factor) };
}
