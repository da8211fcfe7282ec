/**
 * @file A matrix cut into parts side by side: GPT-2's one product for queries, keys and values.
 *
 * Shapes: x [N, Σ Dᵢ], parts [N, Dᵢ]. Backward: ∂x is the parts' gradients side by side.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { describeTensor, sizeOf, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';
import { zero } from './zero';

const TAKE = makeKernel({
  name: 'columns',
  buffers: { x: 'read array<f32>', part: 'write array<f32>' },
  uniforms: { size: 'u32', width: 'u32', all: 'u32', start: 'u32' },
  body: `
  if (index >= sizes.size) { return; }
  part[index] = x[index / sizes.width * sizes.all + sizes.start + index % sizes.width];`,
});

const PUT = makeKernel({
  name: 'columns, backward',
  buffers: { part: 'read array<f32>', x: 'write array<f32>' },
  uniforms: { size: 'u32', width: 'u32', all: 'u32', start: 'u32' },
  body: `
  if (index >= sizes.size) { return; }
  x[index / sizes.width * sizes.all + sizes.start + index % sizes.width] += part[index];`,
});

function take(x: Tensor, part: Tensor, start: number): Operation {
  const [rows = 0, width = 0] = part.shape;
  const all = x.shape[1] ?? 0;
  const size = sizeOf(part.shape);
  return {
    name: `columns ${part.buffer.name}`,
    reads: [x],
    writes: [part],
    work: size,
    wgsl: () => [makeDispatch(TAKE, { x, part }, { size, width, all, start }, elementwise(size))],
    cpu: (context) => {
      const [from, to] = [context.floats(x), context.floats(part)];
      return () => {
        for (let row = 0; row < rows; row++) {
          const first = row * all + start;
          to.set(from.subarray(first, first + width), row * width);
        }
      };
    },
  };
}

function put(part: Tensor, x: Tensor, start: number): Operation {
  const [rows = 0, width = 0] = part.shape;
  const all = x.shape[1] ?? 0;
  const size = sizeOf(part.shape);
  return {
    name: `columns, backward ${part.buffer.name}`,
    reads: [part],
    writes: [x],
    work: size,
    wgsl: () => [makeDispatch(PUT, { part, x }, { size, width, all, start }, elementwise(size))],
    cpu: (context) => {
      const [from, to] = [context.floats(part), context.floats(x)];
      return () => {
        for (let row = 0, at = 0; row < rows; row++) {
          const first = row * all + start;
          for (let i = 0; i < width; i++, at++) (to[first + i] as number) += from[at] as number;
        }
      };
    },
  };
}

/**
 * Appends the cut.
 *
 * @param widths of the parts, which together are all columns
 * @throws RangeError where they are not.
 */
export function splitColumns(
  plan: PlanBuilder,
  x: Tensor,
  widths: readonly number[],
  name = x.buffer.name,
): Tensor[] {
  const [rows = 0, all = 0] = x.shape;
  if (widths.reduce((sum, width) => sum + width, 0) !== all) {
    throw new RangeError(`${describeTensor(x)} cannot be cut into ${widths.join(' + ')} columns.`);
  }
  let start = 0;
  const parts = widths.map((width, i) => {
    const part = { tensor: plan.activation(`${name}, part ${i}`, [rows, width]), start };
    plan.append(take(x, part.tensor, start));
    start += width;
    return part;
  });
  const outputs = parts.map(({ tensor }) => tensor);
  plan.record([x], outputs, () => {
    const target = plan.gradientTarget(x);
    if (!target) return;
    if (!target.accumulate) plan.append(zero(target.tensor));
    for (const { tensor, start: first } of parts) {
      const gradient = plan.gradientOf(tensor);
      if (gradient) plan.append(put(gradient, target.tensor, first));
    }
  });
  return outputs;
}
