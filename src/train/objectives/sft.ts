/**
 * @file Supervised fine-tuning: the weights of the mask are those of the loss, divided by their sum over the whole update.
 */
import { absoluteWeight } from '../../sequence/batch';
import type { TrainingSequence } from '../../sequence/types';
import type { RecordedObjective } from './objective';

/** Σ w·nll / Σ |w|, with the sequences' own weights. */
export function sft(sequences: readonly TrainingSequence[]): RecordedObjective {
  return {
    units: sequences.map((sequence) => [sequence]),
    metrics: {},
    update: (units) => {
      const chosen = units.flat();
      return { sequences: chosen, norm: absoluteWeight(chosen) };
    },
  };
}
