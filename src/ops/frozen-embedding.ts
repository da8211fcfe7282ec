/**
 * @file Rows of a packed embedding table (see frozen-format.ts) for token ids, as floats.
 *
 * Shapes: table [V, D], ids [N] of i32, result [N, D]. y[n] = table[ids[n]]. Nothing is trained, so there is no backward.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Kernel } from '../plan/operation';
import type { Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';
import type { FrozenLayout } from './frozen-format';
import {
  frozenBuffers,
  frozenReads,
  frozenSizes,
  frozenTensors,
  FROZEN_UNIFORMS,
  quadWgsl,
  rowReader,
  type FrozenMatrix,
} from './frozen-matrix';

const KERNELS = new Map<string, Kernel>();

function kernelOf(layout: FrozenLayout): Kernel {
  const name = `frozen embedding ${layout.format} ${layout.group}`;
  const known = KERNELS.get(name);
  if (known) return known;
  const kernel = makeKernel({
    name,
    buffers: { ...frozenBuffers(layout), ids: 'read array<i32>', y: 'write array<f32>' },
    uniforms: { tokens: 'u32', width: 'u32', ...FROZEN_UNIFORMS },
    declarations: quadWgsl(layout),
    body: `
  let quads = (sizes.width + 3u) / 4u;
  let token = index / quads;
  if (token >= sizes.tokens) { return; }
  let column = index % quads;
  let values = quad(u32(ids[token]), column);
  for (var i = 0u; i < min(4u, sizes.width - 4u * column); i++) {
    y[token * sizes.width + 4u * column + i] = values[i];
  }`,
  });
  KERNELS.set(name, kernel);
  return kernel;
}

/**
 * Appends the look-up.
 *
 * @param ids [N] i32, all below V: a device reads anything beyond the table without a word
 */
export function frozenEmbedding(
  plan: PlanBuilder,
  table: FrozenMatrix,
  ids: Tensor,
  name = 'embedding',
): Tensor {
  const [tokens = 0] = ids.shape;
  const [, width] = table.shape;
  const y = plan.activation(name, [tokens, width]);
  plan.append({
    name: `embedding ${name}`,
    reads: [...frozenReads(table), ids],
    writes: [y],
    work: 4 * tokens * width,
    wgsl: () => [
      makeDispatch(
        kernelOf(table.layout),
        { ...frozenTensors(table), ids, y },
        { tokens, width, ...frozenSizes(table.layout) },
        elementwise(tokens * Math.ceil(width / 4)),
      ),
    ],
    cpu: (context) => {
      const read = rowReader(table, context);
      const [numbers, out, place] = [context.ints(ids), context.floats(y), context.place(y)];
      return () =>
        numbers.forEach((id, n) => read(id, 1, out.subarray(n * width, (n + 1) * width), place + n * width));
    },
  });
  return y;
}
