/**
 * @file Beginning a run with what is on the page, and every way to other weights: steps, a reset, a point that was kept, another part
 * of the model to train.
 */
import type { Adaptation } from '../model/engine';
import type { KeptRun, Snapshot } from './runs.svelte';
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
    const { model, train, compare, modelKey, blocks } = this.parts;
    if (!model.info || blocks.restore) return;
    await train.end();
    const { info } = model;
    if (!info || train.runs.restoreBlock(run, modelKey)) return;
    compare.stopGenerating();
    const { adaptation } = info.trained;
    const done = await train.restore(run, snapshot, adaptation, (part) => model.adapted(part));
    this.parts.measuring.weightsChanged();
    if (done) await this.parts.refreshScores();
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

  /** A lesson begins, and leaves, with the original weights; what was tuned on other conversations is no part of it. */
  async forgetRun(): Promise<void> {
    const { model, train } = this.parts;
    if (model.weights === 'ready' && train.updates.length) await this.#toOriginal();
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
