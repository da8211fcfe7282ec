/**
 * @file What every run has alike, whatever its steps do: it begins, is paused, stepped, resumed, changed and stopped, and
 * says so.
 */
import { LosslightError } from '../errors';
import { nextTask } from '../tensor/task';
import type { RunEnding, RunState, SettingChange, SettingsPatch, StepReport } from '../worker/protocol';

/** What a run does; `RunControl` decides when. No two of its methods run at the same time. */
export interface Stepper {
  /** Steps of the whole run, as far as is known now: the run ends after so many. */
  readonly steps: number;
  /** Set once there is nothing more to do, whatever `steps` says: an early stop, or a failure that `finish` throws. */
  readonly done?: boolean;
  /**
   * Before the first step.
   *
   * @param onProgress gets the share that is ready, 0 to 1, and the kernels compiled for it; not called where nothing is waited for
   * @param signal aborted when the run is to stop: no step follows then
   */
  prepare(onProgress: (share: number, programs: number) => void, signal: AbortSignal): Promise<void>;
  /**
   * One step.
   *
   * @param step from 1
   * @param signal aborted when the run is to stop: a long step may give up before it changes the weights
   * @returns what the step did; undefined where it gave up
   */
  step(step: number, signal: AbortSignal): Promise<StepReport | undefined>;
  /**
   * Whether a patch can be had; it changes nothing, and may be called while a step is under way.
   *
   * @throws LosslightError `bad-settings` naming the setting; `out-of-memory`.
   */
  checkChange?(patch: SettingsPatch): void;
  /** Takes a patch that was checked, between two steps; gives what differs now. */
  change?(patch: SettingsPatch): SettingChange[];
  /** What its next step depends on beside the engine's state, as JSON; absent where a run cannot be taken up again. */
  save?(): unknown;
  /** Goes on from there; before `prepare`. */
  restore?(saved: unknown): void;
  /** After the last step, unless a step failed. @param stopped a person ended the run */
  finish?(stopped: boolean): Promise<RunEnding | undefined>;
}

/** A run between two steps, as JSON. */
export interface SavedRun {
  step: number;
  stepper: unknown;
}

export interface RunEvents {
  /**
   * Before the first step, where something is to be compiled: what share, 0 to 1, of what the run's batches need is ready, and how
   * many kernels were compiled for it.
   */
  onPreparing?(share: number, programs: number): void;
  onStep(report: StepReport): void;
  /** Every change of state; `error` comes with `failed`, `ending` with the end of a run that has something to say of it. */
  onState(state: RunState, error?: unknown, ending?: RunEnding): void;
}

export class RunControl {
  #state: RunState | 'new' = 'new';
  #step = 0;
  /** Steps asked for one by one while paused. */
  #single = 0;
  readonly #stop = new AbortController();
  /** Of the next step. */
  #patch: SettingsPatch | undefined;
  /** Wakes the run while it waits for `resume`, `stepOnce` or `stop`. */
  #wake: (() => void) | undefined;
  /** Who waits until no step is under way. */
  readonly #onRest: (() => void)[] = [];

  constructor(
    private readonly stepper: Stepper,
    private readonly events: RunEvents,
  ) {}

  /** The state, once the run has begun. */
  get state(): RunState | 'new' {
    return this.#state;
  }

  get ended(): boolean {
    return this.#state === 'finished' || this.#state === 'stopped' || this.#state === 'failed';
  }

  /** Steps of the run, as far as is known now. */
  get steps(): number {
    return this.stepper.steps;
  }

  /** What a run that goes on from here needs beside the engine's state; between steps. */
  save(): SavedRun | undefined {
    const stepper = this.stepper.save?.();
    return stepper === undefined ? undefined : { step: this.#step, stepper };
  }

  /** Goes on from there, before `run`; the engine's state is the caller's. */
  restore({ step, stepper }: SavedRun): void {
    this.stepper.restore?.(stepper);
    this.#step = step;
  }

  /** Runs to the end; resolves when the run is finished, stopped or failed. Errors are reported as the state `failed`. */
  async run(paused: boolean): Promise<void> {
    const { stepper } = this;
    this.#enter(paused ? 'paused' : 'running');
    try {
      await this.#untilStopped(
        stepper.prepare((share, programs) => this.events.onPreparing?.(share, programs), this.#stop.signal),
      );
      while (!this.#stopping && !stepper.done && this.#step < stepper.steps) {
        if (this.#state === 'paused' && this.#single === 0) {
          const waiting = new Promise<void>((resolve) => (this.#wake = resolve));
          this.#rested();
          await waiting;
          continue;
        }
        this.#single = Math.max(0, this.#single - 1);
        await this.#next();
        await nextTask();
      }
      const stopped = this.#stopping;
      const ending = await stepper.finish?.(stopped);
      this.#enter(stopped ? 'stopped' : 'finished', undefined, ending);
    } catch (error) {
      this.#enter('failed', error);
    }
  }

  /**
   * Resolves with the work, or when the run is to stop. Compiling cannot be broken off: what is under way then goes on, and a
   * later run finds it done; its failure is nobody's any more.
   */
  async #untilStopped(work: Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    work.catch(() => undefined);
    await Promise.race([work, stopped]);
  }

  pause(): void {
    if (this.#state === 'running') this.#enter('paused');
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    // Steps asked for before would be made once more after the next pause.
    this.#single = 0;
    this.#enter('running');
  }

  /** One step of a paused run. */
  stepOnce(): void {
    if (this.#state !== 'paused') return;
    this.#single++;
    this.#rouse();
  }

  /** Ends the run after the step that is under way; the weights stay as they are. */
  stop(): void {
    this.#stop.abort();
    this.#rouse();
  }

  /**
   * Changes settings from the next step on; that step's report says what was changed.
   *
   * @throws LosslightError `bad-settings`, `out-of-memory` or `no-run`; then the run goes on as before.
   */
  change(patch: SettingsPatch): void {
    const { stepper } = this;
    if (this.ended || this.#stopping) {
      throw new LosslightError('no-run', 'The run has ended.', 'Change the settings of the next one.');
    }
    if (!stepper.change) {
      throw new LosslightError('bad-settings', 'This run’s settings are fixed.', 'Begin another run.');
    }
    const whole = { ...this.#patch, ...patch };
    stepper.checkChange?.(whole);
    this.#patch = whole;
  }

  /** Resolves when no step of a paused run is under way, or when it is paused no longer. */
  async rest(): Promise<void> {
    if (this.#state === 'paused' && !this.#wake)
      await new Promise<void>((resolve) => this.#onRest.push(resolve));
  }

  #rested(): void {
    for (const rested of this.#onRest.splice(0)) rested();
  }

  get #stopping(): boolean {
    return this.#stop.signal.aborted;
  }

  async #next(): Promise<void> {
    const patch = this.#patch;
    this.#patch = undefined;
    const changed = patch && this.stepper.change?.(patch);
    // A change may have made the run shorter.
    if (this.#step >= this.stepper.steps) return;
    const report = await this.stepper.step(this.#step + 1, this.#stop.signal);
    if (!report) return;
    this.#step++;
    this.events.onStep(changed && changed.length > 0 ? { ...report, changed } : report);
  }

  #enter(state: RunState, error?: unknown, ending?: RunEnding): void {
    this.#state = state;
    this.events.onState(state, error, ending);
    if (state !== 'paused') this.#rested();
    this.#rouse();
  }

  #rouse(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
