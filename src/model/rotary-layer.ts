/**
 * @file A layer of the families with rotary positions: Llama's, with what Qwen, SmolLM3 and Gemma 3 changed in it.
 */
import { gatedUnit } from '../ops/gated-unit';
import { rope } from '../ops/rope';
import type { Tensor } from '../plan/tensor';
import type { LayerContext, Stream } from './decoder-layers';
import { applyMatrices, applyMatrix } from './linear';
import { norm } from './norm';

/** Appends one layer. */
export function rotaryLayer(context: LayerContext, number: number, [s, pending]: Stream): Stream {
  const { plan, config, weights, inputs, attend } = context;
  const name = (part: string) => `layers.${number}.${part}`;
  const normed = (x: Tensor, part: string, residual?: Tensor) =>
    norm(context, x, `model.${name(part)}`, name(part), residual);
  const project = (x: Tensor, part: string) =>
    applyMatrix(plan, x, weights.matrix(`model.${name(part)}`), name(part));
  const projectAll = (x: Tensor, parts: readonly string[]) =>
    applyMatrices(
      plan,
      x,
      parts.map((part) => weights.matrix(`model.${name(part)}`)),
      parts.map(name),
    );

  const before = normed(s, 'input_layernorm', pending);
  const projected = projectAll(before.y, ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj']);
  const [queries, keys, v] = projected as [Tensor, Tensor, Tensor];
  const q = config.queryKeyNorm ? normed(queries, 'self_attn.q_norm').y : queries;
  const k = config.queryKeyNorm ? normed(keys, 'self_attn.k_norm').y : keys;
  const rotation = inputs.rotations[config.attention[number]?.rope ?? -1];
  if (rotation) {
    rope(plan, q, rotation, config.heads);
    rope(plan, k, rotation, config.keyValueHeads);
  }
  const attended = project(attend(number, q, k, v), 'self_attn.o_proj');

  const between = config.normsAfter
    ? normed(before.sum, 'pre_feedforward_layernorm', normed(attended, 'post_attention_layernorm').y)
    : normed(before.sum, 'post_attention_layernorm', attended);
  const [gate, up] = projectAll(between.y, ['mlp.gate_proj', 'mlp.up_proj']) as [Tensor, Tensor];
  const fed = project(gatedUnit(plan, gate, up, config.activation, name('mlp')), 'mlp.down_proj');
  return [between.sum, config.normsAfter ? normed(fed, 'post_feedforward_layernorm').y : fed];
}
