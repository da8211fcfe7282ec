/**
 * @file The whole page's state, and what follows from what: a choice is inspected, an inspection is scored, a run that
 * ends is scored again, an engine that breaks ends them all.
 */
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import type { MaskPolicy } from '../mask/policy';
import type { EngineService } from '../worker/engine-client';
import type { EngineEvent } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { draftsOf, type SettingDrafts } from '../settings/train';
import { CompareState } from './compare.svelte';
import { DataState, trainedOf, type TextFile } from './data.svelte';
import { toReport } from './errors';
import { parseLesson, parseLessonIndex, type Lesson, type LessonSummary } from './lesson';
import { MaskState } from './mask.svelte';
import { fetchText, ModelState, type ReadText } from './model.svelte';
import { TrainState } from './train.svelte';

export interface Services {
  text: TextService;
  engine: EngineService;
  /** Address of the page; the model and the lessons lie below it. */
  base: string;
  readText?: ReadText;
}

export class Session {
  readonly model: ModelState;
  readonly data: DataState;
  readonly mask: MaskState;
  readonly train: TrainState;
  readonly compare: CompareState;
  #lessons = $state.raw<readonly LessonSummary[]>([]);
  #lesson = $state.raw<Lesson | undefined>();
  /** What the lesson changed, as it was before. */
  #before: { policy: MaskPolicy; drafts: SettingDrafts } | undefined;
  /** True while a lesson comes or goes, and with it the mask and the settings. */
  #switching = $state(false);
  #turn: Promise<unknown> = Promise.resolve();
  readonly #base: string;
  readonly #readText: ReadText;
  readonly #unlisten: () => void;
  readonly #text: TextService;

  constructor({ text, engine, base, readText = fetchText }: Services) {
    this.#base = base;
    this.#readText = readText;
    this.#text = text;
    this.model = new ModelState(text, engine, new URL('models/pocket/', base).href, readText);
    this.data = new DataState(text);
    this.mask = new MaskState(text, () => this.limit);
    this.train = new TrainState(text, engine);
    this.compare = new CompareState(text, engine);
    this.#unlisten = engine.listen((event) => this.#receive(event));
  }

  get lessons() {
    return this.#lessons;
  }
  /** The lesson whose conversations are in the list. */
  get lesson() {
    return this.#lesson;
  }

  /** Tokens of a conversation that a run reads: the setting or the model's context, whichever is smaller. */
  readonly limit = $derived.by(() =>
    Math.min(this.train.maxLength ?? Infinity, this.model.info?.contextLength ?? Infinity),
  );

  /** Conversations, as far as counted, that are longer than that. */
  readonly cut = $derived.by(
    () => this.data.conversations.filter((c) => (this.data.tallyOf(c)?.tokens ?? 0) > this.limit).length,
  );

  /** Why a run cannot go on now; undefined when it can. */
  readonly runBlock = $derived.by(() =>
    this.compare.generating ? 'The models are writing; wait or stop them first.' : undefined,
  );

  /** Why no lesson can come or go; undefined when it can. */
  readonly lessonBlock = $derived.by(() =>
    this.train.active ? 'A run is in progress; stop it before you open or close a lesson.' : undefined,
  );

  /** True where the mask that is shown is not the one that the run in progress trains. */
  readonly maskDiffers = $derived.by(
    () => this.train.active && JSON.stringify(this.train.policy) !== JSON.stringify(this.mask.policy),
  );

  /** Why a run cannot begin now, in one sentence; undefined when it can. */
  readonly trainBlock = $derived.by(() => {
    const { weights } = this.model;
    if (weights === 'loading') return 'The model is still loading.';
    if (weights === 'failed') return 'The model could not be loaded; see Model.';
    if (weights === 'idle') return 'The weights are not loaded; see Model.';
    if (!this.data.conversations.length) return 'There is no conversation to train on yet; see Data.';
    if (!this.train.settings) return 'A setting needs correcting.';
    if (this.#switching) return 'A lesson is being opened or closed.';
    if (this.#nothingTrained()) {
      return 'No token would be trained; switch a segment on in Mask, or allow longer sequences.';
    }
    return this.runBlock;
  });

  /** Why nothing can be generated now; undefined when it can. */
  readonly generateBlock = $derived.by(() => {
    const { weights } = this.model;
    if (weights === 'loading') return 'The model is still loading.';
    if (weights !== 'ready') return 'The weights are not loaded; see Model.';
    if (!this.mask.view) return 'Choose a conversation first; see Data.';
    if (this.train.status === 'running' || this.train.status === 'preparing') {
      return 'A run is in progress; pause or stop it first.';
    }
    return undefined;
  });

  /** Begins to load everything; resolves when the tokenizer is ready and the weights have loaded or failed. */
  async begin(): Promise<void> {
    const weights = this.loadWeights();
    await Promise.all([this.openTokenizer(), this.#loadLessons(), weights]);
  }

  async openTokenizer(): Promise<void> {
    if (await this.model.openTokenizer()) await this.#inspectChosen();
  }

  async loadWeights(): Promise<void> {
    if (await this.model.loadWeights()) await this.refreshScores();
  }

  async restartEngine(): Promise<void> {
    this.train.forget();
    this.compare.forget();
    if (await this.model.restart()) await this.refreshScores();
  }

  async importFiles(files: readonly File[]): Promise<void> {
    await this.#importOwn(() => this.data.importFiles(files, this.#own()));
  }

  /** True when at least one conversation came in. */
  importText(file: TextFile): Promise<boolean> {
    return this.#importOwn(() => this.data.import([file], this.#own()));
  }

  async choose(id: string): Promise<void> {
    this.data.choose(id);
    await this.#inspectChosen();
  }

  async openLesson(id: string): Promise<void> {
    const file = `lessons/${id}.json`;
    const open = async () => {
      try {
        const text = await this.#readText(new URL(file, this.#base).href);
        if (text === undefined) {
          throw new LosslightError('bad-lesson', `${file} does not exist.`, 'Choose another lesson.');
        }
        await this.#enterLesson(parseLesson(file, text));
      } catch (error) {
        this.data.refuse(toReport(error), 'The lesson could not be opened');
      }
    };
    await this.#inTurn(() => this.#unlessRunning(open));
    await this.#inspectChosen();
  }

  /** Ends the lesson; the conversations, the policy and the settings that it put aside come back. */
  async closeLesson(): Promise<void> {
    await this.#inTurn(() => this.#endLesson());
    await this.#inspectChosen();
  }

  /** Empties the list. In a lesson the list is the lesson's, so that clearing it closes the lesson. */
  async clearData(): Promise<void> {
    await this.#inTurn(async () => (this.#lesson ? this.#endLesson() : this.data.clear()));
    await this.#inspectChosen();
  }

  /** One update: of the paused run, or of a new one that is set up for it. */
  async stepOnce(): Promise<void> {
    if (this.runBlock) return;
    if (!this.train.active) await this.startTraining(true);
    await this.train.stepOnce();
  }

  async resumeTraining(): Promise<void> {
    if (!this.runBlock) await this.train.resume();
  }

  async startTraining(paused = false): Promise<void> {
    if (this.runBlock || this.#switching) return;
    await this.train.start(this.data.conversations, this.mask.policy, paused);
  }

  async resetWeights(): Promise<void> {
    if (await this.#restoreWeights()) await this.refreshScores();
  }

  async generate(upTo: number): Promise<void> {
    const { chosen } = this.data;
    const { info, endOfTurnIds } = this.model;
    if (chosen && info) await this.compare.generate(chosen, upTo, endOfTurnIds, info.contextLength);
  }

  /** Scores the chosen conversation where that is possible and has not been done. */
  async refreshScores(): Promise<void> {
    const { view } = this.mask;
    const { info, weights } = this.model;
    const busy = this.train.status === 'running' || this.train.status === 'preparing';
    if (!view || !info || weights !== 'ready' || busy) return;
    await this.compare.score(view, info.contextLength, this.train.updates.length > 0);
  }

  dispose(): void {
    this.#unlisten();
    this.#text.dispose();
  }

  /** The person's own conversations, which a lesson may have put aside. */
  #own(): readonly Conversation[] {
    return this.#lesson ? this.data.setAside : this.data.conversations;
  }

  /** Own conversations end a lesson: they are not to be trained together. */
  async #importOwn(read: () => Promise<boolean>): Promise<boolean> {
    const taken = async () => {
      const added = await read();
      if (added) {
        const ended = this.#lesson !== undefined;
        this.#leaveLesson();
        this.data.takeBack();
        if (ended) await this.#forgetRun();
      }
      return added;
    };
    const added = await this.#inTurn(() => (this.#lesson ? this.#unlessRunning(taken) : taken()));
    if (added) await this.#inspectChosen();
    return added ?? false;
  }

  /** The original weights again; true when the engine has done it. */
  async #restoreWeights(): Promise<boolean> {
    // The engine ends what is being written; without this, that would look finished, and the next would begin.
    this.compare.stopGenerating();
    if (!(await this.train.reset())) return false;
    this.compare.weightsChanged();
    return true;
  }

  /** A lesson begins, and leaves, with the original weights; what was tuned on other conversations is no part of it. */
  async #forgetRun(): Promise<void> {
    if (this.model.weights === 'ready' && this.train.updates.length) await this.#restoreWeights();
  }

  async #enterLesson(lesson: Lesson): Promise<void> {
    const { id, conversations } = lesson;
    const isText = typeof conversations === 'string';
    const text = isText ? conversations : JSON.stringify(conversations, null, 1);
    if (!this.#lesson) this.data.putAside();
    if (!(await this.data.import([{ name: `${id}.${isText ? 'txt' : 'json'}`, text }], []))) return;
    if (!this.#lesson) this.#before = { policy: this.mask.policy, drafts: this.train.drafts };
    this.#lesson = lesson;
    this.mask.setPolicy(lesson.policy);
    this.mask.overlay = 'weight';
    this.train.drafts = draftsOf(lesson.settings);
    await this.#forgetRun();
  }

  async #endLesson(): Promise<void> {
    if (!this.#lesson) return;
    await this.#unlessRunning(async () => {
      this.#leaveLesson();
      this.data.bringBack();
      await this.#forgetRun();
    });
  }

  /** Changes of the list, one after the other: each begins with what the one before has left. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** A lesson brings a mask and settings, which must not change under a run; and no run begins meanwhile. */
  async #unlessRunning<T>(change: () => Promise<T>): Promise<T | undefined> {
    if (this.train.active) {
      const message = 'The run goes by the mask and the settings that it began with.';
      const remedy = 'Stop the run, and do this again.';
      this.data.refuse({ code: 'run-active', message, remedy }, 'A run is in progress');
      return undefined;
    }
    this.#switching = true;
    try {
      return await change();
    } finally {
      this.#switching = false;
    }
  }

  #leaveLesson(): void {
    if (this.#before) {
      this.mask.setPolicy(this.#before.policy);
      this.train.drafts = this.#before.drafts;
    }
    this.#before = undefined;
    this.#lesson = undefined;
  }

  #nothingTrained(): boolean {
    // Until everything is counted there may still be something.
    return this.data.conversations.every((conversation) => {
      const tally = this.data.tallyOf(conversation);
      return tally !== undefined && trainedOf(tally, this.mask.policy, this.limit) === 0;
    });
  }

  async #loadLessons(): Promise<void> {
    const file = 'lessons/index.json';
    try {
      const text = await this.#readText(new URL(file, this.#base).href);
      if (text !== undefined) this.#lessons = parseLessonIndex(file, text);
    } catch (error) {
      this.data.refuse(toReport(error), 'The lessons could not be listed');
    }
  }

  async #inspectChosen(): Promise<void> {
    if (this.model.tokenizer !== 'ready') return;
    if (this.mask.view?.source !== this.data.chosen) this.compare.clearGenerations();
    if (await this.mask.inspect(this.data.chosen)) await this.refreshScores();
    await this.data.count();
  }

  #receive(event: EngineEvent): void {
    switch (event.type) {
      case 'progress':
        this.model.showProgress(event);
        return;
      case 'step':
        this.compare.weightsChanged();
        this.train.receive(event);
        // A single step of a paused run: show at once what it changed.
        if (this.train.status === 'paused') void this.refreshScores();
        return;
      case 'run':
        this.train.receive(event);
        void this.refreshScores();
        return;
      case 'fatal':
        this.train.fail(event.error);
        this.model.fail(event.error);
        return;
      case 'token':
        return;
      default:
        event satisfies never;
    }
  }
}
