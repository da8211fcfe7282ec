/**
 * @file The only door between the page and its workers. Types, no code.
 *
 * Text host: renders templates, tokenizes. It handles untrusted text and can be killed and restarted without hurting a run.
 * File host: reads imported files, one host an import; what it has indexed outlives a text host that is killed. Engine host: owns the device, the model and the training loop.
 * Every request carries an id that its reply repeats; a run's events carry the run's number, so that stale ones are dropped.
 */
import type { ColumnMapping } from '../conversation/csv-records';
import type { FormatId } from '../conversation/formats';
import type { TableColumn } from '../conversation/table-head';
import type { Conversation, ImportProblem } from '../conversation/types';
import type { Finding, Severity, TrainerSettings } from '../lint/types';
import type { Refusal } from '../lint/lint';
import type { EditBook } from '../mask/edit-file';
import type { Edit } from '../mask/edits';
import type { MaskPolicy } from '../mask/policy';
import type {
  Adaptation,
  BaseFormat,
  EngineKind,
  GeneratedToken,
  GenerateOptions,
  KeptWeights,
  MemoryForecast,
  ModelDescription,
  Which,
} from '../model/engine';
import type { Completion, RewardPart, RewardScore } from '../reward/types';
import type { ContextDifference } from '../sequence/context-difference';
import type { SequenceNote, SequenceView } from '../sequence/division';
import type { SampleKind } from '../sequence/samples';
import type { ModelShape } from '../sequence/flops';
import type { OpenedModel, OpenRequest } from '../sequence/open-model';
import type { Strategy } from '../sequence/strategy';
import type { StrategyReport } from '../sequence/strategy-report';
import type { StrategyTotals } from '../sequence/strategy-totals';
import type { Tally } from '../sequence/tally';
import type { Truncation } from '../sequence/truncate';
import type { TrainingSequence } from '../sequence/types';
import type { TemplateProblem } from '../template/locate-error';
import type { Rendered, SegmentKind } from '../template/rendered';
import type { TemplatePiece } from '../template/trace';
import type { ChangeableKey } from '../settings/changes';
import type { OpenedPrompts, ReadTurn, UnrewardedTurn, WrittenTurn } from '../rollout/types';
import type { ObjectiveSettings } from '../settings/objective';
import type { Encoded } from '../tokenizer/encoded';
import type { ModelFiles } from '../tokenizer/model-files';

/** An error with what a person can do about it; crosses the worker border as plain data. */
export interface ErrorReport {
  /** Stable name: `webgpu-missing`, `device-lost`, `gpu-error`, `bad-model`, `bad-template`, `timeout`, `zero-norm`, … */
  code: string;
  message: string;
  remedy: string;
}

// ---------------------------------------------------------------- text host

/** One conversation, rendered and tokenized, with what a strip needs to show. */
export interface Inspection {
  conversation: string;
  rendered: Rendered;
  encoded: Encoded;
}

export interface TextRequests {
  /** Answered as soon as the host runs. */
  hello: { request: null; reply: null };
  /** Loads tokenizer and template; everything after uses them. */
  open: { request: OpenRequest; reply: OpenedModel };
  /** Where a chat template is no valid Jinja; null where it is. */
  checkTemplate: { request: { source: string }; reply: TemplateProblem | null };
  /** A conversation under a template that is not in use. */
  previewTemplate: { request: { source: string; conversation: Conversation }; reply: Rendered };
  /** The template in use, and what of it wrote which characters; null where that cannot be told. */
  traceTemplate: {
    request: { conversation: Conversation };
    reply: { source: string; pieces: TemplatePiece[] } | null;
  };
  inspect: { request: { conversation: Conversation }; reply: Inspection };
  /** Weights of a policy whose rules are patterns that may never end, and how often each rule matches. */
  weigh: {
    request: { conversation: Conversation; policy: MaskPolicy };
    reply: { weights: Float32Array; matches: number[] };
  };
  /** Training sequences with the policy's weights, and hand edits over them; whole conversations cut at the end by default. */
  sequences: {
    request: {
      conversations: Conversation[];
      policy: MaskPolicy;
      maxLength: number;
      edits?: EditBook;
      strategy?: Strategy;
      truncate?: Truncation;
      /** Completions with what was said about them, for an objective that learns from that; see `sampleKindOf`. */
      samples?: SampleKind;
      /** What recorded completions are rewarded for, in place of the records' own rewards; no function of one's own. */
      rewards?: RewardPart[];
    };
    reply: { sequences: TrainingSequence[]; problems: { conversation: string; reason: string }[] };
  };
  /** How much the policy and the edits train of each conversation, in their order, of the first `limit` tokens. */
  tally: {
    request: { conversations: Conversation[]; policy: MaskPolicy; limit: number; edits: EditBook };
    reply: Tally[];
  };
  /** What each strategy does with one conversation; `totals` are its reports summed by user turn. */
  compare: {
    request: CutOptions & {
      conversation: Conversation;
      policy: MaskPolicy;
      edits: readonly Edit[];
      shape?: ModelShape;
    };
    reply: { reports: StrategyReport[]; totals: StrategyTotals[] };
  };
  /** The same of a data set, slice after slice of one `job`; another job begins anew. */
  compareAll: {
    request: CutOptions & {
      job: number;
      conversations: Conversation[];
      policy: MaskPolicy;
      edits: EditBook;
      shape?: ModelShape;
    };
    /** Conversations of the job so far, those that could not be rendered, and the sums of the others. */
    reply: { records: number; refused: number; totals: StrategyTotals[] };
  };
  /** The training sequences of one conversation, and where their contexts are not those of inference. */
  divide: {
    request: CutOptions & {
      conversation: Conversation;
      policy: MaskPolicy;
      edits: readonly Edit[];
      strategy: Strategy;
    };
    reply: { sequences: SequenceView[]; notes: SequenceNote[]; differences: ContextDifference[] };
  };
  /** All findings about one conversation and about what it is trained with, errors first. */
  lint: {
    request: {
      conversation: Conversation;
      policy: MaskPolicy;
      edits: readonly Edit[];
      settings: TrainerSettings;
    };
    reply: Finding[];
  };
  /** Looks at a slice of a data set; another job begins anew. */
  lintAll: {
    request: {
      job: number;
      conversations: Conversation[];
      policy: MaskPolicy;
      edits: EditBook;
      settings: TrainerSettings;
    };
    /** Conversations of the job so far. */
    reply: { records: number };
  };
  /** What was found in all slices of a job. */
  lintReport: { request: { job: number }; reply: LintOverview };
  /** The generation prompt for the messages before `upTo`: what the model sees when it has to speak. */
  prompt: { request: { conversation: Conversation; upTo: number }; reply: { ids: Int32Array; text: string } };
  /** Prompts of a run on policy as tokens. */
  rolloutOpen: { request: { prompts: RolloutPrompt[] }; reply: OpenedPrompts };
  /** What a turn goes on from after its last message; null where it has ended. */
  rolloutExtend: {
    request: { prompt: RolloutPrompt; rounds: WrittenTurn['rounds'] };
    reply: { ids: Int32Array | null };
  };
  /** Turns that have ended, read and to be rewarded. */
  rolloutRead: {
    request: { turns: { prompt: RolloutPrompt; rounds: WrittenTurn['rounds'] }[] };
    reply: { turns: UnrewardedTurn[] };
  };
  /** Text of generated ids, special tokens shown, one string a token (bytes of split characters as `\xNN`). */
  decode: { request: { ids: number[] }; reply: { tokens: string[]; text: string } };
}

/** The longest sequence, in tokens, and what is done with a longer one; nothing is cut where it is absent. */
export interface CutOptions {
  maxLength?: number;
  truncate?: Truncation;
}

/** Findings of one lint and one severity. */
export interface LintGroup {
  lint: string;
  severity: Severity;
  /** How many times, over all records. */
  count: number;
  /** The first of them. */
  findings: Finding[];
}

/** What was found in a data set. */
export interface LintOverview {
  /** Conversations that were looked at. */
  records: number;
  /** Errors first, then by how often. */
  groups: LintGroup[];
  /** The first of those that could not be rendered, and how many there are. */
  refused: Refusal[];
  refusedCount: number;
}

// ---------------------------------------------------------------- file host

/** A file, or pasted text. */
export interface NamedBlob {
  name: string;
  blob: Blob;
}

export interface ReadOptions {
  /** Read every record as this format instead of detecting it. */
  format?: FormatId;
  /** For tables: which column is which field. */
  columns?: ColumnMapping;
}

/** What is known of one file after every record was checked once. */
export interface OpenedFile {
  name: string;
  /** Name of the detected format, for people. */
  format: string;
  /** Unpacked. */
  bytes: number;
  /** Good and bad. */
  records: number;
  /** Conversations that load. */
  conversations: number;
  problemCount: { errors: number; warnings: number };
  /** Records that errors kept out. */
  leftOut: number;
  /** Kinds of problem, the most frequent first; not more than a hundred of them. */
  kinds: ProblemKind[];
  /** Problems of the file as a whole. */
  fileProblems: ImportProblem[];
}

export interface ProblemKind {
  severity: ImportProblem['severity'];
  reason: string;
  count: number;
  /** A whole example. */
  first: ImportProblem;
}

/** Conversations are numbered through all files of a host, from 0: those that load, in their order. */
export interface FileRequests {
  /** Checks every record of the files, which stay where they are. Progress comes as events; `cancel` ends it. */
  open: {
    request: { files: NamedBlob[]; options: ReadOptions; taken: TakenIds };
    /** `warned`: conversations with a warning, rising. `inMemory`: unpacked there, for want of a private file system. */
    reply: { files: OpenedFile[]; warned: Uint32Array; inMemory: boolean };
  };
  cancel: { request: null; reply: null };
  /** All of some records of a file, `to` exclusive. */
  records: {
    request: { file: number; from: number; to: number };
    reply: { conversations: Conversation[]; problems: ImportProblem[] };
  };
  /** Single conversations, in the order of `rows`. */
  read: { request: { rows: number[] }; reply: Conversation[] };
  /** Conversations from `from` to before `to` whose messages say `key`, rising. */
  search: { request: { key: string; from: number; to: number }; reply: number[] };
  /** A page of the list of problems, beginning with a record of a file; `next` is undefined at the end. */
  problems: {
    request: { file: number; record: number; most: number };
    reply: { problems: ImportProblem[]; next?: { file: number; record: number } };
  };
  /** The columns of a table; none where it is none. */
  columns: { request: { blob: Blob }; reply: TableColumn[] };
  /** Frees what was unpacked. */
  close: { request: null; reply: null };
}

/** Ids that are in use: single ones, and those of files of which every record may be. */
export interface TakenIds {
  ids: string[];
  files: { name: string; records: number }[];
}

export type FileEvent = { type: 'file-progress'; request: number; progress: FileProgress };

export interface FileProgress {
  file: string;
  phase: 'unpack' | 'index' | 'check' | 'read';
  /** Bytes. */
  done: number;
  total: number;
}

// -------------------------------------------------------------- engine host

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

/** What a run will take, and whether it computes layers twice for that. */
export interface MemoryChoice extends MemoryForecast {
  recompute: boolean;
}

export interface DeviceInfo {
  vendor: string;
  architecture: string;
  description: string;
  /** True for a software device such as SwiftShader: correct, but slow. */
  software: boolean;
  features: string[];
}

/** A model's folder: below an address of the page's own origin, or its files as a person brought them. */
export type ModelPlace = { url: string } | ModelFilesPlace;

export interface ModelFilesPlace {
  /** The folder's name, for messages. */
  folder: string;
  /** config.json and the files of weights, by their names in the folder. */
  files: NamedBlob[];
}

export interface ModelInfo {
  /** What was loaded. */
  model: ModelDescription;
  parameterCount: number;
  vocabularySize: number;
  contextLength: number;
  /** How the loaded weights are kept. */
  baseFormat: BaseFormat;
  trained: TrainedPart;
  /** The ends of the names of what LoRA can adapt, such as `q_proj`. */
  projections: string[];
  /** What computes, and in a sentence for people why. */
  engine: { kind: EngineKind; reason: string };
  /** The GPU device that is computed on; none on the CPU. */
  device?: DeviceInfo;
}

/** The form in which what was trained is saved. */
export type SaveForm =
  /** With the texts of the tokenizer, the template and the settings of generation, by their names. */
  | { form: 'model'; files: ModelFiles }
  /** With the name of the model that it belongs to. */
  | { form: 'adapter'; base: string };

/** What of the model is trained. */
export interface TrainedPart {
  adaptation: Adaptation;
  /** How many numbers that are. */
  trainedCount: number;
}

/** What was predicted at each token of a sequence of T tokens; 0 where nothing predicts a token. */
export interface SequencePredictions {
  /** In nats, [T]. */
  entropy: Float32Array;
  /** 1 + how many tokens were more probable than the one that came, [T]. */
  ranks: Float32Array;
  /** The most probable tokens, the most probable first, and their log-probabilities: [T, K]. */
  topIds: Float32Array;
  topLogProbs: Float32Array;
}

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

/** A user's message that the model is to react to, in rollouts; what stands before it is as recorded. */
export interface RolloutPrompt {
  conversation: Conversation;
  /** Index of the message. */
  message: number;
}

/**
 * What a run on policy asks of the page, since the engine's worker has neither tokenizer nor template, nor runs anybody's code.
 * `open`: the run's prompts as tokens. `extend`: what a turn goes on from. `finish`: turns read and rewarded.
 */
export type RolloutQuestion =
  | { kind: 'open' }
  | { kind: 'extend'; turn: WrittenTurn }
  | { kind: 'finish'; turns: readonly WrittenTurn[] };

/** Of the kind that was asked, or why there is none; then the run fails with that. */
export type RolloutAnswer =
  | { kind: 'open'; opened: OpenedPrompts }
  | { kind: 'extend'; ids: Int32Array | null }
  | { kind: 'finish'; turns: ReadTurn[] }
  | { kind: 'failed'; error: ErrorReport };

/** One completion of a step on policy. */
export interface RolloutReport {
  /** Of the step, from 0; completions of the same prompt have the same `group`. */
  rollout: number;
  group: number;
  /** Id of the prompt's conversation, and the index of the user's message. */
  conversation: string;
  message: number;
  completion: Completion;
  reward: RewardScore;
  /** Undefined where the sample was dropped. */
  advantage?: number;
  /** Prompt and completion, with the weight that each token gets. */
  sequence: TrainingSequence;
}

/** What a step tells beside its loss; each where the objective has it. */
export interface StepMetrics {
  /** Mean total reward, and the mean of each part before its weight. */
  reward?: number;
  rewardParts?: Record<string, number>;
  /** Samples that were dropped for want of a finite reward, and groups whose rewards are all the same. */
  dropped?: number;
  flatGroups?: number;
  /** Means over the trained tokens: k3 to the reference in nats, entropy in nats, and the share of tokens that the clip holds back. */
  kl?: number;
  entropy?: number;
  clipFraction?: number;
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
  /** Settings that were changed since the step before, and hold from this one on. */
  changed?: SettingChange[];
}

export type RunState = 'running' | 'paused' | 'finished' | 'stopped' | 'failed';

export type LoadPhase = 'download' | 'read' | 'upload' | 'compile';

export type EngineEvent =
  /** Bytes fetched or read from files, parameters put in place, kernels compiled; the first two go on side by side. */
  | { type: 'progress'; phase: LoadPhase; done: number; total: number }
  /** Before the first step: the share, 0 to 1, of what is compiled, and on a real GPU measured, for the run's batches. */
  | { type: 'preparing'; run: number; share: number }
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

// ------------------------------------------------------------------ carrier

export interface RequestMessage<Requests, Name extends keyof Requests = keyof Requests> {
  id: number;
  name: Name;
  request: Requests[Name] extends { request: infer R } ? R : never;
}

export type HostMessage<Event> =
  { id: number; ok: true; reply: unknown } | { id: number; ok: false; error: ErrorReport } | { event: Event };
