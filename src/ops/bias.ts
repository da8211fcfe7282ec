/**
 * @file x ← x + bias, the same vector on every row.
 *
 * Shapes: x [N, D], changed in place; bias [D].
 * Backward: ∂x stays as it is; ∂bias += Σₙ ∂x.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { describeTensor, expectShape, sizeOf, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';
import { columnSum, makeParts } from './column-sum';
import { zero } from './zero';

const KERNEL = makeKernel({
  name: 'bias',
  buffers: { bias: 'read array<f32>', x: 'write array<f32>' },
  uniforms: { size: 'u32', width: 'u32' },
  body: 'if (index < sizes.size) { x[index] += bias[index % sizes.width]; }',
});

function add(x: Tensor, bias: Tensor): Operation {
  const [rows = 0, width = 0] = x.shape;
  const size = sizeOf(x.shape);
  return {
    name: `bias ${x.buffer.name}`,
    reads: [bias],
    writes: [x],
    work: size,
    wgsl: () => [makeDispatch(KERNEL, { bias, x }, { size, width }, elementwise(size))],
    cpu: (context) => {
      const [terms, values] = [context.floats(bias), context.floats(x)];
      return () => {
        for (let row = 0, at = 0; row < rows; row++) {
          for (let i = 0; i < width; i++, at++) (values[at] as number) += terms[i] as number;
        }
      };
    },
  };
}

/**
 * Appends the sum, in place: from here on x holds it.
 *
 * @throws RangeError where sizes do not fit, or x is no activation.
 */
export function addBias(plan: PlanBuilder, x: Tensor, bias: Tensor): void {
  const [rows = 0, width = 0] = x.shape;
  expectShape('A bias', bias, [width]);
  if (x.buffer.role !== 'activation') {
    throw new RangeError(`A bias would change ${describeTensor(x)}, which is kept between runs.`);
  }
  plan.append(add(x, bias));
  plan.record([x, bias], [x], () => {
    const dx = plan.gradientOf(x);
    const target = plan.gradientTarget(bias);
    if (!dx || !target) return;
    if (!target.accumulate) plan.append(zero(target.tensor));
    plan.append(columnSum(dx, target.tensor, makeParts(plan, rows, width, `∂${bias.buffer.name}`)));
  });
}
