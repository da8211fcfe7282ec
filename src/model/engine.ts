/**
 * @file The interface that every engine serves: the readable tfjs oracle, and the planned one on either executor.
 * Pure types; the page may import them.
 */
import type { Batch } from '../sequence/types';

/** Which parameters to run: as loaded, or as trained so far. */
export type Which = 'base' | 'tuned';

/** What was trained once, as `Engine.read` gave it, and what it was that was trained. */
export interface KeptWeights {
  adaptation: Adaptation;
  values: ReadonlyMap<string, Float32Array>;
}

/** The plan on the CPU, the plan in WGSL on the GPU, and the readable decoder in tfjs on the GPU. */
export type EngineKind = 'cpu' | 'wgsl' | 'oracle';

/**
 * How the weights that a model is loaded with are kept: as 32-bit floats, or, where they are not trained themselves, with
 * their matrices packed into halves, 8-bit or 4-bit integers (see ops/frozen-format.ts).
 */
export type BaseFormat = 'f32' | 'f16' | 'int8' | 'int4';

/** What of a model is trained: all of it, or the factors of LoRA beside weights that stay as they are. */
export type Adaptation = { kind: 'full' } | LoraAdaptation;

export interface LoraAdaptation {
  kind: 'lora';
  /** r: columns of B and rows of A. */
  rank: number;
  /** α: B · A is multiplied by α / r, or by α / √r in rsLoRA. */
  alpha: number;
  rsLora: boolean;
  /** Which projections, by the ends of their names, such as `q_proj`; or all matrices within the layers. */
  targets: 'all-linear' | readonly string[];
  /** Of the values that A begins with; B begins with zeros. */
  seed: number;
  /** Nothing is dropped: PEFT's setting, for its file. */
  dropout?: 0;
}

export interface AdamWSettings {
  /** Learning rate of this step, after the schedule. */
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Decoupled weight decay; applied to matrices, not to norm vectors. */
  weightDecay: number;
  /** Global gradient norm is clipped to this; Infinity switches clipping off. */
  clipNorm: number;
}

/**
 * How a token's log-probability ℓ enters the loss, before its weight.
 *
 * `nll`: −ℓ; with label smoothing ε, −(1 − ε)·ℓ − ε·(mean of ℓ over the vocabulary); probability-weighted (DFT), −p·ℓ with
 * p = exp ℓ held constant.
 * `policy`: −min(ρA, clip(ρ, 1 − clipLow, 1 + clipHigh)·A) + kl·k3, with ρ = exp(ℓ − old), k3 = exp(ref − ℓ) − (ref − ℓ) − 1;
 * every batch then has `policy`.
 */
export type TokenLoss =
  | { kind: 'nll'; labelSmoothing?: number; probabilityWeighted?: boolean }
  | { kind: 'policy'; clipLow: number; clipHigh: number; kl: number };

export interface StepOptions {
  /** Plain nll where it is left out. */
  loss?: TokenLoss;
  /** NEFTune: noise on the embeddings of this step. */
  neftune?: { alpha: number; seed: number };
  /** Logits are divided by it before log-probabilities are taken of them; 1 where it is left out. */
  temperature?: number;
}

export interface StepResult {
  /** Σ w·loss / norm over the whole accumulated batch. */
  loss: number;
  /** Global L2 norm of the gradient before clipping. */
  gradientNorm: number;
  /** Log-probability of every target before the update, whatever its weight: one array a batch, [rows · length]. */
  logProbs: Float32Array[];
  /** Entropy of every prediction in nats, likewise; absent where the engine does not give it. */
  entropies?: Float32Array[];
}

/** What was predicted at each place of a batch; all [rows · length] but where it says otherwise. */
export interface Predictions {
  /** Of each target. */
  logProbs: Float32Array;
  /** Of each prediction, in nats. */
  entropy: Float32Array;
  /** Of each target: 1 + how many tokens are more probable. */
  ranks: Int32Array;
  /** The most probable tokens, [rows · length, K]: the most probable first, of equal ones the smaller id. */
  topIds: Int32Array;
  /** Their log-probabilities, likewise. */
  topLogProbs: Float32Array;
}

export interface GenerateOptions {
  maxNewTokens: number;
  /** 0 is greedy. */
  temperature: number;
  /** Keep the smallest set of tokens whose probability reaches this; 1 keeps all. */
  topP: number;
  /** Keep so many of the most probable tokens; 0, the default, keeps all. */
  topK?: number;
  /** Keep tokens at least this times as probable as the most probable one; 0, the default, keeps all. */
  minP?: number;
  seed: number;
  /** Generation ends after any of these ids (the id itself is part of the output). */
  stopIds: number[];
}

export interface GeneratedToken {
  id: number;
  /** Under the model itself: temperature 1, all tokens allowed. */
  logProb: number;
  /** Of the model's prediction, in nats, where the engine gives it. */
  entropy?: number;
}

/** Why a text ended: an id that stops it, the limit of new tokens, or the model's context is full. */
export type Ending = 'stop' | 'limit' | 'context';

/** A text to be continued; see `Engine.generateMany`. */
export interface GenerationRequest {
  prompt: Int32Array;
  /**
   * In place of the options for all requests. Draws depend on the seed and the request's number, or on the seed alone
   * where the request has one of its own.
   */
  options?: Partial<GenerateOptions>;
  /**
   * Called when the text has ended. What it gives is the whole text to go on from, usually the same with more appended, such
   * as a tool's result; where it begins like the text before, that part is not computed again. `maxNewTokens` counts
   * from there. undefined ends the request. Other requests go on meanwhile.
   */
  extend?(text: Int32Array, ending: Ending): Int32Array | undefined | Promise<Int32Array | undefined>;
}

export interface ManyOptions extends GenerateOptions {
  /** Most texts that are written at once; by default what suits the executor. */
  sequences?: number;
  /**
   * Whether the texts must not depend on how long `extend` takes. Sums of a GPU may depend on what is computed together: there,
   * extended texts then go on only when all others have ended or wait.
   */
  reproducible?: boolean;
  /** Whether what texts begin with in common is computed once; so it is by default. */
  sharing?: boolean;
  /** Tokens that the longest text is expected to come to, extended ones included: room for more is made once one is longer. */
  longest?: number;
}

/** Some tokens of one request. */
export interface GenerationPart {
  /** Its number in the order of the requests, from 0. */
  request: number;
  tokens: GeneratedToken[];
  /** Why the text ends after these tokens, where it does; it may be extended. */
  ending?: Ending;
  /** Nothing more comes for this request. */
  done: boolean;
  /** Why the request cannot be continued: its prompt, its options or what extends it is of no use. Others go on. */
  error?: Error;
}

/** What a model's folder holds and what it will take, known from its configuration and the headers of its weights. */
export interface ModelDescription {
  /** `model_type` of its architecture: `llama`, `qwen3`, … */
  family: string;
  parameterCount: number;
  vocabularySize: number;
  contextLength: number;
  /** How weights are stored: `BF16`, … */
  dtypes: string[];
  /** Files of weights, and their bytes. */
  files: number;
  fileBytes: number;
  /**
   * Bytes that its parameters take while it is trained, by how the weights are kept: all of them trained as F32, or LoRA's
   * usual factors beside packed ones.
   */
  memory: Record<BaseFormat, number>;
}

/** Rows of a batch, and tokens of each, padding included. */
export interface BatchShape {
  rows: number;
  length: number;
}

/** Bytes by what they are for: the weights as loaded and as trained, and what training takes beside them. */
export interface MemoryUse {
  weights: number;
  gradients: number;
  /** The optimizer's state. */
  moments: number;
  /** What a forward pass leaves for the backward, and working memory. */
  activations: number;
  /** Batches and results. */
  inputs: number;
  /** Keys and values of texts that are written; absent where none are. */
  cache?: number;
}

/** What a run does beside plain steps, as far as it takes memory. */
export interface RunDemand {
  /** Of its steps. */
  step?: StepOptions | undefined;
  /** Texts that it writes: how many at most in one go, and how many tokens the longest may come to, its prompt included. */
  writing?: { texts: number; tokens: number } | undefined;
}

export interface MemoryForecast {
  use: MemoryUse;
  total: number;
  /** Tokens that each text that is written was counted with; what it grows beyond that, by results of calls, comes on top. */
  textTokens?: number;
  /** Why it cannot be had here, in a sentence; undefined where it can, as far as is known. */
  problem?: string;
}

/** A loaded model. Every method rejects with a named error, never with a silent number, when the device is lost or fails. */
export interface Engine {
  /** Parameters in the model and their shapes, by Hugging Face name. */
  readonly parameters: ReadonlyMap<string, readonly number[]>;
  readonly vocabularySize: number;
  readonly contextLength: number;
  /** Logits [rows, length, vocabulary], flattened. For tests and for views of alternatives; not used in training. */
  logits(batch: Batch, which: Which): Promise<Float32Array>;
  /** Log-probability of each target, [rows · length]; logits are divided by `temperature`, which is 1 where it is left out. */
  score(batch: Batch, which: Which, temperature?: number): Promise<Float32Array>;
  /** The same with what else was predicted there. */
  predictions(batch: Batch, which: Which | KeptWeights): Promise<Predictions>;
  /** Loss and the gradient of everything that is trained, by the names of `read`; it stays as it is. */
  lossAndGradients(
    batch: Batch,
    options?: StepOptions,
  ): Promise<{ loss: number; gradients: Map<string, Float32Array> }>;
  /**
   * Makes ready for steps with batches of these shapes, the most frequent first, so that the first step waits for nothing.
   *
   * @param onProgress gets the share that is done, 0 to 1, and the kernels that were compiled for it; not called where there is nothing
   * to compile and to measure, as everything is by a second run
   * @param options of the steps: another kind of loss takes other plans
   * @param signal aborted when nobody waits for it any more: what has not begun then is left
   */
  prepare?(
    shapes: readonly BatchShape[],
    onProgress?: (share: number, programs: number) => void,
    options?: StepOptions,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Whether steps compute each layer twice instead of keeping what it computed: slower, and takes less memory. */
  recompute?: boolean;
  /** Bytes held at present. */
  readonly memoryBytes?: number;
  /**
   * What will be held once steps with batches of these shapes were made.
   *
   * @param recompute as the property of that name, whatever that is now
   */
  forecast?(shapes: readonly BatchShape[], recompute: boolean, demand?: RunDemand): MemoryForecast;
  /** One AdamW update over the accumulated micro-batches (all carry the norm of the whole). */
  step(batches: Batch[], settings: AdamWSettings, options?: StepOptions): Promise<StepResult>;
  /**
   * Samples a continuation of `prompt`; yields each token as it is read back; ends at a stop id, the limit or the signal.
   * Kept weights are those of the text alone: what is trained stays as it is.
   *
   * @throws LosslightError `kept-misfit` where kept weights are not this model's.
   */
  generate(
    prompt: Int32Array,
    options: GenerateOptions,
    which: Which | KeptWeights,
    signal?: AbortSignal,
  ): AsyncGenerator<GeneratedToken, void, void>;
  /**
   * Continues any number of texts, several at a time: as one ends, the next request takes its place. Tokens come in the
   * order in which they are drawn, a few of one request at a time. A request's text does not depend on the others. All come
   * from the parameters as they are when the first part is asked for. Ends when all are done, or at the signal.
   */
  generateMany(
    requests: Iterable<GenerationRequest> | AsyncIterable<GenerationRequest>,
    options: ManyOptions,
    which: Which | KeptWeights,
    signal?: AbortSignal,
  ): AsyncGenerator<GenerationPart, void, void>;
  /** How the loaded weights are kept. */
  readonly baseFormat: BaseFormat;
  /** What is trained now. */
  readonly adaptation: Adaptation;
  /** How many numbers are trained. */
  readonly trainedCount: number;
  /**
   * Trains something else from now on; what was trained so far is given up, and tuned equals base again.
   *
   * @throws LosslightError `bad-adapter` where a setting makes no sense for this model; `packed-base` where everything is to
   * be trained, and the loaded weights are packed. Then all stays as it was.
   */
  adapt(adaptation: Adaptation): Promise<void>;
  /** Tuned parameters back to the loaded ones, LoRA's to what they began with; optimizer state cleared. */
  reset(): Promise<void>;
  /** A copy of what is trained: all parameters by Hugging Face's names, or LoRA's factors by PEFT's. */
  read(): Promise<Map<string, Float32Array>>;
  /**
   * Puts values, such as an adapter's, in place of all that `read` gives; optimizer state cleared.
   *
   * @throws RangeError where one is missing or of another size; then nothing was changed.
   */
  write(values: ReadonlyMap<string, Float32Array>): Promise<void>;
  /**
   * All parameters as they are tuned now, as floats and with LoRA merged into the matrices it adapts; a tensor, or some
   * rows of it, at a time. For export: it must not be trained meanwhile.
   */
  merged(): AsyncGenerator<
    { name: string; shape: readonly number[]; firstRow: number; values: Float32Array },
    void,
    void
  >;
  /**
   * All that the next step depends on, beside what it is given: parameters and the optimizer's state. Absent where an engine
   * cannot tell.
   */
  save?(): Promise<EngineState>;
  /**
   * Goes on from there, bit for bit.
   *
   * @throws RangeError where it is of another model or adaptation; then nothing was changed.
   */
  restore?(state: EngineState): Promise<void>;
  dispose(): void;
}

/** What is trained, by the names of `read`, with the optimizer's moments. */
export interface EngineState {
  values: ReadonlyMap<string, Float32Array>;
  /** First and second moments, pool by pool. */
  moments: readonly { first: Float32Array; second: Float32Array }[];
  /** Updates since the moments were zeros. */
  steps: number;
}
