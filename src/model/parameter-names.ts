/**
 * @file Names and shapes of a model's parameters as its family's files have them, and what else such files may hold.
 */
import type { ModelConfig } from './config';

/**
 * Names and shapes of the model's parameters, as in the safetensors file and in the order of the computation. Matrices
 * are [out, in] where `isTransposed` does not say otherwise.
 */
export function parameterShapes(config: ModelConfig): Map<string, number[]> {
  const { family, hiddenSize, vocabularySize } = config;
  const shapes = new Map<string, number[]>();
  shapes.set(`${tableName(config)}.weight`, [vocabularySize, hiddenSize]);
  if (family === 'gpt2') addGpt2(config, shapes);
  else addRotary(config, shapes);
  if (!config.tied) shapes.set('lm_head.weight', [vocabularySize, hiddenSize]);
  return shapes;
}

/** Llama's names, and what the other families with rotary positions have beside them. */
function addRotary(config: ModelConfig, shapes: Map<string, number[]>): void {
  const { hiddenSize: d, intermediateSize, headSize, biases } = config;
  const queries = config.heads * headSize;
  const keys = config.keyValueHeads * headSize;
  for (let layer = 0; layer < config.layers; layer++) {
    const add = (name: string, shape: number[], bias = false) => {
      shapes.set(`model.layers.${layer}.${name}.weight`, shape);
      if (bias) shapes.set(`model.layers.${layer}.${name}.bias`, shape.slice(0, 1));
    };
    add('input_layernorm', [d]);
    add('self_attn.q_proj', [queries, d], biases.queryKeyValue);
    add('self_attn.k_proj', [keys, d], biases.queryKeyValue);
    add('self_attn.v_proj', [keys, d], biases.queryKeyValue);
    if (config.queryKeyNorm) {
      add('self_attn.q_norm', [headSize]);
      add('self_attn.k_norm', [headSize]);
    }
    add('self_attn.o_proj', [d, queries], biases.output);
    add('post_attention_layernorm', [d]);
    if (config.normsAfter) add('pre_feedforward_layernorm', [d]);
    add('mlp.gate_proj', [intermediateSize, d], biases.feedForward);
    add('mlp.up_proj', [intermediateSize, d], biases.feedForward);
    add('mlp.down_proj', [d, intermediateSize], biases.feedForward);
    if (config.normsAfter) add('post_feedforward_layernorm', [d]);
  }
  shapes.set('model.norm.weight', [d]);
}

function addGpt2(config: ModelConfig, shapes: Map<string, number[]>): void {
  const { hiddenSize: d, intermediateSize, contextLength } = config;
  const add = (name: string, shape: number[]) => {
    shapes.set(`transformer.${name}.weight`, shape);
    shapes.set(`transformer.${name}.bias`, shape.slice(-1));
  };
  shapes.set('transformer.wpe.weight', [contextLength, d]);
  for (let layer = 0; layer < config.layers; layer++) {
    add(`h.${layer}.ln_1`, [d]);
    add(`h.${layer}.attn.c_attn`, [d, 3 * d]);
    add(`h.${layer}.attn.c_proj`, [d, d]);
    add(`h.${layer}.ln_2`, [d]);
    add(`h.${layer}.mlp.c_fc`, [d, intermediateSize]);
    add(`h.${layer}.mlp.c_proj`, [intermediateSize, d]);
  }
  add('ln_f', [d]);
}

/** Whether a matrix is stored [in, out]; its name with or without “.weight”. */
export function isTransposed(config: ModelConfig, name: string): boolean {
  return config.family === 'gpt2' && /\.(c_attn|c_proj|c_fc)(\.weight)?$/.test(name);
}

/** The name of the embedding table, without “.weight”. */
export function tableName({ family }: ModelConfig): string {
  return family === 'gpt2' ? 'transformer.wte' : 'model.embed_tokens';
}

/** The name of the output matrix, without “.weight”: that of the embedding table where they are tied. */
export function headName(config: ModelConfig): string {
  return config.tied ? tableName(config) : 'lm_head';
}

/** The name of a stored tensor as `parameterShapes` has it: older GPT-2 files leave out “transformer.”. */
export function canonicalName(config: ModelConfig, stored: string): string {
  if (config.family !== 'gpt2' || stored === 'lm_head.weight' || stored.startsWith('transformer.')) {
    return stored;
  }
  return `transformer.${stored}`;
}

/**
 * Whether a stored tensor that is no parameter may be left out: buffers that older versions of transformers saved, and
 * which follow from the configuration.
 *
 * @param name as `canonicalName` gives it
 */
export function isBuffer({ family }: ModelConfig, name: string): boolean {
  return (
    name.endsWith('.rotary_emb.inv_freq') ||
    (family === 'gpt2' && /^transformer\.h\.\d+\.attn\.(bias|masked_bias)$/.test(name))
  );
}
