/**
 * @file Beginning a run with what is on the page, and every way to other weights: steps, a reset, a point that was kept, another part
 * of the model to train.
 */
import { lessons as lessonWords } from '$strings/lessons';
import { runs as runWords } from '$strings/runs';
import type { Adaptation } from '../model/engine';
import type { KeptRun, RunPoint, Snapshot } from './runs.svelte';
import type { Session } from './session.svelte';

/** Held-out conversations whose loss is measured, at most: each measurement goes through all of them. */
export const HELD_OUT_LIMIT = 200;

export type TrainingParts = Pick<
  Session,
  | 'model'
  | 'data'
  | 'mask'
  | 'train'
  | 'compare'
  | 'lessons'
  | 'modelKey'
  | 'runScope'
  | 'runData'
  | 'blocks'
  | 'measuring'
  | 'refreshScores'
>;

export class Training {
  constructor(private readonly parts: TrainingParts) {}

  /** Begins a run. @param paused it waits for its first step */
  async start(paused = false): Promise<void> {
    const { model, data, mask, train, lessons, modelKey, runScope, runData, blocks } = this.parts;
    if (blocks.goOn || lessons.switching || model.misfit) return;
    const { list, trainRows } = data;
    const { info, weightsName } = model;
    if (!info) return;
    const heldOut = list.heldOutRows().slice(0, HELD_OUT_LIMIT);
    if (!train.active) runData.begin(list, trainRows);
    await train.start({
      read: () => list.read(trainRows),
      heldOut: heldOut.length ? () => list.read(heldOut) : undefined,
      policy: mask.policy,
      edits: mask.edits.book,
      limit: runScope.limit,
      paused,
      model: {
        model: weightsName,
        modelKey: modelKey ?? '',
        adaptation: info.trained.adaptation,
        engine: info.engine.kind,
      },
    });
  }

  /** One update: of the paused run, or of a new one that is set up for it. */
  async stepOnce(): Promise<void> {
    const { train, blocks } = this.parts;
    if (blocks.goOn) return;
    if (!train.active) await this.start(true);
    await train.stepOnce();
  }

  async resume(): Promise<void> {
    if (!this.parts.blocks.goOn) await this.parts.train.resume();
  }

  /** Weights that were kept, in place of those that are trained now; ends a paused run. */
  async restore(run: KeptRun, snapshot: Snapshot): Promise<void> {
    const { model, train, modelKey, blocks } = this.parts;
    if (!model.info || blocks.restore) return;
    await train.end();
    if (!model.info || train.runs.restoreBlock(run, modelKey)) return;
    if (await this.#putBack(run, snapshot)) await this.parts.refreshScores();
  }

  /** Takes the latest run back, and ends it where it is paused: the weights are again those that it began with. */
  async undo(): Promise<void> {
    const { train, blocks } = this.parts;
    // Of a run in progress its own start, also while its first step is under way.
    const { undoPoint } = train.runs;
    if (blocks.restore || !undoPoint) return;
    // What it trained can be gone back to.
    await train.end();
    if (undoPoint === 'original') return this.reset();
    const { run, snapshot } = undoPoint;
    const { head } = train.runs;
    // A run that made no step has nothing to take back.
    if (head?.run !== run.id || head.step !== snapshot.step) await this.restore(run, snapshot);
  }

  /** Back to the original weights. */
  async reset(): Promise<void> {
    if (await this.#toOriginal()) await this.parts.refreshScores();
  }

  /** Trains something else of the model from now on, beginning with its original weights. */
  async adapt(adaptation: Adaptation): Promise<void> {
    const { model, train, compare, measuring } = this.parts;
    compare.stopGenerating();
    // What was trained can be gone back to.
    await train.end();
    const part = await train.adapt(adaptation);
    if (!part) return;
    model.adapted(part);
    measuring.weightsChanged();
    await this.parts.refreshScores();
  }

  /**
   * A lesson begins with the original weights: those of now are kept for when it closes.
   *
   * @returns where they stand; undefined where they are the original ones
   */
  async keepForLesson(): Promise<RunPoint | undefined> {
    const { runs } = this.parts.train;
    const { head } = runs;
    if (head) await runs.keep();
    return head;
  }

  /**
   * A lesson closes: the weights are again those that it began over. What it trained is no part of the person's own work.
   *
   * @param before where they stood; undefined: the original ones
   * @returns why those did not come back, in sentences; then the original ones are there, as far as a model is
   */
  async leaveLesson(before: RunPoint | undefined): Promise<string | undefined> {
    const { model, train } = this.parts;
    const why = before && (await this.#backTo(before));
    // Put back, they are nothing to forget.
    if ((!before || why !== undefined) && model.weights === 'ready' && train.updates.length)
      await this.#toOriginal();
    return why;
  }

  /** Weights that were kept, whatever else the engine is at; why not, where that cannot be. */
  async #backTo(point: RunPoint): Promise<string | undefined> {
    const { model, train } = this.parts;
    const { head } = train.runs;
    if (head?.run === point.run && head.step === point.step) return undefined;
    await train.end();
    if (model.weights !== 'ready') return runWords.block.noModel;
    const kept = train.runs.keptAt(point);
    if (!kept) return lessonWords.weights.notKept;
    const block = train.runs.restoreBlock(kept.run, this.parts.modelKey);
    if (block !== undefined) return block;
    if (await this.#putBack(kept.run, kept.snapshot)) return undefined;
    return train.runs.error?.message ?? runWords.problem;
  }

  /** True when the engine has done it. */
  async #putBack(run: KeptRun, snapshot: Snapshot): Promise<boolean> {
    const { model, train, compare, measuring } = this.parts;
    if (!model.info) return false;
    compare.stopGenerating();
    const { adaptation } = model.info.trained;
    const done = await train.restore(run, snapshot, adaptation, (part) => model.adapted(part));
    measuring.weightsChanged();
    return done;
  }

  /** The original weights again; true when the engine has done it. */
  async #toOriginal(): Promise<boolean> {
    // The engine ends what is being written; without this, that would look finished, and the next would begin.
    this.parts.compare.stopGenerating();
    // What was trained can be gone back to.
    await this.parts.train.end();
    if (!(await this.parts.train.reset())) return false;
    this.parts.measuring.weightsChanged();
    return true;
  }
}
