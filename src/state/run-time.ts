/**
 * @file How long a run will about take, from the work of its steps (run-work.ts) and from speeds that were measured on this device:
 * arithmetic alone.
 */
import { mayBeShorter, stepsOf, stepWork, trainingPerToken, type RunPlanned } from './run-work';

/** What was measured: operations a second of passes, tokens written a second. Each where it is known. */
export interface Pace {
  /** By a trial, which trains nothing. */
  reading?: number;
  writing?: number;
  /** By the last run that trained all parameters, and by the last one of LoRA with so many numbers beside them. */
  full?: number;
  lora?: number;
  loraCount?: number;
  /** By the last run that wrote. */
  wrote?: number;
}

/**
 * What a time is from: an earlier run that trained the same numbers, or `other` ones, a trial of the device, or both. What makes up
 * less than a tenth of it is not told.
 */
export interface TimeSource {
  run?: 'same' | 'other';
  trial: boolean;
}

/** Milliseconds. */
export interface RunTime {
  steps: number;
  step: number;
  all: number;
  by: TimeSource;
  /** It may be shorter. */
  atMost: boolean;
}

const TOLD = 0.1;

/**
 * @param trainedCount numbers that are trained
 * @returns undefined where no speed is known that it could be told from
 */
export function runTime(planned: RunPlanned, pace: Pace, trainedCount?: number): RunTime | undefined {
  const work = stepWork(planned);
  if (!work) return undefined;
  const { trains } = planned;
  const own = pace[trains];
  const isSame = own !== undefined && (trains === 'full' || pace.loraCount === trainedCount);
  // An operation of a backward pass takes about as long as one of a forward pass.
  const trained = own ?? pace[trains === 'full' ? 'lora' : 'full'];
  const training = trained ?? pace.reading;
  const reading = pace.reading ?? training;
  const writing = pace.wrote ?? pace.writing;
  if (!training || !reading || (work.writing && !writing)) return undefined;
  const parts = [
    { time: work.training / training, run: trained !== undefined },
    { time: work.reading / reading, run: pace.reading === undefined },
    { time: work.writing / (writing ?? 1), run: pace.wrote !== undefined },
  ];
  const timeOf = (run: boolean) =>
    parts.reduce((sum, part) => sum + (part.run === run ? 1000 * part.time : 0), 0);
  const step = timeOf(true) + timeOf(false);
  const by: TimeSource = {
    trial: timeOf(false) > TOLD * step,
    ...(timeOf(true) > TOLD * step && { run: isSame || trained === undefined ? 'same' : 'other' }),
  };
  const steps = stepsOf(planned);
  return { steps, step, all: steps * step, by, atMost: mayBeShorter(planned) };
}

/**
 * Operations a second of steps that took so many milliseconds in all, without what they wrote.
 *
 * @param reading operations that they read beside the training
 * @param readingPace of those, where it is known; else it counts as that of training
 */
export function trainingPace(
  planned: RunPlanned,
  tokens: number,
  milliseconds: number,
  reading = 0,
  readingPace?: number,
): number | undefined {
  const perToken = trainingPerToken(planned);
  if (!perToken || !(milliseconds > 0) || !(tokens > 0)) return undefined;
  const training = tokens * perToken;
  if (readingPace === undefined) return (1000 * (training + reading)) / milliseconds;
  // A reading that was tried out at a bad moment does not take all of the time.
  const least = (milliseconds * training) / (training + reading) / 2;
  return (1000 * training) / Math.max(least, milliseconds - (1000 * reading) / readingPace);
}
