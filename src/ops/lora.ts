/**
 * @file The low-rank term of LoRA, added to the product with the matrix that it adapts: y += s · (x · Aᵀ) · Bᵀ. The adapted
 * matrix W + s · B · A is never made.
 * Hu et al. 2021, https://arxiv.org/abs/2106.09685; s = α / r, or α / √r in rsLoRA, https://arxiv.org/abs/2312.03732
 *
 * Shapes: x [N, in], A [r, in], B [out, r], y [N, out].
 * Backward, with u = s · x · Aᵀ [N, r] and ∂u = s · ∂y · B: ∂B = ∂yᵀ · u, ∂A = ∂uᵀ · x, ∂x += ∂u · A.
 */
import type { PlanBuilder } from '../plan/builder';
import { describeTensor, expectShape, type Tensor } from '../plan/tensor';
import { product } from './matmul';
import { scale } from './scale';

/** The two factors of an adapter and what their product is multiplied by. */
export interface LoraFactors {
  /** [r, in] */
  readonly a: Tensor;
  /** [out, r] */
  readonly b: Tensor;
  /** α / r, or α / √r. */
  readonly scale: number;
}

/**
 * Appends y += s · (x · Aᵀ) · Bᵀ, in place: from here on y holds the sum.
 *
 * @param y the product with the adapted matrix, made just before
 * @throws RangeError where the shapes do not fit, or y is no activation.
 */
export function addLora(plan: PlanBuilder, x: Tensor, y: Tensor, { a, b, scale: s }: LoraFactors): void {
  const [rows = 0, width = 0] = x.shape;
  const [, out = 0] = y.shape;
  const [rank = 0] = a.shape;
  expectShape('LoRA', a, [rank, width]);
  expectShape('LoRA', b, [out, rank]);
  expectShape('LoRA', y, [rows, out]);
  if (y.buffer.role !== 'activation') {
    throw new RangeError(`LoRA would change ${describeTensor(y)}, which is kept between runs.`);
  }
  const name = y.buffer.name;
  const u = plan.activation(`${name}, low rank`, [rows, rank]);
  plan.append(product(x, a, u, { transposeB: true }));
  plan.append(scale(u, s));
  plan.append(product(u, b, y, { transposeB: true, accumulate: true, name: `${name}, LoRA` }));
  // y's gradient is that of both terms: the product before this one is recorded with the same y, and reads it next.
  plan.record([x, a, b], [y], () => {
    const dy = plan.gradientOf(y);
    if (!dy) return;
    const db = plan.gradientTarget(b);
    if (db) plan.append(product(dy, u, db.tensor, { transposeA: true, accumulate: db.accumulate }));
    const da = plan.gradientTarget(a);
    const dx = plan.gradientTarget(x);
    if (!da && !dx) return;
    const du = plan.activation(`∂${u.buffer.name}`, [rows, rank]);
    plan.append(product(dy, b, du));
    plan.append(scale(du, s));
    if (da) plan.append(product(du, x, da.tensor, { transposeA: true, accumulate: da.accumulate }));
    if (dx) plan.append(product(du, a, dx.tensor, { accumulate: dx.accumulate }));
  });
}
