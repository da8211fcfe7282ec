/** @file A training run: its settings, what changes them, what each step reports, how it ends. */
import type { MemoryForecast } from '../../model/engine';
import type { ChangeableKey } from '../../settings/changes';
import type { ObjectiveSettings } from '../../settings/objective';
import type { SegmentKind } from '../../template/rendered';

export interface TrainSettings {
  steps: number;
  batchSize: number;
  learningRate: number;
  warmupSteps: number;
  weightDecay: number;
  clipNorm: number;
  /** Seeds the order of the data. */
  seed: number;
  /** Longest sequence trained, in tokens; longer ones are cut at the end. */
  maxLength: number;
  /** Whether layers are computed twice instead of kept: `auto`, the default, only where memory would not do otherwise. */
  recompute?: 'auto' | 'always' | 'never';
  /** Whether short sequences share rows, without seeing each other; not by default. */
  packing?: boolean;
  /** Batches whose gradients are added up for one update; 1 by default. */
  accumulation?: number;
  /** Times that the data is gone through, in place of `steps`; 0, the default, goes by steps. */
  epochs?: number;
  /** How the learning rate goes on after the warm-up; constant by default. */
  schedule?: Schedule;
  /** What share of the learning rate is left at the end of a schedule that falls; 0 by default. */
  finalShare?: number;
  /** wsd: the share of the run's steps in which the rate falls; 0.2 by default. */
  decayShare?: number;
  /** Steps between two measurements of what is held out; 10 by default, 0 for none. */
  heldOutEvery?: number;
  /** Measurements without a lower held-out loss after which the run ends; the best weights are put back. 0, the default: never. */
  patience?: number;
}

/** Of the learning rate: it stays, falls in a line, falls as a half cosine, or stays and falls at the end (warm-up, stable, decay). */
export type Schedule = 'constant' | 'linear' | 'cosine' | 'wsd';

/** Settings that a run can take while it goes on; see `CHANGEABLE` in settings/changes.ts. */
export type SettingsPatch = Partial<Pick<TrainSettings & ObjectiveSettings, ChangeableKey>>;

/** A setting that was changed during a run. */
export interface SettingChange {
  key: ChangeableKey;
  from: number | string | boolean | undefined;
  to: number | string | boolean;
}

/** What is said of a run's end, where there is more to it than its last step. */
export interface RunEnding {
  /** The held-out loss did not fall any more, and the run ended before its last step. */
  early: boolean;
  /** The weights that were put back: those after this step, 0 for those of the start. */
  restored?: { step: number; heldOutLoss: number };
}

/** Tokens a second that a model reads, in texts of that length, and writes. */
export interface MeasuredPace {
  length: number;
  reading: number;
  writing: number;
}

/** What a run will take, and whether it computes layers twice for that. */
export interface MemoryChoice extends MemoryForecast {
  recompute: boolean;
  /** It holds for prompts of any length: those of the run may ask for less, which is known when it begins. */
  anyPrompts?: true;
}

/** What a step tells beside its loss; each where the objective has it. */
export interface StepMetrics {
  /** Mean total reward, and the mean of each part before its weight. */
  reward?: number;
  rewardParts?: Record<string, number>;
  /** Samples that were dropped for want of a finite reward, and groups whose rewards are all the same. */
  dropped?: number;
  flatGroups?: number;
  /** Groups of the step. */
  groups?: number;
  /** Means over the trained tokens: k3 to the reference in nats, entropy in nats, and the share of tokens that the clip holds back. */
  kl?: number;
  /** 1 where KL was to be measured and the pass of the model as loaded failed. */
  klUnmeasured?: number;
  entropy?: number;
  clipFraction?: number;
  /** Updates of the step that were made, where another one failed behind them and ended the run. */
  updatesMade?: number;
  /** Mean tokens of a completion, and the share of completions that a limit broke off. */
  completionTokens?: number;
  truncated?: number;
  /** Shares of the prompts where that is known. */
  decision?: number;
  falseCalls?: number;
  missedCalls?: number;
  /** Of preference objectives: how often the chosen one has the higher implicit reward, and by how much. */
  preferred?: number;
  margin?: number;
  /** Mean loss of what is held out, where it was measured after this step; and before the first, in the first report. */
  heldOutLoss?: number;
  heldOutStart?: number;
}

export interface StepReport {
  /** From 1. */
  step: number;
  loss: number;
  /** Mean nll of trained tokens by segment; absent where the batch had none. */
  lossByKind: Partial<Record<SegmentKind, number>>;
  learningRate: number;
  gradientNorm: number;
  /** All tokens of the batch, padding excluded, and those with a weight. */
  tokens: number;
  trainedTokens: number;
  milliseconds: number;
  /** Bytes that the model and the run hold; absent where that is not known. */
  memoryBytes?: number;
  /** Layers were computed twice to save memory. */
  recomputed?: boolean;
  metrics?: StepMetrics;
  /**
   * On recorded data: places, in the list of sequences that the run was given, of those that a step trained for the first time. One
   * that a step took is not among them as long as all its weights were 0.
   */
  firstTrained?: number[];
  /** Places of those that a step took for the first time, and with weights that were all 0; absent where there is none. */
  firstWeightless?: number[];
  /** Settings that were changed since the step before, and hold from this one on. */
  changed?: SettingChange[];
}

export type RunState = 'running' | 'paused' | 'finished' | 'stopped' | 'failed';
