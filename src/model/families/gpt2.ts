/**
 * @file GPT-2: LayerNorm, learned positions, biases everywhere, one product for queries, keys and values.
 * Radford et al. 2019, https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf;
 * fields and defaults of transformers' GPT2Config.
 */
import type { ConfigParts } from '../config';
import { activation, count, flag, layerCount, positive, refuse, type Fields } from '../config-fields';

export function readGpt2(fields: Fields): ConfigParts {
  if (flag(fields, 'add_cross_attention', false)) {
    refuse('add_cross_attention is true; only models of text alone can be loaded.');
  }
  const hiddenSize = count(fields, 'n_embd');
  const heads = count(fields, 'n_head');
  const layers = layerCount(fields, 'n_layer');
  if (hiddenSize % heads !== 0) refuse(`n_embd (${hiddenSize}) is not a multiple of n_head (${heads}).`);
  const headSize = hiddenSize / heads;
  const scale = flag(fields, 'scale_attn_weights', true) ? 1 / Math.sqrt(headSize) : 1;
  const byLayer = flag(fields, 'scale_attn_by_inverse_layer_idx', false);
  return {
    family: 'gpt2',
    vocabularySize: count(fields, 'vocab_size'),
    hiddenSize,
    intermediateSize: count(fields, 'n_inner', 4 * hiddenSize),
    layers,
    heads,
    keyValueHeads: heads,
    headSize,
    norm: 'layer',
    normEpsilon: positive(fields, 'layer_norm_epsilon', 1e-5),
    ropes: [],
    learnedPositions: true,
    attention: Array.from({ length: layers }, (_, layer) => (byLayer ? { scale: scale / (layer + 1) } : {})),
    attentionScale: scale,
    activation: activation(fields, 'activation_function', 'gelu_new'),
    biases: { queryKeyValue: true, output: true, feedForward: true },
    contextLength: count(fields, 'n_positions', 1024),
    tied: flag(fields, 'tie_word_embeddings', true),
  };
}
