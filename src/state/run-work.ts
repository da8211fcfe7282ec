/**
 * @file What the steps of a run compute, before its first one: arithmetic over a sample of its data, as the trainer goes about it.
 *
 * Work is counted in floating-point operations by the usual estimate (see flops.ts): a forward pass is 2 · N a token and its part of
 * attention, a backward pass twice that; where the weights are frozen (LoRA) their own gradients, half of it, are left out. Padding is
 * computed like any token, and counts. Where layers are computed twice, their second time is a forward pass more, of the head too,
 * which is not: a little too much. Written tokens are counted by themselves: they are computed one after the other.
 *
 * Not foreseen is what depends on what is written: groups without variance are left out of a step, unless they are held to a
 * reference, and completions without a reward always; one that calls tools may have several sequences, and texts may be longer than
 * those of the data, or shorter. All of this changes while the model learns, so that an earlier run does not tell it either. Clipped
 * completions are computed like any other. Of padding, that to the lengths that there are plans for is not counted, an eighth of a
 * long row at most.
 */
import { Random } from '../conversation/practice/prng';
import { trainingFlops, type ModelShape } from '../sequence/flops';
import { packOrder } from '../sequence/pack';
import { groupByLength, MICRO_BATCH_TOKENS } from '../sequence/row-groups';
import { ON_POLICY, type ObjectiveSettings } from '../settings/objective';
import type { TrainSettings } from '../worker/protocol';

/** What one step does. */
export interface StepWork {
  reading: number;
  training: number;
  /** Tokens. */
  writing: number;
}

/** What a run learns from, as far as a sample of it tells. */
export interface RunSample {
  /**
   * Tokens of some training sequences, for DPO the two of a pair after each other; on policy each is a prompt with the recorded turn
   * behind it.
   */
  lengths: readonly number[];
  /** Tokens of such a turn, in the mean. */
  turn: number;
  /** Sequences of all conversations that the run takes. */
  sequences: number;
  /** Sequences whose loss is measured. */
  heldOut: number;
  /** Tokens of a row at most, where several sequences share one. */
  limit: number;
  /** The run may leave some of these out, which only its rewards will tell. */
  most?: boolean;
}

export interface RunPlanned {
  settings: TrainSettings;
  objective: ObjectiveSettings;
  trains: 'full' | 'lora';
  /** Layers are computed a second time in the backward pass. */
  recompute: boolean;
  shape: ModelShape;
  sample: RunSample;
}

/** Of a forward and backward pass, what reading takes, and what training takes. */
const FORWARD = 1 / 3;
const TRAINED = { full: 1, lora: 2 / 3 } as const;
const trainedShare = ({ trains, recompute }: RunPlanned): number =>
  TRAINED[trains] + (recompute ? FORWARD : 0);
/** Batches that are put together for the mean of one, and sequences of them all: which ones meet decides the padding. */
const BATCHES = 16;
const DRAWN = 4096;
/** As the trainer has it where settings say nothing. */
const HELD_OUT_EVERY = 10;

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0);

const isOnPolicy = ({ kind }: ObjectiveSettings): boolean => ON_POLICY.includes(kind);
/** Sequences that are drawn together. */
const perUnit = ({ kind }: ObjectiveSettings): number => (kind === 'dpo' ? 2 : 1);
/** Units of one update. */
const perUpdate = ({ batchSize, accumulation = 1 }: TrainSettings): number => batchSize * accumulation;
const unitsOf = ({ objective, sample }: Pick<RunPlanned, 'objective' | 'sample'>): number =>
  sample.sequences / perUnit(objective);

/** Operations of reading sequences of these lengths. */
export const readingFlops = (shape: ModelShape, lengths: readonly number[]): number =>
  FORWARD * trainingFlops(shape, lengths);

/** Steps of a run: as many as were asked for, or as its passes through the data take. */
export function stepsOf(planned: Pick<RunPlanned, 'settings' | 'objective' | 'sample'>): number {
  const { settings, objective } = planned;
  const { steps, epochs = 0 } = settings;
  if (!epochs || isOnPolicy(objective)) return steps;
  return Math.ceil((epochs * unitsOf(planned)) / perUpdate(settings));
}

/** Whether a run may have fewer steps: what is held out ends it, or its passes through the data are shorter. */
export function mayBeShorter({ settings, sample }: Pick<RunPlanned, 'settings' | 'sample'>): boolean {
  const { patience = 0, heldOutEvery = HELD_OUT_EVERY, epochs = 0 } = settings;
  const mayEnd = patience > 0 && heldOutEvery > 0 && sample.heldOut > 0;
  return mayEnd || (epochs > 0 && sample.most === true);
}

/**
 * The mean of a step.
 *
 * @returns undefined where nothing is known of the data
 */
export function stepWork(planned: RunPlanned): StepWork | undefined {
  const parts = partsOf(planned);
  if (!parts) return undefined;
  const steps = Math.max(1, stepsOf(planned));
  const share = parts.share / steps;
  return {
    reading: parts.readUntil(steps) / steps,
    training: share * parts.training,
    writing: share * parts.writing,
  };
}

/**
 * Operations that read in one step: what is compared with the model as loaded is read with that once, and what is held out now and
 * then.
 *
 * @param step from 1
 */
export function readingAt(planned: RunPlanned, step: number): number {
  const parts = partsOf(planned);
  return parts ? Math.max(0, parts.readUntil(step) - parts.readUntil(step - 1)) : 0;
}

/** Operations that train for each token that a step reports, its share of padding included; undefined without a sample. */
export function trainingPerToken(planned: RunPlanned): number | undefined {
  const parts = partsOf(planned);
  return parts && parts.training / parts.tokens;
}

/** Operations of reading the prompts of a step on policy, each once for all that is written to it: a part of its writing. */
export function promptReading({ objective, shape, sample }: RunPlanned): number {
  if (!isOnPolicy(objective) || !sample.lengths.length) return 0;
  const prompts = sample.lengths.map((length) => Math.max(1, length - sample.turn));
  return (objective.prompts * readingFlops(shape, prompts)) / prompts.length;
}

interface Parts {
  /** Of one update, or of all those of a step on policy. */
  training: number;
  tokens: number;
  writing: number;
  /** How many such steps the run has: the last one of a run by epochs may have fewer sequences. */
  share: number;
  /** Operations that were read after so many steps. */
  readUntil: (steps: number) => number;
}

/** Asked for at every step of a run, and the same all along. */
const known = new WeakMap<RunPlanned, Parts>();

function partsOf(planned: RunPlanned): Parts | undefined {
  if (!planned.sample.lengths.length) return undefined;
  let parts = known.get(planned);
  if (!parts) {
    parts = isOnPolicy(planned.objective) ? policyParts(planned) : recordedParts(planned);
    known.set(planned, parts);
  }
  return parts;
}

function recordedParts(planned: RunPlanned): Parts {
  const { settings, objective, shape, sample } = planned;
  const { kind } = objective;
  const { batchSize, accumulation = 1, packing = false, epochs = 0 } = settings;
  const batch = meanBatch(shape, sample, { units: batchSize, unit: perUnit(objective), packing });
  const rows = packing ? meanBatch(shape, sample, { units: batchSize, unit: perUnit(objective) }) : batch;
  const size = perUpdate(settings);
  const units = unitsOf(planned);
  const all = epochs ? epochs * units : size * settings.steps;
  /** Of one unit, with the others of its batch. */
  const read = (FORWARD * rows.flops) / batchSize;
  // KTO reads each completion with another prompt, too; RWR and the like take weights that are known.
  const scored = kind === 'dpo' ? 1 : kind === 'kto' ? 2 : 0;
  const measured = measuring(planned, Math.max(1, scored), scored > 0);
  const readUntil = (steps: number) => {
    const taken = Math.min(steps * size, all);
    const compared = scored > 0 ? Math.min(taken, units) + (kind === 'kto' ? distinct(units, taken) : 0) : 0;
    return read * (scored * taken + compared) + measured(steps);
  };
  return {
    training: trainedShare(planned) * accumulation * batch.flops,
    tokens: accumulation * batch.tokens,
    writing: 0,
    share: all / size,
    readUntil,
  };
}

function policyParts(planned: RunPlanned): Parts {
  const { settings, objective, shape, sample } = planned;
  const { prompts, groupSize, updates, maxNewTokens, temperature, kl, measureKl, kind } = objective;
  const completions = prompts * groupSize;
  const unwritten = Math.max(0, sample.turn - maxNewTokens);
  const lengths = sample.lengths.map((length) => Math.max(1, length - unwritten));
  const batch = meanBatch(shape, { ...sample, lengths }, { units: completions, unit: 1 });
  const read = (FORWARD * batch.flops) / completions;
  // Generation tells log-probabilities at temperature 1; where the ratio is a whole completion's, they are asked for again once the
  // first update changed the weights.
  const drawn = temperature === 1 ? 0 : completions;
  const again = kind === 'gspo' || kind === 'rloo' ? (updates - 1) * completions : 0;
  const reference = kl > 0 ? completions : measureKl ? prompts : 0;
  const each = promptReading(planned) + (drawn + again + reference) * read;
  const measured = measuring(planned, 1, false);
  return {
    training: updates * trainedShare(planned) * batch.flops,
    tokens: updates * batch.tokens,
    writing: completions * Math.min(sample.turn, maxNewTokens),
    share: settings.steps,
    readUntil: (steps) => each * steps + measured(steps),
  };
}

/**
 * Operations of measuring what is held out until after a step: before the first, every so many, and after the last.
 *
 * @param passes over it
 * @param compared whether the first time reads it with the model as loaded, too
 */
function measuring(planned: RunPlanned, passes: number, compared: boolean): (steps: number) => number {
  const { settings, shape, sample } = planned;
  const { heldOutEvery: every = HELD_OUT_EVERY } = settings;
  if (!every || !sample.heldOut) return () => 0;
  const last = stepsOf(planned);
  // Those of like length are read together, so that hardly anything is padding.
  const once = (passes * sample.heldOut * readingFlops(shape, sample.lengths)) / sample.lengths.length;
  return (steps) => {
    if (steps < 1) return 0;
    const times = 1 + Math.floor(steps / every) + Number(steps >= last && last % every !== 0);
    return once * (times + Number(compared));
  };
}

/** Operations and tokens of a batch, in the mean over some that are drawn from the sample. */
function meanBatch(
  shape: ModelShape,
  { lengths, limit }: RunSample,
  { units, unit, packing = false }: { units: number; unit: number; packing?: boolean },
): { flops: number; tokens: number } {
  const batches = Math.max(1, Math.min(BATCHES, Math.floor(DRAWN / units)));
  const draw = shuffled(Math.floor(lengths.length / unit));
  const capacity = Math.max(1, Math.floor(Math.min(limit, MICRO_BATCH_TOKENS)));
  let [flops, tokens] = [0, 0];
  for (let i = 0; i < batches; i++) {
    const own = Array.from({ length: units }, draw).flatMap((n) => lengths.slice(n * unit, (n + 1) * unit));
    const rows = packing ? packOrder(own, capacity).map((row) => sumOf(row.map((n) => own[n] ?? 0))) : own;
    const groups = groupByLength(rows, (length) => length);
    const padded = sumOf(groups.map((group) => group.length * (group.at(-1) ?? 0)));
    const taken = sumOf(own);
    flops += trainingFlops(shape, own) + 6 * shape.parameters * (padded - taken);
    tokens += taken;
  }
  return { flops: flops / batches, tokens: tokens / batches };
}

/** Numbers below `count`, all of them in some order and then again. */
function shuffled(count: number): () => number {
  const random = new Random(1);
  let order: number[] = [];
  return () => {
    if (!order.length) order = Array.from({ length: count }, (_, i) => i);
    const [drawn = 0] = order.splice(random.int(0, order.length - 1), 1);
    return drawn;
  };
}

/** How many different pairs of `count` there are about among so many that come by chance. */
function distinct(count: number, drawn: number): number {
  const pairs = count * (count - 1);
  return pairs > 1 ? pairs * (1 - (1 - 1 / pairs) ** drawn) : Math.min(drawn, 1);
}
