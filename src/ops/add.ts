/**
 * @file target ← target + source, element by element: gradients that come from two sides, where no operation could add
 * the second itself. Shapes: both the same.
 */
import type { Operation } from '../plan/operation';
import { strandsOf } from '../plan/strands';
import { expectShape, sizeOf, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';

const KERNEL = makeKernel({
  name: 'add',
  buffers: { source: 'read array<f32>', sum: 'write array<f32>' },
  uniforms: { size: 'u32' },
  body: 'if (index < sizes.size) { sum[index] += source[index]; }',
});

export function addTo(target: Tensor, source: Tensor): Operation {
  expectShape('add', source, target.shape);
  const size = sizeOf(target.shape);
  return {
    name: `add ${source.buffer.name} to ${target.buffer.name}`,
    reads: [source],
    writes: [target],
    work: size,
    wgsl: () => [makeDispatch(KERNEL, { source, sum: target }, { size }, elementwise(size))],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels) {
        const [to, more] = [4 * context.place(target), 4 * context.place(source)];
        const strands = strandsOf(size, 3, (start, count) => [
          ...(['addTo', to + 4 * start, more + 4 * start, count] as const),
        ]);
        return () => kernels.run(strands);
      }
      const sum = context.floats(target);
      const from = context.floats(source);
      return () => {
        for (let i = 0; i < size; i++) (sum[i] as number) += from[i] as number;
      };
    },
  };
}
