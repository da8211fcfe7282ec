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
    this.mask = new MaskState(text);
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

  /** Why a run cannot begin now, in one sentence; undefined when it can. */
  readonly trainBlock = $derived.by(() => {
    const { weights } = this.model;
    if (weights === 'loading') return 'The model is still loading.';
    if (weights === 'failed') return 'The model could not be loaded; see Model.';
    if (weights === 'idle') return 'The weights are not loaded; see Model.';
    if (!this.data.conversations.length) return 'There is no conversation to train on yet; see Data.';
    if (!this.train.settings) return 'A setting needs correcting.';
    if (this.compare.generating) return 'The models are writing; wait or stop them first.';
    if (this.#nothingTrained()) return 'No token would be trained; switch a segment on in Mask.';
    return undefined;
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
    if (await this.data.importFiles(files, this.#own())) await this.#ownAdded();
  }

  async importText(file: TextFile): Promise<boolean> {
    const added = await this.data.import([file], this.#own());
    if (added) await this.#ownAdded();
    return added;
  }

  async choose(id: string): Promise<void> {
    this.data.choose(id);
    await this.#inspectChosen();
  }

  async openLesson(id: string): Promise<void> {
    const file = `lessons/${id}.json`;
    try {
      const text = await this.#readText(new URL(file, this.#base).href);
      if (text === undefined) {
        throw new LosslightError('bad-lesson', `${file} does not exist.`, 'Choose another lesson.');
      }
      const lesson = parseLesson(file, text);
      const { conversations } = lesson;
      const isText = typeof conversations === 'string';
      const records = isText ? conversations : JSON.stringify(conversations, null, 1);
      const name = `${id}.${isText ? 'txt' : 'json'}`;
      if (!this.#lesson) this.data.putAside();
      if (!(await this.data.import([{ name, text: records }], []))) return;
      if (!this.#lesson) this.#before = { policy: this.mask.policy, drafts: this.train.drafts };
      this.#lesson = lesson;
      this.mask.setPolicy(lesson.policy);
      this.mask.overlay = 'weight';
      this.train.drafts = draftsOf(lesson.settings);
      await this.#listChanged();
    } catch (error) {
      this.data.refuse(toReport(error));
    }
  }

  /** Ends the lesson; the conversations, the policy and the settings that it put aside come back. */
  async closeLesson(): Promise<void> {
    this.#leaveLesson();
    this.data.bringBack();
    await this.#listChanged();
  }

  async clearData(): Promise<void> {
    this.#leaveLesson();
    this.data.takeBack();
    this.data.clear();
    await this.#listChanged();
  }

  /** One update: of the paused run, or of a new one that is set up for it. */
  async stepOnce(): Promise<void> {
    if (!this.train.active) await this.startTraining(true);
    await this.train.stepOnce();
  }

  async startTraining(paused = false): Promise<void> {
    await this.train.start(this.data.conversations, this.mask.policy, paused);
  }

  async resetWeights(): Promise<void> {
    if (!(await this.train.reset())) return;
    this.compare.weightsChanged();
    await this.refreshScores();
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
    await this.compare.score(view.source, info.contextLength, this.train.updates.length > 0);
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
  async #ownAdded(): Promise<void> {
    this.#leaveLesson();
    this.data.takeBack();
    await this.#listChanged();
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
    const { conversations, tallies } = this.data;
    // Until everything is counted there may still be something.
    return conversations.every(({ id }) => {
      const tally = tallies.get(id);
      return tally !== undefined && trainedOf(tally, this.mask.policy) === 0;
    });
  }

  async #loadLessons(): Promise<void> {
    const file = 'lessons/index.json';
    try {
      const text = await this.#readText(new URL(file, this.#base).href);
      if (text !== undefined) this.#lessons = parseLessonIndex(file, text);
    } catch (error) {
      this.data.refuse(toReport(error));
    }
  }

  async #listChanged(): Promise<void> {
    await this.#inspectChosen();
  }

  async #inspectChosen(): Promise<void> {
    if (this.model.tokenizer !== 'ready') return;
    if (this.mask.view?.conversation !== this.data.chosen?.id) this.compare.clearGenerations();
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
