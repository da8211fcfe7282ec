/**
 * @file SmolLM3: Llama, every few layers of which know no positions (NoPE, https://arxiv.org/abs/2501.18795); fields and
 * defaults of transformers' SmolLM3Config.
 */
import type { ConfigParts } from '../config';
import { activation, count, flag, refuse, show, type Fields } from '../config-fields';
import { readRope } from '../rope-config';
import { readSizes } from './rotary';
import { readWindows } from './windows';

export function readSmolLM3(fields: Fields): ConfigParts {
  const sizes = readSizes(fields, { keyValueHeads: 4, contextLength: 32_768, tied: true });
  const bias = flag(fields, 'attention_bias', false);
  const turns = layersWithRope(fields, sizes.layers);
  const windows = readWindows(fields, sizes.layers, undefined, (layer) =>
    turns[layer] ? 'full_attention' : 'sliding_attention',
  );
  return {
    family: 'smollm3',
    ...sizes,
    ropes: [readRope(fields, 2_000_000, sizes.contextLength)],
    attention: turns.map((turned, layer) => ({
      ...(turned ? { rope: 0 } : {}),
      window: windows[layer],
    })),
    activation: activation(fields, 'hidden_act', 'silu'),
    biases: { queryKeyValue: bias, output: bias, feedForward: flag(fields, 'mlp_bias', false) },
  };
}

/** `no_rope_layers`, in which 1 means that the layer has RoPE; by default every fourth layer has none. */
function layersWithRope(fields: Fields, layers: number): boolean[] {
  const given = fields['no_rope_layers'];
  if (given === undefined || given === null) {
    const interval = count(fields, 'no_rope_layer_interval', 4);
    return Array.from({ length: layers }, (_, layer) => (layer + 1) % interval !== 0);
  }
  if (!Array.isArray(given) || given.length < layers || !given.every((one) => one === 0 || one === 1)) {
    refuse(`no_rope_layers must be a list of 0 and 1 for ${layers} layers, not ${show(given)}.`);
  }
  return given.slice(0, layers).map((one) => one === 1);
}
