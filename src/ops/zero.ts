/**
 * @file target ← 0: gradients before the first batch of a step is added to them.
 */
import type { Operation } from '../plan/operation';
import { strandsOf } from '../plan/strands';
import { sizeOf, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';

const KERNEL = makeKernel({
  name: 'zero',
  buffers: { cleared: 'write array<f32>' },
  uniforms: { size: 'u32' },
  body: 'if (index < sizes.size) { cleared[index] = 0.0; }',
});

export function zero(target: Tensor): Operation {
  const size = sizeOf(target.shape);
  return {
    name: `zero ${target.buffer.name}`,
    reads: [],
    writes: [target],
    work: size,
    wgsl: () => [makeDispatch(KERNEL, { cleared: target }, { size }, elementwise(size))],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels) {
        const at = 4 * context.place(target);
        const strands = strandsOf(size, 1, (start, count) => ['clear', at + 4 * start, count]);
        return () => kernels.run(strands);
      }
      const values = context.floats(target);
      return () => void values.fill(0);
    },
  };
}
