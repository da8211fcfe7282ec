/**
 * @file The learning rate over a run.
 */

/**
 * Learning rate of a step: rises in equal parts over the warm-up, then stays. The first step already learns.
 *
 * @param step from 1
 * @param peak the rate after the warm-up
 * @param warmupSteps the step at which the peak is reached; 0 or 1 for no warm-up
 */
export function learningRateAt(step: number, peak: number, warmupSteps: number): number {
  return step >= warmupSteps ? peak : (peak * step) / warmupSteps;
}
