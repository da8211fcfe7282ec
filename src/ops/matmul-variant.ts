/**
 * @file What a way to compute the matrix product on a device is.
 */
import type { Dispatch, Kernel, WgslTarget } from '../plan/operation';
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
  /** Columns of each of several results that together are C, side by side; one result, C itself, where it is absent. */
  results?: readonly number[];
}

export interface ProductTensors {
  a: Tensor;
  b: Tensor;
  /** Several where the form has several results. */
  c: Tensor | readonly Tensor[];
}

export interface ProductVariant {
  readonly name: string;
  /** A feature that the device must have. */
  readonly needs?: 'subgroups' | 'shader-f16';
  /** It multiplies in 16 bits: only for who allows that. */
  readonly lowPrecision?: boolean;
  /** It takes working memory. */
  readonly scratch?: boolean;
  /** Whether it can compute a product of these sizes in this form. */
  fits(sizes: ProductSizes, form: ProductForm): boolean;
  /** @param target gives working memory to a variant with `scratch` */
  dispatches(
    sizes: ProductSizes,
    form: ProductForm,
    tensors: ProductTensors,
    target: WgslTarget,
  ): readonly Dispatch[];
}

/** Whether the device can run the variant, and whoever uses the device allows it. */
export function isOffered(
  { needs, lowPrecision, scratch }: ProductVariant,
  { features = [], ...target }: WgslTarget,
): boolean {
  return (
    (needs === undefined || features.includes(needs)) &&
    (!lowPrecision || target.lowPrecision === true) &&
    (!scratch || target.scratch !== undefined)
  );
}

/** Makes a kernel for each form once. */
export function kernelsByForm(makeCode: (form: ProductForm) => Kernel): (form: ProductForm) => Kernel {
  const kernels = new Map<string, Kernel>();
  return (form) => {
    const key = formName(form);
    const kernel = kernels.get(key) ?? makeCode(form);
    kernels.set(key, kernel);
    return kernel;
  };
}

/**
 * A variant of one dispatch, whose kernel depends on the form alone.
 *
 * @param rows, columns of the result that a workgroup computes
 */
export function makeVariant(
  about: Pick<ProductVariant, 'name' | 'needs' | 'lowPrecision' | 'fits'>,
  rows: number,
  columns: number,
  makeCode: (form: ProductForm) => Kernel,
): ProductVariant {
  const kernelOf = kernelsByForm(makeCode);
  return {
    ...about,
    dispatches: (sizes, form, tensors) => {
      const groups = [Math.ceil(sizes.n / columns), Math.ceil(sizes.m / rows), 1] as const;
      const { a, b } = tensors;
      const { named, widths } = nameResults(form, tensors.c);
      return [makeDispatch(kernelOf(form), { a, b, ...named }, { ...sizes, ...widths }, groups)];
    },
  };
}

/** Results by the names that kernels have for them, and their columns. */
function nameResults({ results }: ProductForm, c: ProductTensors['c']) {
  if (!results) return { named: { c: c as Tensor }, widths: {} };
  return {
    named: Object.fromEntries((c as readonly Tensor[]).map((tensor, i) => [`c${i}`, tensor])),
    widths: Object.fromEntries(results.map((columns, i) => [`n${i}`, columns])),
  };
}

/**
 * How a kernel stores its results, of one or of several matrices: buffers, uniforms and declarations to be added to its
 * own, and the statement for one number, or for four with `vec4f`.
 */
export function resultCode({ results, accumulate }: ProductForm, type: 'f32' | 'vec4f') {
  const buffer = `write array<${type}>` as const;
  if (!results) {
    return {
      buffers: { c: buffer },
      uniforms: {},
      declarations: '',
      /** @param width of a row of C, in WGSL, counted like the column */
      store: (row: string, column: string, width: string, value: string) =>
        `c[(${row}) * ${width} + ${column}] ${accumulate ? '+' : ''}= ${value};`,
    };
  }
  const width = (i: number) => (type === 'f32' ? `sizes.n${i}` : `(sizes.n${i} / 4u)`);
  const branches = results.map(
    (_, i) => `if (at < ${width(i)}) { c${i}[row * ${width(i)} + at] = value; return; }
  at -= ${width(i)};`,
  );
  return {
    buffers: Object.fromEntries(results.map((_, i) => [`c${i}`, buffer])),
    uniforms: Object.fromEntries(results.map((_, i) => [`n${i}`, 'u32' as const])),
    declarations: `
fn put(row: u32, column: u32, value: ${type}) {
  var at = column;
  ${branches.join('\n  ')}
}`,
    store: (row: string, column: string, _: string, value: string) => `put(${row}, ${column}, ${value});`,
  };
}

/** `NT, adds`, for names of kernels. */
export function formName({ transposeA, transposeB, accumulate, results }: ProductForm): string {
  const several = results ? `, ${results.length} results` : '';
  return `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}${accumulate ? ', adds' : ''}${several}`;
}

/** Lines of WGSL, one for each number below `count`. */
export function each(count: number, line: (i: number) => string, joint = '\n  '): string {
  return Array.from({ length: count }, (_, i) => line(i)).join(joint);
}
