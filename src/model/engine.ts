/**
 * @file The interface that every engine serves: the readable tfjs oracle, and the planned one on either executor.
 * Pure types; the page may import them.
 */
import type { Batch } from '../sequence/types';

/** Which parameters to run: as loaded, or as trained so far. */
export type Which = 'base' | 'tuned';

/** The plan on the CPU, the plan in WGSL on the GPU, and the readable decoder in tfjs on the GPU. */
export type EngineKind = 'cpu' | 'wgsl' | 'oracle';

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

export interface StepResult {
  /** Σ w·nll / norm over the whole accumulated batch. */
  loss: number;
  /** Global L2 norm of the gradient before clipping. */
  gradientNorm: number;
  /** Log-probability of every target, whatever its weight: one array a batch, [rows · length]. */
  logProbs: Float32Array[];
}

export interface GenerateOptions {
  maxNewTokens: number;
  /** 0 is greedy. */
  temperature: number;
  /** Keep the smallest set of tokens whose probability reaches this; 1 keeps all. */
  topP: number;
  seed: number;
  /** Generation ends after any of these ids (the id itself is part of the output). */
  stopIds: number[];
}

export interface GeneratedToken {
  id: number;
  logProb: number;
}

/** A loaded model. Every method rejects with a named error, never with a silent number, when the device is lost or fails. */
export interface Engine {
  /** Parameters in the model and their shapes, by Hugging Face name. */
  readonly parameters: ReadonlyMap<string, readonly number[]>;
  readonly vocabularySize: number;
  readonly contextLength: number;
  /** Logits [rows, length, vocabulary], flattened. For tests and for views of alternatives; not used in training. */
  logits(batch: Batch, which: Which): Promise<Float32Array>;
  /** Log-probability of each target, [rows · length]. */
  score(batch: Batch, which: Which): Promise<Float32Array>;
  /** Loss and the gradient of every parameter; parameters stay as they are. */
  lossAndGradients(batch: Batch): Promise<{ loss: number; gradients: Map<string, Float32Array> }>;
  /** One AdamW update over the accumulated micro-batches (all carry the norm of the whole). */
  step(batches: Batch[], settings: AdamWSettings): Promise<StepResult>;
  /** Samples a continuation of `prompt`; yields each token as it is read back; ends at a stop id, the limit or the signal. */
  generate(
    prompt: Int32Array,
    options: GenerateOptions,
    which: Which,
    signal?: AbortSignal,
  ): AsyncGenerator<GeneratedToken, void, void>;
  /** Tuned parameters back to the loaded ones, optimizer state cleared. */
  reset(): Promise<void>;
  /** A copy of the tuned parameters, by Hugging Face name. */
  read(): Promise<Map<string, Float32Array>>;
  dispose(): void;
}
