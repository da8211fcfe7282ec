/**
 * @file The matrix product with tiles in workgroup memory: every number is fetched once for a whole tile of the result.
 * Good on real GPUs; on software devices its barriers cost more than they save.
 */
import type { Kernel } from '../plan/operation';
import { makeKernel } from '../plan/wgsl';
import {
  each,
  formName,
  makeVariant,
  resultCode,
  type ProductForm,
  type ProductSizes,
  type ProductVariant,
} from './matmul-variant';

/** Terms of the sums that are fetched at a time. */
const DEPTH = 16;
const PARTS = ['x', 'y', 'z', 'w'];

export interface TileOptions {
  /** Invocations of a workgroup along each side. */
  side: number;
  /** Rows and columns of the result that an invocation computes, a multiple of 4. */
  block: number;
  /** Fetch four numbers at a time, along the direction that they are stored in. */
  wide?: boolean;
  /** Keep tiles, and multiply, in 16 bits; sums stay in 32. */
  half?: boolean;
}

/** Whether what is fetched four at a time comes in fours. */
function wideFits({ m, n, k }: ProductSizes, { transposeA, transposeB }: ProductForm): boolean {
  return (transposeA ? m : k) % 4 === 0 && (transposeB ? k : n) % 4 === 0;
}

/** One factor: its tile's name, its buffer, and how it is stored. */
interface Factor {
  tile: string;
  buffer: string;
  /** Numbers that follow each other in memory are terms of one sum. */
  alongDepth: boolean;
  /** First row, or column, of the tile in the result; their number; both in WGSL. */
  first: string;
  count: string;
}

/** Fills a factor's tile. Neighbouring invocations fetch neighbouring numbers, whichever way the factor is stored. */
function fetch(
  { tile, buffer, alongDepth, first, count }: Factor,
  size: number,
  invocations: number,
  wide: boolean,
): string {
  const step = wide ? 4 : 1;
  const [inner, outer] = alongDepth ? ['s', 'r'] : ['r', 's'];
  const across = (alongDepth ? DEPTH : size) / step;
  const width = alongDepth ? 'sizes.k' : count;
  const place = alongDepth
    ? `(${first} + r) * ${width} + depth + s`
    : `(depth + s) * ${width} + ${first} + r`;
  const store = wide
    ? each(4, (i) => {
        const [s, r] = alongDepth ? [`(s + ${i}u)`, 'r'] : ['s', `r + ${i}u`];
        return `${tile}[${s} * ${size}u + ${r}] = Number(value.${PARTS[i]});`;
      })
    : `${tile}[s * ${size}u + r] = Number(value);`;
  return `
    for (var i = local; i < ${(DEPTH * size) / step}u; i += ${invocations}u) {
      let ${inner} = i % ${across}u * ${step}u;
      let ${outer} = i / ${across}u;
      var value = ${wide ? 'vec4f(0.0)' : '0.0'};
      if (${first} + r < ${count} && depth + s < sizes.k) { value = ${buffer}[${wide ? `(${place}) / 4u` : place}]; }
      ${store}
    }`;
}

/** The kernel of one form; `half` is the only thing that f16 changes, so that the rest is what f32 was tested with. */
export function tileKernel(
  { side, block, wide = false, half = false }: TileOptions,
  form: ProductForm,
): Kernel {
  const { transposeA, transposeB } = form;
  const result = resultCode(form, 'f32');
  const tile = block * side;
  const vectors = block / 4;
  const element = wide ? 'vec4f' : 'f32';
  const fill = (factor: Factor) => fetch(factor, tile, side * side, wide);
  const product = half
    ? (i: number, j: number) => `s${i}${j} += vec4f(vec4<Number>(f${i}) * v${j});`
    : (i: number, j: number) => `s${i}${j} = fma(vec4f(f${i}), v${j}, s${i}${j});`;
  return makeKernel({
    name: `matmul ${formName(form)}, ${tileName({ side, block, wide, half })}`,
    buffers: { a: `read array<${element}>`, b: `read array<${element}>`, ...result.buffers },
    uniforms: { m: 'u32', n: 'u32', k: 'u32', ...result.uniforms },
    workgroup: [side, side],
    enables: half ? ['f16'] : [],
    declarations: `
alias Number = ${half ? 'f16' : 'f32'};
var<workgroup> left: array<Number, ${DEPTH * tile}>;
var<workgroup> right: array<Number, ${DEPTH * tile}>;${result.declarations}`,
    body: `
  let firstRow = group.y * ${tile}u;
  let firstColumn = group.x * ${tile}u;
  ${each(block, (i) => each(vectors, (j) => `var s${i}${j} = vec4f(0.0);`))}
  for (var depth = 0u; depth < sizes.k; depth += ${DEPTH}u) {
    ${fill({ tile: 'left', buffer: 'a', alongDepth: !transposeA, first: 'firstRow', count: 'sizes.m' })}
    ${fill({ tile: 'right', buffer: 'b', alongDepth: transposeB, first: 'firstColumn', count: 'sizes.n' })}
    workgroupBarrier();
    for (var s = 0u; s < ${DEPTH}u; s++) {
      let at = s * ${tile}u + within.x * ${block}u;
      ${each(vectors, (j) => `let v${j} = vec4<Number>(${each(4, (t) => `right[at + ${4 * j + t}u]`, ', ')});`)}
      ${each(block, (i) => `let f${i} = left[s * ${tile}u + within.y * ${block}u + ${i}u];`)}
      ${each(block, (i) => each(vectors, (j) => product(i, j)))}
    }
    workgroupBarrier();
  }
  let row = firstRow + within.y * ${block}u;
  let column = firstColumn + within.x * ${block}u;
  ${each(block, (i) =>
    each(
      block,
      (j) =>
        `if (row + ${i}u < sizes.m && column + ${j}u < sizes.n) { ${result.store(`row + ${i}u`, `column + ${j}u`, 'sizes.n', `s${i}${j >> 2}.${PARTS[j & 3]}`)} }`,
    ),
  )}`,
  });
}

function tileName({ side, block, wide, half }: TileOptions): string {
  return `${half ? 'f16 ' : ''}tiles ${block * side}×${block * side}${wide ? ', vectors' : ''}`;
}

/**
 * Tiles of `side` · `block` results along each side. Without `wide`, any size. In 16 bits only x · Wᵀ, the products of
 * the forward pass: gradients are often smaller than what 16 bits can hold.
 */
export function tileVariant(options: TileOptions): ProductVariant {
  const { side, block, wide, half } = options;
  const fits: ProductVariant['fits'] = (sizes, form) =>
    (!wide || wideFits(sizes, form)) && (!half || (form.transposeB && !form.transposeA && !form.accumulate));
  return makeVariant(
    {
      name: tileName(options),
      fits,
      ...(half ? { needs: 'shader-f16' as const, lowPrecision: true } : {}),
    },
    side * block,
    side * block,
    (form) => tileKernel(options, form),
  );
}
