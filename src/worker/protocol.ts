/**
 * @file The only door between the page and its two workers. Types, no code.
 *
 * Text host: imports files, renders templates, tokenizes. It handles untrusted text and can be killed and restarted
 * without hurting a run. Engine host: owns the device, the model and the training loop.
 * Every request carries an id that its reply repeats; a run's events carry the run's number, so that stale ones are dropped.
 */
import type { Conversation, ImportResult } from '../conversation/types';
import type { MaskPolicy } from '../mask/policy';
import type { GeneratedToken, GenerateOptions, Which } from '../model/engine';
import type { TrainingSequence } from '../sequence/types';
import type { Rendered, SegmentKind } from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';

/** An error with what a person can do about it; crosses the worker border as plain data. */
export interface ErrorReport {
  /** Stable name: `webgpu-missing`, `device-lost`, `gpu-error`, `bad-model`, `bad-template`, `timeout`, `zero-norm`, … */
  code: string;
  message: string;
  remedy: string;
}

// ---------------------------------------------------------------- text host

/** The three files that the mask view needs; no weights. */
export interface TokenizerFiles {
  tokenizerJson: string;
  tokenizerConfigJson: string;
  /** `chat_template.jinja`, where the folder has one; otherwise the template is in tokenizer_config.json. */
  chatTemplate?: string;
}

/** One conversation, rendered and tokenized, with what a strip needs to show. */
export interface Inspection {
  conversation: string;
  rendered: Rendered;
  encoded: Encoded;
}

export interface TextRequests {
  /** Loads tokenizer and template; everything after uses them. */
  open: { request: { files: TokenizerFiles }; reply: { vocabularySize: number; endOfTurnIds: number[] } };
  import: { request: { files: { name: string; text: string }[] }; reply: ImportResult };
  inspect: { request: { conversation: Conversation }; reply: Inspection };
  /** Whole-conversation sequences with the policy's weights. */
  sequences: {
    request: { conversations: Conversation[]; policy: MaskPolicy; maxLength: number };
    reply: { sequences: TrainingSequence[]; problems: { conversation: string; reason: string }[] };
  };
  /** The generation prompt for the messages before `upTo`: what the model sees when it has to speak. */
  prompt: { request: { conversation: Conversation; upTo: number }; reply: { ids: Int32Array; text: string } };
  /** Text of generated ids, special tokens shown, one string a token (bytes of split characters as `\xNN`). */
  decode: { request: { ids: number[] }; reply: { tokens: string[]; text: string } };
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
}

export interface DeviceInfo {
  vendor: string;
  architecture: string;
  description: string;
  /** True for a software device such as SwiftShader: correct, but slow. */
  software: boolean;
  features: string[];
}

export interface ModelInfo {
  parameterCount: number;
  vocabularySize: number;
  contextLength: number;
  device: DeviceInfo;
}

export interface EngineRequests {
  /** Fetches config.json and model.safetensors below `url` (same origin) and puts the weights on the device. */
  load: { request: { url: string }; reply: ModelInfo };
  /** Log-probability of every token of each sequence under base or tuned weights; [0] of each is 0. */
  score: { request: { sequences: TrainingSequence[]; which: Which }; reply: { logProbs: Float32Array[] } };
  /** Begins a run; resolves when the run is set up. Progress comes as events. Continues from the current weights. */
  train: {
    request: { sequences: TrainingSequence[]; settings: TrainSettings; startPaused: boolean };
    reply: { run: number };
  };
  /** `step` does a single update of a paused run; `stop` ends the run and keeps the weights. */
  control: { request: { run: number; action: 'pause' | 'resume' | 'step' | 'stop' }; reply: null };
  /** Back to the loaded weights; ends a run first. */
  reset: { request: null; reply: null };
  /** Tokens come as events with this request's id; the reply comes at the end. */
  generate: {
    request: { prompt: Int32Array; options: GenerateOptions; which: Which };
    reply: { tokens: GeneratedToken[] };
  };
  cancelGenerate: { request: null; reply: null };
  /** For tests and for teachers: makes the device go away, as a driver reset would. */
  loseDevice: { request: null; reply: null };
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
}

export type RunState = 'running' | 'paused' | 'finished' | 'stopped' | 'failed';

export type EngineEvent =
  | { type: 'progress'; phase: 'download' | 'upload'; done: number; total: number }
  | { type: 'step'; run: number; report: StepReport }
  | { type: 'run'; run: number; state: RunState; error?: ErrorReport }
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
