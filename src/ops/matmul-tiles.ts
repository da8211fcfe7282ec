/**
 * @file The matrix product with tiles in workgroup memory: every number is fetched once for a whole tile of the result.
 * Good on real GPUs; on software devices its barriers cost more than they save. Any size.
 */
import { makeKernel } from '../plan/wgsl';
import { each, formName, makeVariant, type ProductVariant } from './matmul-variant';

/** Terms of the sums that are fetched at a time. */
const DEPTH = 16;
/** Rows and columns of the result that an invocation computes. */
const BLOCK = 4;
const PARTS = ['x', 'y', 'z', 'w'];

/** @param side invocations of a workgroup along each side of a tile of 4 · side */
export function tileVariant(side: number): ProductVariant {
  const tile = BLOCK * side;
  const name = `tiles ${tile}×${tile}`;
  return makeVariant(
    name,
    tile,
    tile,
    () => true,
    (form) => {
      const { transposeA, transposeB, accumulate } = form;
      // Neighbouring invocations fetch neighbouring numbers, whichever way the factor is stored.
      const split = (alongDepth: boolean) =>
        alongDepth
          ? `let s = i % ${DEPTH}u; let r = i / ${DEPTH}u;`
          : `let r = i % ${tile}u; let s = i / ${tile}u;`;
      return makeKernel({
        name: `matmul ${formName(form)}, ${name}`,
        buffers: { a: 'read array<f32>', b: 'read array<f32>', c: 'write array<f32>' },
        uniforms: { m: 'u32', n: 'u32', k: 'u32' },
        workgroup: [side, side],
        declarations: `
var<workgroup> left: array<f32, ${DEPTH * tile}>;
var<workgroup> right: array<f32, ${DEPTH * tile}>;`,
        body: `
  let firstRow = group.y * ${tile}u;
  let firstColumn = group.x * ${tile}u;
  ${each(BLOCK, (i) => `var s${i} = vec4f(0.0);`)}
  for (var depth = 0u; depth < sizes.k; depth += ${DEPTH}u) {
    for (var i = local; i < ${DEPTH * tile}u; i += ${side * side}u) {
      ${split(!transposeA)}
      let row = firstRow + r;
      let term = depth + s;
      var value = 0.0;
      if (row < sizes.m && term < sizes.k) { value = a[${transposeA ? 'term * sizes.m + row' : 'row * sizes.k + term'}]; }
      left[s * ${tile}u + r] = value;
    }
    for (var i = local; i < ${DEPTH * tile}u; i += ${side * side}u) {
      ${split(transposeB)}
      let column = firstColumn + r;
      let term = depth + s;
      var value = 0.0;
      if (column < sizes.n && term < sizes.k) { value = b[${transposeB ? 'column * sizes.k + term' : 'term * sizes.n + column'}]; }
      right[s * ${tile}u + r] = value;
    }
    workgroupBarrier();
    for (var s = 0u; s < ${DEPTH}u; s++) {
      let at = s * ${tile}u + within.x * ${BLOCK}u;
      let factor = vec4f(right[at], right[at + 1u], right[at + 2u], right[at + 3u]);
      ${each(BLOCK, (i) => `s${i} = fma(vec4f(left[s * ${tile}u + within.y * ${BLOCK}u + ${i}u]), factor, s${i});`)}
    }
    workgroupBarrier();
  }
  let row = firstRow + within.y * ${BLOCK}u;
  let column = firstColumn + within.x * ${BLOCK}u;
  ${each(BLOCK, (i) =>
    each(
      BLOCK,
      (j) =>
        `if (row + ${i}u < sizes.m && column + ${j}u < sizes.n) { c[(row + ${i}u) * sizes.n + column + ${j}u] ${accumulate ? '+' : ''}= s${i}.${PARTS[j]}; }`,
    ),
  )}`,
      });
    },
  );
}
