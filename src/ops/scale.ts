/**
 * @file x ← factor · x, element by element, in place. Any shape. Backward: ∂x ← factor · ∂x.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { describeTensor, sizeOf, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';

const KERNEL = makeKernel({
  name: 'scale',
  buffers: { x: 'write array<f32>' },
  uniforms: { size: 'u32', factor: 'f32' },
  body: 'if (index < sizes.size) { x[index] *= sizes.factor; }',
});

/** The product as an operation without a backward. */
export function scale(x: Tensor, factor: number): Operation {
  const size = sizeOf(x.shape);
  return {
    name: `scale ${x.buffer.name}`,
    reads: [],
    writes: [x],
    work: size,
    wgsl: () => [makeDispatch(KERNEL, { x }, { size, factor }, elementwise(size))],
    cpu: (context) => {
      const values = context.floats(x);
      return () => {
        for (let i = 0; i < size; i++) (values[i] as number) *= factor;
      };
    },
  };
}

/**
 * Appends the product with its backward: from here on x holds it.
 *
 * @throws RangeError where x is no activation.
 */
export function scaleInPlace(plan: PlanBuilder, x: Tensor, factor: number): void {
  if (x.buffer.role !== 'activation') {
    throw new RangeError(`A factor would change ${describeTensor(x)}, which is kept between runs.`);
  }
  plan.append(scale(x, factor));
  plan.record([x], [x], () => {
    // The gradient of what x is now becomes that of what it was.
    const target = plan.gradientTarget(x);
    if (target) plan.append(scale(target.tensor, factor));
  });
}
