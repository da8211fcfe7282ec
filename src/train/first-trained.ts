/**
 * @file Which sequences of a run its steps have trained, told at the step that does so first: together the reports then say what was
 * trained up to any of them, however batches were drawn or their size was changed.
 */
import { absoluteWeight } from '../sequence/batch';
import type { TrainingSequence } from '../sequence/types';
import type { StepReport } from '../worker/protocol';

/** Places that were told, as JSON. */
export interface ToldPlaces {
  trained: number[];
  weightless: number[];
}

export class FirstTrained {
  #trained = new Set<number>();
  #weightless = new Set<number>();

  /** @param places of sequences, in the list that the run was given */
  constructor(private readonly places: ReadonlyMap<TrainingSequence, number>) {}

  /**
   * What a step's report says of it.
   *
   * @param taken the sequences that the step took, as the run has them
   * @param weighted the same as the engine trained them, with their objective's weights
   */
  report(
    taken: readonly TrainingSequence[],
    weighted: readonly TrainingSequence[],
  ): Pick<StepReport, 'firstTrained' | 'firstWeightless'> {
    const firstTrained: number[] = [];
    const firstWeightless: number[] = [];
    taken.forEach((sequence, i) => {
      const place = this.places.get(sequence);
      const own = weighted[i];
      if (place === undefined || !own || this.#trained.has(place)) return;
      if (absoluteWeight([own]) !== 0) {
        this.#trained.add(place);
        firstTrained.push(place);
      } else if (!this.#weightless.has(place)) {
        this.#weightless.add(place);
        firstWeightless.push(place);
      }
    });
    return { firstTrained, ...(firstWeightless.length > 0 && { firstWeightless }) };
  }

  save(): ToldPlaces {
    return { trained: [...this.#trained], weightless: [...this.#weightless] };
  }

  restore({ trained, weightless }: ToldPlaces): void {
    this.#trained = new Set(trained);
    this.#weightless = new Set(weightless);
  }
}
