/**
 * @file Whose answers the chat can show: the model as it was loaded, as it is tuned now, and every run of which weights are kept.
 */
import type { KeptWeights, Which } from '../model/engine';
import type { KeptRun } from './runs.svelte';

export interface ChatSource {
  /** `base`, `tuned`, or `run 2 step 40`. */
  id: string;
  label: string;
  weights: Which | KeptWeights;
}

/**
 * @param runs of this visit
 * @param modelKey of the loaded model: weights of another one do not fit it
 * @param trained updates that have led to the weights as they are tuned now
 */
export function chatSources(
  runs: readonly KeptRun[],
  modelKey: string | undefined,
  trained: number,
): ChatSource[] {
  const kept = runs
    .filter(({ facts }) => facts.modelKey === modelKey)
    .flatMap(({ id, name, facts: { adaptation }, snapshots }) =>
      snapshots.map(({ step, values }): ChatSource => ({
        id: `run ${id} step ${step}`,
        label: `${name}, step ${step}`,
        weights: { adaptation, values },
      })),
    );
  return [
    { id: 'base', label: 'Original', weights: 'base' },
    { id: 'tuned', label: trained ? `Tuned now, step ${trained}` : 'Tuned now', weights: 'tuned' },
    ...kept,
  ];
}
