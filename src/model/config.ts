/**
 * @file A Hugging Face `config.json` as the few sizes that the decoder needs. What the decoder cannot do exactly is
 * refused by name: a model that is computed almost right looks right.
 */
import { LosslightError } from '../errors';

/** Sizes and constants of a Llama decoder. */
export interface ModelConfig {
  vocabularySize: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  /** Heads of keys and values; each serves heads / keyValueHeads query heads. */
  keyValueHeads: number;
  /** Components of one head; even, because RoPE turns pairs. */
  headSize: number;
  normEpsilon: number;
  ropeTheta: number;
  /** Longest sequence, in tokens: `max_position_embeddings`. */
  contextLength: number;
  /** The output matrix is the embedding table. */
  tied: boolean;
}

type Fields = Record<string, unknown>;

const SUPPORTED =
  'Only unquantized models with model_type “llama” can be loaded (Llama, SmolLM2 and their like).';

function refuse(message: string, remedy = SUPPORTED): never {
  throw new LosslightError('bad-model', `config.json: ${message}`, remedy);
}

/**
 * Reads `config.json`, in the spelling of transformers 4 (`rope_theta`, `rope_scaling`) or 5 (`rope_parameters`).
 * Absent fields take the defaults of transformers' LlamaConfig.
 *
 * @throws LosslightError `bad-model`, naming the field, where the file is malformed or asks for what is not supported.
 */
export function parseConfig(text: string): ModelConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    refuse(
      `this is not JSON (${(cause as Error).message}).`,
      'Check that the address leads to a model folder.',
    );
  }
  if (!isFields(json)) refuse('the file must hold an object.');
  const fields: Fields = json;
  refuseUnsupported(fields);

  const hiddenSize = count(fields, 'hidden_size');
  const heads = count(fields, 'num_attention_heads');
  const keyValueHeads = count(fields, 'num_key_value_heads', heads);
  const headSize = count(fields, 'head_dim', hiddenSize / heads);
  if (heads % keyValueHeads !== 0) {
    refuse(`num_attention_heads (${heads}) is not a multiple of num_key_value_heads (${keyValueHeads}).`);
  }
  if (headSize % 2 !== 0) refuse(`head_dim (${headSize}) is odd; rotary positions need pairs.`);
  return {
    vocabularySize: count(fields, 'vocab_size'),
    hiddenSize,
    intermediateSize: count(fields, 'intermediate_size'),
    layers: count(fields, 'num_hidden_layers'),
    heads,
    keyValueHeads,
    headSize,
    normEpsilon: positive(fields, 'rms_norm_eps', 1e-6),
    ropeTheta: readRopeTheta(fields),
    contextLength: count(fields, 'max_position_embeddings', 2048),
    tied: flag(fields, 'tie_word_embeddings', false),
  };
}

/** Names and shapes of the model's parameters, as in the safetensors file. Matrices are [out, in]. */
export function parameterShapes(config: ModelConfig): Map<string, number[]> {
  const { hiddenSize: d, intermediateSize, vocabularySize } = config;
  const queries = config.heads * config.headSize;
  const keys = config.keyValueHeads * config.headSize;
  const shapes = new Map<string, number[]>([['model.embed_tokens.weight', [vocabularySize, d]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    const add = (name: string, shape: number[]) => shapes.set(`model.layers.${layer}.${name}.weight`, shape);
    add('input_layernorm', [d]);
    add('self_attn.q_proj', [queries, d]);
    add('self_attn.k_proj', [keys, d]);
    add('self_attn.v_proj', [keys, d]);
    add('self_attn.o_proj', [d, queries]);
    add('post_attention_layernorm', [d]);
    add('mlp.gate_proj', [intermediateSize, d]);
    add('mlp.up_proj', [intermediateSize, d]);
    add('mlp.down_proj', [d, intermediateSize]);
  }
  shapes.set('model.norm.weight', [d]);
  if (!config.tied) shapes.set('lm_head.weight', [vocabularySize, d]);
  return shapes;
}

function refuseUnsupported(fields: Fields): void {
  if (fields['model_type'] !== 'llama') refuse(`model_type is ${show(fields['model_type'])}.`);
  if (present(fields, 'quantization_config')) refuse('the model is quantized (quantization_config).');
  for (const name of ['attention_bias', 'mlp_bias']) {
    if (flag(fields, name, false)) refuse(`${name} is true; biases are not supported.`);
  }
  const activation = fields['hidden_act'] ?? 'silu';
  if (activation !== 'silu') refuse(`hidden_act is ${show(activation)}; only “silu” is supported.`);
  if (present(fields, 'sliding_window')) refuse('sliding_window attention is not supported.');
}

/** RoPE's base. Any scaling of the frequencies is refused: it changes every position. */
function readRopeTheta(fields: Fields): number {
  const thetas: number[] = [];
  for (const name of ['rope_parameters', 'rope_scaling']) {
    const rope = fields[name];
    if (rope === undefined || rope === null) continue;
    if (!isFields(rope)) refuse(`${name} must be an object or null, not ${show(rope)}.`);
    const type = rope['rope_type'] ?? rope['type'] ?? 'default';
    if (type !== 'default')
      refuse(`${name} asks for ${show(type)}; scaled rotary positions are not supported.`);
    if ((rope['partial_rotary_factor'] ?? 1) !== 1) refuse(`${name}.partial_rotary_factor is not supported.`);
    if (present(rope, 'rope_theta')) thetas.push(positive(rope, 'rope_theta'));
  }
  if ((fields['partial_rotary_factor'] ?? 1) !== 1) refuse('partial_rotary_factor is not supported.');
  if (present(fields, 'rope_theta')) thetas.push(positive(fields, 'rope_theta'));
  if (new Set(thetas).size > 1) {
    refuse(
      `rope_theta is given as ${thetas.join(' and as ')}.`,
      'Correct the file; transformers would use one of them.',
    );
  }
  return thetas[0] ?? 10000;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function present(fields: Fields, name: string): boolean {
  return fields[name] !== undefined && fields[name] !== null;
}

function positive(fields: Fields, name: string, fallback?: number): number {
  const value = fields[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    refuse(`${name} must be a positive number, not ${show(value)}.`, 'Check that the file is complete.');
  }
  return value;
}

function count(fields: Fields, name: string, fallback?: number): number {
  const value = positive(fields, name, fallback);
  if (!Number.isSafeInteger(value)) refuse(`${name} must be a whole number, not ${value}.`);
  return value;
}

function flag(fields: Fields, name: string, fallback: boolean): boolean {
  const value = fields[name] ?? fallback;
  if (typeof value !== 'boolean') refuse(`${name} must be true or false, not ${show(value)}.`);
  return value;
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}
