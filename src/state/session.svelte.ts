/**
 * @file The whole page's state, and what follows from what: a choice is inspected, an inspection is scored, a run that
 * ends is scored again, an engine that breaks ends them all.
 */
import { session as words } from '$strings/session';
import type { Adaptation, BaseFormat } from '../model/engine';
import { TEMPLATE_LIMIT } from '../template/limits';
import type { EngineService } from '../worker/engine-client';
import type { TrainerSettings } from '../lint/types';
import type { CutOptions, EngineEvent, NamedBlob, ReadOptions, SaveForm } from '../worker/protocol';
import { RewardClient, type RewardService } from '../worker/reward-client';
import type { TextService } from '../worker/text-client';
import { AdvantageState } from './advantages.svelte';
import { sortFiles, type BroughtFile } from './brought-files';
import { CHANGED_LIMIT, ChangedState } from './changed.svelte';
import { ChatDoor } from './chat-door.svelte';
import { chatParts } from './chat-parts';
import { chatSources, runPoint } from './chat-sources';
import { CompareState } from './compare.svelte';
import { ComparePair, type Side } from './compare-pair.svelte';
import { DataState, namedBlobs, textBlob, type TextFile } from './data.svelte';
import { importedPart } from './data-patch';
import { FixState } from './fixes.svelte';
import { LessonState, type LessonParts } from './lessons.svelte';
import { LintState } from './lints.svelte';
import { MaskState } from './mask.svelte';
import { fetchText, ModelState, type ReadText } from './model.svelte';
import { modelShape } from './model-shape';
import { objectiveData } from './objective-data';
import { hasPracticeTurns } from './practice-data';
import { PracticeState } from './practice.svelte';
import { ReportState } from './report.svelte';
import { RewardsState } from './rewards.svelte';
import { partsBeyond } from './run-chain';
import { makingOf, trainsRecorded, type RunMaking } from './run-trained';
import type { KeptRun, Snapshot } from './runs.svelte';
import { SaveState, type SavedArchive } from './save.svelte';
import { SequencesState } from './sequences.svelte';
import { countGenerated } from './token-counts';
import type { MeasuredBy, OtherRun } from './trained-scores.svelte';
import { TrainState } from './train.svelte';
import { UnsavedState } from './unsaved.svelte';

/** Held-out conversations whose loss is measured, at most: each measurement goes through all of them. */
const HELD_OUT_LIMIT = 200;

const { blocks } = words;

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
  readonly #unlisten: () => void;
  readonly #unwatch: () => void;
  readonly #text: TextService;
  /** What was imported last of the person's files; text that was pasted is in none. */
  #files: readonly NamedBlob[] | undefined;
  /** Counts changes of tokenizer or template that were asked for. */
  #modelChanges = 0;

  constructor({ text, engine, base, readText = fetchText, rewardService, storage, lessons }: Services) {
    this.#text = text;
    this.model = new ModelState(text, engine, new URL('models/pocket/', base).href, readText);
    this.data = new DataState(
      text,
      () => this.#weighing,
      () => this.mask.edits.book,
      () => this.#mayNotEnd,
    );
    this.model.example = () => this.data.chosen;
    this.practice = new PracticeState(this.data);
    this.mask = new MaskState(text, () => this.shownLimit);
    this.rewards = new RewardsState({
      service: rewardService ?? new RewardClient(),
      countTokens: ({ id }, from, to) => {
        const { view } = this.mask;
        return view?.source.id === id ? countGenerated(view.encoded, from, to) : undefined;
      },
      ...(storage && { storage }),
    });
    this.train = new TrainState(text, engine, this.rewards);
    this.compare = new CompareState(
      text,
      engine,
      new ComparePair({
        sources: () =>
          chatSources(this.train.runs.list, this.modelKey, this.train.updates.length, this.train.runs.head),
        trained: () => this.train.updates.length > 0,
        inLesson: () => this.lessons.current !== undefined,
      }),
    );
    this.chat = new ChatDoor(chatParts(this, text, engine), storage);
    this.changed = new ChangedState(text, engine);
    this.report = new ReportState(text, engine);
    this.save = new SaveState(engine);
    const { data, mask, train } = this;
    this.lessons = new LessonState({
      page: this,
      base,
      readText,
      ...lessons,
      forgetRun: () => this.#forgetRun(),
    });
    const shown = {
      view: () => mask.view,
      policy: () => mask.policy,
      edits: () => mask.edits.book,
      data: () => this.#toCheck,
    };
    this.advantages = new AdvantageState(() => [data.list, data.trainRows]);
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
    this.unsaved = new UnsavedState(this);
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
        const { list, trainRows } = this.data;
        void hasPracticeTurns(list, trainRows).then((found) => {
          if (this.data.trainRows === trainRows) this.train.choices.practice = found;
        });
      });
      $effect(() => {
        // A run keeps its division, and a lesson sets its own.
        if (this.train.active || this.lessons.current || this.lessons.switching) return;
        const { opened, tokenizer } = this.model;
        // An edit is no other data: the reason would come and go with each.
        const parts = data.list.parts.map((part) => importedPart(part));
        const about = tokenizer === 'ready' && data.list.length ? { opened, parts } : undefined;
        const found = this.lints.rewritten?.flatMap((id) => {
          const those = data.list.partsWith(id).map((part) => importedPart(part));
          return those.length ? those : parts;
        });
        this.train.choices.noteRewriting(about, found);
      });
      $effect(() => {
        const { list, trainRows } = this.data;
        const { objective } = this.train;
        void list.read(trainRows).then(
          (conversations) => {
            if (this.data.trainRows === trainRows) objective.data = objectiveData(conversations);
          },
          // The run says so when it reads them.
          () => {},
        );
      });
      $effect(() => {
        // Whatever training sequences and lints are made of.
        void [mask.view, mask.policy, mask.edits.book, this.#toCheck, this.#lintSettings, this.#cutOptions];
        this.lints.soon();
      });
      $effect(() => {
        void [data.list, data.trainRows];
        if (mask.overlay === 'advantage') this.advantages.want();
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

  /** What tells the loaded weights from others: what was trained from them fits them alone. */
  readonly modelKey = $derived.by(() => {
    const { info, weightsName } = this.model;
    return info && `${weightsName} ${info.parameterCount} ${info.baseFormat}`;
  });

  /** Conversations, as far as counted, that are longer than that. */
  readonly cut = $derived.by(() => this.data.tallies.totals.cut);

  /** Conversations that a new run takes, those that match the filter, all that may be trained, and the held-out ones. */
  readonly scope = $derived.by(() => {
    const { trainRows, trainable, list } = this.data;
    const { heldOutCount: heldOut } = list;
    return { taken: trainRows.length, matching: trainable, all: list.length - heldOut, heldOut };
  });

  /** Where the weights stand whose training is measured, and those beside them; undefined: the original ones. */
  readonly #comparedPoints = $derived.by(() => {
    const { models } = this.compare.pair;
    const pointOf = (id: string) => (id === 'tuned' ? this.train.runs.head : runPoint(id));
    const [base, tuned] = [pointOf(models.base.id), pointOf(models.tuned.id)];
    return { own: tuned ?? base, other: tuned && base };
  });

  /** The run by whose mask and division is measured what training changed: the last one of the compared weights. */
  readonly measuredBy = $derived.by((): MeasuredBy | undefined => {
    const { own, other } = this.#comparedPoints;
    const { list } = this.train.runs;
    const run = own && list.find(({ id }) => id === own.run);
    if (!run) return undefined;
    const page = () => ({ policy: this.mask.policy, edits: this.mask.edits.book });
    const makingAt = (of: KeptRun, step: number) => makingOf(of, step, page, this.model.info?.contextLength);
    const sides = { own: partsBeyond(list, own, other), other: partsBeyond(list, other, own) };
    const parts = (['own', 'other'] as const).flatMap((side) =>
      sides[side].map((part) => ({ side, ...part })),
    );
    const others = parts.flatMap(({ side, run: of, from, to }): OtherRun[] => {
      if (!of || of === run) return [];
      const making = makingAt(of, to);
      return trainsRecorded(making) ? [{ side, name: of.name, from, to, making }] : [];
    });
    const deleted = parts.flatMap(({ side, run: of }) => (of ? [] : [side]));
    const making = makingAt(run, own.step);
    return { run, step: own.step, making, others, deleted };
  });

  /** Whether the run is deleted by which it would be measured: nobody knows then what it trained. */
  readonly measuredDeleted = $derived.by(() => this.#comparedPoints.own !== undefined && !this.measuredBy);

  /** Whether the page has another mask or division than that run had. */
  readonly changedSince = $derived.by(() => {
    const by = this.measuredBy;
    if (!by) return false;
    const now = [this.mask.policy, this.mask.edits.book, this.train.division];
    return (
      JSON.stringify([by.making.mask.policy, by.making.mask.edits, by.making.division]) !==
      JSON.stringify(now)
    );
  });

  /** Why weights cannot be put back now; undefined when they can. */
  readonly restoreBlock = $derived.by(() => {
    if (this.train.active) return blocks.running;
    if (this.model.weights !== 'ready') return blocks.noWeights;
    return this.runBlock;
  });

  /** Why a run cannot go on now; undefined when it can. */
  readonly runBlock = $derived.by(() => {
    if (this.save.saving) return blocks.saving;
    if (this.report.progress || this.changed.progress) return blocks.measuring;
    return this.compare.generating || this.chat.writing ? blocks.writing : undefined;
  });

  /** Why what was trained cannot be saved now; undefined when it can. */
  readonly saveBlock = $derived.by(() => {
    const { weights, misfit } = this.model;
    if (weights !== 'ready') return blocks.noWeights;
    return this.train.active ? blocks.runningSave : misfit;
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
    if (weights === 'loading') return blocks.modelLoading;
    if (weights === 'failed') return blocks.modelFailed;
    if (weights === 'idle') return blocks.noWeights;
    if (misfit) return misfit;
    if (!this.data.list.length) return blocks.nothingToTrain;
    if (!this.train.settings) return blocks.settingWrong;
    if (this.lessons.switching) return blocks.lessonSwitching;
    if (this.lessons.busy) return blocks.lessonBusy;
    if (!this.data.trainRows.length) {
      return this.data.filter.length ? blocks.allHeldOut : blocks.noMatch;
    }
    if (this.train.objective.block) return this.train.objective.block;
    if (!this.train.objective.onPolicy && this.#nothingTrained()) {
      return this.mask.error ? blocks.templateFails : blocks.nothingTrained;
    }
    return this.runBlock;
  });

  /** Why nothing can be generated now; undefined when it can. */
  readonly generateBlock = $derived.by(() => {
    const { weights, misfit, tokenizer } = this.model;
    if (misfit && tokenizer === 'ready') return misfit;
    if (weights === 'loading') return blocks.modelLoading;
    if (weights !== 'ready') return blocks.noWeights;
    if (!this.mask.view) return blocks.nothingChosen;
    if (this.train.status === 'running' || this.train.status === 'preparing') {
      return blocks.runningPause;
    }
    if (this.chat.writing) return blocks.writingChat;
    return this.report.progress || this.changed.progress ? blocks.measuring : undefined;
  });

  /** Why no model can be measured now; undefined when one can. */
  readonly measureBlock = $derived.by(() => {
    const { weights, misfit, tokenizer } = this.model;
    if (misfit && tokenizer === 'ready') return misfit;
    if (weights !== 'ready') return blocks.noWeights;
    if (tokenizer !== 'ready') return blocks.noTokenizer;
    if (this.save.saving) return blocks.saving;
    const { status } = this.train;
    if (status === 'running' || status === 'preparing') return blocks.runningPause;
    return this.compare.generating || this.chat.writing ? blocks.writing : undefined;
  });

  /** The same of what training has changed. */
  readonly changedBlock = $derived.by(() => {
    if (this.measureBlock) return this.measureBlock;
    const { sameReason } = this.compare.pair;
    if (sameReason) return sameReason;
    return this.data.trainRows.length ? undefined : blocks.nothingToMeasure;
  });

  /** Begins to load everything; resolves when the tokenizer is ready and the weights have loaded or failed. */
  async begin(): Promise<void> {
    void this.#text.files.tidy();
    // A mask needs neither the engine nor its weights, which are the most by far: they come behind.
    // A lesson puts aside what is there: the chat's rated answers belong to that.
    const lessons = this.chat.restore().then(() => this.lessons.begin());
    await Promise.allSettled([this.openTokenizer(), lessons]);
    await this.loadWeights();
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
      const { nothing: message, nothingRemedy: remedy } = words.files;
      this.data.refuse({ code: 'nothing-to-import', message, remedy });
    }
  }

  /** Another tokenizer or template; `change` is a method of `model`. What came of the present one goes with it. */
  async changeModel(change: () => Promise<boolean>): Promise<void> {
    if (this.train.active) {
      const { runningTokenizer: message, remedy } = words.modelChange;
      this.model.refuse({ code: 'run-active', message, remedy });
      return;
    }
    const mine = ++this.#modelChanges;
    // Its tokens are those of the present tokenizer.
    await this.chat.stop();
    // First of all out of sight: ids of one tokenizer must never be scored by the weights of another.
    await this.mask.inspect(undefined);
    if (await change()) {
      this.compare.forget();
      this.changed.forget();
      this.report.forget();
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
      const { runningWeights: message, remedy } = words.modelChange;
      this.model.refuse({ code: 'run-active', message, remedy });
      return;
    }
    this.compare.stopGenerating();
    if (!(await load())) return;
    this.train.forget();
    this.compare.forget();
    this.changed.forget();
    this.report.forget();
    await this.refreshScores();
  }

  async restartEngine(): Promise<void> {
    this.train.forget();
    this.compare.forget();
    this.changed.forget();
    this.report.forget();
    if (await this.model.restart()) await this.refreshScores();
  }

  /** Conversations, and policies and hand edits among them, which are told by what they hold. */
  async importFiles(files: readonly File[]): Promise<void> {
    const rest = await this.lessons.take(files);
    if (rest.length < files.length) await this.#inspectChosen();
    const data = await this.mask.files.take(rest);
    if (!data.length && files.length) return;
    const blobs = namedBlobs(data);
    if (!(await this.lessons.bring((own) => this.data.import(blobs, own)))) return;
    this.#files = blobs;
    this.unsaved.partsOpened(this.data.list.parts.slice(-1));
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
    if (!(await this.lessons.bring(() => this.data.reread(options)))) return;
    if (this.data.last?.files === this.#files) this.unsaved.partsOpened(this.data.list.parts.slice(-1));
    await this.#inspectChosen();
  }

  /** Makes practice data with the settings of its form; true when it is in the list. */
  async makePractice(): Promise<boolean> {
    const added = await this.lessons.bring((own) => this.practice.make(own));
    if (added) await this.#inspectChosen();
    return added;
  }

  /** Makes practice data that leaves a reward something to decide, in place of other practice data; true when it is in the list. */
  async makeContested(): Promise<boolean> {
    const added = await this.lessons.bring((own) => this.practice.makeContested(own));
    if (added) await this.#inspectChosen();
    return added;
  }

  /** Changes the list or a conversation of it by a method of `data`; what is shown follows. */
  async changeData(change: () => unknown): Promise<void> {
    await change();
    await this.#inspectChosen();
  }

  /** Gives the chosen conversation a reward; undefined takes it away. Undone like any other edit. */
  async setReward(reward: number | undefined): Promise<void> {
    const { chosen } = this.data;
    if (!chosen) return;
    const { reward: before, ...rest } = chosen;
    if (before === reward) return;
    const changed = reward === undefined ? rest : { ...rest, reward };
    await this.changeData(() => this.data.edit(changed, words.rewardEdit, `reward ${chosen.id}`));
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

  /** Stops the run that keeps a chosen lesson from opening, and opens it. */
  async stopAndOpenLesson(): Promise<void> {
    await this.lessons.stopAndOpen();
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
    const { info, weightsName } = this.model;
    if (!info) return;
    const heldOut = list.heldOutRows().slice(0, HELD_OUT_LIMIT);
    await this.train.start({
      read: () => list.read(trainRows),
      heldOut: heldOut.length ? () => list.read(heldOut) : undefined,
      policy: this.mask.policy,
      edits: this.mask.edits.book,
      limit: this.limit,
      paused,
      model: {
        model: weightsName,
        modelKey: this.modelKey ?? '',
        adaptation: info.trained.adaptation,
        engine: info.engine.kind,
      },
    });
  }

  /** Weights that were kept, in place of those that are trained now. */
  async restore(run: KeptRun, snapshot: Snapshot): Promise<void> {
    const { info } = this.model;
    if (!info || this.restoreBlock || this.train.runs.restoreBlock(run, this.modelKey)) return;
    this.compare.stopGenerating();
    const { adaptation } = info.trained;
    const done = await this.train.restore(run, snapshot, adaptation, (part) => this.model.adapted(part));
    this.compare.weightsChanged();
    this.changed.weightsChanged();
    this.report.weightsChanged();
    if (done) await this.refreshScores();
  }

  /** Takes the last run back: the weights are again those that it began with. */
  async undoRun(): Promise<void> {
    const { undoPoint } = this.train.runs;
    if (undoPoint === 'original') await this.resetWeights();
    else if (undoPoint) await this.restore(undoPoint.run, undoPoint.snapshot);
  }

  /** The text of each token. */
  async decodeTokens(ids: Int32Array): Promise<string[]> {
    const { tokens } = await this.#text.decode({ ids: [...ids] });
    return tokens;
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
    this.changed.weightsChanged();
    this.report.weightsChanged();
    await this.refreshScores();
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

  /** The compared models, and others that were asked for, on held-out turns. */
  async measureDecisions(): Promise<void> {
    const { info } = this.model;
    if (!info || this.measureBlock) return;
    const { pair } = this.compare;
    const { base, tuned } = pair.models;
    const also = pair.others.filter(({ id }) => this.report.also.includes(id));
    const models = [base, ...(pair.same ? [] : [tuned]), ...also];
    const { list, heldOutRows } = this.data;
    const own = (count: number) => list.read(heldOutRows.slice(0, count));
    await this.report.run(own, info.contextLength, models);
  }

  /** What training changed in the conversations that a run takes, in the sequences that the compared run makes of them. */
  async measureChange(): Promise<void> {
    const { info } = this.model;
    if (!info || this.changedBlock) return;
    const { list, trainRows } = this.data;
    const by = this.measuredBy;
    const maxLength = Math.min(this.limit, info.contextLength);
    // What no run has learnt from is measured as the whole mask would train it.
    const how: RunMaking = by?.making ?? {
      mask: { policy: this.mask.policy, edits: this.mask.edits.book, maxLength },
      ...{ division: this.train.division, kind: 'sft', keepFrom: 0 },
    };
    const read = () => list.read(trainRows.slice(0, CHANGED_LIMIT));
    await this.changed.run(read, how, by?.run.name, this.compare.pair.models, {
      others: by?.others,
      deleted: by ? by.deleted : this.measuredDeleted ? ['own'] : undefined,
    });
  }

  /** Scores the chosen conversation where that is possible and has not been done. */
  async refreshScores(): Promise<void> {
    const { view } = this.mask;
    const { info, weights, misfit } = this.model;
    if (misfit) return;
    const busy = this.train.status === 'running' || this.train.status === 'preparing';
    if (!view || !info || weights !== 'ready' || busy) return;
    await this.compare.score(view, info.contextLength, this.measuredBy);
  }

  dispose(): void {
    this.#unlisten();
    this.#unwatch();
    this.chat.dispose();
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
    this.changed.weightsChanged();
    this.report.weightsChanged();
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
        this.changed.weightsChanged();
        this.report.weightsChanged();
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
      case 'ask':
      case 'writing':
      case 'rollouts':
        this.train.receive(event);
        return;
      case 'token':
        return;
      default:
        event satisfies never;
    }
  }
}
