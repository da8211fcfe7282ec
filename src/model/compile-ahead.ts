/**
 * @file Compiling a model's kernels while its weights are still being read: they depend on the configuration alone.
 */
import type { Executor } from '../plan/executor';
import { makePools } from '../plan/parameters';
import type { ModelConfig } from './config';
import { planDecoder } from './decoder-plan';
import { parameterShapes } from './parameter-names';
import { planWeights } from './plan-weights';

/** A step so small has nearly every kernel that larger ones need. */
export const FIRST_LENGTH = 16;

/**
 * Compiles what a step of training in 32 bits takes, without memory for it. What fails here fails again, and is told, when
 * the model itself is made ready.
 *
 * @param onProgress gets the kernels compiled so far, and all of them
 */
export async function compileAhead(
  executor: Executor,
  config: ModelConfig,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  if (!executor.compile) return;
  try {
    const { parameters } = makePools(parameterShapes(config));
    const { plan } = planDecoder(config, planWeights(config, parameters), FIRST_LENGTH, { trains: true });
    await executor.compile(plan, onProgress);
  } catch {
    // See above.
  }
}
