/**
 * @file The runs of this visit: what each was, what it measured, and weights to go back to, as long as memory allows.
 */
import { runs as words } from '$strings/runs';
import type { EditBook } from '../mask/edit-file';
import type { MaskPolicy } from '../mask/policy';
import type { Adaptation, EngineKind } from '../model/engine';
import type { RewardPart } from '../reward/types';
import type { ObjectiveSettings } from '../settings/objective';
import type { DivisionSettings } from '../settings/train';
import type { EngineService } from '../worker/engine-client';
import type { ErrorReport, StepReport, TrainSettings } from '../worker/protocol';
import { toReport } from './errors';
import type { TakenConversation } from './run-trained';
import type { TrainStatus, Update } from './train.svelte';

/** What a run makes its tokens and their weights by. */
export interface RunMask {
  policy: MaskPolicy;
  edits: EditBook;
  /** Tokens of a sequence at most. */
  maxLength: number;
  /** What the clock showed at its start, for templates that write the date; absent of older session files. */
  clock?: string;
}

/** What a run began with. */
export interface RunFacts {
  settings: TrainSettings;
  objective: ObjectiveSettings;
  rewards: readonly RewardPart[];
  /** Whether these rewarded what it trained; absent where the records' own rewards did, or nothing. */
  composed?: boolean;
  division: DivisionSettings;
  /** The mask as it was; absent in runs of older session files. */
  mask?: RunMask;
  /** Name of the model, and what tells it from another of that name. */
  model: string;
  modelKey: string;
  adaptation: Adaptation;
  engine: EngineKind;
  /** Conversations that it learns from, or prompts on policy, and the fingerprint of its data. */
  conversations: number;
  data: string;
  /** What it took of which conversation; absent on policy and in runs of older session files. */
  taken?: readonly TakenConversation[];
}

export interface Snapshot {
  /** Steps of the run that were made. */
  step: number;
  bytes: number;
  values: ReadonlyMap<string, Float32Array>;
  /** Kept by itself after a single step, so that the next one can be undone; gone before what was kept at an end or on request. */
  passing?: boolean;
}

/** A point that weights can stand at. */
export interface RunPoint {
  run: number;
  step: number;
}

/** A point of which the weights are kept. */
export interface KeptPoint {
  run: KeptRun;
  snapshot: Snapshot;
}

export interface KeptRun {
  /** From 1 in this visit. */
  id: number;
  name: string;
  /** As `Date.now()` gave it. */
  began: number;
  facts: RunFacts;
  status: TrainStatus;
  reports: readonly StepReport[];
  /** What had been trained before; from nothing where it began with the original weights. */
  parent: RunPoint | undefined;
  before: readonly Update[];
  snapshots: readonly Snapshot[];
}

/** Bytes of weights that are kept; those of single steps go first, then the oldest. */
export const SNAPSHOT_LIMIT = 512e6;

const IN_PROGRESS: readonly TrainStatus[] = ['preparing', 'running', 'paused'];

export class RunsState {
  #runs = $state.raw<readonly KeptRun[]>([]);
  /** Where the weights stand; undefined: the original ones. */
  #head = $state.raw<RunPoint | undefined>();
  #current = $state<number | undefined>();
  /** Runs chosen for comparison, by id. */
  #chosen = $state.raw<readonly number[]>([]);
  #error = $state.raw<ErrorReport | undefined>();
  #busy = $state(false);
  #count = 0;
  /** A run of which the weights after a single step had no room: they are not read again. */
  #noRoom: number | undefined;
  /** What reads weights now. */
  #reading: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly engine: Pick<EngineService, 'snapshot' | 'restore' | 'adapt'>,
    readonly limit = SNAPSHOT_LIMIT,
  ) {}

  /** The oldest first. */
  get list() {
    return this.#runs;
  }
  get error() {
    return this.#error;
  }
  /** True while weights are read or put back. */
  get busy() {
    return this.#busy;
  }
  /** Where the weights stand; undefined: the original ones. */
  get head() {
    return this.#head;
  }
  readonly chosen = $derived.by(() => this.#runs.filter(({ id }) => this.#chosen.includes(id)));
  /** The run in progress, or the last one. */
  readonly current = $derived.by(() => this.#runs.find(({ id }) => id === this.#current));
  /** What an undo takes back: the run in progress, though it has made no step yet, else the one where the weights stand. */
  readonly latest = $derived.by(() => {
    const { current } = this;
    if (current && IN_PROGRESS.includes(current.status)) return current;
    return this.#runs.find(({ id }) => id === this.#head?.run);
  });
  /** Bytes of all snapshots. */
  readonly bytes = $derived.by(() =>
    this.#runs.reduce((sum, { snapshots }) => sum + snapshots.reduce((all, { bytes }) => all + bytes, 0), 0),
  );

  /** Resolves when no weights are being read any more: a run must not change them meanwhile. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  /** A run begins with the weights as they are. */
  begin(facts: RunFacts, name: string, before: readonly Update[]): void {
    const id = ++this.#count;
    const run: KeptRun = {
      id,
      name: this.#free(name),
      began: Date.now(),
      facts,
      status: 'running',
      reports: [],
      parent: this.#head,
      before,
      snapshots: [],
    };
    this.#runs = [...this.#runs, run];
    this.#current = id;
    // Charts that compare runs would else not show the one that goes.
    if (this.#chosen.length) this.#chosen = [...this.#chosen, id];
    this.#error = undefined;
  }

  /** Steps of the present run. */
  report(reports: readonly StepReport[]): void {
    const run = this.current;
    if (!run || !reports.length) return;
    const all = [...run.reports, ...reports];
    this.#change(run.id, { reports: all });
    this.#head = { run: run.id, step: all.length };
  }

  /**
   * The present run is in another state; one that ended leaves a snapshot.
   *
   * @param weights false where they are gone
   */
  status(status: TrainStatus, weights = true): void {
    const run = this.current;
    if (!run || run.status === status) return;
    this.#change(run.id, { status });
    if (weights && (status === 'finished' || status === 'stopped')) void this.keep();
  }

  /** The present run put back the weights that it had after an earlier step; 0 is its start. */
  wentBack(step: number): void {
    const run = this.current;
    if (run) this.#head = { run: run.id, step };
  }

  /** The weights are the original ones again. */
  atOriginal(): void {
    this.#head = undefined;
    this.#current = undefined;
  }

  /**
   * Keeps the weights as they are now. Not while steps are made.
   *
   * @param passing after a single step: only as long as there is room beside what is kept on request and at a run's end
   * @returns true where that could be done
   */
  async keep(passing = false): Promise<boolean> {
    const head = this.#head;
    const run = this.#runOf(head);
    if (!head || !run || (passing && this.#noRoom === run.id)) return false;
    // It may be kept already, or stand in line for it.
    if (this.#lasts(head, passing)) return true;
    return this.#inTurn(async () => {
      if (this.#lasts(head, passing)) return;
      const { values } = await this.engine.snapshot();
      // The end of the run, of which the page hears before the reply, may have put earlier weights back, or a reset the original ones.
      if (this.#head?.run !== head.run || this.#head.step !== head.step) return;
      const bytes = [...values.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
      const now = this.#runOf(head);
      if (!now) return;
      const snapshot: Snapshot = { step: head.step, bytes, values, ...(passing && { passing }) };
      this.#change(head.run, { snapshots: [...now.snapshots, snapshot].sort((a, b) => a.step - b.step) });
      const before = { ...head, step: head.step - 1 };
      const undoable = this.keptAt(before) !== undefined;
      this.#fit(head);
      // Where only one finds room, none is worth reading: an undo goes to the one before.
      const pushedOut = undoable && !this.keptAt(before);
      if (passing && (pushedOut || !this.#snapshotAt(head))) this.#noRoom = head.run;
    });
  }

  /** Why the weights cannot be put back to a snapshot, in one sentence; undefined where they can. */
  restoreBlock(run: KeptRun, modelKey: string | undefined): string | undefined {
    if (this.#busy) return words.block.busy;
    if (modelKey === undefined) return words.block.noModel;
    return run.facts.modelKey === modelKey ? undefined : words.block.otherModel(run.facts.model);
  }

  /**
   * Puts weights back, and trains from then on what that run trained. The optimizer begins anew.
   *
   * @param trained what is trained now
   * @returns the steps that led there, or undefined where it failed and `error` says why
   */
  async restore(
    run: KeptRun,
    { step, values }: Snapshot,
    trained: Adaptation,
    onadapt: (part: Awaited<ReturnType<EngineService['adapt']>>) => void,
  ): Promise<readonly Update[] | undefined> {
    const { adaptation } = run.facts;
    const done = await this.#inTurn(async () => {
      if (JSON.stringify(trained) !== JSON.stringify(adaptation))
        onadapt(await this.engine.adapt({ adaptation }));
      await this.engine.restore({ values });
    });
    if (!done) return undefined;
    this.#head = { run: run.id, step };
    this.#current = undefined;
    const own = run.reports
      .slice(0, step)
      .map((report, i) => ({ ...report, update: run.before.length + i + 1 }));
    return [...run.before, ...own];
  }

  /** Where the latest run began, as far as that is kept; `original`: with the original weights. */
  readonly undoPoint = $derived.by((): KeptPoint | 'original' | undefined => {
    const { latest } = this;
    if (!latest) return undefined;
    return latest.parent ? this.keptAt(latest.parent) : 'original';
  });

  /** The weights one step before those of now, where they are kept; undefined at a run's first step, which `undoPoint` takes back. */
  readonly stepBefore = $derived.by((): KeptPoint | undefined => {
    const head = this.#head;
    return head && head.step > 1 ? this.keptAt({ ...head, step: head.step - 1 }) : undefined;
  });

  /**
   * Takes runs of another visit in, under new numbers.
   *
   * @param stored as a session file has them; parents that are not among them are forgotten
   * @param weights of one of them
   * @returns the runs, in the same order
   */
  adopt(
    stored: readonly Omit<KeptRun, 'snapshots' | 'before'>[],
    weights?: { at: RunPoint; values: Snapshot['values'] },
  ): readonly KeptRun[] {
    const adopted = new Map<number, KeptRun>();
    for (const run of stored) {
      const parent = run.parent && adopted.get(run.parent.run);
      const before = parent
        ? [...parent.before, ...parent.reports.slice(0, run.parent?.step)].map((report, i) => ({
            ...report,
            update: i + 1,
          }))
        : [];
      const own = weights?.at.run === run.id ? weights : undefined;
      const bytes = own ? [...own.values.values()].reduce((sum, { byteLength }) => sum + byteLength, 0) : 0;
      const kept: KeptRun = {
        ...run,
        id: ++this.#count,
        name: this.#free(run.name),
        parent: parent && run.parent && { run: parent.id, step: run.parent.step },
        before,
        snapshots: own ? [{ step: own.at.step, bytes, values: own.values }] : [],
      };
      adopted.set(run.id, kept);
      this.#runs = [...this.#runs, kept];
    }
    return [...adopted.values()];
  }

  /** The weights of a point, where they are kept. */
  keptAt(point: RunPoint): KeptPoint | undefined {
    const [run, snapshot] = [this.#runOf(point), this.#snapshotAt(point)];
    return run && snapshot && { run, snapshot };
  }

  rename(id: number, name: string): void {
    const text = name.trim();
    if (text) this.#change(id, { name: text });
  }

  choose(id: number, chosen: boolean): void {
    this.#chosen = chosen ? [...this.#chosen, id] : this.#chosen.filter((other) => other !== id);
  }

  /** Forgets a run and its snapshots; one in progress stays. */
  delete(id: number): void {
    if (this.current?.id === id && IN_PROGRESS.includes(this.current.status)) return;
    this.#runs = this.#runs.filter((run) => run.id !== id);
    this.choose(id, false);
  }

  dismiss(): void {
    this.#error = undefined;
  }

  #change(id: number, change: Partial<KeptRun>): void {
    this.#runs = this.#runs.map((run) => (run.id === id ? { ...run, ...change } : run));
  }

  /** A name that no other run has: `GRPO`, `GRPO 2`. */
  #free(name: string): string {
    const taken = new Set(this.#runs.map((run) => run.name));
    if (!taken.has(name)) return name;
    for (let number = 2; ; number++) if (!taken.has(`${name} ${number}`)) return `${name} ${number}`;
  }

  #runOf(point: RunPoint | undefined): KeptRun | undefined {
    return this.#runs.find(({ id }) => id === point?.run);
  }

  #snapshotAt(point: RunPoint): Snapshot | undefined {
    return this.#runOf(point)?.snapshots.find(({ step }) => step === point.step);
  }

  /** Whether weights are kept as wanted; those of a single step that are to last longer do from now on, without being read again. */
  #lasts(point: RunPoint, passing: boolean): boolean {
    const found = this.#snapshotAt(point);
    if (!found) return false;
    if (found.passing && !passing) {
      const { passing: _, ...lasting } = found;
      const all = this.#runOf(point)?.snapshots ?? [];
      this.#change(point.run, { snapshots: all.map((one) => (one === found ? lasting : one)) });
    }
    return true;
  }

  /** Lets go of snapshots, those of single steps first and then the oldest, until the rest fits. */
  #fit(newest: RunPoint): void {
    const all = this.#runs.flatMap(({ id: run, snapshots }) =>
      snapshots.map(({ step, passing = false }) => ({ run, step, passing })),
    );
    const isNewest = ({ run, step }: RunPoint) => run === newest.run && step === newest.step;
    const passing = all.filter((one) => one.passing);
    const lasting = all.filter((one) => !one.passing);
    // What is kept on request stays in any case; after a single step nothing that was to last goes for it.
    const order = [
      ...passing.filter((one) => !isNewest(one)),
      ...(passing.some(isNewest) ? [newest] : lasting.filter((one) => !isNewest(one))),
    ];
    for (const { run: id, step } of order) {
      if (this.bytes <= this.limit) return;
      const left = this.#runOf({ run: id, step })?.snapshots ?? [];
      this.#change(id, { snapshots: left.filter((snapshot) => snapshot.step !== step) });
    }
  }

  #inTurn(work: () => Promise<void>): Promise<boolean> {
    const done = this.#reading.then(async () => {
      this.#busy = true;
      this.#error = undefined;
      try {
        await work();
        return true;
      } catch (error) {
        this.#error = toReport(error);
        return false;
      } finally {
        this.#busy = false;
      }
    });
    this.#reading = done;
    return done;
  }
}
