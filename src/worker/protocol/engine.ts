/** @file What the page asks of the engine host, and the events that come from there. */
import type {
  Adaptation,
  BaseFormat,
  EngineKind,
  GeneratedToken,
  GenerateOptions,
  KeptWeights,
  ModelDescription,
  Which,
} from '../../model/engine';
import type { RewardPart } from '../../reward/types';
import type { TrainingSequence } from '../../sequence/types';
import type { ObjectiveSettings } from '../../settings/objective';
import type { ErrorReport } from './error';
import type {
  ModelFilesPlace,
  ModelInfo,
  ModelPlace,
  SaveForm,
  SequencePredictions,
  TrainedPart,
} from './model';
import type { RolloutAnswer, RolloutPrompt, RolloutQuestion, RolloutReport } from './rollouts';
import type {
  MeasuredPace,
  MemoryChoice,
  RunEnding,
  RunState,
  SettingsPatch,
  StepReport,
  TrainSettings,
} from './run';

export interface EngineRequests {
  /**
   * Reads config.json and the weights, model.safetensors or the files of its index, and puts the weights where they are
   * computed with. What computes is chosen at the first load, unless `engine` names it, and stays: another worker chooses
   * anew. Ends a run. Where loading fails or is cancelled, the model that was loaded before stays.
   */
  load: {
    request: ModelPlace & {
      engine?: EngineKind;
      /** How weights are kept; F32 by default. Packed ones stay as they are: they are tuned by LoRA. */
      base?: BaseFormat;
      /** What is trained; everything by default, or LoRA's usual factors where the base is packed. */
      adaptation?: Adaptation;
    };
    reply: ModelInfo;
  };
  /** The load under way, if there is one, rejects with `cancelled`. */
  cancelLoad: { request: null; reply: null };
  /** What the files hold and what they will take, or why they cannot be loaded; no weight is read. */
  inspectModel: { request: ModelFilesPlace; reply: ModelDescription };
  /**
   * Log-probability of every token of each sequence under base or tuned weights; [0] of each is 0. With `predictions`, what
   * else was predicted there too; kept weights always tell it.
   */
  score: {
    request: { sequences: TrainingSequence[]; which: Which | KeptWeights; predictions?: boolean };
    reply: { logProbs: Float32Array[]; predictions?: SequencePredictions[] };
  };
  /** Begins a run; resolves when the run is set up. Progress comes as events. Continues from the current weights. */
  train: {
    request: {
      sequences: TrainingSequence[];
      settings: TrainSettings;
      startPaused: boolean;
      /** SFT where it is left out. */
      objective?: ObjectiveSettings;
      /** On policy, in place of sequences: what is answered, and what is rewarded. */
      prompts?: RolloutPrompt[];
      rewards?: RewardPart[];
      /** Never trained; their loss is measured now and then, see the settings. */
      heldOut?: TrainingSequence[];
    };
    reply: { run: number };
  };
  /** What a run with these settings will take at most; null where the engine cannot tell. */
  memory: {
    request: Pick<TrainSettings, 'batchSize' | 'maxLength' | 'recompute'> & { objective?: ObjectiveSettings };
    reply: MemoryChoice | null;
  };
  /** How fast the model reads and writes here, by a trial of some tenths of a second; null during a run. */
  pace: { request: null; reply: MeasuredPace | null };
  /** `step` does a single update of a paused run; `stop` ends the run and keeps the weights. */
  control: { request: { run: number; action: 'pause' | 'resume' | 'step' | 'stop' }; reply: null };
  /**
   * Changes settings of a run that is under way from its next step on, whose report says what was changed. A patch that is
   * refused (`bad-settings`, `out-of-memory`, `no-run`) changes nothing.
   */
  change: { request: { run: number; patch: SettingsPatch }; reply: null };
  /** The answer to an event `ask`, by its number. */
  answer: { request: { ask: number; answer: RolloutAnswer }; reply: null };
  /** Trains something else from now on, beginning with the loaded weights; ends a run first. */
  adapt: { request: { adaptation: Adaptation }; reply: TrainedPart };
  /**
   * What was trained, as a zip archive that unpacks as one folder: the model in F32 with LoRA merged into it, or LoRA's factors
   * as PEFT keeps them. Not while a run is under way; none begins meanwhile.
   */
  save: { request: SaveForm & { /** The folder's name. */ folder: string }; reply: Blob };
  /** A copy of what is trained, as it is now, by name; not while steps are made. */
  snapshot: { request: null; reply: { values: ReadonlyMap<string, Float32Array> } };
  /** Puts such a copy in place of what is trained; ends a run first. The optimizer begins anew. */
  restore: { request: { values: ReadonlyMap<string, Float32Array> }; reply: null };
  /** Back to the loaded weights; ends a run first. */
  reset: { request: null; reply: null };
  /** Tokens come as events with this request's id; the reply comes at the end. */
  generate: {
    request: { prompt: Int32Array; options: GenerateOptions; which: Which | KeptWeights };
    reply: { tokens: GeneratedToken[] };
  };
  cancelGenerate: { request: null; reply: null };
  /** For tests and for teachers: makes the device go away, as a driver reset would. `no-device` on the CPU. */
  loseDevice: { request: null; reply: null };
}

export type LoadPhase = 'download' | 'read' | 'upload' | 'compile';

export type EngineEvent =
  /** Bytes fetched or read from files, parameters put in place, kernels compiled; the first two go on side by side. */
  | { type: 'progress'; phase: LoadPhase; done: number; total: number }
  /**
   * Before the first step, where something is to be compiled, and on a real GPU measured, for the run's batches: the share, 0 to 1, that
   * is ready, and how many GPU programs were compiled for it.
   */
  | { type: 'preparing'; run: number; share: number; programs: number }
  | { type: 'step'; run: number; report: StepReport }
  /** A question of a run on policy, to be answered by the request `answer` with the same number. */
  | { type: 'ask'; run: number; ask: number; question: RolloutQuestion }
  /** While a step's completions are written: how many of them are. */
  | { type: 'writing'; run: number; step: number; done: number; total: number }
  /** Before the step's report. */
  | { type: 'rollouts'; run: number; step: number; rollouts: RolloutReport[] }
  /** `tuned` are the kernels that were found fastest on a real GPU, by kind of product, as the run uses them. */
  | {
      type: 'run';
      run: number;
      state: RunState;
      error?: ErrorReport;
      /** With the end of a run that has something to say of it. */
      ending?: RunEnding;
      tuned?: Readonly<Record<string, string>>;
    }
  | { type: 'token'; request: number; token: GeneratedToken }
  /** The device is gone or broken; the host must be restarted and the model loaded again. */
  | { type: 'fatal'; error: ErrorReport };
