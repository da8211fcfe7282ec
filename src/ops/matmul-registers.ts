/**
 * @file The matrix product with blocks of the result in registers, one an invocation. No barriers, which cost software
 * devices dearly.
 */
import { makeKernel } from '../plan/wgsl';
import { each, formName, makeVariant, type ProductVariant } from './matmul-variant';

/** Invocations along each side of a workgroup. */
const GROUP = 8;
const PARTS = ['x', 'y', 'z', 'w'];

/**
 * Blocks of `rows` × 4 · `vectors` results, read as vectors of four. Rows and columns beyond the matrix repeat the last
 * ones and are not stored.
 */
export function vectorVariant(rows: number, vectors: number): ProductVariant {
  const name = `vectors ${rows}×${4 * vectors}`;
  const fits: ProductVariant['fits'] = ({ m, n, k }, { transposeA, transposeB }) =>
    !(transposeA && transposeB) &&
    n % 4 === 0 &&
    (transposeA ? m : k) % 4 === 0 &&
    (!transposeA || rows % 4 === 0);
  return makeVariant(name, rows * GROUP, 4 * vectors * GROUP, fits, (form) => {
    const { transposeA, transposeB, accumulate } = form;
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
    const place = (i: number, j: number) => `(row + ${i}u) * nWidth + column + ${j}u`;
    return makeKernel({
      name: `matmul ${formName(form)}, ${name}`,
      buffers: { a: 'read array<vec4f>', b: 'read array<vec4f>', c: 'write array<vec4f>' },
      uniforms: { m: 'u32', n: 'u32', k: 'u32' },
      workgroup: [GROUP, GROUP],
      // The names a0, b00, … of values shadow nothing: the buffers are a, b and c.
      body: `
  let row = global.y * ${rows}u;
  let column = global.x * ${vectors}u;
  let nWidth = sizes.n / 4u;
  if (row >= sizes.m || column >= nWidth) { return; }
  let aWidth = sizes.${transposeA ? 'm' : 'k'} / 4u;
  let bWidth = sizes.${transposeB ? 'k' : 'n'} / 4u;
  ${transposeA ? '' : each(rows, (i) => `let r${i} = min(row + ${i}u, sizes.m - 1u) * aWidth;`)}
  ${each(vectors, (j) => `let q${j} = min(column + ${j}u, nWidth - 1u);`)}
  ${each(rows, (i) => each(vectors, (j) => `var s${i}${j} = vec4f(0.0);`))}
  for (var s = 0u; s < ${transposeA ? 'sizes.k' : 'aWidth'}; s++) {
  ${loadA}
  ${loadB}
  ${multiply}
  }
  ${each(
    rows,
    (i) =>
      `if (row + ${i}u < sizes.m) { ${each(
        vectors,
        (j) => `if (column + ${j}u < nWidth) { c[${place(i, j)}] ${accumulate ? '+' : ''}= s${i}${j}; }`,
        ' ',
      )} }`,
  )}`,
    });
  });
}

/** Blocks of 4 × 4 results, read one by one: any size. */
export const SINGLES: ProductVariant = makeVariant(
  'singles 4×4',
  4 * GROUP,
  4 * GROUP,
  () => true,
  (form) => {
    const { transposeA, transposeB, accumulate } = form;
    return makeKernel({
      name: `matmul ${formName(form)}, singles 4×4`,
      buffers: { a: 'read array<f32>', b: 'read array<f32>', c: 'write array<f32>' },
      uniforms: { m: 'u32', n: 'u32', k: 'u32' },
      workgroup: [GROUP, GROUP],
      body: `
  let row = global.y * 4u;
  let column = global.x * 4u;
  if (row >= sizes.m || column >= sizes.n) { return; }
  ${each(4, (i) => `let i${i} = min(row + ${i}u, sizes.m - 1u)${transposeA ? '' : ' * sizes.k'};`)}
  ${each(4, (j) => `let j${j} = min(column + ${j}u, sizes.n - 1u)${transposeB ? ' * sizes.k' : ''};`)}
  ${each(4, (i) => `var s${i} = vec4f(0.0);`)}
  for (var s = 0u; s < sizes.k; s++) {
    let right = vec4f(${each(4, (j) => `b[j${j} + s${transposeB ? '' : ' * sizes.n'}]`, ', ')});
    ${each(4, (i) => `s${i} = fma(vec4f(a[i${i} + s${transposeA ? ' * sizes.m' : ''}]), right, s${i});`)}
  }
  ${each(4, (i) =>
    each(
      4,
      (j) =>
        `if (row + ${i}u < sizes.m && column + ${j}u < sizes.n) { c[(row + ${i}u) * sizes.n + column + ${j}u] ${accumulate ? '+' : ''}= s${i}.${PARTS[j]}; }`,
    ),
  )}`,
    });
  },
);
