/**
 * @file How long each variant of the matrix product takes for one product on the device at hand: they are run, and what
 * they compute is compared.
 */
import { LosslightError } from '../errors';
import { PlanBuilder, type Plan } from '../plan/builder';
import { makeTensor } from '../plan/tensor';
import { WgslExecutor } from '../plan/wgsl-executor';
import type { TensorDevice } from '../tensor/device';
import { product } from './matmul';
import type { ProductForm, ProductSizes, ProductVariant } from './matmul-variant';
import { agrees, millisecondsOf, waves, type Measurement } from './measure';

/** Operations in a timed run, so that a short product is not lost in the cost of a submit. */
const WORK = 5e7;
/** Products of a timed run at most. */
const MOST = 16;
/** Timed runs of so many products of each variant; the shortest counts. */
const RUNS = 3;
/** A variant that takes so many times as long as the fastest in its first run is not run again. */
const HOPELESS = 3;
/** Largest mean squared error, relative, of a variant that multiplies in 16 bits. */
const LOW_PRECISION_ERROR = 1e-5;

/**
 * Measures variants of a product; fastest first, wrong ones last. All must fit; the first is what the others' results
 * are compared with.
 */
export async function measureProduct(
  target: TensorDevice,
  sizes: ProductSizes,
  form: ProductForm,
  variants: readonly ProductVariant[],
): Promise<Measurement[]> {
  const { m, n, k } = sizes;
  const { transposeA, transposeB } = form;
  const a = makeTensor('a', transposeA ? [k, m] : [m, k], 'input');
  const b = makeTensor('b', transposeB ? [n, k] : [k, n], 'input');
  const c = makeTensor('c', [m, n], 'output');
  const count = Math.min(MOST, Math.max(1, Math.round(WORK / (2 * m * n * k))));
  const plan = (variant: ProductVariant, products: number): Plan => {
    const builder = new PlanBuilder();
    const wgsl: ReturnType<typeof product>['wgsl'] = (given) =>
      variant.dispatches(sizes, form, { a, b, c }, given);
    for (let i = 0; i < products; i++) builder.append({ ...product(a, b, c, form), wgsl });
    return builder.finish();
  };

  const executor = new WgslExecutor(target);
  const found: Measurement[] = [];
  try {
    executor.write(a, waves(m * k, 0.37));
    executor.write(b, waves(n * k, 0.11));
    // Compiling takes longer than running, and a device compiles several at a time.
    const ready = await Promise.allSettled(
      variants.map(async (variant) => ({
        variant,
        single: await executor.prepare(plan(variant, 1)),
        several: await executor.prepare(plan(variant, count)),
      })),
    );
    let expected: Float32Array | undefined;
    let shortest = Infinity;
    for (const [i, one] of ready.entries()) {
      if (one.status === 'rejected') {
        // A driver that refuses one kernel may be good at the others.
        if (!(one.reason instanceof LosslightError)) throw one.reason;
        target.health.check();
        found.push({ variant: (variants[i] as ProductVariant).name });
        continue;
      }
      const { variant, single, several } = one.value;
      executor.write(c, new Float32Array(m * n));
      await single.run();
      const result = await executor.read(c);
      expected ??= result;
      if (agrees(result, expected, variant.lowPrecision ? LOW_PRECISION_ERROR : undefined)) {
        let milliseconds = await millisecondsOf(target, single);
        shortest = Math.min(shortest, milliseconds);
        // What is far behind in one run is not worth more of them.
        for (let run = 0; run < RUNS && milliseconds <= HOPELESS * shortest; run++) {
          milliseconds = Math.min(milliseconds, (await millisecondsOf(target, several)) / count);
        }
        found.push({ variant: variant.name, milliseconds });
      } else {
        found.push({ variant: variant.name });
      }
      single.dispose();
      several.dispose();
    }
  } finally {
    executor.dispose();
  }
  return found.sort((x, y) => (x.milliseconds ?? Infinity) - (y.milliseconds ?? Infinity));
}
