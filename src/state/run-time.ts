/**
 * @file How long a run will about take, from the work of a step and from speeds that were measured on this device: arithmetic alone.
 *
 * Work is counted in floating-point operations by the usual estimate (see flops.ts): a forward pass is 2 · N a token and its part of
 * attention, a backward pass twice that; where the weights are frozen (LoRA) their own gradients, half of it, are left out. Written
 * tokens are counted by themselves: they are computed one after the other.
 */
import { trainingFlops, type ModelShape } from '../sequence/flops';
import { ON_POLICY, type ObjectiveSettings } from '../settings/objective';
import type { TrainSettings } from '../worker/protocol';

/** What was measured: operations a second of passes that only read, and that train; tokens written a second. Each where it is known. */
export interface Pace {
  reading?: number;
  full?: number;
  lora?: number;
  writing?: number;
}

/** What one step does. */
export interface StepWork {
  reading: number;
  training: number;
  /** Tokens. */
  writing: number;
}

/** What a run learns from, as far as a sample of it tells. */
export interface RunSample {
  /** Tokens of some training sequences; on policy each is a prompt with the recorded turn behind it. */
  lengths: readonly number[];
  /** Tokens of such a turn, in the mean. */
  turn: number;
  /** Sequences of all conversations that the run takes. */
  sequences: number;
  /** Conversations whose loss is measured. */
  heldOut: number;
}

export interface RunPlanned {
  settings: TrainSettings;
  objective: ObjectiveSettings;
  trains: 'full' | 'lora';
  shape: ModelShape;
  sample: RunSample;
}

/** Milliseconds. `by` says what the speed is from: training on this device, or a trial that only reads and writes. */
export interface RunTime {
  steps: number;
  step: number;
  all: number;
  by: 'training' | 'reading';
}

/** Of a forward and backward pass, what reading takes, and what training takes. */
const FORWARD = 1 / 3;
const TRAINED = { full: 1, lora: 2 / 3 } as const;

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0);

/** Operations of reading sequences of these lengths. */
export const readingFlops = (shape: ModelShape, lengths: readonly number[]): number =>
  FORWARD * trainingFlops(shape, lengths);

/** Steps of a run: as many as were asked for, or as its passes through the data take. */
export function stepsOf({
  settings,
  objective,
  sample,
}: Pick<RunPlanned, 'settings' | 'objective' | 'sample'>): number {
  const { steps, epochs = 0, batchSize, accumulation = 1 } = settings;
  if (!epochs || ON_POLICY.includes(objective.kind)) return steps;
  // A pair of answers is one record of a batch, and two sequences.
  const records = sample.sequences / (objective.kind === 'dpo' ? 2 : 1);
  return Math.ceil((epochs * records) / (batchSize * accumulation));
}

/** @returns undefined where nothing is known of the data */
export function stepWork(planned: RunPlanned): StepWork | undefined {
  const { settings, objective, trains, shape, sample } = planned;
  const { lengths, heldOut } = sample;
  if (!lengths.length) return undefined;
  const whole = trainingFlops(shape, lengths) / lengths.length;
  const read = FORWARD * whole;
  const train = TRAINED[trains] * whole;
  const every = settings.heldOutEvery ?? 0;
  const measured = every && heldOut ? (heldOut * read) / every : 0;
  if (ON_POLICY.includes(objective.kind)) return onPolicyWork(planned, { read, train, measured });
  const units = settings.batchSize * (settings.accumulation ?? 1);
  // A pair is two sequences; both are read by the model as it is and as it was loaded.
  const sequences = objective.kind === 'dpo' ? 2 * units : units;
  const compared = objective.kind === 'dpo' || objective.kind === 'kto' ? 2 : 0;
  return { reading: sequences * compared * read + measured, training: sequences * train, writing: 0 };
}

function onPolicyWork(
  { objective, shape, sample }: RunPlanned,
  { read, train, measured }: Record<'read' | 'train' | 'measured', number>,
): StepWork {
  const { prompts, groupSize, updates, maxNewTokens, kl, measureKl, kind } = objective;
  const completions = prompts * groupSize;
  // A prompt is read once for all that is written to it.
  const prompt = readingFlops(
    shape,
    sample.lengths.map((length) => Math.max(1, length - sample.turn)),
  );
  const asked = (prompts * prompt) / sample.lengths.length;
  const scored = kind === 'gspo' || kind === 'rloo' ? completions : 0;
  const held = kl > 0 ? completions : measureKl ? prompts : 0;
  return {
    reading: asked + (scored + held) * read + measured,
    training: updates * completions * train,
    writing: completions * Math.min(sample.turn, maxNewTokens),
  };
}

/** @returns undefined where no speed is known that it could be told from */
export function runTime(planned: RunPlanned, pace: Pace): RunTime | undefined {
  const work = stepWork(planned);
  if (!work) return undefined;
  const own = pace[planned.trains];
  // An operation of a backward pass takes about as long as one of a forward pass.
  const training = own ?? pace.reading ?? pace[planned.trains === 'full' ? 'lora' : 'full'];
  const reading = pace.reading ?? training;
  if (!training || !reading || (work.writing && !pace.writing)) return undefined;
  const written = work.writing ? work.writing / (pace.writing ?? 1) : 0;
  const step = 1000 * (work.training / training + work.reading / reading + written);
  const steps = stepsOf(planned);
  return { steps, step, all: steps * step, by: own === undefined ? 'reading' : 'training' };
}

/** Operations a second of steps that took so many milliseconds in all, without the tokens that they wrote. */
export function trainingPace(
  { trains, shape, sample }: Pick<RunPlanned, 'trains' | 'shape' | 'sample'>,
  tokens: number,
  milliseconds: number,
): number | undefined {
  const all = sumOf(sample.lengths);
  if (!all || !(milliseconds > 0) || !tokens) return undefined;
  const perToken = (TRAINED[trains] * trainingFlops(shape, sample.lengths)) / all;
  return (1000 * tokens * perToken) / milliseconds;
}
