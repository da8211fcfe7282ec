/**
 * @file A supervised run: takes batches in order, steps, reports, and can be paused, stepped, resumed and stopped.
 */
import { LosslightError } from '../errors';
import type { BatchShape, Engine } from '../model/engine';
import { bucketLength } from '../plan/buckets';
import { absoluteWeight, cut, toBatch } from '../sequence/batch';
import { pack } from '../sequence/pack';
import type { Batch, TrainingSequence } from '../sequence/types';
import { nextTask } from '../tensor/task';
import type { RunState, StepReport, TrainSettings } from '../worker/protocol';
import { provideMemory } from './memory-choice';
import { shuffledForever, take } from './order';
import { makeReport } from './report';
import { learningRateAt } from './schedule';

export interface LoopEvents {
  /** Before the first step: what share, 0 to 1, of what the run's batches need is ready. */
  onPreparing?(share: number): void;
  onStep(report: StepReport): void;
  /** Every change of state; `error` comes with `failed`. */
  onState(state: RunState, error?: unknown): void;
}

const ADAM = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };
/** Most tokens, padding included, of one forward pass; larger batches are accumulated in parts. */
export const MICRO_BATCH_TOKENS = 2048;
/** Steps whose batches are looked at before a run. */
const FORESEEN_STEPS = 500;

export class TrainingLoop {
  #state: RunState | 'new' = 'new';
  #step = 0;
  /** Steps asked for one by one while paused. */
  #single = 0;
  #stopping = false;
  /** Wakes the loop while it waits for `resume`, `stepOnce` or `stop`. */
  #wake: (() => void) | undefined;
  readonly #sequences: TrainingSequence[];
  readonly #order: Generator<number, never, void>;

  /**
   * Sequences are cut at the settings' maximum length and the model's context; those without a trained token are left out.
   *
   * @throws LosslightError `bad-settings`, naming the setting; `zero-norm` where no token is trained.
   */
  constructor(
    readonly engine: Engine,
    sequences: readonly TrainingSequence[],
    readonly settings: TrainSettings,
    readonly events: LoopEvents,
  ) {
    checkRunSettings(settings);
    const limit = Math.min(settings.maxLength, engine.contextLength);
    this.#sequences = sequences
      .map((sequence) => cut(sequence, limit))
      .filter((sequence) => absoluteWeight([sequence]) !== 0);
    if (this.#sequences.length === 0) {
      throw new LosslightError(
        'zero-norm',
        'There is nothing to train: no token of any conversation has a weight.',
        'Switch on at least one segment that occurs in the conversations, or raise the maximum length.',
      );
    }
    this.#order = shuffledForever(this.#sequences.length, settings.seed);
  }

  /** The state, once the run has begun. */
  get state(): RunState | 'new' {
    return this.#state;
  }

  get ended(): boolean {
    return this.#state === 'finished' || this.#state === 'stopped' || this.#state === 'failed';
  }

  /** Runs to the end; resolves when the run is finished, stopped or failed. Errors are reported as the state `failed`. */
  async run(paused: boolean): Promise<void> {
    this.#enter(paused ? 'paused' : 'running');
    try {
      const shapes = this.#shapes();
      provideMemory(this.engine, shapes, this.settings);
      await this.engine.prepare?.(shapes, (share) => this.events.onPreparing?.(share));
      while (!this.#stopping && this.#step < this.settings.steps) {
        if (this.#state === 'paused' && this.#single === 0) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
          continue;
        }
        this.#single = Math.max(0, this.#single - 1);
        await this.#update();
        await nextTask();
      }
      this.#enter(this.#stopping ? 'stopped' : 'finished');
    } catch (error) {
      this.#enter('failed', error);
    }
  }

  pause(): void {
    if (this.#state === 'running') this.#enter('paused');
  }

  resume(): void {
    if (this.#state === 'paused') this.#enter('running');
  }

  /** One update of a paused run. */
  stepOnce(): void {
    if (this.#state !== 'paused') return;
    this.#single++;
    this.#rouse();
  }

  /** Ends the run after the step that is under way; the weights stay as they are. */
  stop(): void {
    this.#stopping = true;
    this.#rouse();
  }

  async #update(): Promise<void> {
    const { batchSize, learningRate, warmupSteps, weightDecay, clipNorm } = this.settings;
    const step = this.#step + 1;
    const start = performance.now();
    const batches = microBatches(this.#take(this.#order, batchSize), MICRO_BATCH_TOKENS);
    const rate = learningRateAt(step, learningRate, warmupSteps);
    const result = await this.engine.step(batches, { ...ADAM, learningRate: rate, weightDecay, clipNorm });
    this.#step = step;
    const report = makeReport(step, batches, result, rate, performance.now() - start);
    const { memoryBytes, recompute } = this.engine;
    this.events.onStep({
      ...report,
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(recompute && { recomputed: true }),
    });
  }

  /** The next sequences, several of them in a row where they are packed. */
  #take(order: Generator<number, never, void>, count: number): TrainingSequence[] {
    const chosen = take(order, count).map((i) => this.#sequences[i] as TrainingSequence);
    if (!this.settings.packing) return chosen;
    const { maxLength } = this.settings;
    return pack(chosen, Math.min(maxLength, this.engine.contextLength, MICRO_BATCH_TOKENS));
  }

  /** Shapes of the batches that the run will take, the most frequent first. */
  #shapes(): BatchShape[] {
    const { steps, batchSize, seed } = this.settings;
    const order = shuffledForever(this.#sequences.length, seed);
    const found = new Map<string, BatchShape & { count: number }>();
    for (let step = 0; step < Math.min(steps, FORESEEN_STEPS); step++) {
      for (const group of microGroups(this.#take(order, batchSize), MICRO_BATCH_TOKENS)) {
        const rows = group.length;
        const length = bucketLength(group.at(-1)?.ids.length ?? 1);
        const shape = found.get(`${rows} ${length}`) ?? { rows, length, count: 0 };
        found.set(`${rows} ${length}`, { ...shape, count: shape.count + 1 });
      }
    }
    return [...found.values()]
      .sort((a, b) => b.count - a.count)
      .map(({ rows, length }) => ({ rows, length }));
  }

  #enter(state: RunState, error?: unknown): void {
    this.#state = state;
    this.events.onState(state, error);
    this.#rouse();
  }

  #rouse(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/**
 * Batches of at most `limit` tokens, padding included, that together are one step: all carry the norm of the whole. A
 * sequence longer than the limit has a batch of its own.
 */
export function microBatches(sequences: readonly TrainingSequence[], limit: number): Batch[] {
  const norm = absoluteWeight(sequences);
  return microGroups(sequences, limit).map((group) => toBatch(group, norm));
}

/** The sequences of each micro-batch, shortest first. */
function microGroups(sequences: readonly TrainingSequence[], limit: number): TrainingSequence[][] {
  // Sequences of like length together need the least padding.
  const sorted = [...sequences].sort((a, b) => a.ids.length - b.ids.length);
  const groups: TrainingSequence[][] = [];
  for (const sequence of sorted) {
    const last = groups.at(-1);
    if (last && (last.length + 1) * sequence.ids.length <= limit) last.push(sequence);
    else groups.push([sequence]);
  }
  return groups;
}

function checkRunSettings(settings: TrainSettings): void {
  const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  const rules: [keyof TrainSettings, boolean, string][] = [
    ['steps', whole(settings.steps, 1), 'a whole number from 1'],
    ['batchSize', whole(settings.batchSize, 1), 'a whole number from 1'],
    ['warmupSteps', whole(settings.warmupSteps, 0), 'a whole number from 0'],
    ['maxLength', whole(settings.maxLength, 2), 'a whole number from 2'],
    ['seed', Number.isFinite(settings.seed), 'a finite number'],
    [
      'learningRate',
      settings.learningRate > 0 && Number.isFinite(settings.learningRate),
      'a positive number',
    ],
    [
      'weightDecay',
      settings.weightDecay >= 0 && Number.isFinite(settings.weightDecay),
      'a finite number from 0',
    ],
    ['clipNorm', settings.clipNorm > 0, 'a positive number, or Infinity for no clipping'],
  ];
  for (const [name, valid, rule] of rules) {
    if (!valid) throw new LosslightError('bad-settings', `${name} is ${settings[name]}.`, `Choose ${rule}.`);
  }
}
