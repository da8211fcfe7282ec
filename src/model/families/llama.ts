/**
 * @file Llama 1 to 3.x and what was made in its form, SmolLM2 among them. Touvron et al. 2023,
 * https://arxiv.org/abs/2302.13971; fields and defaults of transformers' LlamaConfig.
 */
import type { ConfigParts } from '../config';
import { activation, flag, present, refuse, type Fields } from '../config-fields';
import { readRope } from '../rope-config';
import { readSizes } from './rotary';

export function readLlama(fields: Fields): ConfigParts {
  if (present(fields, 'sliding_window')) {
    refuse('sliding_window is set, which Llama does not have; transformers would ignore it.');
  }
  const sizes = readSizes(fields, { contextLength: 2048, tied: false });
  const bias = flag(fields, 'attention_bias', false);
  return {
    family: 'llama',
    ...sizes,
    ropes: [readRope(fields, 10_000, sizes.contextLength)],
    activation: activation(fields, 'hidden_act', 'silu'),
    biases: { queryKeyValue: bias, output: bias, feedForward: flag(fields, 'mlp_bias', false) },
  };
}
