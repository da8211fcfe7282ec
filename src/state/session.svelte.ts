/**
 * @file The whole page's state, and what follows from what: a choice is inspected, an inspection is scored, a run that
 * ends is scored again, an engine that breaks ends them all.
 */
import type { Adaptation, BaseFormat } from '../model/engine';
import { TEMPLATE_LIMIT } from '../template/limits';
import type { EngineService } from '../worker/engine-client';
import type { TrainerSettings } from '../lint/types';
import type { CutOptions, EngineEvent, ReadOptions, SaveForm } from '../worker/protocol';
import type { TextService } from '../worker/text-client';
import { sortFiles, type BroughtFile } from './brought-files';
import { CompareState } from './compare.svelte';
import { DataState, namedBlobs, textBlob, type TextFile } from './data.svelte';
import { FixState } from './fixes.svelte';
import { LessonState } from './lessons.svelte';
import { LintState } from './lints.svelte';
import { MaskState } from './mask.svelte';
import { fetchText, ModelState, type ReadText } from './model.svelte';
import { modelShape } from './model-shape';
import { SaveState, type SavedArchive } from './save.svelte';
import { SequencesState } from './sequences.svelte';
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
  readonly save: SaveState;
  readonly lessons: LessonState;
  readonly sequences: SequencesState;
  readonly lints: LintState;
  readonly fixes: FixState;
  readonly #unlisten: () => void;
  readonly #unwatch: () => void;
  readonly #text: TextService;
  /** Counts changes of tokenizer or template that were asked for. */
  #modelChanges = 0;

  constructor({ text, engine, base, readText = fetchText }: Services) {
    this.#text = text;
    this.model = new ModelState(text, engine, new URL('models/pocket/', base).href, readText);
    this.data = new DataState(
      text,
      () => this.#weighing,
      () => this.mask.edits.book,
      () => this.#mayNotEnd,
    );
    this.mask = new MaskState(text, () => this.shownLimit);
    this.train = new TrainState(text, engine);
    this.compare = new CompareState(text, engine);
    this.save = new SaveState(engine);
    const { data, mask, train } = this;
    this.lessons = new LessonState({
      data,
      mask,
      train,
      base,
      readText,
      forgetRun: () => this.#forgetRun(),
      openPanel: (panel) => (this.sequences.open = panel === 'sequences'),
    });
    const shown = {
      view: () => mask.view,
      policy: () => mask.policy,
      edits: () => mask.edits.book,
      data: () => this.#toCheck,
    };
    this.sequences = new SequencesState(text, { ...shown, cut: () => this.#cutOptions });
    this.lints = new LintState(text, { ...shown, settings: () => this.#lintSettings });
    this.fixes = new FixState({
      mask,
      data,
      train,
      model: this.model,
      changeTemplate: (source) => this.changeModel(() => this.model.useTemplate(source)),
      chosenChanged: () => this.#inspectChosen(),
    });
    const config = new URL('models/pocket/config.json', base).href;
    this.#unlisten = engine.listen((event) => this.#receive(event));
    this.#unwatch = $effect.root(() => {
      $effect(() => {
        // Another mask, length or edit: other counts.
        void this.#weighing;
        void this.mask.edits.book;
        if (this.model.tokenizer === 'ready' && !this.#mayNotEnd) this.data.tallies.countSoon();
      });
      $effect(() => {
        // Whatever training sequences and lints are made of.
        void [mask.view, mask.policy, mask.edits.book, this.#toCheck, this.#lintSettings, this.#cutOptions];
        this.lints.soon();
      });
      $effect(() => {
        const { open, scope, pair, shape } = this.sequences;
        void [mask.view, mask.policy, mask.edits.book, this.#toCheck, this.#cutOptions, scope, pair, shape];
        if (open) this.sequences.soon();
      });
      $effect(() => {
        if (!this.sequences.open) return;
        const { weightsFit, ownConfig } = this.model;
        const read: ReadText = ownConfig === undefined ? readText : async () => ownConfig;
        if (!weightsFit) this.sequences.shape = undefined;
        else void modelShape(config, read).then((shape) => (this.sequences.shape = shape));
      });
    });
  }

  /** Tokens of a conversation that a run reads: the setting or the model's context, whichever is smaller. */
  readonly limit = $derived.by(() =>
    // No run reads the tokens of another model's tokenizer.
    this.model.weightsFit
      ? Math.min(this.train.maxLength ?? Infinity, this.model.info?.contextLength ?? Infinity)
      : Infinity,
  );

  /** The same for a strip of the whole conversation: another strategy, or another way to cut, cuts other sequences. */
  readonly shownLimit = $derived.by(() => {
    const { strategy, truncate } = this.train.division;
    return strategy === 'whole' && truncate === 'end' ? this.limit : Infinity;
  });

  readonly #weighing = $derived.by(() => ({ policy: this.mask.policy, limit: this.shownLimit }));

  /** A rule that is being tried, or a rule or template that was stopped on the chosen conversation, would be stopped on others as well. */
  readonly #mayNotEnd = $derived.by(() => {
    const { weighing, policyError, error } = this.mask;
    return (
      weighing ||
      policyError?.code === 'timeout' ||
      error?.code === 'timeout' ||
      error?.code === TEMPLATE_LIMIT
    );
  });

  readonly #cutOptions = $derived.by((): CutOptions => {
    const { truncate } = this.train.division;
    return Number.isFinite(this.limit) ? { maxLength: this.limit, truncate } : { truncate };
  });

  /** What lints have to know of a run: padding is told by position here, and the loss is a mean over tokens. */
  readonly #lintSettings = $derived.by((): TrainerSettings => {
    const { maxLength, truncate: truncation } = this.#cutOptions;
    const { strategy } = this.train.division;
    return { maxLength, truncation, strategy, padMask: 'by-position', lossReduction: 'tokens' };
  });

  /** What is looked at as a whole: the conversations of a run. */
  readonly #toCheck = $derived.by(() => {
    const { opened, tokenizer } = this.model;
    const { list, trainRows: rows } = this.data;
    return tokenizer === 'ready' ? { opened, list, rows } : undefined;
  });

  /** Conversations, as far as counted, that are longer than that. */
  readonly cut = $derived.by(() => this.data.tallies.totals.cut);

  /** Conversations that a new run takes, those that match the filter, and all. */
  readonly scope = $derived.by(() => {
    const { trainRows, filter, list } = this.data;
    return { taken: trainRows.length, matching: filter.length, all: list.length };
  });

  /** Why a run cannot go on now; undefined when it can. */
  readonly runBlock = $derived.by(() => {
    if (this.save.saving) return 'What was trained is being saved; wait until that is done.';
    return this.compare.generating ? 'The models are writing; wait or stop them first.' : undefined;
  });

  /** Why what was trained cannot be saved now; undefined when it can. */
  readonly saveBlock = $derived.by(() => {
    const { weights, misfit } = this.model;
    if (weights !== 'ready') return 'The weights are not loaded; see Model.';
    return this.train.active ? 'A run is in progress; stop it to save what it trained.' : misfit;
  });

  /** True where the mask that is shown is not the one that the run in progress trains. */
  readonly maskDiffers = $derived.by(
    () =>
      this.train.active &&
      (JSON.stringify(this.train.policy) !== JSON.stringify(this.mask.policy) ||
        JSON.stringify(this.train.edits) !== JSON.stringify(this.mask.edits.book)),
  );

  /** Why a run cannot begin now, in one sentence; undefined when it can. */
  readonly trainBlock = $derived.by(() => {
    const { weights, misfit, tokenizer } = this.model;
    if (misfit && tokenizer === 'ready') return misfit;
    if (weights === 'loading') return 'The model is still loading.';
    if (weights === 'failed') return 'The model could not be loaded; see Model.';
    if (weights === 'idle') return 'The weights are not loaded; see Model.';
    if (misfit) return misfit;
    if (!this.data.list.length) return 'There is no conversation to train on yet; see Data.';
    if (!this.train.settings) return 'A setting needs correcting.';
    if (this.lessons.switching) return 'A lesson is being opened or closed.';
    if (!this.data.trainRows.length) return 'No conversation matches the filter; see Data.';
    if (this.#nothingTrained()) {
      return 'No token would be trained; switch a segment on in Mask, or allow longer sequences.';
    }
    return this.runBlock;
  });

  /** Why nothing can be generated now; undefined when it can. */
  readonly generateBlock = $derived.by(() => {
    const { weights, misfit, tokenizer } = this.model;
    if (misfit && tokenizer === 'ready') return misfit;
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
    void this.#text.files.tidy();
    const weights = this.loadWeights();
    await Promise.all([this.openTokenizer(), this.lessons.load(), weights]);
  }

  async openTokenizer(): Promise<void> {
    if (!(await this.model.openTokenizer())) return;
    this.data.tallies.forget();
    await this.#inspectChosen();
  }

  /** Takes files of any kind: those of a model decide tokens and template, the others are conversations. */
  async bringFiles(brought: readonly BroughtFile[]): Promise<void> {
    const { model, data, ignored } = sortFiles(brought);
    if (model) await this.changeModel(() => this.model.useFiles(model));
    if (data.length) await this.importFiles(data);
    else if (!model && ignored.length) {
      const message = 'None of these files is a tokenizer, a chat template or a file of conversations.';
      this.data.refuse({ code: 'nothing-to-import', message, remedy: 'Drop the file itself.' });
    }
  }

  /** Another tokenizer or template; `change` is a method of `model`. What came of the present one goes with it. */
  async changeModel(change: () => Promise<boolean>): Promise<void> {
    if (this.train.active) {
      const message = 'A run is in progress, and goes by the tokenizer and template that it began with.';
      this.model.refuse({ code: 'run-active', message, remedy: 'Stop the run, and do this again.' });
      return;
    }
    const mine = ++this.#modelChanges;
    // First of all out of sight: ids of one tokenizer must never be scored by the weights of another.
    await this.mask.inspect(undefined);
    if (await change()) {
      this.compare.forget();
      this.data.tallies.forget();
    }
    // What the next change is about to replace is not shown.
    if (mine === this.#modelChanges) await this.#inspectChosen();
  }

  /** The shipped weights, in place of those that are loaded. */
  async loadWeights(): Promise<void> {
    await this.#replaceWeights(() => this.model.loadWeights());
  }

  /** The weights that the person brought, in place of those that are loaded. */
  async loadOwnWeights(base: BaseFormat): Promise<void> {
    await this.#replaceWeights(() => this.model.loadOwn(base));
  }

  /** The shipped tokenizer and its template, and the weights that go with it. */
  async useShipped(): Promise<void> {
    await this.changeModel(() => this.model.useShipped());
    if (!this.model.weightsFit && !this.model.ownTokenizer) await this.loadWeights();
  }

  async #replaceWeights(load: () => Promise<boolean>): Promise<void> {
    if (this.train.active) {
      const message = 'A run is in progress, and would lose the weights that it trains.';
      this.model.refuse({ code: 'run-active', message, remedy: 'Stop the run, and do this again.' });
      return;
    }
    this.compare.stopGenerating();
    if (!(await load())) return;
    this.train.forget();
    this.compare.forget();
    await this.refreshScores();
  }

  async restartEngine(): Promise<void> {
    this.train.forget();
    this.compare.forget();
    if (await this.model.restart()) await this.refreshScores();
  }

  /** Conversations, and policies and hand edits among them, which are told by what they hold. */
  async importFiles(files: readonly File[]): Promise<void> {
    const data = await this.mask.files.take(files);
    if (!data.length && files.length) return;
    if (await this.lessons.bring((own) => this.data.import(namedBlobs(data), own)))
      await this.#inspectChosen();
  }

  /** True when at least one conversation came in. */
  async importText(file: TextFile): Promise<boolean> {
    const added = await this.lessons.bring((own) => this.data.import([textBlob(file)], own));
    if (added) await this.#inspectChosen();
    return added;
  }

  /** Reads what was imported last in another way: as another format, with other columns. */
  async reread(options: ReadOptions): Promise<void> {
    if (await this.lessons.bring(() => this.data.reread(options))) await this.#inspectChosen();
  }

  async choose(id: string): Promise<void> {
    await this.chooseRow(this.data.list.rowOf(id));
  }

  async chooseRow(row: number): Promise<void> {
    await this.data.chooseRow(row);
    await this.#inspectChosen();
  }

  async openLesson(id: string): Promise<void> {
    await this.lessons.open(id);
    await this.#inspectChosen();
  }

  /** Ends the lesson; what it put aside comes back. */
  async closeLesson(): Promise<void> {
    await this.lessons.close();
    await this.#inspectChosen();
  }

  /** Empties the list, or closes the lesson whose list it is. */
  async clearData(): Promise<void> {
    await this.lessons.clearData();
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
    if (this.runBlock || this.lessons.switching || this.model.misfit) return;
    const { list, trainRows } = this.data;
    await this.train.start(
      () => list.read(trainRows),
      this.mask.policy,
      paused,
      this.mask.edits.book,
      this.limit,
    );
  }

  async resetWeights(): Promise<void> {
    if (await this.#restoreWeights()) await this.refreshScores();
  }

  /** Trains something else of the model from now on, beginning with its original weights. */
  async adapt(adaptation: Adaptation): Promise<void> {
    this.compare.stopGenerating();
    const part = await this.train.adapt(adaptation);
    if (!part) return;
    this.model.adapted(part);
    this.compare.weightsChanged();
    await this.refreshScores();
  }

  /** What was trained, in a folder of that name; undefined where it failed, and `save.error` says why. */
  async saveTuned(form: SaveForm['form'], name: string): Promise<SavedArchive | undefined> {
    if (this.saveBlock) return undefined;
    const { weightsName } = this.model;
    return this.save.save(
      form === 'adapter' ? { form, base: weightsName } : { form, files: this.model.filesToSave() },
      name,
    );
  }

  async generate(upTo: number): Promise<void> {
    const { chosen } = this.data;
    const { info, endOfTurnIds, misfit } = this.model;
    if (chosen && info && !misfit)
      await this.compare.generate(chosen, upTo, endOfTurnIds, info.contextLength);
  }

  /** Scores the chosen conversation where that is possible and has not been done. */
  async refreshScores(): Promise<void> {
    const { view } = this.mask;
    const { info, weights, misfit } = this.model;
    if (misfit) return;
    const busy = this.train.status === 'running' || this.train.status === 'preparing';
    if (!view || !info || weights !== 'ready' || busy) return;
    await this.compare.score(view, info.contextLength, this.train.updates.length > 0);
  }

  dispose(): void {
    this.#unlisten();
    this.#unwatch();
    this.lints.dispose();
    this.sequences.dispose();
    this.data.dispose();
    this.#text.dispose();
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

  #nothingTrained(): boolean {
    // Until everything is counted there may still be something.
    const { counted, untrained } = this.data.tallies.totals;
    return counted === untrained && counted >= this.data.trainRows.length;
  }

  async #inspectChosen(): Promise<void> {
    if (this.model.tokenizer !== 'ready') return;
    if (this.mask.view?.source !== this.data.chosen) this.compare.clearGenerations();
    if (await this.mask.inspect(this.data.chosen)) await this.refreshScores();
    await this.data.tallies.count();
  }

  #receive(event: EngineEvent): void {
    switch (event.type) {
      case 'progress':
        this.model.showProgress(event);
        return;
      case 'preparing':
        this.train.receive(event);
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
      case 'rollouts':
      case 'token':
        return;
      default:
        event satisfies never;
    }
  }
}
