/**
 * @file A training run as the page sees it: its settings, its state, and what each step reported.
 */
import type { Conversation } from '../conversation/types';
import { editsOf, type EditBook } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import { LosslightError } from '../errors';
import {
  DEFAULT_DIVISION,
  DEFAULT_OPTIONS,
  draftsOf,
  maxLengthOf,
  settingsOf,
  type DivisionSettings,
  type RunOptions,
  type SettingDrafts,
} from '../settings/train';
import type { Adaptation } from '../model/engine';
import type { EngineService } from '../worker/engine-client';
import type { ReplyOf } from '../worker/client';
import type {
  EngineEvent,
  ErrorReport,
  MemoryChoice,
  RunState,
  StepReport,
  TextRequests,
  TrainedPart,
  TrainSettings,
} from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { toReport } from './errors';

/** `update` counts from 1 since the weights were last reset, over all runs. */
export interface Update extends StepReport {
  update: number;
}

export type TrainStatus = 'idle' | 'preparing' | RunState;

/** Conversations made into sequences in one request. */
const SEQUENCE_CHUNK = 200;
/** Steps over which speed is averaged. */
const SPEED_WINDOW = 10;
/** Reports that arrive within this many milliseconds are drawn together. */
const FLUSH_MS = 50;

export class TrainState {
  drafts = $state.raw<SettingDrafts>(draftsOf());
  /** How a new run uses memory and rows. */
  options = $state.raw<RunOptions>(DEFAULT_OPTIONS);
  #memory = $state.raw<MemoryChoice | undefined>();
  #asked = 0;
  /** How the conversations of a new run are divided into sequences. */
  division = $state.raw<DivisionSettings>(DEFAULT_DIVISION);
  #status = $state<TrainStatus>('idle');
  #updates = $state.raw<readonly Update[]>([]);
  #error = $state.raw<ErrorReport | undefined>();
  #left = $state.raw<readonly { conversation: string; reason: string }[]>([]);
  #steps = $state(0);
  #step = $state(0);
  #prepared = $state(1);
  #tuned = $state.raw<Readonly<Record<string, string>>>({});
  #policy = $state.raw<MaskPolicy | undefined>();
  #edits = $state.raw<EditBook>({});
  /** Counts runs that began, ended by force or were forgotten: what still arrives for an earlier one is dropped. */
  #attempt = 0;
  #run: number | undefined;
  #early: EngineEvent[] = [];
  #buffer: StepReport[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  #settings = $derived(settingsOf(this.drafts));
  #active = $derived(['preparing', 'running', 'paused'].includes(this.#status));
  #maxLength = $derived(maxLengthOf(this.drafts));
  /** Steps of the present run alone; `slice(-0)` would be all of them. */
  #speed = $derived(
    this.#step ? speedOf(this.#updates.slice(-Math.min(SPEED_WINDOW, this.#step))) : undefined,
  );

  constructor(
    private readonly text: TextService,
    private readonly engine: EngineService,
  ) {}

  /** Undefined while a field of the form is wrong. */
  get settings(): TrainSettings | undefined {
    return this.#settings;
  }
  /** Longest sequence, in tokens; undefined while its field is wrong. */
  get maxLength() {
    return this.#maxLength;
  }
  /** What a run with the present settings will take at most; undefined where that is not known. */
  get memory() {
    return this.#memory;
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
  /** The share, 0 to 1, of the GPU programs that are ready for the run; undefined where nothing is waited for. */
  get prepared(): number | undefined {
    return this.#active && this.#step === 0 && this.#prepared < 1 ? this.#prepared : undefined;
  }
  /** Which kernels the run found fastest on a GPU, by kind of product; empty elsewhere. */
  get tuned() {
    return this.#tuned;
  }
  /** A run exists and has not ended. */
  get active() {
    return this.#active;
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

  /**
   * Asks what a run with the present settings will take.
   *
   * @param loaded whether there is a model, without which there is nothing to say
   */
  async foresee(loaded: boolean): Promise<void> {
    const asked = ++this.#asked;
    const settings = this.#settings;
    const { recompute } = this.options;
    let memory: MemoryChoice | null = null;
    if (loaded && settings && !this.#active) {
      const { batchSize, maxLength } = settings;
      // Whatever keeps the engine from answering is said where it matters.
      memory = await this.engine.memory({ batchSize, maxLength, recompute }).catch(() => null);
    }
    if (asked === this.#asked) this.#memory = memory ?? undefined;
  }

  /**
   * Sets a run up; with `paused`, it waits for `step` or `resume`.
   *
   * @param limit tokens that the model reads at most: sequences are cut there at the latest
   */
  async start(
    read: () => Promise<readonly Conversation[]>,
    policy: MaskPolicy,
    paused: boolean,
    edits: EditBook = {},
    limit = Infinity,
  ): Promise<void> {
    const settings = this.#settings && { ...this.#settings, ...this.options };
    const { division } = this;
    if (!settings || this.#active) return;
    const attempt = ++this.#attempt;
    this.#policy = policy;
    this.#edits = edits;
    this.#status = 'preparing';
    this.#error = undefined;
    this.#left = [];
    this.#early = [];
    this.#steps = settings.steps;
    this.#step = 0;
    this.#prepared = 1;
    try {
      const conversations = await read();
      const { sequences, problems } = await this.#sequences(
        conversations,
        policy,
        Math.min(settings.maxLength, limit),
        edits,
        division,
      );
      if (attempt !== this.#attempt) return;
      this.#left = problems;
      if (!sequences.length) {
        const reason = problems[0] ? ` The first reason: ${problems[0].reason}` : '';
        const remedy = 'Switch a segment on, allow longer sequences, or bring other conversations.';
        throw new LosslightError(
          'nothing-to-train',
          `No conversation could be made into a training sequence.${reason}`,
          remedy,
        );
      }
      const { run } = await this.engine.train({ sequences, settings, startPaused: paused });
      if (attempt !== this.#attempt) {
        // Nobody watches it. Where the engine has gone, so has the run.
        await this.engine.control({ run, action: 'stop' }).catch(() => {});
        return;
      }
      this.#run = run;
      this.#status = paused ? 'paused' : 'running';
      // Events may overtake the reply that names the run.
      for (const event of this.#early.splice(0)) this.receive(event);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#status = 'failed';
      this.#error = toReport(error);
    }
  }

  pause = () => this.#control('pause');
  resume = () => this.#control('resume');
  stop = () => this.#control('stop');
  stepOnce = () => this.#control('step');

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

  /** The weights are the original ones again, or gone: what was measured no longer describes them. */
  forget(): void {
    this.#attempt++;
    this.#policy = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#run = undefined;
    this.#buffer = [];
    this.#updates = [];
    this.#left = [];
    this.#error = undefined;
    this.#status = 'idle';
    this.#step = 0;
    this.#prepared = 1;
    this.#steps = 0;
  }

  /** The engine broke; the run is over. */
  fail(error: ErrorReport): void {
    if (!this.#active) return;
    this.#attempt++;
    this.#flush();
    this.#run = undefined;
    this.#status = 'failed';
    this.#error = error;
  }

  /** Takes events of the present run; those of others are dropped. */
  receive(event: EngineEvent): void {
    if (event.type !== 'step' && event.type !== 'run' && event.type !== 'preparing') return;
    if (this.#status === 'preparing') {
      this.#early.push(event);
      return;
    }
    if (event.run !== this.#run) return;
    if (event.type === 'preparing') {
      this.#prepared = event.share;
      return;
    }
    if (event.type === 'step') {
      this.#buffer.push(event.report);
      if (this.#status === 'paused') this.#flush();
      else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
      return;
    }
    this.#flush();
    this.#status = event.state;
    if (event.tuned) this.#tuned = event.tuned;
    if (event.error) this.#error = event.error;
    if (!this.#active) this.#run = undefined;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#buffer.length) return;
    const before = this.#updates.length;
    const added = this.#buffer.map((report, i) => ({ ...report, update: before + i + 1 }));
    this.#buffer = [];
    this.#updates = [...this.#updates, ...added];
    this.#step = added.at(-1)?.step ?? this.#step;
  }

  /** A part at a time, so that a long list does not miss the deadline of one request. */
  async #sequences(
    conversations: readonly Conversation[],
    policy: MaskPolicy,
    maxLength: number,
    edits: EditBook,
    division: DivisionSettings,
  ) {
    const all: ReplyOf<TextRequests, 'sequences'> = { sequences: [], problems: [] };
    for (let from = 0; from < conversations.length; from += SEQUENCE_CHUNK) {
      const part = conversations.slice(from, from + SEQUENCE_CHUNK);
      const { sequences, problems } = await this.text.sequences({
        conversations: part,
        policy,
        maxLength,
        edits: editsFor(part, edits),
        ...division,
      });
      all.sequences.push(...sequences);
      all.problems.push(...problems);
    }
    return all;
  }

  async #control(action: 'pause' | 'resume' | 'step' | 'stop'): Promise<void> {
    if (this.#run === undefined) return;
    try {
      await this.engine.control({ run: this.#run, action });
    } catch (error) {
      this.#error = toReport(error);
    }
  }
}

function speedOf(updates: readonly StepReport[]) {
  const time = updates.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  if (!(time > 0)) return undefined;
  const perSecond = (key: 'tokens' | 'trainedTokens') =>
    (1000 * updates.reduce((sum, u) => sum + u[key], 0)) / time;
  return {
    tokens: perSecond('tokens'),
    trainedTokens: perSecond('trainedTokens'),
    milliseconds: time / updates.length,
  };
}

/** The edits of these conversations alone: those of a long list need not all be copied with every part. */
function editsFor(conversations: readonly Conversation[], book: EditBook): EditBook {
  const entries = conversations.map(({ id }) => [id, editsOf(book, id)] as const);
  return Object.fromEntries(entries.filter(([, edits]) => edits.length));
}
