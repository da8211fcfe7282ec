/**
 * @file Why something cannot be done now, in one sentence; undefined where it can.
 */
import { session } from '$strings/session';
import type { Session } from './session.svelte';

const words = session.blocks;

export type BlockParts = Pick<
  Session,
  | 'model'
  | 'data'
  | 'mask'
  | 'train'
  | 'compare'
  | 'chat'
  | 'changed'
  | 'report'
  | 'save'
  | 'lessons'
  | 'runScope'
>;

export class Blocks {
  constructor(private readonly parts: BlockParts) {}

  /** Why a run cannot go on. */
  readonly goOn = $derived.by(() => {
    const { save, report, changed, compare, chat } = this.parts;
    if (save.saving) return words.saving;
    if (report.progress || changed.progress) return words.measuring;
    return compare.generating || chat.writing ? words.writing : undefined;
  });

  /** Why a run cannot begin. */
  readonly train = $derived.by(() => {
    const { model, data, mask, train, lessons, runScope } = this.parts;
    const { weights, misfit, tokenizer } = model;
    if (misfit && tokenizer === 'ready') return misfit;
    if (weights === 'loading') return words.modelLoading;
    if (weights === 'failed') return words.modelFailed;
    if (weights === 'idle') return words.noWeights;
    if (misfit) return misfit;
    if (!data.list.length) return words.nothingToTrain;
    if (!train.settings) return words.settingWrong;
    if (lessons.switching) return words.lessonSwitching;
    if (lessons.busy) return words.lessonBusy;
    if (!data.trainRows.length) return data.filter.length ? words.allHeldOut : words.noMatch;
    if (train.objective.block) return train.objective.block;
    if (!train.objective.onPolicy && runScope.trainsNothing) {
      return mask.error ? words.templateFails : words.nothingTrained;
    }
    return this.goOn;
  });

  /** Why weights cannot be put back. A paused run can be left for that. */
  readonly restore = $derived.by(() => {
    if (this.parts.train.computing) return words.runningPause;
    if (this.parts.model.weights !== 'ready') return words.noWeights;
    return this.goOn;
  });

  /** Why what was trained cannot be saved. */
  readonly save = $derived.by(() => {
    const { weights, misfit } = this.parts.model;
    if (weights !== 'ready') return words.noWeights;
    return this.parts.train.active ? words.runningSave : misfit;
  });

  /** Why nothing can be generated. */
  readonly generate = $derived.by(() => {
    const { model, mask, chat, report, changed } = this.parts;
    const { weights, misfit, tokenizer } = model;
    if (misfit && tokenizer === 'ready') return misfit;
    if (weights === 'loading') return words.modelLoading;
    if (weights !== 'ready') return words.noWeights;
    if (!mask.view) return words.nothingChosen;
    if (this.parts.train.computing) return words.runningPause;
    if (chat.writing) return words.writingChat;
    return report.progress || changed.progress ? words.measuring : undefined;
  });

  /** Why no model can be measured. */
  readonly measure = $derived.by(() => {
    const { model, save, train, compare, chat } = this.parts;
    const { weights, misfit, tokenizer } = model;
    if (misfit && tokenizer === 'ready') return misfit;
    if (weights !== 'ready') return words.noWeights;
    if (tokenizer !== 'ready') return words.noTokenizer;
    if (save.saving) return words.saving;
    if (train.computing) return words.runningPause;
    return compare.generating || chat.writing ? words.writing : undefined;
  });

  /** Why what training has changed cannot be measured. */
  readonly measureChange = $derived.by(() => {
    if (this.measure) return this.measure;
    const { compare, data } = this.parts;
    const { sameReason } = compare.pair;
    if (sameReason) return sameReason;
    return data.trainRows.length ? undefined : words.nothingToMeasure;
  });
}
