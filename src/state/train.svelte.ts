/**
 * @file A training run as the page sees it: its settings, its state, and what each step reported.
 */
import type { Conversation } from '../conversation/types';
import type { EditBook } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import type { Adaptation } from '../model/engine';
import { changesOf } from '../settings/changes';
import type { ObjectiveSettings } from '../settings/objective';
import { objectiveRow } from '../settings/objective-table';
import { clockNow } from '../template/strftime';
import type { EngineService } from '../worker/engine-client';
import type {
  EngineEvent,
  ErrorReport,
  RolloutPrompt,
  RunEnding,
  RunState,
  SettingChange,
  SettingsPatch,
  StepReport,
  TrainedPart,
  TrainSettings,
} from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { toReport } from './errors';
import { fingerprint } from './fingerprint';
import type { RewardSource } from './reward-source';
import { RolloutAnswers } from './rollout-answers';
import { RolloutLog } from './rollouts.svelte';
import { runData, type RunDataOptions } from './run-data';
import { takenOf } from './run-trained';
import { RunsState, type KeptRun, type RunFacts, type Snapshot } from './runs.svelte';
import { TrainForm } from './train-form.svelte';
import { speedOf } from './train-speed';

/** `update` counts from 1 since the weights were last reset, over all runs. */
export interface Update extends StepReport {
  update: number;
}

type Going = TrainSettings & ObjectiveSettings;

export type TrainStatus = 'idle' | 'preparing' | RunState;

/** What a run is made from. */
export interface RunPlan {
  read: () => Promise<readonly Conversation[]>;
  /** Conversations that are held out: their loss is measured, and they are never trained. */
  heldOut?: (() => Promise<readonly Conversation[]>) | undefined;
  policy: MaskPolicy;
  edits?: EditBook;
  /** Tokens that the model reads at most: sequences are cut there at the latest. */
  limit?: number;
  /** Waits for `step` or `resume`. */
  paused: boolean;
  /** What is trained. */
  model: Pick<RunFacts, 'model' | 'modelKey' | 'adaptation' | 'engine'>;
}

/** Reports that arrive within this many milliseconds are drawn together. */
const FLUSH_MS = 50;

const NO_REWARDS: RewardSource = { parts: [], scorer: () => () => Promise.resolve([]) };

export class TrainState extends TrainForm {
  /** What the model wrote in the present run. */
  readonly rollouts = new RolloutLog();
  readonly runs: RunsState;
  #status = $state<TrainStatus>('idle');
  #updates = $state.raw<readonly Update[]>([]);
  #error = $state.raw<ErrorReport | undefined>();
  #left = $state.raw<readonly { conversation: string; reason: string }[]>([]);
  #steps = $state(0);
  #step = $state(0);
  #prepared = $state.raw<{ share: number; programs: number; since: number } | undefined>();
  #tuned = $state.raw<Readonly<Record<string, string>>>({});
  #ending = $state.raw<RunEnding | undefined>();
  #policy = $state.raw<MaskPolicy | undefined>();
  #edits = $state.raw<EditBook>({});
  /** The settings that the run goes by now. */
  #going = $state.raw<Going | undefined>();
  /** The same with what was asked for and holds from the next step on. */
  #asked = $state.raw<Going | undefined>();
  /** Counts runs that began, ended by force or were forgotten: what still arrives for an earlier one is dropped. */
  #attempt = 0;
  #run: number | undefined;
  /** What answers the questions of a run on policy. */
  #answers: RolloutAnswers | undefined;
  #early: EngineEvent[] = [];
  #buffer: StepReport[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Who waits for the run to end. */
  readonly #onEnd: (() => void)[] = [];
  /** Single steps that were asked for, one after the other. */
  #single: Promise<void> = Promise.resolve();
  /** A step that ends meanwhile is no longer the last before a pause. */
  #resuming = false;
  /** Who waits for a single step; told whether it was made. */
  #onStep: ((made: boolean) => void) | undefined;

  #active = $derived(['preparing', 'running', 'paused'].includes(this.#status));
  readonly #pending = $derived.by((): SettingChange[] => {
    const objective = this.objective.settings;
    if (!this.#active || !this.#asked || !this.settings || !objective) return [];
    return changesOf(this.#asked, { ...this.settings, ...this.options, ...objective });
  });
  #speed = $derived(speedOf(this.#updates, this.#step));

  constructor(
    private readonly text: TextService,
    engine: EngineService,
    rewards: RewardSource = NO_REWARDS,
  ) {
    super(engine, rewards);
    this.runs = new RunsState(engine);
  }

  /** The mask that the run began with; undefined before the first. */
  get policy() {
    return this.#policy;
  }
  /** The hand edits that the run began with. */
  get edits() {
    return this.#edits;
  }
  get status() {
    return this.#status;
  }
  /**
   * While GPU programs are compiled for the run: the share, 0 to 1, that is ready, those compiled, and since when, as `Date.now()` gave
   * it; undefined where nothing is waited for.
   */
  get prepared() {
    return this.#active && this.#step === 0 ? this.#prepared : undefined;
  }
  /** Which kernels the run found fastest on a GPU, by kind of product; empty elsewhere. */
  get tuned() {
    return this.#tuned;
  }
  /** What there is to say of the run's end. */
  get ending() {
    return this.#ending;
  }
  /** What the form has otherwise than the run in progress, and the run could take. */
  get pending(): readonly SettingChange[] {
    return this.#pending;
  }
  /** A run exists and has not ended. */
  get active() {
    return this.#active;
  }
  /** True while the engine is at work for it, rather than waiting for a step. */
  get computing() {
    return this.#status === 'preparing' || this.#status === 'running';
  }
  get updates() {
    return this.#updates;
  }
  get error() {
    return this.#error;
  }
  /** Conversations that the run left out, and why. */
  get left() {
    return this.#left;
  }
  /** Step of the run, from 1; 0 before the first. */
  get step() {
    return this.#step;
  }
  get steps() {
    return this.#steps;
  }
  /** Per second over the last steps, and milliseconds a step; undefined before the first. */
  get speed() {
    return this.#speed;
  }
  /** Milliseconds until the run ends, at the present speed. */
  get timeLeft() {
    return this.#speed && this.#speed.milliseconds * (this.#steps - this.#step);
  }

  /** Sets a run up. */
  async start(plan: RunPlan): Promise<void> {
    const settings = this.settings && { ...this.settings, ...this.options };
    const objective = this.objective.settings;
    if (!settings || !objective || this.#active) return;
    const { policy, edits = {}, paused, limit = Infinity } = plan;
    const attempt = ++this.#attempt;
    this.#policy = policy;
    this.#edits = edits;
    this.#status = 'preparing';
    this.#error = undefined;
    this.#ending = undefined;
    this.#left = [];
    this.#early = [];
    this.#steps = settings.steps;
    this.#step = 0;
    this.#prepared = undefined;
    this.#going = { ...settings, ...objective };
    this.#asked = this.#going;
    try {
      // As they are now: reading the data takes a while, and what is composed meanwhile is another run's.
      const source = frozen(this.rewards);
      const rewards = [...source.parts];
      const maxLength = Math.min(settings.maxLength, limit);
      const mask = { policy, edits, maxLength, clock: clockNow() };
      const { division } = this;
      const { composes: composed } = this.objective;
      const options = { ...mask, division };
      const keepFrom = objective.kind === 'raft' ? objective.keepFrom : undefined;
      const data = await this.#dataOf(plan, { ...options, keepFrom }, source, attempt);
      // Weights that are being read must not change meanwhile.
      await this.runs.settled();
      if (!data || attempt !== this.#attempt) return;
      const { sequences, prompts, heldOut, conversations } = data;
      this.#answers?.dispose();
      this.#answers = prompts && this.#answersFor(prompts, source);
      const { run } = await this.engine.train({
        sequences,
        settings,
        startPaused: paused,
        ...(objective.kind !== 'sft' && { rewards }),
        ...(heldOut && { heldOut }),
        ...(prompts && { prompts }),
        objective,
      });
      if (attempt !== this.#attempt) {
        // Nobody watches it. Where the engine has gone, so has the run.
        await this.engine.control({ run, action: 'stop' }).catch(() => {});
        return;
      }
      const facts = {
        ...{ settings, objective, rewards, division, mask, conversations, ...plan.model },
        ...(composed && { composed }),
        ...(!prompts && { taken: takenOf(sequences, composed) }),
      };
      const name = objectiveRow(objective.kind).short;
      // On policy nothing is divided.
      if (!prompts) this.choices.noteUsed();
      this.runs.begin({ ...facts, data: fingerprint(sequences, prompts) }, name, this.#updates);
      this.rollouts.forget();
      this.#run = run;
      this.#enter(paused ? 'paused' : 'running');
      // Events may overtake the reply that names the run.
      for (const event of this.#early.splice(0)) this.receive(event);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#answers?.dispose();
      this.#status = 'failed';
      this.#error = toReport(error);
    }
  }

  pause = async (): Promise<void> => void (await this.#control('pause'));
  stop = async (): Promise<void> => void (await this.#control('stop'));

  async resume(): Promise<void> {
    this.#resuming = true;
    try {
      // Weights that are being read must not change meanwhile.
      await this.runs.settled();
      await this.#control('resume');
    } finally {
      this.#resuming = false;
    }
  }

  /**
   * One step of a paused run, after those that were asked for before; its weights are kept, so that the next one can be undone.
   * Resolves when that is done, or when the run goes on or has ended.
   */
  stepOnce(): Promise<void> {
    this.#single = this.#single.then(() => this.#stepAlone());
    return this.#single;
  }

  async #stepAlone(): Promise<void> {
    await this.runs.settled();
    if (this.#status !== 'paused') return;
    const made = new Promise<boolean>((resolve) => (this.#onStep = resolve));
    if (!(await this.#control('step'))) this.#stepped(false);
    // A run that is at its end keeps its weights by itself.
    const stays = (await made) && this.#status === 'paused' && !this.#resuming;
    if (stays && this.#step < this.#steps) await this.runs.keep(true);
  }

  #stepped(made: boolean): void {
    this.#onStep?.(made);
    this.#onStep = undefined;
  }

  /** Stops the run, and resolves when it has ended and its weights are kept. */
  async end(): Promise<void> {
    if (this.#active) {
      const ended = new Promise<void>((resolve) => this.#onEnd.push(resolve));
      await this.stop();
      if (this.#active) await ended;
    }
    await this.runs.settled();
  }

  /** Takes what is different in the form into the run in progress; true where the engine takes it. */
  async change(): Promise<boolean> {
    if (this.#run === undefined || !this.#pending.length) return false;
    const patch = Object.fromEntries(this.#pending.map(({ key, to }) => [key, to])) as SettingsPatch;
    try {
      await this.engine.change({ run: this.#run, patch });
      this.#asked = { ...this.#going, ...patch } as Going;
      this.#error = undefined;
      return true;
    } catch (error) {
      this.#error = toReport(error);
      return false;
    }
  }

  /** Back to the original weights; ends a run. True when the engine has done it. */
  async reset(): Promise<boolean> {
    try {
      await this.engine.reset();
      this.forget();
      return true;
    } catch (error) {
      this.#error = toReport(error);
      return false;
    }
  }

  /** Trains something else from the original weights on; undefined, with an error to show, where that cannot be. */
  async adapt(adaptation: Adaptation): Promise<TrainedPart | undefined> {
    try {
      const part = await this.engine.adapt({ adaptation });
      this.#error = undefined;
      this.forget();
      return part;
    } catch (error) {
      this.#error = toReport(error);
      return undefined;
    }
  }

  /** Goes back to weights that were kept; true when the engine has done it, else `runs.error` says why not. */
  async restore(
    run: KeptRun,
    snapshot: Snapshot,
    trained: Adaptation,
    onadapt: (part: TrainedPart) => void,
  ): Promise<boolean> {
    if (this.#active) return false;
    const updates = await this.runs.restore(run, snapshot, trained, onadapt);
    if (!updates) return false;
    this.#clear();
    this.#updates = updates;
    return true;
  }

  /** The weights are the original ones again, or gone: what was measured no longer describes them. */
  forget(): void {
    this.#answers?.dispose();
    if (this.#active) this.runs.status('stopped', false);
    this.#clear();
    this.runs.atOriginal();
  }

  #clear(): void {
    this.#attempt++;
    this.#policy = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#run = undefined;
    this.#buffer = [];
    this.#updates = [];
    this.#left = [];
    this.#error = undefined;
    this.#ending = undefined;
    this.#status = 'idle';
    this.#step = 0;
    this.#prepared = undefined;
    this.#steps = 0;
    this.rollouts.forget();
    this.#stepped(false);
    this.#told();
  }

  /** The engine broke; the run is over. */
  fail(error: ErrorReport): void {
    if (!this.#active) return;
    this.#attempt++;
    this.#flush();
    this.#run = undefined;
    this.#answers?.dispose();
    this.#enter('failed');
    this.#error = error;
  }

  /** Takes events of the present run; those of others are dropped. */
  receive(event: EngineEvent): void {
    if (!('run' in event)) return;
    if (this.#status === 'preparing') {
      this.#early.push(event);
      return;
    }
    if (event.run !== this.#run) return;
    switch (event.type) {
      case 'preparing':
        this.#prepared =
          event.share < 1
            ? { share: event.share, programs: event.programs, since: this.#prepared?.since ?? Date.now() }
            : undefined;
        return;
      case 'ask':
        void this.#answers?.receive(event);
        return;
      case 'rollouts':
        this.rollouts.receive(event.step, event.rollouts);
        return;
      case 'writing':
        this.rollouts.write(event);
        return;
      case 'step':
        this.rollouts.rest();
        this.#buffer.push(event.report);
        if (this.#status === 'paused') this.#flush();
        else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
        this.#stepped(true);
        return;
      case 'run':
        this.#flush();
        if (event.state !== 'running' && event.state !== 'paused') this.rollouts.rest();
        this.#ending = event.ending;
        // What is kept of the weights, and what is said of them, is of that step.
        if (event.ending?.restored) this.runs.wentBack(event.ending.restored.step);
        if (event.tuned) this.#tuned = event.tuned;
        if (event.error) this.#error = event.error;
        this.#enter(event.state);
        if (!this.#active) {
          this.#run = undefined;
          this.#answers?.dispose();
        }
        return;
      default:
        event satisfies never;
    }
  }

  #enter(status: RunState): void {
    this.#status = status;
    this.runs.status(status);
    if (status !== 'paused') this.#stepped(false);
    this.#told();
  }

  /** Tells who waits for the end, where it has come. */
  #told(): void {
    if (!this.#active) for (const ended of this.#onEnd.splice(0)) ended();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#buffer.length) return;
    const before = this.#updates.length;
    const added = this.#buffer.map((report, i) => ({ ...report, update: before + i + 1 }));
    this.runs.report(this.#buffer);
    for (const { changed } of this.#buffer) {
      for (const { key, to } of changed ?? []) this.#going = { ...this.#going, [key]: to } as Going;
    }
    this.#buffer = [];
    this.#updates = [...this.#updates, ...added];
    this.#step = added.at(-1)?.step ?? this.#step;
    this.#steps = this.#going?.steps ?? this.#steps;
  }

  #answersFor(prompts: readonly RolloutPrompt[], rewards: RewardSource): RolloutAnswers {
    return new RolloutAnswers(this.engine, () => this.text.another(), prompts, rewards.scorer());
  }

  /** What the run learns from; undefined where it was given up meanwhile. */
  async #dataOf(
    plan: RunPlan,
    options: Omit<RunDataOptions, 'kind'>,
    rewards: RewardSource,
    attempt: number,
  ) {
    const { kind, composes } = this.objective;
    const conversations = await plan.read();
    const heldOut = await plan.heldOut?.();
    const composed = composes ? rewards : undefined;
    const data = await runData(this.text, conversations, heldOut, { ...options, kind, composed });
    if (attempt !== this.#attempt) return undefined;
    this.#left = data.problems;
    return data;
  }

  /** True where the engine took it. */
  async #control(action: 'pause' | 'resume' | 'step' | 'stop'): Promise<boolean> {
    if (this.#run === undefined) return false;
    try {
      await this.engine.control({ run: this.#run, action });
      return true;
    } catch (error) {
      this.#error = toReport(error);
      return false;
    }
  }
}

/** Rewards as they are now, whatever is composed later. */
function frozen(rewards: RewardSource): RewardSource {
  const [parts, score] = [[...rewards.parts], rewards.scorer()];
  return { parts, scorer: () => score };
}
