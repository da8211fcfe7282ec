/**
 * @file The whole page's state: its parts, and what joins them. A choice is inspected, an inspection is scored, and whatever a part of
 * the page does to others is one of its members.
 */
import { session as words } from '$strings/session';
import type { Adaptation, BaseFormat } from '../model/engine';
import type { EngineService } from '../worker/engine-client';
import type { ReadOptions, SaveForm } from '../worker/protocol';
import { RewardClient, type RewardService } from '../worker/reward-client';
import type { TextService } from '../worker/text-client';
import { AdvantageState } from './advantages.svelte';
import { Blocks } from './blocks.svelte';
import { Bringing } from './bringing';
import type { BroughtFile } from './brought-files';
import { ChangedState } from './changed.svelte';
import { ChatDoor } from './chat-door.svelte';
import { chatParts } from './chat-parts';
import { rewardedAnew } from './chat-records';
import { chatSources } from './chat-sources';
import { CompareState } from './compare.svelte';
import { ComparePair, type Side } from './compare-pair.svelte';
import { DataState, type TextFile } from './data.svelte';
import { receiveEvent } from './engine-events';
import { FixState } from './fixes.svelte';
import { LeftBehind } from './left-behind.svelte';
import { LessonState, type LessonParts } from './lessons.svelte';
import { LintState } from './lints.svelte';
import { MaskState } from './mask.svelte';
import { Measuring } from './measuring.svelte';
import { fetchText, ModelState, type ReadText } from './model.svelte';
import { ModelChanges } from './model-changes';
import { loadedShape } from './model-shape';
import { watchPage } from './page-watch.svelte';
import { PracticeState } from './practice.svelte';
import { ReportState } from './report.svelte';
import { RewardsState } from './rewards.svelte';
import { RunDataChange } from './run-data-change.svelte';
import { RunForecast } from './run-forecast.svelte';
import { RunScope } from './run-scope.svelte';
import type { KeptRun, Snapshot } from './runs.svelte';
import { SaveState, type SavedArchive } from './save.svelte';
import { SequencesState } from './sequences.svelte';
import { countGenerated } from './token-counts';
import { Training } from './training';
import { TrainState } from './train.svelte';
import { UnsavedState } from './unsaved.svelte';

export interface Services {
  text: TextService;
  engine: EngineService;
  /** Address of the page; the model and the lessons lie below it. */
  base: string;
  readText?: ReadText;
  /** Runs the person's own reward function. */
  rewardService?: RewardService;
  /** Where the chat and the composition of rewards are kept while the tab is open. */
  storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined;
  /** Where speeds are kept that were measured on this device, over visits. */
  paceStorage?: Pick<Storage, 'getItem' | 'setItem'> | undefined;
  /** Where lessons are named in the page's address, and where it is kept how far each was gone through. */
  lessons?: Pick<LessonParts, 'address' | 'storage'>;
}

export class Session {
  readonly model: ModelState;
  readonly data: DataState;
  readonly mask: MaskState;
  /** What a run on policy rewards. */
  readonly rewards: RewardsState;
  readonly train: TrainState;
  readonly compare: CompareState;
  readonly chat: ChatDoor;
  readonly changed: ChangedState;
  /** Decisions about tools on held-out conversations. */
  readonly report: ReportState;
  readonly save: SaveState;
  readonly lessons: LessonState;
  readonly sequences: SequencesState;
  readonly advantages: AdvantageState;
  readonly lints: LintState;
  readonly fixes: FixState;
  readonly practice: PracticeState;
  /** What a reload would lose. */
  readonly unsaved: UnsavedState;
  /** What a reload did lose. */
  readonly left: LeftBehind;
  /** What a run would take of the page as it is. */
  readonly runScope: RunScope;
  /** What is otherwise in the list than in the run in progress. */
  readonly runData: RunDataChange;
  /** How long a run would take. */
  readonly forecast: RunForecast;
  /** Why something cannot be done now. */
  readonly blocks: Blocks;
  /** What is measured of the compared models. */
  readonly measuring: Measuring;
  readonly #bringing: Bringing;
  readonly #modelChanges: ModelChanges;
  readonly #training: Training;
  readonly #text: TextService;
  readonly #unlisten: () => void;
  readonly #unwatch: () => void;

  constructor(services: Services) {
    const { text, engine, base, readText = fetchText, rewardService, storage, lessons } = services;
    const config = new URL('models/pocket/config.json', base).href;
    this.#text = text;
    this.runScope = new RunScope(this);
    this.runData = new RunDataChange(this);
    this.blocks = new Blocks(this);
    this.measuring = new Measuring(this);
    this.#bringing = new Bringing(this);
    this.#modelChanges = new ModelChanges(this);
    this.#training = new Training(this);
    this.model = new ModelState(text, engine, new URL('models/pocket/', base).href, readText);
    this.data = new DataState(
      text,
      () => this.runScope.weighing,
      () => this.mask.edits.book,
      () => this.runScope.mayNotEnd,
      (among, before) => this.mask.edits.exchange(among, before),
    );
    this.model.example = () => this.data.chosen;
    this.practice = new PracticeState(this.data);
    this.mask = new MaskState(text, () => this.runScope.shownLimit);
    this.rewards = new RewardsState({
      service: rewardService ?? new RewardClient(),
      countTokens: ({ id }, from, to) => {
        const { view } = this.mask;
        return view?.source.id === id ? countGenerated(view.encoded, from, to) : undefined;
      },
      ...(storage && { storage }),
    });
    this.train = new TrainState(text, engine, this.rewards);
    const pair = new ComparePair({
      sources: () =>
        chatSources(this.train.runs.list, this.modelKey, this.train.updates.length, this.train.runs.head),
      trained: () => this.train.updates.length > 0,
      inLesson: () => this.lessons.current !== undefined,
    });
    this.forecast = new RunForecast(
      this,
      { text, engine, readShape: () => loadedShape(this.model, config, readText) },
      services.paceStorage,
    );
    this.compare = new CompareState(text, engine, pair);
    this.chat = new ChatDoor(chatParts(this, text, engine), storage);
    this.changed = new ChangedState(text, engine);
    this.report = new ReportState(text, engine);
    this.save = new SaveState(engine);
    const { data, mask, train, model, runScope } = this;
    this.lessons = new LessonState({
      ...{ page: this, base, readText, ...lessons },
      keepWeights: () => this.#training.keepForLesson(),
      returnWeights: (before) => this.#training.leaveLesson(before),
      show: () => this.inspectChosen(),
    });
    const shown = {
      view: () => mask.view,
      policy: () => mask.policy,
      edits: () => mask.edits.book,
      data: () => runScope.toCheck,
    };
    this.advantages = new AdvantageState(() => [data.list, data.trainRows]);
    this.sequences = new SequencesState(text, {
      ...shown,
      cut: () => runScope.cutOptions,
      onPolicy: () => train.objective.onPolicy,
    });
    this.lints = new LintState(text, { ...shown, settings: () => runScope.lintSettings });
    this.fixes = new FixState({
      ...{ mask, data, train, model },
      changeTemplate: (source) => this.changeModel(() => model.useTemplate(source)),
      chosenChanged: () => this.inspectChosen(),
    });
    this.unsaved = new UnsavedState(this);
    this.left = new LeftBehind(this, storage);
    this.#unlisten = engine.listen((event) => receiveEvent(event, this));
    this.#unwatch = watchPage(this, config, readText);
  }

  /** What tells the loaded weights from others: what was trained from them fits them alone. */
  readonly modelKey = $derived.by(() => {
    const { info, weightsName } = this.model;
    return info && `${weightsName} ${info.parameterCount} ${info.baseFormat}`;
  });

  /** True where the mask that is shown is not the one that the run in progress trains. */
  readonly maskDiffers = $derived.by(
    () =>
      this.train.active &&
      (JSON.stringify(this.train.policy) !== JSON.stringify(this.mask.policy) ||
        JSON.stringify(this.train.edits) !== JSON.stringify(this.mask.edits.book)),
  );

  get limit() {
    return this.runScope.limit;
  }
  /** Conversations, as far as counted, that are longer than that. */
  get cut() {
    return this.data.tallies.totals.cut;
  }
  get scope() {
    return this.runScope.counts;
  }
  get measuredBy() {
    return this.measuring.by;
  }
  get measuredDeleted() {
    return this.measuring.deleted;
  }
  get changedSince() {
    return this.measuring.changedSince;
  }
  get runBlock() {
    return this.blocks.goOn;
  }
  get trainBlock() {
    return this.blocks.train;
  }
  get restoreBlock() {
    return this.blocks.restore;
  }
  get saveBlock() {
    return this.blocks.save;
  }
  get generateBlock() {
    return this.blocks.generate;
  }
  get measureBlock() {
    return this.blocks.measure;
  }
  get changedBlock() {
    return this.blocks.measureChange;
  }

  /** Begins to load everything; resolves when the tokenizer is ready and the weights have loaded or failed. */
  async begin(): Promise<void> {
    void this.#text.files.tidy();
    // A mask needs neither the engine nor its weights, which are the most by far: they come behind.
    // A lesson puts aside what is there: the chat's rated answers belong to that.
    const lessons = this.chat.restore().then(() => this.lessons.begin());
    await Promise.allSettled([this.openTokenizer(), lessons]);
    await this.loadWeights();
  }

  openTokenizer = () => this.#modelChanges.openTokenizer();
  changeModel = (change: () => Promise<boolean>) => this.#modelChanges.change(change);
  loadWeights = () => this.#modelChanges.loadWeights();
  loadOwnWeights = (base: BaseFormat) => this.#modelChanges.loadOwnWeights(base);
  useShipped = () => this.#modelChanges.useShipped();
  restartEngine = () => this.#modelChanges.restartEngine();

  bringFiles = (files: readonly BroughtFile[]) => this.#bringing.files(files);
  importFiles = (files: readonly File[]) => this.#bringing.conversations(files);
  importText = (file: TextFile, replace?: boolean) => this.#bringing.text(file, replace);
  reread = (options: ReadOptions) => this.#bringing.reread(options);
  makePractice = () => this.#bringing.practice();
  makeContested = () => this.#bringing.contested();

  startTraining = (paused = false) => this.#training.start(paused);
  stepOnce = () => this.#training.stepOnce();
  resumeTraining = () => this.#training.resume();
  restore = (run: KeptRun, snapshot: Snapshot) => this.#training.restore(run, snapshot);
  undoRun = () => this.#training.undo();
  resetWeights = () => this.#training.reset();
  adapt = (adaptation: Adaptation) => this.#training.adapt(adaptation);

  measureDecisions = () => this.measuring.decisions();
  measureChange = () => this.measuring.change();

  /** Changes the list or a conversation of it by a method of `data`; what is shown follows. */
  async changeData(change: () => unknown): Promise<void> {
    await change();
    await this.inspectChosen();
  }

  /** Gives the chosen conversation a reward; undefined takes it away. Undone like any other edit. */
  async setReward(reward: number | undefined): Promise<void> {
    const { chosen } = this.data;
    if (!chosen) return;
    if (chosen.reward === reward) return;
    const changed = rewardedAnew(chosen, reward);
    await this.changeData(() => this.data.edit(changed, words.rewardEdit, `reward ${chosen.id}`));
  }

  choose(id: string): Promise<void> {
    return this.chooseRow(this.data.list.rowOf(id));
  }
  chooseRow(row: number): Promise<void> {
    return this.changeData(() => this.data.chooseRow(row));
  }
  openLesson(id: string): Promise<void> {
    return this.changeData(() => this.lessons.open(id));
  }
  /** Stops the run that keeps a chosen lesson from opening, and opens it. */
  stopAndOpenLesson(): Promise<void> {
    return this.changeData(() => this.lessons.stopAndOpen());
  }
  /** Ends the lesson; what it put aside comes back. */
  closeLesson(): Promise<void> {
    return this.changeData(() => this.lessons.close());
  }
  /** Empties the list, or closes the lesson whose list it is. */
  clearData(): Promise<void> {
    return this.changeData(() => this.lessons.clearData());
  }

  /** The text of each token. */
  async decodeTokens(ids: Int32Array): Promise<string[]> {
    const { tokens } = await this.#text.decode({ ids: [...ids] });
    return tokens;
  }

  /** What was trained, in a folder of that name; undefined where it failed, and `save.error` says why. */
  async saveTuned(form: SaveForm['form'], name: string): Promise<SavedArchive | undefined> {
    if (this.saveBlock) return undefined;
    const { weightsName } = this.model;
    const { head } = this.train.runs;
    const saved = await this.save.save(
      form === 'adapter' ? { form, base: weightsName } : { form, files: this.model.filesToSave() },
      name,
    );
    if (saved) this.unsaved.weightsSaved(head);
    return saved;
  }

  async generate(upTo: number): Promise<void> {
    const { chosen } = this.data;
    const { info, endOfTurnIds, misfit } = this.model;
    if (chosen && info && !misfit)
      await this.compare.generate(chosen, upTo, endOfTurnIds, info.contextLength);
  }

  /** Compares another model, before or after. */
  async chooseCompared(side: Side, id: string): Promise<void> {
    this.compare.pair.choose(side, id);
    await this.refreshScores();
  }

  /** Shows the chosen conversation as it is now, and what follows from it. */
  async inspectChosen(): Promise<void> {
    if (this.model.tokenizer !== 'ready') return;
    if (this.mask.view?.source !== this.data.chosen) this.compare.clearGenerations();
    if (await this.mask.inspect(this.data.chosen)) await this.refreshScores();
    await this.data.tallies.count();
  }

  /** Scores the chosen conversation where that is possible and has not been done. */
  async refreshScores(): Promise<void> {
    const { view } = this.mask;
    const { info, weights, misfit } = this.model;
    if (misfit || !view || !info || weights !== 'ready' || this.train.computing) return;
    await this.compare.score(view, info.contextLength, this.measuredBy);
  }

  dispose(): void {
    this.#unlisten();
    this.#unwatch();
    this.left.dispose();
    this.lessons.dispose();
    this.chat.dispose();
    this.lints.dispose();
    this.sequences.dispose();
    this.data.dispose();
    this.#text.dispose();
  }
}
