/**
 * @file C = op(A) · op(B), op being nothing or transposition: the operation that most of a training step's time goes to.
 *
 * Shapes: op(A) [m, k], op(B) [k, n], C [m, n]; a transposed factor is stored the other way round. Any size.
 * Backward, for C = A · B: ∂A = ∂C · Bᵀ, ∂B = Aᵀ · ∂C; with transposed factors the same, transposed.
 */
import type { PlanBuilder } from '../plan/builder';
import type { Operation } from '../plan/operation';
import { describeTensor, expectShape, type Tensor } from '../plan/tensor';
import type { ProductSizes } from './matmul-variant';
import { chooseProduct } from './matmul-wgsl';

export interface ProductOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  /** C += instead of C =. */
  accumulate?: boolean;
  name?: string;
}

/**
 * Sizes of a product.
 *
 * @throws RangeError where the factors do not fit.
 */
function sizesOf(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): ProductSizes {
  const [aRows = 0, aColumns = 0] = a.shape;
  const [bRows = 0, bColumns = 0] = b.shape;
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [inner, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (a.shape.length !== 2 || b.shape.length !== 2 || inner !== k) {
    const turned = (yes: boolean) => (yes ? ', transposed' : '');
    throw new RangeError(
      `matmul cannot multiply ${describeTensor(a)}${turned(transposeA)} and ${describeTensor(b)}${turned(transposeB)}.`,
    );
  }
  return { m, n, k };
}

/** The product as an operation that writes, or adds to, `c`. */
export function product(a: Tensor, b: Tensor, c: Tensor, options: ProductOptions = {}): Operation {
  const { transposeA = false, transposeB = false, accumulate = false, name = c.buffer.name } = options;
  const sizes = sizesOf(a, b, transposeA, transposeB);
  const { m, n, k } = sizes;
  expectShape('matmul', c, [m, n]);
  return {
    name: `matmul ${name}`,
    reads: [a, b],
    writes: [c],
    work: 2 * m * n * k,
    wgsl: (target) => chooseProduct(target, sizes, { transposeA, transposeB, accumulate })({ a, b, c }),
    cpu: (context) => {
      const call = {
        ...sizes,
        a: context.place(a),
        aRow: transposeA ? 1 : k,
        aColumn: transposeA ? m : 1,
        b: context.place(b),
        bRow: transposeB ? 1 : n,
        bColumn: transposeB ? k : 1,
        c: context.place(c),
        cRow: n,
        accumulate,
      };
      return () => context.product(call);
    },
  };
}

/** Appends C = op(A) · op(B) and gives C. */
export function matmul(
  plan: PlanBuilder,
  a: Tensor,
  b: Tensor,
  options: Omit<ProductOptions, 'accumulate'> = {},
): Tensor {
  const { transposeA = false, transposeB = false, name = 'product' } = options;
  const { m, n } = sizesOf(a, b, transposeA, transposeB);
  const c = plan.activation(name, [m, n]);
  plan.append(product(a, b, c, { transposeA, transposeB, name }));
  recordProduct(plan, a, b, c, { transposeA, transposeB });
  return c;
}

/** Remembers the backward of C = op(A) · op(B), which was just appended. */
export function recordProduct(
  plan: PlanBuilder,
  a: Tensor,
  b: Tensor,
  c: Tensor,
  { transposeA = false, transposeB = false }: Pick<ProductOptions, 'transposeA' | 'transposeB'>,
): void {
  plan.record([a, b], [c], () => {
    const dc = plan.gradientOf(c);
    if (!dc) return;
    const da = plan.gradientTarget(a);
    if (da) {
      const { tensor, accumulate } = da;
      // The transpose of ∂C · op(B)ᵀ is op(B) · ∂Cᵀ.
      plan.append(
        transposeA
          ? product(b, dc, tensor, { transposeA: transposeB, transposeB: true, accumulate })
          : product(dc, b, tensor, { transposeB: !transposeB, accumulate }),
      );
    }
    const db = plan.gradientTarget(b);
    if (db) {
      const { tensor, accumulate } = db;
      plan.append(
        transposeB
          ? product(dc, a, tensor, { transposeA: true, transposeB: transposeA, accumulate })
          : product(a, dc, tensor, { transposeA: !transposeA, accumulate }),
      );
    }
  });
}

/** x · weightᵀ: [N, in] and [out, in] give [N, out], as Hugging Face's models store their matrices. */
export function linear(plan: PlanBuilder, x: Tensor, weight: Tensor, name: string): Tensor {
  return matmul(plan, x, weight, { transposeB: true, name });
}
