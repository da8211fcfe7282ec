/**
 * @file How far a run has come in its data: which of its sequences its steps had trained by one of them, and so what of a
 * conversation it had trained.
 */
import type { TrainingSequence } from '../sequence/types';
import type { StepReport } from '../worker/protocol';

/** Places of sequences, in the list that the run was given. */
export interface Reach {
  trained: ReadonlySet<number>;
  /** Steps took these, and gave all their tokens the weight 0. */
  weightless: ReadonlySet<number>;
}

/** Up to a step, from 1; 0 is the start. Undefined where the reports do not say: those of older session files. */
export function reachOf(reports: readonly StepReport[], step: number): Reach | undefined {
  const trained = new Set<number>();
  const weightless = new Set<number>();
  for (const { firstTrained, firstWeightless = [] } of reports.slice(0, step)) {
    if (!firstTrained) return undefined;
    for (const place of firstTrained) trained.add(place);
    for (const place of firstWeightless) weightless.add(place);
  }
  return { trained, weightless };
}

/** Whether the run had trained any of these. */
export function isReached({ trained }: Reach, places: readonly number[]): boolean {
  return places.some((place) => trained.has(place));
}

/** Whether a step took the sequence, be it with the weight 0 alone. */
export function isTaken({ trained, weightless }: Reach, place: number): boolean {
  return trained.has(place) || weightless.has(place);
}

/**
 * Of a conversation that is in the data several times: for each of its sequences, the place where the steps came furthest with it.
 *
 * @param all the places of each
 */
export function furthest({ trained, weightless }: Reach, all: readonly (readonly number[])[]): number[] {
  const [first = []] = all;
  return first.map((place, i) => {
    const same = all.flatMap((places) => places[i] ?? []);
    const isIn = (set: ReadonlySet<number>) => same.find((one) => set.has(one));
    return isIn(trained) ?? isIn(weightless) ?? place;
  });
}

/**
 * What a run had trained of a conversation that is as it was: those of its sequences, or, of one that no step had trained, all that
 * steps may still take.
 *
 * @param made all sequences of the conversation, in the order of `places`
 * @param used those of them from which the objective learns
 * @returns `reached` false of the latter; no sequence where steps gave all that they took the weight 0
 */
export function reachedOf(
  { trained, weightless }: Reach,
  places: readonly number[],
  made: readonly TrainingSequence[],
  used: readonly TrainingSequence[],
): { sequences: TrainingSequence[]; reached: boolean } {
  const placeOf = new Map(made.map((sequence, i) => [sequence, places[i] ?? -1]));
  const isIn = (set: ReadonlySet<number>) => (one: TrainingSequence) => set.has(placeOf.get(one) ?? -1);
  const own = used.filter(isIn(trained));
  if (own.length > 0) return { sequences: own, reached: true };
  // A completion has one weight, in however many sequences it is.
  const without = new Set(used.filter(isIn(weightless)).map(completionOf));
  return { sequences: used.filter((one) => !without.has(completionOf(one))), reached: false };
}

const completionOf = ({ sample }: TrainingSequence): string => JSON.stringify(sample ?? null);
