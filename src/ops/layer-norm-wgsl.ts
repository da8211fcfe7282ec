/**
 * @file LayerNorm in WGSL. See layer-norm.ts for the formulas.
 */
import { makeKernel, makeRowKernel } from '../plan/wgsl';
import { ROWS_PER_SUM } from './column-sum';

/** y, means and inverse roots, and s where there is a residual. */
export const forwardKernel = (lanes: number, residual: boolean) =>
  makeRowKernel(
    {
      name: `LayerNorm${residual ? ' of a sum' : ''}`,
      buffers: {
        x: 'read array<f32>',
        scale: 'read array<f32>',
        bias: 'read array<f32>',
        y: 'write array<f32>',
        means: 'write array<f32>',
        inverse: 'write array<f32>',
        ...(residual ? { residual: 'read array<f32>', s: 'write array<f32>' } : {}),
      },
      uniforms: { rows: 'u32', width: 'u32', epsilon: 'f32' },
      body: `
  let start = row * sizes.width;
  var part = 0.0;
  for (var i = lane; i < sizes.width; i += LANES) {
    let value = x[start + i]${residual ? ' + residual[start + i]' : ''};
    ${residual ? 's[start + i] = value;' : ''}
    part += value;
  }
  let mean = total(part, lane) / f32(sizes.width);
  var squares = 0.0;
  for (var i = lane; i < sizes.width; i += LANES) {
    let distance = ${residual ? 's' : 'x'}[start + i] - mean;
    squares += distance * distance;
  }
  let r = inverseSqrt(total(squares, lane) / f32(sizes.width) + sizes.epsilon);
  if (lane == 0u) {
    means[row] = mean;
    inverse[row] = r;
  }
  for (var i = lane; i < sizes.width; i += LANES) {
    y[start + i] = (${residual ? 's' : 'x'}[start + i] - mean) * r * scale[i] + bias[i];
  }`,
    },
    lanes,
  );

/** ∂s. */
export const backwardKernel = (lanes: number, accumulate: boolean) =>
  makeRowKernel(
    {
      name: `LayerNorm, backward${accumulate ? ', adds' : ''}`,
      buffers: {
        s: 'read array<f32>',
        scale: 'read array<f32>',
        means: 'read array<f32>',
        inverse: 'read array<f32>',
        dy: 'read array<f32>',
        ds: 'write array<f32>',
      },
      uniforms: { rows: 'u32', width: 'u32' },
      body: `
  let start = row * sizes.width;
  let mean = means[row];
  let r = inverse[row];
  var sum = 0.0;
  var dot = 0.0;
  for (var i = lane; i < sizes.width; i += LANES) {
    let g = dy[start + i] * scale[i];
    sum += g;
    dot += g * (s[start + i] - mean) * r;
  }
  let shift = total(sum, lane) / f32(sizes.width);
  let slope = total(dot, lane) / f32(sizes.width);
  for (var i = lane; i < sizes.width; i += LANES) {
    let z = (s[start + i] - mean) * r;
    ds[start + i] ${accumulate ? '+' : ''}= r * (dy[start + i] * scale[i] - shift - z * slope);
  }`,
    },
    lanes,
  );

/** ∂scale, summed over a few rows each; see column-sum.ts for the rest of the sum. */
export const SCALE_PARTS = makeKernel({
  name: 'LayerNorm, backward of the scale, parts',
  buffers: {
    s: 'read array<f32>',
    means: 'read array<f32>',
    inverse: 'read array<f32>',
    dy: 'read array<f32>',
    parts: 'write array<f32>',
  },
  uniforms: { rows: 'u32', width: 'u32' },
  body: `
  let first = index / sizes.width * ${ROWS_PER_SUM}u;
  let column = index % sizes.width;
  if (first >= sizes.rows) { return; }
  var sum = 0.0;
  for (var row = first; row < min(first + ${ROWS_PER_SUM}u, sizes.rows); row++) {
    let place = row * sizes.width + column;
    sum += dy[place] * (s[place] - means[row]) * inverse[row];
  }
  parts[index] = sum;`,
});
