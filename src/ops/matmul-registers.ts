/**
 * @file The matrix product with blocks of the result in registers, one an invocation. No barriers, which cost software
 * devices dearly. Each kernel also computes a part of the sums only, for matmul-split.ts.
 */
import type { Kernel } from '../plan/operation';
import { makeKernel, type KernelSource } from '../plan/wgsl';
import {
  each,
  formName,
  makeVariant,
  resultCode,
  type ProductForm,
  type ProductVariant,
} from './matmul-variant';

/** Invocations along each side of a workgroup. */
export const GROUP = 8;
const PARTS = ['x', 'y', 'z', 'w'];

/** Which terms of the sums a kernel adds up: all, or with `split` those of one part, which goes to a result of its own. */
export interface TermsOption {
  split?: boolean;
}

/** Uniforms beside the sizes: with `split` the workgroups across one part, and the steps of one part. */
const termUniforms = (split: boolean): KernelSource['uniforms'] =>
  split ? { acrossPart: 'u32', share: 'u32' } : {};

/**
 * Where an invocation begins, which terms it sums, and where its part of the result is.
 *
 * @param steps WGSL for the steps of all sums together
 */
function place(split: boolean, rows: number, columns: number, steps: string, elements: string): string {
  const x = split ? `(group.x % sizes.acrossPart * ${GROUP}u + within.x)` : 'global.x';
  return `
  let row = global.y * ${rows}u;
  let column = ${x} * ${columns}u;
  ${
    split
      ? `let part = group.x / sizes.acrossPart;
  let begin = part * sizes.share;
  let end = min(begin + sizes.share, ${steps});
  let base = part * ${elements};`
      : `const begin = 0u;
  let end = ${steps};`
  }`;
}

/** How results are stored, where those of each part of the sums go to a range of their own. */
function partCode(form: ProductForm, type: 'f32' | 'vec4f', split: boolean): ReturnType<typeof resultCode> {
  if (!split) return resultCode(form, type);
  const code = resultCode({ ...form, accumulate: false }, type);
  return {
    ...code,
    store: (row, column, width, value) => code.store(row, `base + ${column}`, width, value),
  };
}

/** Whether `vectorKernel` can compute a product: what it reads and writes four at a time comes in fours. */
export function vectorsFit(
  rows: number,
  { m, n, k }: { m: number; n: number; k: number },
  { transposeA, transposeB, results = [n] }: ProductForm,
): boolean {
  return (
    !(transposeA && transposeB) &&
    results.every((columns) => columns % 4 === 0) &&
    (transposeA ? m : k) % 4 === 0 &&
    (!transposeA || rows % 4 === 0)
  );
}

/** Terms that `vectorKernel` takes in a step: four where A is read along its rows. */
export function vectorStep({ transposeA }: ProductForm): number {
  return transposeA ? 1 : 4;
}

/**
 * Blocks of `rows` × 4 · `vectors` results, read as vectors of four. Rows and columns beyond the matrix repeat the last
 * ones and are not stored.
 */
export function vectorKernel(
  rows: number,
  vectors: number,
  form: ProductForm,
  { split = false }: TermsOption = {},
): Kernel {
  const { transposeA, transposeB } = form;
  const result = partCode(form, 'vec4f', split);
  const loadA = transposeA
    ? each(rows / 4, (i) => `let a${i} = a[s * aWidth + min(row / 4u + ${i}u, aWidth - 1u)];`)
    : each(rows, (i) => `let a${i} = a[r${i} + s];`);
  const loadB = each(vectors, (j) =>
    transposeB
      ? each(4, (t) => `let t${j}${t} = b[(q${j} * 4u + ${t}u) * bWidth + s];`) +
        each(
          4,
          (t) => `let b${j}${t} = vec4f(${[0, 1, 2, 3].map((u) => `t${j}${u}.${PARTS[t]}`).join(', ')});`,
        )
      : each(
          transposeA ? 1 : 4,
          (t) => `let b${j}${t} = b[(s${transposeA ? '' : ` * 4u + ${t}u`}) * bWidth + q${j}];`,
        ),
  );
  const multiply = each(rows, (i) =>
    each(vectors, (j) =>
      transposeA
        ? `s${i}${j} = fma(vec4f(a${i >> 2}.${PARTS[i & 3]}), b${j}0, s${i}${j});`
        : each(4, (t) => `s${i}${j} = fma(vec4f(a${i}.${PARTS[t]}), b${j}${t}, s${i}${j});`),
    ),
  );
  const store = (i: number, j: number) =>
    `if (column + ${j}u < nWidth) { ${result.store(`row + ${i}u`, `column + ${j}u`, 'nWidth', `s${i}${j}`)} }`;
  return makeKernel({
    name: `matmul ${formName(form)}, vectors ${rows}×${4 * vectors}${split ? ', parts' : ''}`,
    buffers: { a: 'read array<vec4f>', b: 'read array<vec4f>', ...result.buffers },
    uniforms: { m: 'u32', n: 'u32', k: 'u32', ...termUniforms(split), ...result.uniforms },
    declarations: result.declarations,
    workgroup: [GROUP, GROUP],
    // The names a0, b00, … of values shadow nothing: the buffers are a, b and c.
    body: `
  let nWidth = sizes.n / 4u;
  let aWidth = sizes.${transposeA ? 'm' : 'k'} / 4u;
  let bWidth = sizes.${transposeB ? 'k' : 'n'} / 4u;
  ${place(split, rows, vectors, transposeA ? 'sizes.k' : 'aWidth', 'sizes.m * nWidth')}
  if (row >= sizes.m || column >= nWidth) { return; }
  ${transposeA ? '' : each(rows, (i) => `let r${i} = min(row + ${i}u, sizes.m - 1u) * aWidth;`)}
  ${each(vectors, (j) => `let q${j} = min(column + ${j}u, nWidth - 1u);`)}
  ${each(rows, (i) => each(vectors, (j) => `var s${i}${j} = vec4f(0.0);`))}
  for (var s = begin; s < end; s++) {
  ${loadA}
  ${loadB}
  ${multiply}
  }
  ${each(rows, (i) => `if (row + ${i}u < sizes.m) { ${each(vectors, (j) => store(i, j), ' ')} }`)}`,
  });
}

/** Blocks of 4 × 4 results, read one by one: any size. */
export function singlesKernel(form: ProductForm, { split = false }: TermsOption = {}): Kernel {
  const { transposeA, transposeB } = form;
  const result = partCode(form, 'f32', split);
  return makeKernel({
    name: `matmul ${formName(form)}, singles 4×4${split ? ', parts' : ''}`,
    buffers: { a: 'read array<f32>', b: 'read array<f32>', ...result.buffers },
    uniforms: { m: 'u32', n: 'u32', k: 'u32', ...termUniforms(split), ...result.uniforms },
    declarations: result.declarations,
    workgroup: [GROUP, GROUP],
    body: `
  ${place(split, 4, 4, 'sizes.k', 'sizes.m * sizes.n')}
  if (row >= sizes.m || column >= sizes.n) { return; }
  ${each(4, (i) => `let i${i} = min(row + ${i}u, sizes.m - 1u)${transposeA ? '' : ' * sizes.k'};`)}
  ${each(4, (j) => `let j${j} = min(column + ${j}u, sizes.n - 1u)${transposeB ? ' * sizes.k' : ''};`)}
  ${each(4, (i) => `var s${i} = vec4f(0.0);`)}
  for (var s = begin; s < end; s++) {
    let right = vec4f(${each(4, (j) => `b[j${j} + s${transposeB ? '' : ' * sizes.n'}]`, ', ')});
    ${each(4, (i) => `s${i} = fma(vec4f(a[i${i} + s${transposeA ? ' * sizes.m' : ''}]), right, s${i});`)}
  }
  ${each(4, (i) =>
    each(
      4,
      (j) =>
        `if (row + ${i}u < sizes.m && column + ${j}u < sizes.n) { ${result.store(`row + ${i}u`, `column + ${j}u`, 'sizes.n', `s${i}.${PARTS[j]}`)} }`,
    ),
  )}`,
  });
}

/** Vectors of four along the rows of the result, `rows` × 4 · `vectors` results an invocation. */
export function vectorVariant(rows: number, vectors: number): ProductVariant {
  const fits: ProductVariant['fits'] = (sizes, form) => vectorsFit(rows, sizes, form);
  return makeVariant(
    { name: `vectors ${rows}×${4 * vectors}`, fits },
    rows * GROUP,
    4 * vectors * GROUP,
    (form) => vectorKernel(rows, vectors, form),
  );
}

/** Any size. */
export const SINGLES: ProductVariant = makeVariant(
  { name: 'singles 4×4', fits: () => true },
  4 * GROUP,
  4 * GROUP,
  (form) => singlesKernel(form),
);
