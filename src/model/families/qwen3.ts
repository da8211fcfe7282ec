/**
 * @file Qwen3 (dense): Llama with a norm on each head's queries and keys. https://arxiv.org/abs/2505.09388; fields and
 * defaults of transformers' Qwen3Config.
 */
import type { ConfigParts } from '../config';
import { activation, flag, type Fields } from '../config-fields';
import { readRope } from '../rope-config';
import { qwenWindows } from './qwen2';
import { readSizes } from './rotary';

export function readQwen3(fields: Fields): ConfigParts {
  const sizes = readSizes(fields, { keyValueHeads: 32, headSize: 128, contextLength: 32_768, tied: false });
  const bias = flag(fields, 'attention_bias', false);
  return {
    family: 'qwen3',
    ...sizes,
    ropes: [readRope(fields, 10_000, sizes.contextLength)],
    attention: qwenWindows(fields, sizes.layers).map((window) => ({ rope: 0, window })),
    activation: activation(fields, 'hidden_act', 'silu'),
    queryKeyNorm: true,
    biases: { queryKeyValue: bias, output: bias, feedForward: false },
  };
}
