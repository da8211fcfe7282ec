/**
 * @file An experiment on the page: which one, what of it is done, and its report. It runs in a worker with a model of its own, and
 * its results are kept in the browser, so that it can go on after a reload.
 */

import { experiment as words } from '$strings/experiment';
import { runsOf, type Experiment } from '../experiment/definition';
import {
  everyOf,
  measuring,
  runWork,
  secondsOf,
  stepWork,
  wholeWork,
  type Speed,
} from '../experiment/estimate';
import { readExperiment } from '../experiment/read-definition';
import type { ErrorReport } from '../worker/protocol';
import {
  ExperimentClient,
  type ExperimentEvent,
  type ExperimentReport,
  type ExperimentService,
  type KeptExperiment,
  type RunStatus,
} from '../worker/experiment-client';
import { toReport } from './errors';

/** Of errors after which the worker can do nothing more: its device or its memory is gone, or it has died. */
const WORKER_GONE = ['device-lost', 'gpu-error', 'out-of-memory', 'worker-failed'];
/** A broken worker gives its logs within this time, or not at all. */
const SAVE_MS = 5_000;
/** Lines that are shown of what is being done. */
const MOST_LINES = 30;

export type { ExperimentReport } from '../worker/experiment-client';

export interface Definition {
  text: string;
  file: string;
}

/** The files of experiments/, which the build puts in. */
export const SHIPPED = JSON.parse(String(import.meta.env.LOSSLIGHT_EXPERIMENTS)) as readonly Definition[];

export class ExperimentState {
  #definition = $state.raw<(Definition & { experiment: Experiment }) | undefined>();
  #runs = $state.raw<readonly RunStatus[]>([]);
  #kept = $state.raw<readonly KeptExperiment[]>([]);
  #speed = $state.raw<(Speed & { computes: string }) | undefined>();
  #report = $state.raw<ExperimentReport | undefined>();
  #error = $state.raw<ErrorReport | undefined>();
  #said = $state.raw<readonly string[]>([]);
  #status = $state<'idle' | 'opening' | 'running' | 'pausing'>('idle');
  /** Logs that a broken worker gave and the next one could not take: they can still be saved. */
  #unrestored = $state.raw<string | undefined>();
  readonly #service: ExperimentService;

  /**
   * @param model address of the model's folder, with a slash at its end
   * @param make gives the worker; tests have one of their own
   */
  constructor(
    private readonly model: string,
    make: (onEvent: (event: ExperimentEvent) => void) => ExperimentService = (onEvent) =>
      new ExperimentClient(onEvent),
  ) {
    this.#service = make((event) => this.#receive(event));
  }

  get experiment() {
    return this.#definition?.experiment;
  }
  get file() {
    return this.#definition?.file;
  }
  /** Every run, in the order in which they are made. */
  get runs() {
    return this.#runs;
  }
  /** Experiments that something is kept of in the browser. */
  get kept() {
    return this.#kept;
  }
  get report() {
    return this.#report;
  }
  get error() {
    return this.#error;
  }
  /** Whether only a new worker can go on; see `restart`. */
  get broken() {
    return this.#error !== undefined && WORKER_GONE.includes(this.#error.code);
  }
  /** Whether there are logs that can be saved. */
  get logged() {
    return this.#unrestored !== undefined || this.begun || this.#report !== undefined;
  }
  /** What was done, the latest last. */
  get said() {
    return this.#said;
  }
  get status() {
    return this.#status;
  }
  get busy() {
    return this.#status !== 'idle';
  }
  /** What computes, where that is known. */
  get computes() {
    return this.#speed?.computes;
  }
  readonly finished = $derived.by(() => this.#runs.filter(({ finished }) => finished).length);
  readonly done = $derived.by(() => this.#runs.length > 0 && this.finished === this.#runs.length);
  readonly begun = $derived.by(() => this.#runs.some(({ finished, step }) => finished || step > 0));

  /** Seconds of the whole, and of what is left; undefined before the speed was measured. */
  readonly estimate = $derived.by((): { whole: number; left: number } | undefined => {
    const { experiment } = this;
    const speed = this.#speed;
    if (!experiment || !speed) return undefined;
    const arms = new Map(experiment.arms.map((arm) => [arm.name, arm]));
    const spent = this.#runs.reduce((sum, { arm: name, step, finished }) => {
      const arm = arms.get(name);
      if (!arm) return sum;
      if (finished) return sum + secondsOf(runWork(experiment, arm), speed);
      const measured = Math.floor(step / everyOf(experiment, arm));
      return (
        sum + step * secondsOf(stepWork(arm), speed) + measured * secondsOf(measuring(experiment), speed)
      );
    }, 0);
    const whole = secondsOf(wholeWork(experiment), speed);
    const works = runsOf(experiment).map(({ arm }) => secondsOf(runWork(experiment, arm), speed));
    // The base's measurement and the rollouts are in no run: taken as done, seed by seed, with the seed's first run.
    const fixed = whole - works.reduce((sum, seconds) => sum + seconds, 0);
    const seeds = new Set(
      this.#runs.flatMap(({ seed, step, finished }) => (finished || step > 0 ? seed : [])),
    );
    const before = fixed * (seeds.size / experiment.seeds.length);
    return { whole, left: this.done ? 0 : Math.max(0, whole - spent - before) };
  });

  /** Looks what is kept, and chooses the first experiment that ships. */
  async begin(): Promise<void> {
    await this.#try(async () => {
      this.#kept = await this.#service.ask('list', null);
    });
    const [kept] = this.#kept;
    // The quick one: what an experiment is shows in minutes.
    const first = kept ?? SHIPPED.at(-1);
    if (first) await this.choose(first);
  }

  /** Chooses an experiment, and shows what of it is done. */
  async choose({ text, file }: Definition): Promise<void> {
    if (this.busy) return;
    this.#status = 'opening';
    await this.#try(async () => {
      const runs = await this.#service.ask('open', { text, file });
      this.#definition = { text, file, experiment: readExperiment(text, file) };
      this.#runs = runs;
      this.#unrestored = undefined;
      this.#said = [];
      this.#report = (await this.#service.ask('report', null)) ?? undefined;
    });
    this.#status = 'idle';
  }

  /** An own definition, or a log that was saved. */
  async openFile(text: string, file: string): Promise<void> {
    if (this.busy) return;
    if (!text.includes('"losslightExperiment"')) return this.choose({ text, file });
    const opened = await this.#try(() => this.#service.ask('restore', { text }));
    if (!opened) return;
    await this.choose(opened);
    await this.#list();
  }

  /** Measures the machine's speed, for the estimate. */
  async measure(): Promise<void> {
    if (this.busy) return;
    this.#status = 'opening';
    await this.#try(async () => {
      this.#speed = await this.#service.ask('measure', { model: this.model });
    });
    this.#status = 'idle';
  }

  /** Runs what is not finished; resolves when it is, or when it was paused. */
  async run(): Promise<void> {
    if (this.busy || !this.#definition) return;
    this.#status = 'running';
    await this.#try(() => this.#service.ask('run', { model: this.model }));
    this.#status = 'idle';
    await this.#refresh();
    await this.#list();
  }

  /**
   * Goes on in a new worker, which opens the device and loads the model again. What was logged, and the last checkpoint, are in the
   * browser's storage; where it has none, the old worker gives its logs, if it still can.
   */
  async restart(): Promise<void> {
    const definition = this.#definition;
    if (this.busy || !this.broken) return;
    this.#status = 'opening';
    const alive = this.#error?.code !== 'worker-failed';
    const log = this.#unrestored ?? (alive && this.begun ? await this.#rescued() : undefined);
    this.#service.end();
    const restored =
      !definition ||
      log === undefined ||
      (await this.#try(() => this.#service.ask('restore', { text: log }))) !== undefined;
    this.#status = 'idle';
    if (!definition) return this.begin();
    // Without its logs it would begin anew.
    this.#unrestored = restored ? undefined : log;
    if (!restored) return;
    await this.choose(definition);
    if (!this.#error) await this.run();
  }

  /** What the worker has logged; undefined where it cannot tell any more. */
  async #rescued(): Promise<string | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), SAVE_MS)));
    try {
      return await Promise.race([this.#service.ask('save', null), late]);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends after the step under way; it goes on from there. */
  async pause(): Promise<void> {
    if (this.#status !== 'running') return;
    this.#status = 'pausing';
    await this.#try(() => this.#service.ask('pause', null));
  }

  /** Deletes what is kept of the chosen experiment. */
  async clear(): Promise<void> {
    const definition = this.#definition;
    if (this.busy || !definition) return;
    await this.#try(() => this.#service.ask('clear', null));
    await this.choose(definition);
    await this.#list();
  }

  /** All that was logged, as a file that can be opened again. */
  async log(): Promise<string | undefined> {
    return this.#unrestored ?? this.#try(() => this.#service.ask('save', null));
  }

  dispose(): void {
    this.#service.end();
  }

  async #list(): Promise<void> {
    this.#kept = (await this.#service.ask('list', null).catch(() => undefined)) ?? this.#kept;
  }

  async #refresh(): Promise<void> {
    try {
      this.#report = (await this.#service.ask('report', null)) ?? this.#report;
    } catch (error) {
      // What ended the run is told rather than that its report could not be read.
      this.#error ??= toReport(error);
    }
  }

  async #try<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      this.#error = undefined;
      return await work();
    } catch (error) {
      const report = toReport(error);
      const remedy = WORKER_GONE.includes(report.code) ? words.problem.restart : report.remedy;
      this.#error = { ...report, remedy };
      return undefined;
    }
  }

  #receive(event: ExperimentEvent): void {
    if (event.type === 'said') {
      this.#said = [...this.#said, event.line].slice(-MOST_LINES);
      return;
    }
    const { arm, seed, line } = event;
    if (line.type !== 'step' && line.type !== 'end') return;
    const finished = line.type === 'end';
    this.#runs = this.#runs.map((run) =>
      run.arm === arm && run.seed === seed ? { ...run, step: line.step, finished } : run,
    );
    if (finished) void this.#refresh();
  }
}
