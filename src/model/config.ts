/**
 * @file A Hugging Face `config.json` as what the decoder needs to know. What the decoder cannot do exactly is refused by
 * name: a model that is computed almost right looks right. Each family has a file under families/.
 */
import type { ActivationName } from '../ops/gated-unit';
import type { RopeParameters } from '../ops/rope-tables';
import { isFields, present, refuse, show, type Fields } from './config-fields';
import { readGemma3 } from './families/gemma3';
import { readGpt2 } from './families/gpt2';
import { readLlama } from './families/llama';
import { readQwen2 } from './families/qwen2';
import { readQwen3 } from './families/qwen3';
import { readSmolLM3 } from './families/smollm3';

/** Architectures that can be computed; each has a file under families/. */
export type Family = 'llama' | 'qwen2' | 'qwen3' | 'smollm3' | 'gemma3' | 'gpt2';

/** How one layer attends. */
export interface AttentionKind {
  /** Which of the model's `ropes` turns queries and keys; none where the layer knows no positions. */
  rope?: number;
  /** How many tokens back, itself included, a token looks; all where absent. */
  window?: number | undefined;
  /** What scores are multiplied with, where it is not the model's `attentionScale`. */
  scale?: number;
}

/** Sizes and constants of a decoder. */
export interface ModelConfig {
  family: Family;
  vocabularySize: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  /** Heads of keys and values; each serves heads / keyValueHeads query heads. */
  keyValueHeads: number;
  /** Components of one head; even where RoPE turns pairs. */
  headSize: number;
  /** RMSNorm, RMSNorm with scales that are kept less one, or LayerNorm. */
  norm: 'rms' | 'rms-plus-one' | 'layer';
  normEpsilon: number;
  /** Whether what attention and feed-forward compute is normed before it is added to the stream. */
  normsAfter: boolean;
  /** RoPE in the forms that layers use; none in models with learned positions. */
  ropes: readonly RopeParameters[];
  /** Whether each position has an embedding that is added to the token's. */
  learnedPositions: boolean;
  /** One a layer. */
  attention: readonly AttentionKind[];
  /** What attention scores are multiplied with; 1 / √headSize in most families. */
  attentionScale: number;
  /** Whether queries and keys of each head are normed before RoPE. */
  queryKeyNorm: boolean;
  /** Which products add a bias. */
  biases: { queryKeyValue: boolean; output: boolean; feedForward: boolean };
  activation: ActivationName;
  /** What embeddings are multiplied with. */
  embeddingScale: number;
  /** Longest sequence, in tokens: `max_position_embeddings`. */
  contextLength: number;
  /** The output matrix is the embedding table. */
  tied: boolean;
}

/** A configuration in which what is as in a Llama may be left out. */
export type ConfigParts = Sizes & Partial<ModelConfig>;

/** What differs from model to model in every family. */
type Sizes = Pick<
  ModelConfig,
  'vocabularySize' | 'hiddenSize' | 'intermediateSize' | 'layers' | 'heads' | 'contextLength'
>;

/** A configuration from sizes; what is not given is as in a Llama with tied embeddings. */
export function makeConfig(given: ConfigParts): ModelConfig {
  const headSize = given.headSize ?? given.hiddenSize / given.heads;
  return {
    family: 'llama',
    keyValueHeads: given.heads,
    headSize,
    norm: 'rms',
    normEpsilon: 1e-5,
    normsAfter: false,
    ropes: [{ type: 'default', theta: 10_000 }],
    learnedPositions: false,
    attention: new Array<AttentionKind>(given.layers).fill({ rope: 0 }),
    attentionScale: 1 / Math.sqrt(headSize),
    queryKeyNorm: false,
    biases: { queryKeyValue: false, output: false, feedForward: false },
    activation: 'silu',
    embeddingScale: 1,
    tied: true,
    ...given,
  };
}

/** How a layer attends, as `attention` takes it. */
export function attentionOptions(
  { heads, keyValueHeads, attention, attentionScale }: ModelConfig,
  layer: number,
): { heads: number; keyValueHeads: number; scale: number; window?: number } {
  const { window, scale = attentionScale } = attention[layer] ?? {};
  return { heads, keyValueHeads, scale, ...(window === undefined ? {} : { window }) };
}

const READERS: Readonly<Record<string, (fields: Fields) => ConfigParts>> = {
  llama: readLlama,
  qwen2: readQwen2,
  qwen3: readQwen3,
  smollm3: readSmolLM3,
  gemma3_text: readGemma3,
  gpt2: readGpt2,
};

/** Why some that people may try are not among them. */
const REASONS: Readonly<Record<string, string>> = {
  gemma3: 'it reads images, too; only the text models of Gemma 3 (“gemma3_text”) can be loaded',
  gemma2: 'its soft caps are not supported',
};

/**
 * Reads `config.json`, in the spelling of transformers 4 (`rope_theta`, `rope_scaling`) or 5 (`rope_parameters`).
 * Absent fields take the defaults of the family's configuration in transformers; the sizes of the matrices must be there.
 *
 * @throws LosslightError `bad-model`, naming the field, where the file is malformed or asks for what is not supported.
 */
export function parseConfig(text: string): ModelConfig {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch (cause) {
    refuse(
      `this is not JSON (${(cause as Error).message}).`,
      'Check that the address leads to a model folder.',
    );
  }
  if (!isFields(fields)) refuse('the file must hold an object.');
  const type = fields['model_type'];
  const read = typeof type === 'string' && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (!read) {
    const reason = typeof type === 'string' && Object.hasOwn(REASONS, type) ? `: ${REASONS[type]}` : '';
    refuse(`model_type is ${show(type)}${reason}.`);
  }
  if (present(fields, 'quantization_config')) {
    const method = isFields(fields['quantization_config']) && fields['quantization_config']['quant_method'];
    refuse(
      `the model is quantized (quantization_config${typeof method === 'string' ? `, ${method}` : ''}).`,
      'Load the unquantized model; its matrices can be kept as int8 or int4 here.',
    );
  }
  refuseOtherHeads(fields);
  return makeConfig(read(fields));
}

/** A model with another head than that of a language model has weights of other names. */
function refuseOtherHeads(fields: Fields): void {
  const names = fields['architectures'];
  if (!Array.isArray(names) || names.length === 0) return;
  if (names.some((name) => typeof name === 'string' && /(ForCausalLM|LMHeadModel|Model)$/.test(name))) return;
  refuse(`architectures is ${show(names)}; only language models (“…ForCausalLM”) can be loaded.`);
}
