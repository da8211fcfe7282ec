/**
 * @file b ← a, for tensors of equal size: what must outlive the memory that it is in, or must not be changed there.
 */
import type { Operation } from './operation';
import { strandsOf } from './strands';
import { describeTensor, sizeOf, type Tensor } from './tensor';
import { elementwise, makeDispatch, makeKernel } from './wgsl';

const KERNEL = makeKernel({
  name: 'copy',
  // Bits, whatever they mean.
  buffers: { source: 'read array<u32>', copied: 'write array<u32>' },
  uniforms: { size: 'u32' },
  body: 'if (index < sizes.size) { copied[index] = source[index]; }',
});

/** @throws RangeError where sizes or types differ. */
export function copy(source: Tensor, target: Tensor): Operation {
  const size = sizeOf(source.shape);
  if (size !== sizeOf(target.shape) || source.buffer.dtype !== target.buffer.dtype) {
    throw new RangeError(`${describeTensor(source)} cannot be copied to ${describeTensor(target)}.`);
  }
  return {
    name: `copy ${source.buffer.name}`,
    reads: [source],
    writes: [target],
    work: size,
    wgsl: () => [makeDispatch(KERNEL, { source, copied: target }, { size }, elementwise(size))],
    cpu: (context) => {
      const { kernels } = context;
      if (kernels && source.buffer.dtype === 'f32') {
        const [old, now] = [4 * context.place(source), 4 * context.place(target)];
        const strands = strandsOf(size, 2, (start, count) => [
          ...(['copy', now + 4 * start, old + 4 * start, count] as const),
        ]);
        return () => kernels.run(strands);
      }
      const [from, to] =
        source.buffer.dtype === 'i32'
          ? [context.ints(source), context.ints(target)]
          : [context.floats(source), context.floats(target)];
      return () => to.set(from);
    },
  };
}
