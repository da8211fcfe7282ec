/**
 * @file Which variant of the matrix product is fastest on the device at hand: measured once for each class of sizes, by
 * running them, and checked by comparing what they compute. What was found can be kept and used again on the same device.
 */
import { PlanBuilder, type Plan } from '../plan/builder';
import type { PreparedPlan } from '../plan/executor';
import type { WgslTarget } from '../plan/operation';
import { makeTensor } from '../plan/tensor';
import { WgslExecutor } from '../plan/wgsl-executor';
import type { TensorDevice } from '../tensor/device';
import { product } from './matmul';
import { formName, type ProductForm, type ProductSizes } from './matmul-variant';
import { PRODUCT_VARIANTS } from './matmul-wgsl';

/** Sizes beyond this are measured at this: what is fastest there is fastest beyond. */
const LARGEST = 512;
/** Operations in a timed run, so that a short product is not lost in the cost of a submit. */
const WORK = 5e7;
/** Products of a timed run at most. */
const MOST = 16;
/** Timed runs of so many products of each variant; the shortest counts. */
const RUNS = 3;
/** A variant that takes so many times as long as the fastest in its first run is not run again. */
const HOPELESS = 3;
/** Largest mean squared error, relative, of a variant that may be chosen. */
const ERROR = 1e-7;

export interface Measurement {
  variant: string;
  /** Of one product; undefined where its results were wrong. */
  milliseconds?: number;
}

/** Choices by class of sizes and form, as they are kept: `NT 7 8 5` is a product of about 128 × 256 × 32. */
export type ProductChoices = Record<string, string>;

/** The class of a product: its form, and its sizes to the nearest power of two. Remainders of four matter to vectors. */
function classOf({ m, n, k }: ProductSizes, form: ProductForm): string {
  const size = (value: number) => `${Math.round(Math.log2(value))}${value % 4 === 0 ? '' : '*'}`;
  return `${formName(form)} ${size(m)} ${size(n)} ${size(k)}`;
}

function values(count: number, step: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(step * (i + 1)));
}

/** Measures every variant that fits; fastest first, wrong ones last. */
export async function measureProduct(
  target: TensorDevice,
  sizes: ProductSizes,
  form: ProductForm,
): Promise<Measurement[]> {
  const { m, n, k } = sizes;
  const { transposeA, transposeB } = form;
  const a = makeTensor('a', transposeA ? [k, m] : [m, k], 'input');
  const b = makeTensor('b', transposeB ? [n, k] : [k, n], 'input');
  const c = makeTensor('c', [m, n], 'output');
  const plan = (count: number) => {
    const builder = new PlanBuilder();
    for (let i = 0; i < count; i++) builder.append(product(a, b, c, form));
    return builder.finish();
  };
  const one = plan(1);
  const count = Math.min(MOST, Math.max(1, Math.round(WORK / (2 * m * n * k))));
  const many = plan(count);

  const found: Measurement[] = [];
  let expected: Float32Array | undefined;
  let shortest = Infinity;
  for (const { name, fits } of PRODUCT_VARIANTS) {
    if (!fits(sizes, form)) continue;
    const executor = new WgslExecutor(target, { lanes: 1, productVariant: () => name });
    try {
      executor.write(a, values(m * k, 0.37));
      executor.write(b, values(n * k, 0.11));
      const single = await executor.prepare(one);
      await single.run();
      const result = await executor.read(c);
      expected ??= result;
      if (!agrees(result, expected)) {
        found.push({ variant: name });
        continue;
      }
      let milliseconds = await time(target, single);
      shortest = Math.min(shortest, milliseconds);
      // What is far behind in one run is not worth more of them.
      if (milliseconds <= HOPELESS * shortest) {
        const several = await executor.prepare(many);
        for (let run = 0; run < RUNS; run++) {
          milliseconds = Math.min(milliseconds, (await time(target, several)) / count);
        }
      }
      found.push({ variant: name, milliseconds });
    } finally {
      executor.dispose();
    }
  }
  return found.sort((x, y) => (x.milliseconds ?? Infinity) - (y.milliseconds ?? Infinity));
}

/** Milliseconds until a run is done. */
async function time({ device }: TensorDevice, prepared: PreparedPlan): Promise<number> {
  await device.queue.onSubmittedWorkDone();
  const start = performance.now();
  await prepared.run();
  await device.queue.onSubmittedWorkDone();
  return performance.now() - start;
}

function agrees(found: Float32Array, expected: Float32Array): boolean {
  let [difference, size] = [0, 0];
  expected.forEach((value, i) => {
    difference += ((found[i] ?? NaN) - value) ** 2;
    size += value ** 2;
  });
  return difference <= ERROR * size;
}

/** Choices for one device, filled by measuring. */
export class ProductTuner {
  /** @param choices found before on the same device */
  constructor(
    readonly target: TensorDevice,
    readonly choices: ProductChoices = {},
  ) {}

  /** What was chosen for such a product; undefined where nothing was measured. */
  readonly productVariant = (sizes: ProductSizes, form: ProductForm): string | undefined =>
    this.choices[classOf(sizes, form)];

  /**
   * Measures every class of products in a plan that was not measured before.
   *
   * @param options what kernels are made for; the plan is only read
   * @param onProgress gets the classes measured so far and all that are to be
   */
  async tune(
    plan: Plan,
    options: WgslTarget,
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    const missing = new Map<string, { sizes: ProductSizes; form: ProductForm }>();
    const productVariant = (sizes: ProductSizes, form: ProductForm) => {
      const key = classOf(sizes, form);
      if (!(key in this.choices)) missing.set(key, { sizes, form });
      return undefined;
    };
    for (const operation of plan.operations) operation.wgsl({ ...options, productVariant });
    let done = 0;
    for (const [key, { sizes, form }] of missing) {
      const shrink = (size: number) => (size > LARGEST ? LARGEST + (size % 4) : size);
      const measured = { m: shrink(sizes.m), n: shrink(sizes.n), k: shrink(sizes.k) };
      const [best] = await measureProduct(this.target, measured, form);
      if (best?.milliseconds !== undefined) this.choices[key] = best.variant;
      onProgress?.(++done, missing.size);
    }
  }
}
