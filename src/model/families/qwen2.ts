/**
 * @file Qwen2 and Qwen2.5: Llama with biases on queries, keys and values, and perhaps a sliding window in the later
 * layers. https://arxiv.org/abs/2407.10671; fields and defaults of transformers' Qwen2Config.
 */
import type { ConfigParts } from '../config';
import { activation, count, type Fields } from '../config-fields';
import { readRope } from '../rope-config';
import { readSizes } from './rotary';
import { readWindows } from './windows';

export function readQwen2(fields: Fields): ConfigParts {
  const sizes = readSizes(fields, { keyValueHeads: 32, contextLength: 32_768, tied: false });
  return {
    family: 'qwen2',
    ...sizes,
    ropes: [readRope(fields, 10_000, sizes.contextLength)],
    attention: qwenWindows(fields, sizes.layers).map((window) => ({ rope: 0, window })),
    activation: activation(fields, 'hidden_act', 'silu'),
    biases: { queryKeyValue: true, output: false, feedForward: false },
  };
}

/** The window of each layer: from layer `max_window_layers` on, where `use_sliding_window` is set. */
export function qwenWindows(fields: Fields, layers: number): (number | undefined)[] {
  const first = fields['max_window_layers'] === 0 ? 0 : count(fields, 'max_window_layers', 28);
  return readWindows(fields, layers, 4096, (layer) =>
    layer >= first ? 'sliding_attention' : 'full_attention',
  );
}
