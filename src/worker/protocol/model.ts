/** @file The model in the engine host: where it is loaded from, what is known of it, how it is saved. */
import type { Adaptation, BaseFormat, EngineKind, ModelDescription } from '../../model/engine';
import type { ModelFiles } from '../../tokenizer/model-files';
import type { NamedBlob } from './file';

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
