/**
 * @file One tab at a time writes the results of an experiment: two would mix their lines in one log.
 */
import { LosslightError } from '../errors';

/**
 * Works while no other tab does on the same experiment. A page that is not secure has no locks, and no storage that tabs share.
 *
 * @param key of the experiment
 * @throws LosslightError `busy` where another tab holds it; what the work throws.
 */
export async function exclusively<T>(key: string, name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return work();
  return locks.request(`losslight experiment ${key}`, { ifAvailable: true }, (lock): Promise<T> => {
    if (lock) return work();
    const remedy = 'Pause it there or close that tab, and try again.';
    throw new LosslightError('busy', `“${name}” is running in another tab.`, remedy);
  });
}
