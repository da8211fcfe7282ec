/**
 * @file The steps of a run on recorded data: which sequences an update takes, what it does with them, and what it reports.
 */
import { LosslightError } from '../errors';
import type { AdamWSettings, BatchShape, Engine } from '../model/engine';
import { pack } from '../sequence/pack';
import type { TrainingSequence } from '../sequence/types';
import { changesOf } from '../settings/changes';
import type { ObjectiveSettings } from '../settings/objective';
import type {
  RunEnding,
  SettingChange,
  SettingsPatch,
  StepMetrics,
  StepReport,
  TrainSettings,
} from '../worker/protocol';
import { FirstTrained, type ToldPlaces } from './first-trained';
import { HeldOutWatch } from './held-out-watch';
import { chooseMemory, provideMemory } from './memory-choice';
import { demandOf } from './run-memory';
import { MICRO_BATCH_TOKENS, microBatches, shapesOf } from './micro-batches';
import type { RecordedObjective, Unit } from './objectives/objective';
import { recordedObjective, stepOptionsOf } from './objectives/recorded';
import { ReferenceSums } from './objectives/reference';
import { shuffledForever, take } from './order';
import { entropyOf, makeReport } from './report';
import type { Stepper } from './run-control';
import { checkObjectiveSettings, checkRunSettings, patched } from './run-settings';
import { learningRateAt } from './schedule';
import { scorerOf, type Scorer } from './scorer';
import { trainable } from './trainable';

export const ADAM = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 } satisfies Partial<AdamWSettings>;
/** Steps whose batches are looked at before a run. */
const FORESEEN_STEPS = 500;

export interface RecordedData {
  sequences: readonly TrainingSequence[];
  /** Never trained. */
  heldOut?: readonly TrainingSequence[];
}

/** Where a run stands in its data, and what it has computed once for all. */
interface RecordedState {
  steps: number;
  taken: number;
  reference: [number, number][];
  /** Absent in checkpoints of before it was told. */
  told?: ToldPlaces;
}

interface Settings {
  run: TrainSettings;
  objective: ObjectiveSettings;
}

export class RecordedSteps implements Stepper {
  #settings: Settings;
  #objective: RecordedObjective;
  readonly #heldOut: HeldOutWatch;
  /** Updates done, and units taken for them. */
  #steps = 0;
  #taken = 0;
  readonly #sequences: TrainingSequence[];
  readonly #order: Generator<number, never, void>;
  readonly #reference = new ReferenceSums();
  readonly #score: Scorer;
  readonly #first: FirstTrained;

  /**
   * Sequences are cut at the settings' maximum length and the model's context; those without a trained token are left out.
   *
   * @throws LosslightError `bad-settings`, naming the setting; `zero-norm` where no token is trained; what the data lacks for
   * the objective.
   */
  constructor(
    readonly engine: Engine,
    { sequences, heldOut = [] }: RecordedData,
    run: TrainSettings,
    objective: ObjectiveSettings,
  ) {
    checkRunSettings(run);
    checkObjectiveSettings(objective);
    this.#settings = { run, objective };
    const limit = Math.min(run.maxLength, engine.contextLength);
    const places = new Map<TrainingSequence, number>();
    this.#sequences = sequences.flatMap((sequence, place) => {
      const own = trainable([sequence], limit);
      for (const one of own) places.set(one, place);
      return own;
    });
    this.#first = new FirstTrained(places);
    this.#score = scorerOf(engine);
    // With no sequences at all, an objective that needs some kind of them says which.
    if (this.#sequences.length === 0 && (objective.kind === 'sft' || sequences.length > 0)) {
      throw new LosslightError(
        'zero-norm',
        'There is nothing to train: no token of any conversation has a weight.',
        'Switch on at least one segment that occurs in the conversations, or raise the maximum length.',
      );
    }
    this.#objective = this.#build(this.#sequences, this.#settings);
    this.#expectMismatches(this.#settings);
    const measured = (own: readonly TrainingSequence[]) => this.#build(own, this.#settings, false);
    this.#heldOut = new HeldOutWatch(engine, heldOut, limit, measured, this.#score);
    this.#heldOut.check(run);
    this.#order = shuffledForever(this.#objective.units.length, run.seed);
  }

  get steps(): number {
    return this.#stepsOf(this.#settings);
  }

  get done(): boolean {
    return this.#heldOut.done;
  }

  async prepare(onProgress: (share: number, programs: number) => void, signal?: AbortSignal): Promise<void> {
    const { run, objective } = this.#settings;
    const shapes = this.#shapes(this.#settings);
    provideMemory(this.engine, shapes, run, this.#demand(this.#settings));
    await this.engine.prepare?.(shapes, onProgress, stepOptionsOf(objective, run.seed, 1), signal);
  }

  async step(step: number): Promise<StepReport> {
    const { run, objective } = this.#settings;
    const start = performance.now();
    const steps = this.steps;
    const before = await this.#heldOut.before(step, run);
    const units = take(this.#order, this.#size(this.#settings, this.#taken)).map((i) => this.#unit(i));
    const { sequences, norm, loss, metrics } = await this.#objective.update(units, this.#score);
    const parts = this.#batches(sequences, run);
    const batches = parts.flatMap((part) => microBatches(part, MICRO_BATCH_TOKENS, norm));
    const { weightDecay, clipNorm, seed } = run;
    const rate = learningRateAt(step, steps, run);
    const adam = { ...ADAM, learningRate: rate, weightDecay, clipNorm };
    const result = await this.engine.step(batches, adam, stepOptionsOf(objective, seed, step));
    this.#steps = step;
    this.#taken += units.length;
    const after = await this.#heldOut.after(step, steps, run);
    const entropy = entropyOf(batches, result);
    const all: StepMetrics = {
      ...this.#objective.metrics,
      ...metrics,
      ...(entropy !== undefined && { entropy }),
      ...before,
      ...after,
    };
    const { memoryBytes, recompute } = this.engine;
    return {
      ...makeReport(step, batches, result, rate, performance.now() - start),
      ...(loss !== undefined && { loss }),
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(recompute && { recomputed: true }),
      ...(Object.keys(all).length > 0 && { metrics: all }),
      ...this.#first.report(units.flat(), sequences),
    };
  }

  save(): RecordedState {
    return {
      steps: this.#steps,
      taken: this.#taken,
      reference: this.#reference.save(this.#sequences),
      told: this.#first.save(),
    };
  }

  restore(saved: unknown): void {
    const { steps, taken, reference, told } = saved as RecordedState;
    this.#reference.restore(this.#sequences, reference);
    take(this.#order, taken);
    this.#steps = steps;
    this.#taken = taken;
    if (told) this.#first.restore(told);
  }

  checkChange(patch: SettingsPatch): void {
    const next = patched(this.#settings, patch);
    this.#build(this.#sequences, next);
    this.#expectMismatches(next);
    this.#heldOut.check(next.run);
    const choice = chooseMemory(this.engine, this.#shapes(next), next.run.recompute, this.#demand(next));
    if (choice?.problem)
      throw new LosslightError('out-of-memory', choice.problem, 'Choose a smaller batch size.');
  }

  change(patch: SettingsPatch): SettingChange[] {
    const before = this.#settings;
    const next = patched(before, patch);
    this.#objective = this.#build(this.#sequences, next);
    this.#settings = next;
    provideMemory(this.engine, this.#shapes(next), next.run, this.#demand(next));
    return changesOf({ ...before.run, ...before.objective }, { ...next.run, ...next.objective });
  }

  async finish(stopped: boolean): Promise<RunEnding | undefined> {
    return this.#heldOut.finish(stopped, this.steps, this.#settings.run);
  }

  #build(sequences: readonly TrainingSequence[], { objective }: Settings, toLearn = true): RecordedObjective {
    return recordedObjective(sequences, objective, this.#reference, this.engine.contextLength, toLearn);
  }

  /** KTO compares each completion with another of the same update. */
  #expectMismatches(settings: Settings): void {
    if (settings.objective.kind !== 'kto' || perUpdate(settings.run) > 1) return;
    throw new LosslightError(
      'bad-settings',
      'KTO compares the completions of an update with each other, and the batch size is 1.',
      'Choose a batch size of 2 or more.',
    );
  }

  #unit(index: number): Unit {
    return this.#objective.units[index] ?? [];
  }

  /** Units that the run still takes; no end where it goes by steps. */
  #left({ run }: Settings, taken: number): number {
    return run.epochs ? Math.max(0, run.epochs * this.#objective.units.length - taken) : Infinity;
  }

  /** Units of the next update, the last of an epoch run may have fewer. */
  #size(settings: Settings, taken: number): number {
    return Math.min(perUpdate(settings.run), this.#left(settings, taken));
  }

  #stepsOf(settings: Settings): number {
    const left = this.#left(settings, this.#taken);
    return left === Infinity ? settings.run.steps : this.#steps + Math.ceil(left / perUpdate(settings.run));
  }

  /** The batches of an update, `accumulation` of them; in each, several sequences are one row where they are packed. */
  #batches(
    sequences: readonly TrainingSequence[],
    { batchSize, packing, maxLength }: TrainSettings,
  ): TrainingSequence[][] {
    const size = batchSize * (this.#objective.units[0]?.length ?? 1);
    const capacity = Math.min(maxLength, this.engine.contextLength, MICRO_BATCH_TOKENS);
    return Array.from({ length: Math.ceil(sequences.length / size) }, (_, i) => {
      const own = sequences.slice(i * size, (i + 1) * size);
      return packing ? pack(own, capacity) : own;
    });
  }

  #demand({ run, objective }: Settings) {
    return demandOf(run, objective, this.engine.contextLength);
  }

  /** Shapes of the batches that a run with these settings takes from its start, the most frequent first. */
  #shapes(settings: Settings): BatchShape[] {
    const { run } = settings;
    const order = shuffledForever(this.#objective.units.length, run.seed);
    const count = Math.min(this.#stepsOf(settings), FORESEEN_STEPS);
    const batches = Array.from({ length: count }, (_, i) => {
      const size = this.#size(settings, i * perUpdate(run));
      return this.#batches(
        take(order, size).flatMap((index) => this.#unit(index)),
        run,
      );
    });
    return shapesOf(batches.flat());
  }
}

/** Units of one update. */
function perUpdate({ batchSize, accumulation = 1 }: TrainSettings): number {
  return batchSize * accumulation;
}
