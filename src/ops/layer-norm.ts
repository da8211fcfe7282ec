/**
 * @file LayerNorm, with the residual sum before it: s = x + residual, m = mean(s), r = 1 / √(mean((s − m)²) + ε),
 * y = (s − m) · r · scale + bias. Ba et al. 2016, https://arxiv.org/abs/1607.06450
 *
 * Shapes: x, residual, s, y [N, D]; scale and bias [D]; m and r [N].
 * Backward, with z = (s − m) · r and g = ∂y · scale: ∂s = r · (g − mean(g) − z · mean(g · z)); ∂scale = Σₙ ∂y · z;
 * ∂bias = Σₙ ∂y; x and residual both get ∂s.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { expectShape, type Tensor } from '../plan/tensor';
import { elementwise, makeDispatch, rowGroups } from '../plan/wgsl';
import { addTo } from './add';
import { columnSum, makeParts, SUM_OF_PARTS } from './column-sum';
import { backwardKernel, forwardKernel, SCALE_PARTS } from './layer-norm-wgsl';
import { zero } from './zero';

/** The tensors of one norm: `s` is x itself where there is no residual. */
interface Norm {
  name: string;
  rows: number;
  width: number;
  x: Tensor;
  residual: Tensor | undefined;
  s: Tensor;
  scale: Tensor;
  bias: Tensor;
  y: Tensor;
  means: Tensor;
  inverse: Tensor;
}

function forward(norm: Norm, epsilon: number): Operation {
  const { name, x, residual, s, scale, bias, y, means, inverse, rows, width } = norm;
  return {
    name: `LayerNorm ${name}`,
    reads: residual ? [x, residual, scale, bias] : [x, scale, bias],
    writes: residual ? [s, y, means, inverse] : [y, means, inverse],
    work: 7 * rows * width,
    wgsl: ({ lanes }) => [
      makeDispatch(
        forwardKernel(lanes, residual !== undefined),
        { x, scale, bias, y, means, inverse, ...(residual ? { residual, s } : {}) },
        { rows, width, epsilon },
        rowGroups(lanes, rows),
      ),
    ],
    cpu: (context) => {
      const [input, sum, out] = [context.floats(x), context.floats(s), context.floats(y)];
      const [factors, terms] = [context.floats(scale), context.floats(bias)];
      const [averages, roots] = [context.floats(means), context.floats(inverse)];
      const other = residual && context.floats(residual);
      return () => {
        if (other) for (let i = 0; i < sum.length; i++) sum[i] = (input[i] as number) + (other[i] as number);
        for (let row = 0; row < rows; row++) {
          const start = row * width;
          let whole = 0;
          for (let i = start; i < start + width; i++) whole += sum[i] as number;
          const mean = whole / width;
          let squares = 0;
          for (let i = start; i < start + width; i++) squares += ((sum[i] as number) - mean) ** 2;
          const r = 1 / Math.sqrt(squares / width + epsilon);
          averages[row] = mean;
          roots[row] = r;
          for (let i = 0; i < width; i++) {
            out[start + i] =
              ((sum[start + i] as number) - mean) * r * (factors[i] as number) + (terms[i] as number);
          }
        }
      };
    },
  };
}

function backwardOfSum(norm: Norm, dy: Tensor, ds: Tensor, accumulate: boolean): Operation {
  const { name, s, scale, means, inverse, rows, width } = norm;
  return {
    name: `LayerNorm, backward ${name}`,
    reads: [s, scale, means, inverse, dy],
    writes: [ds],
    work: 12 * rows * width,
    wgsl: ({ lanes }) => [
      makeDispatch(
        backwardKernel(lanes, accumulate),
        { s, scale, means, inverse, dy, ds },
        { rows, width },
        rowGroups(lanes, rows),
      ),
    ],
    cpu: (context) => {
      const [sum, factors] = [context.floats(s), context.floats(scale)];
      const [averages, roots] = [context.floats(means), context.floats(inverse)];
      const [from, to] = [context.floats(dy), context.floats(ds)];
      return () => {
        if (!accumulate) to.fill(0);
        for (let row = 0; row < rows; row++) {
          const start = row * width;
          const [mean, r] = [averages[row] as number, roots[row] as number];
          let whole = 0;
          let dot = 0;
          for (let i = 0; i < width; i++) {
            const g = (from[start + i] as number) * (factors[i] as number);
            whole += g;
            dot += g * ((sum[start + i] as number) - mean) * r;
          }
          const [shift, slope] = [whole / width, dot / width];
          for (let i = 0; i < width; i++) {
            const z = ((sum[start + i] as number) - mean) * r;
            (to[start + i] as number) +=
              r * ((from[start + i] as number) * (factors[i] as number) - shift - z * slope);
          }
        }
      };
    },
  };
}

function backwardOfScale(norm: Norm, dy: Tensor, dScale: Tensor, parts: Tensor): Operation {
  const { name, s, means, inverse, rows, width } = norm;
  const [count = 0] = parts.shape;
  return {
    name: `LayerNorm, backward of the scale ${name}`,
    reads: [s, means, inverse, dy],
    writes: [dScale, parts],
    work: 4 * rows * width,
    wgsl: () => [
      makeDispatch(
        SCALE_PARTS,
        { s, means, inverse, dy, parts },
        { rows, width },
        elementwise(count * width),
      ),
      makeDispatch(SUM_OF_PARTS, { parts, result: dScale }, { count, width }, elementwise(width)),
    ],
    cpu: (context) => {
      const [sum, from, to] = [context.floats(s), context.floats(dy), context.floats(dScale)];
      const [averages, roots] = [context.floats(means), context.floats(inverse)];
      const part = context.floats(parts).subarray(0, width);
      return () => {
        part.fill(0);
        for (let row = 0; row < rows; row++) {
          const start = row * width;
          const [mean, r] = [averages[row] as number, roots[row] as number];
          for (let i = 0; i < width; i++) {
            (part[i] as number) += (from[start + i] as number) * ((sum[start + i] as number) - mean) * r;
          }
        }
        for (let i = 0; i < width; i++) (to[i] as number) += part[i] as number;
      };
    },
  };
}

/**
 * Appends the norm of x, or of x + residual.
 *
 * @returns `sum`, x + residual (x itself without a residual), and `y`, its norm
 * @throws RangeError where sizes do not fit.
 */
export function layerNorm(
  plan: PlanBuilder,
  x: Tensor,
  scale: Tensor,
  bias: Tensor,
  epsilon: number,
  { residual, name = 'norm' }: { residual?: Tensor; name?: string } = {},
): { sum: Tensor; y: Tensor } {
  const [rows = 0, width = 0] = x.shape;
  for (const vector of [scale, bias]) expectShape('LayerNorm', vector, [width]);
  if (residual) expectShape('LayerNorm', residual, [rows, width]);
  const s = residual ? plan.activation(`${name}, sum`, [rows, width]) : x;
  const y = plan.activation(name, [rows, width]);
  const means = plan.activation(`${name}, means`, [rows]);
  const inverse = plan.activation(`${name}, inverse`, [rows]);
  const norm: Norm = { name, rows, width, x, residual, s, scale, bias, y, means, inverse };
  plan.append(forward(norm, epsilon));
  const inputs = residual ? [x, residual, scale, bias] : [x, scale, bias];
  plan.record(inputs, residual ? [s, y] : [y], () => {
    const dy = plan.gradientOf(y);
    if (dy) {
      const dScale = plan.gradientTarget(scale);
      if (dScale) {
        if (!dScale.accumulate) plan.append(zero(dScale.tensor));
        plan.append(backwardOfScale(norm, dy, dScale.tensor, makeParts(plan, rows, width, name)));
      }
      const dBias = plan.gradientTarget(bias);
      if (dBias) {
        if (!dBias.accumulate) plan.append(zero(dBias.tensor));
        plan.append(columnSum(dy, dBias.tensor, makeParts(plan, rows, width, name)));
      }
      const ds = plan.gradientTarget(s);
      if (ds) plan.append(backwardOfSum(norm, dy, ds.tensor, ds.accumulate));
    }
    if (!residual) return;
    for (const term of plan.passGradient(s, [x, residual])) {
      const target = plan.gradientTarget(term);
      const ds = plan.gradientOf(s);
      if (target && ds) plan.append(addTo(target.tensor, ds));
    }
  });
  return { sum: s, y };
}
