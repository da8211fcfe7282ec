/**
 * @file How much memory training will take, and whether it can be had, before anything is asked for.
 */
import type { Plan } from '../plan/builder';
import type { Executor } from '../plan/executor';
import type { LogicalBuffer } from '../plan/tensor';
import type { MemoryForecast, MemoryUse } from './engine';

/**
 * What the executor would hold once these plans were prepared too.
 *
 * @param cache of them, what a generation keeps keys and values in
 */
export function forecastOf(
  executor: Executor,
  plans: readonly Plan[],
  cache: readonly LogicalBuffer[] = [],
): MemoryForecast {
  const held = executor.foresee(plans);
  const cached = cache.reduce((sum, { elements }) => sum + 4 * elements, 0);
  const use: MemoryUse = {
    weights: held.parameter,
    gradients: held.gradient,
    moments: held.moment,
    activations: held.activation,
    inputs: held.input + held.output - cached,
    ...(cached > 0 && { cache: cached }),
  };
  const total = Object.values(use).reduce((sum, bytes) => sum + bytes, 0);
  const largest = Math.max(0, ...plans.flatMap(({ memory }) => memory.slots));
  const { block, total: most = Infinity } = executor.limits;
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;
  if (total > most) {
    const problem = `Training would take ${megabytes(total)}; what computes here holds at most ${megabytes(most)}.`;
    return { use, total, problem };
  }
  if (largest > block) {
    const problem = `A step would take a buffer of ${megabytes(largest)}; this device's buffers hold at most ${megabytes(block)}.`;
    return { use, total, problem };
  }
  return { use, total };
}
