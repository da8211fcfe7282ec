/**
 * @file Keeps the tuned weights before something may replace them, so that they can be put back as they were.
 */
import type { Session } from './session.svelte';

/**
 * Keeps the weights as they are now, where any were tuned. Not while a run is in progress.
 *
 * @returns what puts them back; the original ones where nothing was tuned, or where their run was deleted meanwhile
 */
export async function keepWeights(session: Session): Promise<() => Promise<void>> {
  const { runs } = session.train;
  const { head } = runs;
  if (head) await runs.keep();
  return async () => {
    const now = runs.head;
    if (now?.run === head?.run && now?.step === head?.step) return;
    const run = runs.list.find(({ id }) => id === head?.run);
    const snapshot = run?.snapshots.find(({ step }) => step === head?.step);
    if (run && snapshot) await session.restore(run, snapshot);
    else await session.resetWeights();
  };
}
