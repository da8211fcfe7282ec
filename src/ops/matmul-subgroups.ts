/**
 * @file The matrix product with subgroups: the invocations of a workgroup compute the same rows, each fetches another
 * term of A, and they hand these around. No workgroup memory, no barriers. Whichever way the device divides the workgroup
 * into subgroups, and however wide they are, every subgroup fetches the same and gets the same sums.
 */
import { makeKernel } from '../plan/wgsl';
import { each, formName, makeVariant, resultCode, type ProductVariant } from './matmul-variant';

/** Invocations of a workgroup, side by side along the rows of the result. */
const WIDTH = 64;
const PARTS = ['x', 'y', 'z', 'w'];

/** Blocks of `rows` × 4 results an invocation; B is read four numbers at a time. */
export function subgroupVariant(rows: number): ProductVariant {
  const name = `subgroups ${rows}×4`;
  const fits: ProductVariant['fits'] = ({ n, k }, { transposeA, transposeB }) =>
    !(transposeA && transposeB) && (transposeB ? k : n) % 4 === 0;
  return makeVariant({ name, needs: 'subgroups', fits }, rows, 4 * WIDTH, (form) => {
    const { transposeA, transposeB } = form;
    const result = resultCode(form, 'f32');
    // Four terms of four columns a step where B is stored by columns, else one term.
    const terms = transposeB ? 4 : 1;
    const loadB = transposeB
      ? each(4, (j) => `let t${j} = b[(q${j} * sizes.k + s + t) / 4u];`) +
        each(4, (t) => `let b${t} = vec4f(${each(4, (j) => `t${j}.${PARTS[t]}`, ', ')});`)
      : 'let b0 = b[((s + t) * sizes.n + q) / 4u];';
    return makeKernel({
      name: `matmul ${formName(form)}, ${name}`,
      buffers: { a: 'read array<f32>', b: 'read array<vec4f>', ...result.buffers },
      uniforms: { m: 'u32', n: 'u32', k: 'u32', ...result.uniforms },
      declarations: result.declarations,
      workgroup: [WIDTH, 1],
      enables: ['subgroups'],
      // Nobody returns early: all have terms to hand around.
      body: `
  let row = group.y * ${rows}u;
  let column = global.x * 4u;
  ${
    transposeB
      ? each(4, (j) => `let q${j} = min(column + ${j}u, sizes.n - 1u);`)
      : 'let q = min(column, sizes.n - 4u);'
  }
  ${each(rows, (i) => `let i${i} = min(row + ${i}u, sizes.m - 1u)${transposeA ? '' : ' * sizes.k'};`)}
  ${each(rows, (i) => `var s${i} = vec4f(0.0);`)}
  let share = min(subgroupLanes, ${WIDTH}u);
  for (var s = 0u; s < sizes.k; s += share) {
    let own = min(s + subgroupLane, sizes.k - 1u);
    ${each(rows, (i) => `let own${i} = a[i${i} + own${transposeA ? ' * sizes.m' : ''}];`)}
    let count = min(share, sizes.k - s);
    for (var t = 0u; t < count; t += ${terms}u) {
      ${loadB}
      ${each(terms, (t) =>
        each(rows, (i) => `s${i} = fma(vec4f(subgroupShuffle(own${i}, t + ${t}u)), b${t}, s${i});`),
      )}
    }
  }
  ${each(rows, (i) =>
    each(
      4,
      (j) =>
        `if (row + ${i}u < sizes.m && column + ${j}u < sizes.n) { ${result.store(`row + ${i}u`, `column + ${j}u`, 'sizes.n', `s${i}.${PARTS[j]}`)} }`,
    ),
  )}`,
    });
  });
}
