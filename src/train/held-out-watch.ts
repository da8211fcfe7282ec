/**
 * @file When a run measures what is held out, whatever its objective, and whether it ends early by that.
 */
import { LosslightError } from '../errors';
import type { Engine } from '../model/engine';
import type { TrainingSequence } from '../sequence/types';
import type { RunEnding, StepMetrics, TrainSettings } from '../worker/protocol';
import { HeldOut } from './held-out';
import type { RecordedObjective } from './objectives/objective';
import type { Scorer } from './scorer';
import { trainable } from './trainable';

/** Steps between two measurements, where nothing is said. */
const HELD_OUT_EVERY = 10;

type Settings = Pick<TrainSettings, 'heldOutEvery' | 'patience'>;

export class HeldOutWatch {
  #heldOut: HeldOut | undefined;
  #done = false;
  #step = 0;
  /** Why the measurement after the last step failed. */
  #failure: { error: unknown } | undefined;

  /**
   * @param data none where nothing is held out
   * @param limit tokens of a sequence; what lies beyond is not measured
   * @param build makes the objective whose loss is measured
   */
  constructor(
    private readonly engine: Engine,
    private readonly data: readonly TrainingSequence[],
    private readonly limit: number,
    private readonly build: (sequences: readonly TrainingSequence[]) => RecordedObjective,
    private readonly score: Scorer,
  ) {}

  /** Whether the run is to end now: the loss no longer falls, or could not be measured, which `finish` then throws. */
  get done(): boolean {
    return this.#done || this.#failure !== undefined;
  }

  /**
   * Before a run, and before settings change.
   *
   * @throws LosslightError `no-held-out` where an early stop has nothing to go by; why the data cannot be measured.
   */
  check(run: Settings): void {
    if (this.data.length > 0 && everyOf(run) > 0) {
      this.#heldOut ??= new HeldOut(this.engine, this.#objective(), this.score);
    } else if (patienceOf(run) > 0) {
      throw new LosslightError(
        'no-held-out',
        'The run is to end when the held-out loss no longer falls, and nothing is held out or it is never measured.',
        'Hold out some conversations and measure them every few steps, or set the patience to 0.',
      );
    }
  }

  /** Before a step, from 1: the loss at the start. */
  async before(step: number, run: Settings): Promise<StepMetrics> {
    if (step > 1 || everyOf(run) === 0 || !this.#heldOut) return {};
    return { heldOutStart: await this.#heldOut.measure(0, patienceOf(run) > 0) };
  }

  /**
   * After a step: the loss where it is due, and at the last step. One that cannot be measured is absent, and ends the run: the step
   * was made, and is to be reported first.
   *
   * @param steps of the whole run
   */
  async after(step: number, steps: number, run: Settings): Promise<StepMetrics> {
    this.#step = step;
    const every = everyOf(run);
    if (every === 0 || !this.#heldOut || (step % every !== 0 && step !== steps)) return {};
    try {
      const heldOutLoss = await this.#heldOut.measure(step, patienceOf(run) > 0);
      this.#done = this.#heldOut.exhausted(patienceOf(run));
      return { heldOutLoss };
    } catch (error) {
      this.#failure = { error };
      return {};
    }
  }

  /**
   * After the last step: puts the best weights back where they were kept, unless a person stopped the run.
   *
   * @throws what the measurement after the last step failed with.
   */
  async finish(stopped: boolean, steps: number, run: Settings): Promise<RunEnding | undefined> {
    if (this.#failure) throw this.#failure.error;
    // Who stops a run wants what it has now.
    if (stopped || !this.#heldOut || patienceOf(run) === 0) return undefined;
    return this.#heldOut.restore(this.#step, this.#done && this.#step < steps);
  }

  #objective(): RecordedObjective {
    try {
      const sequences = trainable(this.data, this.limit);
      if (sequences.length === 0) {
        const remedy = 'Hold out other conversations.';
        throw new LosslightError('zero-norm', 'None of its tokens has a weight.', remedy);
      }
      return this.build(sequences);
    } catch (error) {
      if (!(error instanceof LosslightError)) throw error;
      const message = `The held-out part cannot be measured. ${error.message}`;
      const remedy = `${error.remedy} Or do not measure it: set its steps to 0.`;
      throw new LosslightError(error.code, message, remedy, { cause: error });
    }
  }
}

const everyOf = ({ heldOutEvery = HELD_OUT_EVERY }: Settings) => heldOutEvery;
const patienceOf = ({ patience = 0 }: Settings) => patience;
