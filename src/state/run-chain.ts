/**
 * @file Which runs tuned weights contain: the one where they stand, and those from whose weights that went on. Of two sets of weights,
 * the steps that one has and the other has not are what a comparison of both shows.
 */
import type { KeptRun, RunPoint } from './runs.svelte';

/** Steps of a run that one of two sets of weights contains and the other does not: after `from`, up to `to`. */
export interface RunPart {
  /** Undefined of a run that was deleted. */
  run: KeptRun | undefined;
  from: number;
  to: number;
}

/**
 * What weights contain and others do not, the run where they stand first.
 *
 * @param runs of this visit
 * @param own where the weights stand; undefined: they are the original ones
 * @param other the same of the others
 */
export function partsBeyond(
  runs: readonly KeptRun[],
  own: RunPoint | undefined,
  other: RunPoint | undefined,
): RunPart[] {
  // A run begins at one point, so that two chains that share a run share all before it.
  const shared = chainOf(runs, other);
  return [...chainOf(runs, own)].flatMap(([id, to]) => {
    const from = shared.get(id) ?? 0;
    return to > from ? [{ run: runs.find((run) => run.id === id), from, to }] : [];
  });
}

/** The runs that weights contain, by id, and up to which step; it ends with the original weights or a run that was deleted. */
function chainOf(runs: readonly KeptRun[], from: RunPoint | undefined): Map<number, number> {
  const chain = new Map<number, number>();
  for (let point = from; point;) {
    const { run: id, step } = point;
    chain.set(id, step);
    point = runs.find((run) => run.id === id)?.parent;
  }
  return chain;
}
