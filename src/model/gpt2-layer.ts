/**
 * @file A layer of GPT-2: one product for queries, keys and values, and a feed-forward part without a gate.
 */
import { activate } from '../ops/gated-unit';
import { splitColumns } from '../ops/split-columns';
import type { Tensor } from '../plan/tensor';
import type { LayerContext, Stream } from './decoder-layers';
import { applyMatrix } from './linear';
import { norm } from './norm';

/** Appends one layer. */
export function gpt2Layer(context: LayerContext, number: number, [s, pending]: Stream): Stream {
  const { plan, config, weights, attend } = context;
  const name = (part: string) => `h.${number}.${part}`;
  const project = (x: Tensor, part: string) =>
    applyMatrix(plan, x, weights.matrix(`transformer.${name(part)}`), name(part));

  const before = norm(context, s, `transformer.${name('ln_1')}`, name('ln_1'), pending);
  const all = project(before.y, 'attn.c_attn');
  const width = config.hiddenSize;
  const [q, k, v] = splitColumns(plan, all, [width, width, width]) as [Tensor, Tensor, Tensor];
  const attended = project(attend(number, q, k, v), 'attn.c_proj');

  const between = norm(context, before.sum, `transformer.${name('ln_2')}`, name('ln_2'), attended);
  const hidden = activate(plan, project(between.y, 'mlp.c_fc'), config.activation, name('mlp'));
  return [between.sum, project(hidden, 'mlp.c_proj')];
}
