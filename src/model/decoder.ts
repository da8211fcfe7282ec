/**
 * @file The Llama decoder in plain tensor operations: what a token's vector goes through, from its id to the logits of
 * the token after it. Sizes in comments: B rows, T tokens a row, N = B·T, d hidden, H query heads, K key heads, h head.
 *
 * Architecture: Touvron et al. 2023, https://arxiv.org/abs/2302.13971; parameter names as in transformers' `LlamaForCausalLM`.
 */
import * as tf from '../tensor/tf';
import type { ModelConfig } from './config';
import { embed } from './embedding';

/** The model's tensors by their Hugging Face names; matrices are [out, in]. */
export type Parameters = ReadonlyMap<string, tf.Tensor>;

/** What a forward pass needs beside the parameters; see `inputs.ts` for how it is made. */
export interface DecoderInput {
  rows: number;
  length: number;
  /** [B · T] token ids. */
  ids: Int32Array;
  /** Cosine and sine of every rotary angle, [B, 1, T, h / 2]. */
  cos: tf.Tensor;
  sin: tf.Tensor;
  /** Added to attention scores, [B, 1, T, keys]: 0 where a token may look, a large negative number where it may not. */
  mask: tf.Tensor;
  /** NEFTune's noise on the embeddings, [N, d], where a step has it. */
  noise?: tf.Tensor;
  /** Generation keeps keys and values here: takes the new ones, [B, K, T, h], and gives all to attend to, [B, K, keys, h]. */
  remember?: (layer: number, keys: tf.Tensor, values: tf.Tensor) => { keys: tf.Tensor; values: tf.Tensor };
}

/** Hidden states after the last norm, [N, d]. */
export function decode(config: ModelConfig, parameters: Parameters, input: DecoderInput): tf.Tensor {
  const weight = (name: string) => parameter(parameters, `${name}.weight`);
  let x = embed(weight('model.embed_tokens'), input.ids);
  if (input.noise) x = x.add(input.noise);
  for (let layer = 0; layer < config.layers; layer++) {
    const of = (name: string) => weight(`model.layers.${layer}.${name}`);
    x = x.add(attention(config, of, layer, rmsNorm(x, of('input_layernorm'), config.normEpsilon), input));
    x = x.add(feedForward(of, rmsNorm(x, of('post_attention_layernorm'), config.normEpsilon)));
  }
  return rmsNorm(x, weight('model.norm'), config.normEpsilon);
}

/** Logits [N, V] of hidden states [N, d]: how well each token of the vocabulary fits as the next one. */
export function predict(config: ModelConfig, parameters: Parameters, hidden: tf.Tensor): tf.Tensor2D {
  return linear(hidden, parameter(parameters, config.tied ? 'model.embed_tokens.weight' : 'lm_head.weight'));
}

/** x / √(mean(x²) + ε) · scale, over the last dimension. https://arxiv.org/abs/1910.07467 */
function rmsNorm(x: tf.Tensor, scale: tf.Tensor, epsilon: number): tf.Tensor {
  return x.mul(x.square().mean(-1, true).add(epsilon).rsqrt()).mul(scale);
}

/** x · weightᵀ: [N, in] and [out, in] give [N, out]. */
function linear(x: tf.Tensor, weight: tf.Tensor): tf.Tensor2D {
  return tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D, false, true);
}

/** Each token gathers values from the tokens that it may look at, weighted by how well their keys fit its query. */
function attention(
  config: ModelConfig,
  weight: (name: string) => tf.Tensor,
  layer: number,
  x: tf.Tensor,
  input: DecoderInput,
): tf.Tensor {
  const { rows: B, length: T } = input;
  const { heads: H, keyValueHeads: K, headSize: h } = config;
  const split = (y: tf.Tensor, heads: number) => y.reshape([B, T, heads, h]).transpose([0, 2, 1, 3]);

  const queries = rotate(split(linear(x, weight('self_attn.q_proj')), H), input);
  const own = {
    keys: rotate(split(linear(x, weight('self_attn.k_proj')), K), input),
    values: split(linear(x, weight('self_attn.v_proj')), K),
  };
  const { keys, values } = input.remember?.(layer, own.keys, own.values) ?? own;
  const S = keys.shape[2] ?? T;

  // Query heads share key heads in groups: one group's queries are stacked, [B, K, (H / K) · T, h].
  const grouped = queries.reshape([B, K, (H / K) * T, h]);
  const scores = tf.matMul(grouped, keys, false, true).mul(1 / Math.sqrt(h));
  const share = tf.softmax(scores.reshape([B, H, T, S]).add(input.mask));
  const mixed = tf.matMul(share.reshape([B, K, (H / K) * T, S]), values);

  const joined = mixed.reshape([B, H, T, h]).transpose([0, 2, 1, 3]);
  return linear(joined.reshape([B * T, H * h]), weight('self_attn.o_proj'));
}

/**
 * RoPE: turns each pair (x[i], x[i + h/2]) by its angle, so that a query and a key fit by their distance.
 * https://arxiv.org/abs/2104.09864, in the order of halves that Hugging Face's weights use.
 */
function rotate(x: tf.Tensor, { cos, sin }: DecoderInput): tf.Tensor {
  const [a, b] = tf.split(x, 2, 3) as [tf.Tensor, tf.Tensor];
  return tf.concat([a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))], 3);
}

/** SwiGLU: down(silu(gate(x)) · up(x)), silu(y) = y · σ(y). https://arxiv.org/abs/2002.05202 */
function feedForward(weight: (name: string) => tf.Tensor, x: tf.Tensor): tf.Tensor {
  const gate = linear(x, weight('mlp.gate_proj'));
  const up = linear(x, weight('mlp.up_proj'));
  return linear(gate.mul(gate.sigmoid()).mul(up), weight('mlp.down_proj'));
}

function parameter(parameters: Parameters, name: string): tf.Tensor {
  const tensor = parameters.get(name);
  if (!tensor) throw new RangeError(`The model has no parameter “${name}”.`);
  return tensor;
}
