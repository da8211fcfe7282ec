/**
 * @file What a way to compute the matrix product on a device is.
 */
import type { Dispatch, Kernel } from '../plan/operation';
import type { Tensor } from '../plan/tensor';
import { makeDispatch } from '../plan/wgsl';

/** Of C [m, n] = op(A) [m, k] · op(B) [k, n]. */
export interface ProductSizes {
  m: number;
  n: number;
  k: number;
}

export interface ProductForm {
  transposeA: boolean;
  transposeB: boolean;
  accumulate: boolean;
}

export interface ProductVariant {
  readonly name: string;
  /** Whether it can compute a product of these sizes in this form. */
  fits(sizes: ProductSizes, form: ProductForm): boolean;
  dispatch(sizes: ProductSizes, form: ProductForm, a: Tensor, b: Tensor, c: Tensor): Dispatch;
}

/**
 * A variant whose kernel depends on the form alone.
 *
 * @param rows, columns of the result that a workgroup computes
 */
export function makeVariant(
  name: string,
  rows: number,
  columns: number,
  fits: ProductVariant['fits'],
  makeCode: (form: ProductForm) => Kernel,
): ProductVariant {
  const kernels = new Map<string, Kernel>();
  return {
    name,
    fits,
    dispatch: (sizes, form, a, b, c) => {
      const key = formName(form);
      const kernel = kernels.get(key) ?? makeCode(form);
      kernels.set(key, kernel);
      const groups = [Math.ceil(sizes.n / columns), Math.ceil(sizes.m / rows), 1] as const;
      return makeDispatch(kernel, { a, b, c }, { ...sizes }, groups);
    },
  };
}

/** `NT, adds`, for names of kernels. */
export function formName({ transposeA, transposeB, accumulate }: ProductForm): string {
  return `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}${accumulate ? ', adds' : ''}`;
}

/** Lines of WGSL, one for each number below `count`. */
export function each(count: number, line: (i: number) => string, joint = '\n  '): string {
  return Array.from({ length: count }, (_, i) => line(i)).join(joint);
}
