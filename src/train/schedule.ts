/**
 * @file The learning rate over a run.
 */
import type { TrainSettings } from '../worker/protocol';

/** What a schedule reads of a run's settings. */
export type ScheduleSettings = Pick<
  TrainSettings,
  'learningRate' | 'warmupSteps' | 'schedule' | 'finalShare' | 'decayShare'
>;

/** The share of a run in which the rate of `wsd` falls, where nothing is said. */
export const DECAY_SHARE = 0.2;

/**
 * Learning rate of a step: rises in equal parts over the warm-up, at whose last step it is whole, then goes as the schedule
 * says. The first step already learns, and so does the last: the final share would be reached one step later. These are
 * the schedules of transformers (`optimization.py`) over steps + 1 steps, `wsd` with a decay in a line.
 *
 * @param step from 1
 * @param steps of the whole run
 */
export function learningRateAt(step: number, steps: number, settings: ScheduleSettings): number {
  const { learningRate, warmupSteps, schedule = 'constant', finalShare = 0 } = settings;
  if (step < warmupSteps) return (learningRate * step) / warmupSteps;
  const left = fallen(step, steps, Math.max(1, warmupSteps), schedule, settings.decayShare ?? DECAY_SHARE);
  return learningRate * (finalShare + (1 - finalShare) * left);
}

/** What is left of the part that falls, 1 to 0. */
function fallen(
  step: number,
  steps: number,
  peak: number,
  schedule: NonNullable<TrainSettings['schedule']>,
  decayShare: number,
): number {
  if (schedule === 'constant') return 1;
  const after = steps + 1 - peak;
  const falling = schedule === 'wsd' ? Math.min(after, Math.round(decayShare * steps)) : after;
  if (falling <= 0) return 1;
  const progress = Math.min(1, Math.max(0, (step - (steps + 1 - falling)) / falling));
  return schedule === 'cosine' ? 0.5 * (1 + Math.cos(Math.PI * progress)) : 1 - progress;
}
