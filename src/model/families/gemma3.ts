/**
 * @file Gemma 3, text only: norms before and after each part with scales kept less one, norms on queries and keys, scaled
 * embeddings, five layers with a sliding window and a RoPE of their own to each without. https://arxiv.org/abs/2503.19786;
 * fields and defaults of transformers' Gemma3TextConfig.
 */
import type { RopeParameters } from '../../ops/rope-tables';
import type { ConfigParts } from '../config';
import {
  activation,
  count,
  flag,
  isFields,
  layerTypes,
  positive,
  present,
  refuse,
  show,
  type Fields,
  type LayerType,
} from '../config-fields';
import { ropeOf } from '../rope-config';
import { readSizes } from './rotary';

/** Bases of RoPE: of layers that see everything, and of those with a window. */
const GLOBAL = 1_000_000;
const LOCAL = 10_000;

export function readGemma3(fields: Fields): ConfigParts {
  for (const name of ['final_logit_softcapping', 'attn_logit_softcapping']) {
    if (present(fields, name)) refuse(`${name} is ${show(fields[name])}; soft caps are not supported.`);
  }
  if (flag(fields, 'use_bidirectional_attention', false)) {
    refuse('use_bidirectional_attention is true; only models that look back can be loaded.');
  }
  const sizes = readSizes(fields, { keyValueHeads: 4, headSize: 256, contextLength: 131_072, tied: true });
  const bias = flag(fields, 'attention_bias', false);
  const types = layerTypes(fields, sizes.layers) ?? usualLayers(fields, sizes.layers);
  const window = types.includes('sliding_attention') ? count(fields, 'sliding_window', 4096) : undefined;
  return {
    family: 'gemma3',
    ...sizes,
    norm: 'rms-plus-one',
    normsAfter: true,
    queryKeyNorm: true,
    ropes: (['full_attention', 'sliding_attention'] as const).map((type) =>
      ropeOfLayers(fields, type, sizes.contextLength),
    ),
    attention: types.map((type) => (type === 'full_attention' ? { rope: 0 } : { rope: 1, window })),
    attentionScale: positive(fields, 'query_pre_attn_scalar', 256) ** -0.5,
    activation: activation(fields, 'hidden_activation', 'gelu_pytorch_tanh'),
    // transformers rounds it to the type of the weights, which here is F32.
    embeddingScale: Math.fround(Math.sqrt(sizes.hiddenSize)),
    biases: { queryKeyValue: bias, output: bias, feedForward: false },
  };
}

/** Every sixth layer sees everything, or as many as the older field says. */
function usualLayers(fields: Fields, layers: number): LayerType[] {
  const pattern = count(fields, 'sliding_window_pattern', 6);
  return Array.from({ length: layers }, (_, layer) =>
    (layer + 1) % pattern === 0 ? 'full_attention' : 'sliding_attention',
  );
}

/** RoPE by kind of layer. In the older spelling `rope_scaling` is of the layers that see everything alone. */
function ropeOfLayers(fields: Fields, type: LayerType, contextLength: number): RopeParameters {
  const full = type === 'full_attention';
  const older = full ? 'rope_theta' : 'rope_local_base_freq';
  const theta = positive(fields, older, full ? GLOBAL : LOCAL);
  const all = fields['rope_parameters'];
  const scaling = full ? fields['rope_scaling'] : undefined;
  if (all !== undefined && all !== null) {
    if (!isFields(all)) refuse(`rope_parameters must be an object or null, not ${show(all)}.`);
    if (scaling !== undefined && scaling !== null) refuse('rope_parameters and rope_scaling are both given.');
    const unknown = Object.keys(all).find((key) => key !== 'full_attention' && key !== 'sliding_attention');
    if (unknown !== undefined) {
      refuse(`rope_parameters.${unknown} is not supported: Gemma 3 has them by kind of layer.`);
    }
    const rope = all[type] ?? {};
    if (!isFields(rope)) refuse(`rope_parameters.${type} must be an object, not ${show(rope)}.`);
    return ropeOf(rope, `rope_parameters.${type}`, theta, contextLength);
  }
  if (scaling === undefined || scaling === null) return { type: 'default', theta };
  if (!isFields(scaling)) refuse(`rope_scaling must be an object or null, not ${show(scaling)}.`);
  return ropeOf(scaling, 'rope_scaling', theta, contextLength);
}
