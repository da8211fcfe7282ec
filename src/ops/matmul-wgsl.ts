/**
 * @file The matrix product in WGSL: its variants, and which one a device gets for which sizes. None uses atomics, so that
 * the same inputs give the same bits.
 */
import type { Dispatch, WgslTarget } from '../plan/operation';
import { SINGLES, vectorVariant } from './matmul-registers';
import { SPLIT_SINGLES, SPLIT_VECTORS } from './matmul-split';
import { subgroupVariant } from './matmul-subgroups';
import { tileVariant } from './matmul-tiles';
import {
  isOffered,
  type ProductForm,
  type ProductSizes,
  type ProductTensors,
  type ProductVariant,
} from './matmul-variant';

/** All variants; within a kind, the best guess for large products first. */
export const PRODUCT_VARIANTS: readonly ProductVariant[] = [
  vectorVariant(8, 2),
  vectorVariant(8, 1),
  vectorVariant(4, 1),
  vectorVariant(1, 1),
  SINGLES,
  tileVariant({ side: 16, block: 8, wide: true }),
  tileVariant({ side: 16, block: 4, wide: true }),
  tileVariant({ side: 16, block: 4 }),
  tileVariant({ side: 8, block: 4 }),
  subgroupVariant(8),
  SPLIT_VECTORS,
  SPLIT_SINGLES,
  tileVariant({ side: 16, block: 4, wide: true, half: true }),
];

/** The variants that can compute a product on a device. */
export function variantsFor(target: WgslTarget, sizes: ProductSizes, form: ProductForm): ProductVariant[] {
  return PRODUCT_VARIANTS.filter((variant) => variant.fits(sizes, form) && isOffered(variant, target));
}

/** The dispatches of a product on a device: by the variant that it was tuned to, else by a guess. */
export function chooseProduct(
  target: WgslTarget,
  sizes: ProductSizes,
  form: ProductForm,
): (tensors: ProductTensors) => readonly Dispatch[] {
  const fitting = variantsFor(target, sizes, form);
  const { transposeA, transposeB, accumulate } = form;
  const named = (name: string | undefined) => fitting.find((variant) => variant.name === name);
  const chosen =
    named(target.productVariant?.(sizes, { transposeA, transposeB, accumulate })) ??
    named(guess(target, sizes)) ??
    fitting[0] ??
    SINGLES;
  return (tensors) => chosen.dispatches(sizes, form, tensors, target);
}

/** Single rows where there are few; tiles where barriers are cheap, small ones where there are few of them. */
function guess({ lanes }: WgslTarget, { m, n }: ProductSizes): string | undefined {
  if (m < 4) return 'vectors 1×4';
  if (lanes === 1) return undefined;
  return m * n >= 512 * 512 ? 'tiles 64×64' : 'tiles 32×32';
}
