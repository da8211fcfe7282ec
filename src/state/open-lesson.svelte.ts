/**
 * @file The lesson that is open: which step, what it sets on the page and offers, and when what it says is kept. Loaded with the
 * first lesson.
 */
import { untrack } from 'svelte';
import { lesson as words } from '$strings/lesson';
import { LosslightError } from '../errors';
import type { ErrorReport } from '../worker/protocol';
import { toReport } from './errors';
import type { LessonPage } from './lesson-apply';
import { applySetup, bringConversations, layered } from './lesson-apply';
import type { Lesson, LessonAction, LessonReaction, LessonSetup, LessonStep } from './lesson';
import { splitFigure } from './lesson-figures';
import { observeFigure, type ObservedPage, type Since } from './lesson-observe';
import { answerOf, keptOf, keptOfEnded, tellsMeans, type KeptStep, type Said } from './lesson-said';
import { fillFigures } from './lesson-text';
import type { Session } from './session.svelte';

export type LessonHost = LessonPage &
  ObservedPage &
  Pick<
    Session,
    | 'startTraining'
    | 'generate'
    | 'refreshScores'
    | 'measureDecisions'
    | 'measureChange'
    | 'trainBlock'
    | 'restoreBlock'
    | 'generateBlock'
    | 'measureBlock'
    | 'changedBlock'
  >;

/** How far a lesson was gone through. */
export interface LessonProgress {
  step: number;
  /** True where its last step has been reached. */
  done: boolean;
  /** By number of the step. */
  kept: Readonly<Record<number, KeptStep>>;
}

export const NO_PROGRESS: LessonProgress = { step: 0, done: false, kept: {} };

/** Where a lesson came from. */
export type LessonOrigin = { kind: 'shipped' } | { kind: 'file' | 'link'; name: string; text: string };

export interface OpenLessonParts {
  keep: (progress: LessonProgress) => void;
  /** A person goes on or back to another step. */
  turn: (from: number, to: number) => void;
  /** Goes to the step before by the browser's history, which then goes to it; false where that leads elsewhere. */
  turnBack: (from: number, to: number) => boolean;
  /** Makes a change of the page when those that were asked for before are done: what opens and closes lessons is among them. */
  inTurn: <T>(change: () => Promise<T>) => Promise<T>;
}

export class OpenLesson {
  #index = $state(0);
  #kept = $state.raw<LessonProgress['kept']>({});
  #since = $state.raw<Since>({ run: 0, steps: new Map(), during: false });
  /** Whether anything was done in the present step since it was entered. */
  #acted = $state(false);
  #everything = $state(false);
  /** Why the present step could not set the page up. */
  #error = $state.raw<ErrorReport | undefined>();
  /** How many changes of the page are under way or wait for their turn. */
  #changes = $state(0);
  #disposed = false;
  /** Counts how often what was being set up was broken off. */
  #attempt = 0;
  #importing = false;
  /** The step that the page was set up for last. */
  #setUpFor = $state(0);
  /** A step's setup that waits for the end of a run. */
  #heldBack = $state(false);
  /** Steps that were left while a run went on, by number: where each began. What is kept of them ends with the run. */
  #leftRunning = $state.raw<ReadonlyMap<number, Since>>(new Map());
  #done: boolean;
  /** Steps whose setup was applied in this attempt. */
  #visited = new Set<number>();
  /** All that the lesson has set so far. */
  #set: LessonSetup = {};
  readonly #firstRun: number;
  readonly #unwatch: () => void;

  constructor(
    readonly lesson: Lesson,
    readonly origin: LessonOrigin,
    private readonly page: LessonHost,
    private readonly parts: OpenLessonParts,
    progress: LessonProgress = NO_PROGRESS,
  ) {
    this.#index = Math.min(progress.step, lesson.steps.length - 1);
    this.#kept = progress.kept;
    this.#done = progress.done;
    this.#firstRun = Math.max(0, ...page.train.runs.list.map(({ id }) => id));
    this.#unwatch = $effect.root(() => {
      $effect(() => {
        if (page.train.active) return;
        // That run's steps are another step's; the next run's are this one's.
        untrack(() => this.#since.during && this.#markSince());
        if (this.#heldBack || this.#leftRunning.size) untrack(() => void this.#afterRun());
      });
      $effect(() => {
        // What is trained of a model can be chosen only when it has loaded; what is chosen after that is the person's choice.
        if (page.model.weights === 'ready') untrack(() => void this.#adapt());
      });
    });
  }

  get id() {
    return this.lesson.id;
  }
  get steps(): readonly LessonStep[] {
    return this.lesson.steps;
  }
  get index() {
    return this.#index;
  }
  readonly step = $derived.by((): LessonStep => this.lesson.steps[this.#index] as LessonStep);
  /** Parts of the page that are hidden now. */
  readonly hidden = $derived.by(() => (this.#everything ? [] : this.lesson.hides));
  get everything() {
    return this.#everything;
  }
  set everything(shown: boolean) {
    this.#everything = shown;
  }
  /** True while something that a button began is under way. */
  get busy() {
    return this.#changes > 0;
  }
  /** Why the page could not be set up for the present step. */
  get error() {
    return this.#error;
  }
  /** True where the step's setup waits until the run has ended. */
  get waitsForRun() {
    return this.#heldBack;
  }
  /** True where the page is set up for another step. */
  readonly setUpElsewhere = $derived.by(() => this.#setUpFor !== this.#index);

  /** True where the step shows what it ended with before, since nothing was done in it since. */
  readonly #looksBack = $derived.by(
    () => !this.#acted && this.#kept[this.#index] !== undefined && this.#figure('steps.here') === 0,
  );
  readonly text = $derived.by(() => fillFigures(this.step.text, (name) => this.#shown(name)));
  readonly said = $derived.by((): readonly Said[] => {
    const kept = this.#looksBack ? this.#kept[this.#index]?.said : undefined;
    return kept ?? this.step.reacts.map((reaction) => this.#react(reaction));
  });
  /** True where what is said now tells a run's beginning or end as a mean of steps, unlike the charts. */
  readonly tellsMeans = $derived.by(() => tellsMeans(this.step, this.said));

  /**
   * Sets the page up for the step that the lesson opens with. False where that was broken off. It takes no turn of its own: opening
   * the lesson is one.
   *
   * @throws LosslightError `bad-lesson` where its conversations are wrong
   */
  async begin(): Promise<boolean> {
    this.#changes++;
    try {
      this.#set = layered(this.#setups(this.#index));
      if (!(await this.#bring(this.#set))) return false;
      await applySetup(this.page, { show: 1, ...this.#set, weights: 'original' }, true);
      this.#entered(this.#index);
      return true;
    } finally {
      this.#changes--;
    }
  }

  /** Leaves out what is being set up and what waits for its turn: the lesson is about to close. */
  breakOff(): void {
    this.#attempt++;
    if (this.#importing) this.page.data.cancel();
  }

  /** @param byHistory Back or Forward of the browser led to it: that needs no entry of its own */
  async goTo(index: number, byHistory = false): Promise<void> {
    if (index === this.#index || !this.lesson.steps[index]) return;
    if (!byHistory) this.parts.turn(this.#index, index);
    const looksBack = this.#looksBack;
    if (!looksBack) this.#keepStep();
    // One that only shows what it ended with has no part in the run.
    if (this.page.train.active && !looksBack)
      this.#leftRunning = new Map([...this.#leftRunning, [this.#index, this.#since]]);
    this.#index = index;
    this.#error = undefined;
    this.#done ||= index === this.lesson.steps.length - 1;
    this.#heldBack = false;
    const begun = this.#leftRunning.get(index);
    // Back in the step that the run belongs to: it goes on there as if it had not been left.
    this.#acted = begun !== undefined;
    if (begun) {
      this.#since = begun;
      this.#leftRunning = new Map([...this.#leftRunning].filter(([left]) => left !== index));
    } else this.#markSince();
    this.#save();
    if (!this.#visited.has(index)) await this.#setUp(false);
  }

  /** To the step before, as the browser's Back does. */
  async back(): Promise<void> {
    const to = this.#index - 1;
    if (to >= 0 && !this.parts.turnBack(this.#index, to)) await this.goTo(to);
  }

  /** Sets the page up for the present step, whatever was changed since. */
  async setUpAgain(): Promise<void> {
    await this.#setUp(true);
    this.#acted = true;
    this.#markSince();
  }

  /** From the first step, with the original weights and without what was kept. */
  async restart(): Promise<void> {
    this.#kept = {};
    this.#leftRunning = new Map();
    this.#visited.clear();
    this.#index = 0;
    this.#acted = false;
    this.#save();
    await this.setUpAgain();
  }

  /** Why a button cannot be pressed now; undefined where it can. */
  blockOf(action: LessonAction): string | undefined {
    if (this.busy) return words.block.settingUp;
    const { page } = this;
    const { active } = page.train;
    const { running } = words.block;
    switch (action.do) {
      case 'train':
        return active ? running : page.trainBlock;
      case 'stop':
        return active ? undefined : words.block.noRun;
      case 'reset':
        if (active) return running;
        return page.train.updates.length ? undefined : words.block.original;
      case 'write': {
        const message = page.mask.view?.source.messages[action.message - 1];
        if (message && message.role !== 'assistant') return words.block.notAssistant(action.message);
        if (page.compare.generating) return words.block.writing;
        return page.generateBlock;
      }
      case 'measure':
        return page.report.progress ? words.block.measuring : page.measureBlock;
      case 'measure-change':
        return page.changed.progress ? words.block.measuring : page.changedBlock;
      case 'set':
        return active && disturbsRun(action.sets) ? running : undefined;
    }
  }

  /** Does what a button says, unless it is blocked. */
  async act(action: LessonAction): Promise<void> {
    if (this.blockOf(action) !== undefined) return;
    const { page } = this;
    const { train } = page;
    this.#acted = true;
    switch (action.do) {
      case 'train':
        if (action.steps !== undefined)
          train.drafts = { ...train.drafts, steps: String(action.steps), epochs: '0' };
        if (action.from === 'original' && train.updates.length)
          await this.#inOrder(() => page.resetWeights());
        return this.#disposed ? undefined : page.startTraining();
      case 'stop':
        return train.stop();
      case 'reset':
        return this.#inOrder(() => page.resetWeights());
      case 'write':
        return page.generate(action.message - 1);
      case 'measure':
        return page.measureDecisions();
      case 'measure-change':
        return page.measureChange();
      case 'set':
        await this.#inOrder(() => this.#lay(action.sets));
    }
  }

  dispose(): void {
    this.#disposed = true;
    if (!this.#looksBack) this.#keepStep();
    this.#save();
    this.#unwatch();
  }

  #setups(upTo: number): LessonSetup[] {
    const { start, steps } = this.lesson;
    return [start, ...steps.slice(0, upTo + 1).map(({ sets = {} }) => sets)];
  }

  /** What the present step sets, over that of the steps before it that were skipped. */
  #unset(): LessonSetup {
    const skipped = this.steps
      .slice(0, this.#index + 1)
      .filter((_, i) => i === this.#index || !this.#visited.has(i))
      .map(({ sets = {} }) => sets);
    const original = skipped.some(({ weights }) => weights === 'original');
    return { ...layered(skipped), ...(original && { weights: 'original' }) };
  }

  async #setUp(again: boolean): Promise<void> {
    const index = this.#index;
    if (this.page.train.active && (again || disturbsRun(this.#unset()))) {
      this.#heldBack = true;
      return;
    }
    this.#heldBack = false;
    await this.#inOrder(async () => {
      if (!again) {
        // Left before its turn came: the step that is open now sets this, too.
        if (index !== this.#index) return;
        if (!(await this.#lay(this.#unset()))) return;
      } else {
        const set = layered(this.#setups(index));
        if (!(await this.#bring(set))) return;
        this.#set = set;
        await applySetup(this.page, { show: 1, ...set, ...(index === 0 && { weights: 'original' }) }, true);
      }
      this.#entered(index);
    });
  }

  /** Brings a setup's conversations, where it has some; false where they are no longer wanted. */
  async #bring({ conversations }: LessonSetup): Promise<boolean> {
    if (!conversations) return true;
    const attempt = this.#attempt;
    this.#importing = true;
    try {
      const came = await bringConversations(this.page, this.id, conversations);
      return came && attempt === this.#attempt;
    } finally {
      this.#importing = false;
    }
  }

  /** Lays a setup over what the lesson has set so far; false where its conversations are no longer wanted. */
  async #lay(sets: LessonSetup): Promise<boolean> {
    if (!(await this.#bring(sets))) return false;
    const all = layered([this.#set, sets]);
    this.#set = all;
    const merged: LessonSetup = {
      ...sets,
      ...(sets.conversations && { show: sets.show ?? 1 }),
      ...(sets.settings && all.settings && { settings: all.settings }),
      ...(sets.options && all.options && { options: all.options }),
      ...(sets.objective && all.objective && { objective: all.objective }),
    };
    await applySetup(this.page, merged, false);
    return true;
  }

  async #adapt(): Promise<void> {
    if (!this.#set.adaptation) return;
    await this.#inOrder(async () => {
      const { adaptation } = this.#set;
      if (adaptation && !this.page.train.active) await applySetup(this.page, { adaptation }, false);
    });
  }

  #entered(index: number): void {
    for (let i = 0; i <= index; i++) this.#visited.add(i);
    this.#setUpFor = index;
    this.#markSince();
  }

  #markSince(): void {
    const { active, runs } = this.page.train;
    const steps = runs.list.map(({ id, reports }) => [id, reports.length] as const);
    this.#since = { run: this.#firstRun, steps: new Map(steps), during: active };
  }

  /** Keeps what the step says and measured. */
  #keepStep(): void {
    const kept = keptOf(this.lesson, this.step, this.said, (name) => this.#figure(name));
    this.#kept = { ...this.#kept, [this.#index]: kept };
  }

  /** What waited for the end of a run. */
  async #afterRun(): Promise<void> {
    // Set up for another step, the page has lost what the run made of the model: it is measured first.
    await this.page.refreshScores();
    if (this.#disposed || this.page.train.active) return;
    if (this.#leftRunning.size) this.#keepEnded();
    if (this.#heldBack) await this.#setUp(false);
  }

  /** What is kept of steps that were left during a run, as the run has ended. */
  #keepEnded(): void {
    const left = this.#leftRunning;
    this.#leftRunning = new Map();
    const kept = { ...this.#kept };
    const earlier = (reference: string) => this.#figure(reference);
    for (const [index, since] of left) {
      const step = this.lesson.steps[index];
      const before = kept[index];
      if (step && before) kept[index] = keptOfEnded(this.page, this.lesson, step, since, before, earlier);
    }
    this.#kept = kept;
    this.#save();
  }

  #react(reaction: LessonReaction): Said {
    return answerOf(this.page, reaction, (reference) => this.#figure(reference));
  }

  /** A figure as the step's text shows it: of when the step was left, where nothing was done in it since. */
  #shown(reference: string): number | undefined {
    const kept = this.#looksBack ? this.#kept[this.#index]?.figures[reference] : undefined;
    return kept ?? this.#figure(reference);
  }

  #figure(reference: string): number | undefined {
    const { step, name } = splitFigure(reference);
    if (step === undefined) return observeFigure(this.page, this.#since, name);
    const index = this.lesson.steps.findIndex(({ id }) => id === step);
    return this.#kept[index]?.figures[name];
  }

  #save(): void {
    this.parts.keep({ step: this.#index, done: this.#done, kept: this.#kept });
  }

  /** Changes of the page, one after the other: each lays its setup over what the one before has left. */
  #inOrder(work: () => Promise<unknown>): Promise<void> {
    this.#changes++;
    const attempt = this.#attempt;
    return this.parts
      .inTurn(async () => {
        if (this.#disposed || attempt !== this.#attempt) return;
        this.#error = undefined;
        try {
          await work();
        } catch (error) {
          if (!(error instanceof LosslightError) || error.code !== 'bad-lesson') throw error;
          this.#error = toReport(error);
        }
      })
      .finally(() => this.#changes--);
  }
}

/** True for a setup that must not come under a run. */
function disturbsRun({ conversations, weights, adaptation }: LessonSetup): boolean {
  return conversations !== undefined || weights !== undefined || adaptation !== undefined;
}
