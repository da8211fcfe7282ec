/**
 * @file Products with a weight, whichever way it is held: as 32-bit floats, or packed and not trained.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import type { Tensor } from '../plan/tensor';
import { isFrozen, type Weight } from './frozen-matrix';
import { frozenMatmul, frozenProduct } from './frozen-product';
import { matmul, product } from './matmul';

/** C = A · W or A · Wᵀ, or C += that; see `product`. */
export function weightProduct(
  a: Tensor,
  weight: Weight,
  c: Tensor,
  options: { transposeB?: boolean; accumulate?: boolean; name?: string } = {},
): Operation {
  return isFrozen(weight) ? frozenProduct(a, weight, c, options) : product(a, weight, c, options);
}

/** Appends A · W or A · Wᵀ with its backward and gives the result; see `matmul`. */
export function weightMatmul(
  plan: PlanBuilder,
  a: Tensor,
  weight: Weight,
  options: { transposeB?: boolean; name?: string } = {},
): Tensor {
  return isFrozen(weight) ? frozenMatmul(plan, a, weight, options) : matmul(plan, a, weight, options);
}
