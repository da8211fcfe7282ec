/**
 * @file target ← 0: gradients before the first batch of a step is added to them.
 */
import type { Operation } from '../plan/operation';
import { strandsOf } from '../plan/strands';
import { sizeOf, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel, vectors, vectorType, type VectorType } from '../plan/wgsl';

const kernel = (type: VectorType) =>
  makeKernel({
    name: `zero ${type}`,
    buffers: { cleared: `write array<${type}>` },
    uniforms: { size: 'u32' },
    body: `if (index < sizes.size) { cleared[index] = ${type}(); }`,
  });

export function zero(target: Tensor): Operation {
  const size = sizeOf(target.shape);
  return {
    name: `zero ${target.buffer.name}`,
    reads: [],
    writes: [target],
    work: size,
    wgsl: () => [
      makeDispatch(
        kernel(vectorType(size)),
        { cleared: target },
        { size: vectors(size) },
        elementwise(vectors(size)),
      ),
    ],
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
