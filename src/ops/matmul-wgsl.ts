/**
 * @file The matrix product in WGSL: its variants, and which one a device gets for which sizes. None uses atomics, so that
 * the same inputs give the same bits.
 */
import type { Dispatch, WgslTarget } from '../plan/operation';
import type { Tensor } from '../plan/tensor';
import { SINGLES, vectorVariant } from './matmul-registers';
import { tileVariant } from './matmul-tiles';
import type { ProductForm, ProductSizes, ProductVariant } from './matmul-variant';

/** All variants; within a kind, the best guess for large products first. */
export const PRODUCT_VARIANTS: readonly ProductVariant[] = [
  vectorVariant(8, 2),
  vectorVariant(8, 1),
  vectorVariant(4, 1),
  vectorVariant(1, 1),
  SINGLES,
  tileVariant(16),
  tileVariant(8),
];

/** The variant for a product on a device: what the device was tuned to, else a guess. */
export function chooseProduct(
  target: WgslTarget,
  sizes: ProductSizes,
  form: ProductForm,
): (a: Tensor, b: Tensor, c: Tensor) => Dispatch {
  const fitting = PRODUCT_VARIANTS.filter((variant) => variant.fits(sizes, form));
  const named = (name: string | undefined) => fitting.find((variant) => variant.name === name);
  const chosen =
    named(target.productVariant?.(sizes, form)) ?? named(guess(target, sizes)) ?? fitting[0] ?? SINGLES;
  return (a, b, c) => chosen.dispatch(sizes, form, a, b, c);
}

/** Single rows where there are few; tiles where barriers are cheap, small ones where there are few of them. */
function guess({ lanes }: WgslTarget, { m, n }: ProductSizes): string | undefined {
  if (m < 4) return 'vectors 1×4';
  if (lanes === 1) return undefined;
  return m * n >= 512 * 512 ? 'tiles 64×64' : 'tiles 32×32';
}
