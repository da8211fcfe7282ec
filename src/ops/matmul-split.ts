/**
 * @file The matrix product for small results of long sums, such as the gradient of a thin matrix over many tokens: too few
 * invocations would work if each had a whole sum. So the terms are split in parts that are summed side by side into
 * working memory, and the parts then in their order: the same bits every time, no atomics.
 */
import type { Kernel } from '../plan/operation';
import type { Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, makeKernel } from '../plan/wgsl';
import { GROUP, singlesKernel, vectorKernel, vectorsFit, vectorStep } from './matmul-registers';
import { kernelsByForm, type ProductForm, type ProductSizes, type ProductVariant } from './matmul-variant';

/** Invocations that keep a large GPU busy. */
const INVOCATIONS = 16_384;
/** Fewest terms of a part: less is not worth a second dispatch. */
const LEAST_TERMS = 64;
/** Most parts of a sum. */
const MOST_PARTS = 64;
/** Largest working memory in elements: 4 MiB. */
const MOST_ELEMENTS = 2 ** 20;

const sumKernel = (accumulate: boolean) =>
  makeKernel({
    name: `matmul, sum of parts${accumulate ? ', adds' : ''}`,
    buffers: { parts: 'read array<f32>', c: 'write array<f32>' },
    uniforms: { size: 'u32', count: 'u32' },
    body: `
  if (index >= sizes.size) { return; }
  var sum = 0.0;
  for (var i = 0u; i < sizes.count; i++) { sum += parts[i * sizes.size + index]; }
  c[index] ${accumulate ? '+' : ''}= sum;`,
  });

/**
 * Parts that the sums are split in: as many as make the device busy, within the limits above. It depends on the sizes
 * alone, so that it is the same on every visit.
 *
 * @param outputs results that an invocation computes
 */
export function countParts({ m, n, k }: ProductSizes, outputs: number): number {
  const wanted = Math.ceil((INVOCATIONS * outputs) / (m * n));
  const room = Math.floor(MOST_ELEMENTS / (m * n));
  return Math.max(1, Math.min(wanted, room, MOST_PARTS, Math.floor(k / LEAST_TERMS)));
}

interface Inner {
  name: string;
  rows: number;
  columns: number;
  fits(sizes: ProductSizes, form: ProductForm): boolean;
  /** Terms that the kernel takes in a step. */
  step(form: ProductForm): number;
  kernel(form: ProductForm): Kernel;
}

function splitVariant({ name, rows, columns, fits, step, kernel }: Inner): ProductVariant {
  const kernelOf = kernelsByForm(kernel);
  const outputs = rows * columns;
  return {
    name,
    scratch: true,
    fits: (sizes, form) => !form.results && fits(sizes, form) && countParts(sizes, outputs) > 1,
    dispatches: (sizes, form, tensors, target) => {
      const { m, n, k } = sizes;
      const { a, b } = tensors;
      // Several results do not fit, see above.
      const c = tensors.c as Tensor;
      const steps = k / step(form);
      const share = Math.ceil(steps / countParts(sizes, outputs));
      // Rounded up, the last parts may have nothing left.
      const count = Math.ceil(steps / share);
      const size = m * n;
      const parts = target.scratch?.(count * size);
      if (!parts) throw new RangeError(`“${name}” needs working memory, and was given none.`);
      const acrossPart = Math.ceil(n / (columns * GROUP));
      const groups = [acrossPart * count, Math.ceil(m / (rows * GROUP)), 1] as const;
      return [
        makeDispatch(kernelOf(form), { a, b, c: parts }, { ...sizes, acrossPart, share }, groups),
        makeDispatch(sumKernel(form.accumulate), { parts, c }, { size, count }, elementwise(size)),
      ];
    },
  };
}

/** Blocks of 4 × 4, read as vectors of four. */
export const SPLIT_VECTORS = splitVariant({
  name: 'split vectors 4×4',
  rows: 4,
  columns: 4,
  fits: (sizes, form) => vectorsFit(4, sizes, form),
  step: vectorStep,
  kernel: (form) => vectorKernel(4, 1, form, { split: true }),
});

/** Blocks of 4 × 4, read one by one: any size. */
export const SPLIT_SINGLES = splitVariant({
  name: 'split singles 4×4',
  rows: 4,
  columns: 4,
  fits: () => true,
  step: () => 1,
  kernel: (form) => singlesKernel(form, { split: true }),
});
