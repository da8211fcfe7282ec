/**
 * @file Every variant of the matrix product in WGSL against the CPU loop, in odd shapes and all forms; the variant in 16
 * bits, which no software device can run, by its form and by the same code in 32 bits; and the tuner.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { attention } from '../../src/ops/attention';
import { product } from '../../src/ops/matmul';
import { countParts } from '../../src/ops/matmul-split';
import { tileKernel } from '../../src/ops/matmul-tiles';
import type { ProductForm, ProductSizes, ProductVariant } from '../../src/ops/matmul-variant';
import { PRODUCT_VARIANTS, variantsFor } from '../../src/ops/matmul-wgsl';
import { measureAttention } from '../../src/ops/measure-attention';
import { measureProduct } from '../../src/ops/measure-product';
import { KernelTuner } from '../../src/ops/tune-kernels';
import { readTunedChoices, toTunedChoices, variantsVersion } from '../../src/ops/tuned-choices';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import type { WgslTarget } from '../../src/plan/operation';
import { makeTensor } from '../../src/plan/tensor';
import { makeDispatch } from '../../src/plan/wgsl';
import { WgslExecutor } from '../../src/plan/wgsl-executor';
import type { TensorDevice } from '../../src/tensor/device';
import { meanSquaredError, randomNumbers } from '../unit/ops-run';
import { testDevice } from './support';

/** 1e-7 is what ggml asks of its operations; these do better. */
const LIMIT = 1e-10;

const SIZES: ProductSizes[] = (
  [
    [1, 1, 1],
    [1, 260, 8],
    [2, 9, 130],
    [3, 4, 5],
    [4, 40, 36],
    [4, 8, 256],
    [5, 8, 12],
    [7, 9, 11],
    [8, 8, 8],
    [9, 256, 7],
    [12, 4, 100],
    [13, 300, 3],
    [16, 12, 200],
    [17, 20, 65],
    [20, 12, 4],
    [24, 36, 132],
    [31, 33, 16],
    [33, 70, 35],
    [64, 64, 17],
    [65, 68, 20],
    [68, 64, 36],
    [130, 12, 16],
    [140, 136, 20],
  ] as const
).map(([m, n, k]) => ({ m, n, k }));

const FORMS: ProductForm[] = (
  [
    [false, false, false],
    [false, true, true],
    [false, true, false],
    [true, false, true],
    [true, true, false],
  ] as const
).map(([transposeA, transposeB, accumulate]) => ({ transposeA, transposeB, accumulate }));

/** SwiftShader offers subgroups, and no f16. */
const HERE = PRODUCT_VARIANTS.filter(({ needs }) => needs !== 'shader-f16');

let target: TensorDevice;
let cpu: CpuExecutor;
let device: WgslExecutor;
beforeAll(async () => {
  target = await testDevice();
  cpu = await CpuExecutor.create();
  device = new WgslExecutor(target);
});

/** Results of the CPU loop and of `wgsl`, from the same numbers. */
async function both(
  sizes: ProductSizes,
  form: ProductForm,
  wgsl: (
    tensors: ReturnType<typeof tensorsOf>,
    given: WgslTarget,
  ) => ReturnType<ProductVariant['dispatches']>,
) {
  const { m, n, k } = sizes;
  const tensors = tensorsOf(sizes, form);
  const { a, b, c } = tensors;
  const plan = new PlanBuilder();
  plan.append({ ...product(a, b, c, form), wgsl: (given) => wgsl(tensors, given) });
  const results = [];
  for (const one of [device, cpu]) {
    const prepared = await one.prepare(plan.finish());
    one.write(a, randomNumbers(m * k, 1));
    one.write(b, randomNumbers(k * n, 2));
    one.write(c, randomNumbers(m * n, 3));
    await prepared.run();
    results.push(await one.read(c));
    prepared.dispose();
    one.release([a.buffer, b.buffer, c.buffer]);
  }
  return results as [Float32Array, Float32Array];
}

function tensorsOf({ m, n, k }: ProductSizes, { transposeA, transposeB }: ProductForm) {
  return {
    a: makeTensor('a', transposeA ? [k, m] : [m, k], 'input'),
    b: makeTensor('b', transposeB ? [n, k] : [k, n], 'input'),
    c: makeTensor('c', [m, n], 'output'),
  };
}

test.each(HERE)('$name', async (variant) => {
  let run = 0;
  for (const sizes of SIZES) {
    for (const form of FORMS) {
      if (!variant.fits(sizes, form)) continue;
      const [found, expected] = await both(sizes, form, (tensors, given) =>
        variant.dispatches(sizes, form, tensors, given),
      );
      const name = `${sizes.m}×${sizes.n}×${sizes.k} ${JSON.stringify(form)}`;
      expect(meanSquaredError(found, expected), name).toBeLessThan(LIMIT);
      run++;
    }
  }
  expect(run).toBeGreaterThanOrEqual(variant.scratch ? 8 : 20);
});

test('parts of a sum: long sums of small results only, and never more memory than the limit', () => {
  expect(countParts({ m: 8, n: 8, k: 63 }, 16)).toBe(1);
  expect(countParts({ m: 8, n: 8, k: 256 }, 16)).toBe(4);
  expect(countParts({ m: 8, n: 8, k: 2 ** 20 }, 16)).toBe(64);
  expect(countParts({ m: 2048, n: 2048, k: 4096 }, 16)).toBe(1);
  for (const { m, n, k } of [...SIZES, { m: 512, n: 512, k: 9999 }]) {
    expect(countParts({ m, n, k }, 16) * m * n).toBeLessThanOrEqual(Math.max(2 ** 20, m * n));
  }
});

describe('the variant in 16 bits', () => {
  const form = { transposeA: false, transposeB: true, accumulate: false };
  const options = { side: 16, block: 4, wide: true, half: true };

  test('is offered only to devices that have 16 bits, to who allows them, for products of the forward pass', () => {
    const sizes = { m: 64, n: 64, k: 64 };
    const names = (given: WgslTarget, one = form) => variantsFor(given, sizes, one).map(({ name }) => name);
    const name = 'f16 tiles 64×64, vectors';
    expect(names({ lanes: 1, features: ['shader-f16'], lowPrecision: true })).toContain(name);
    expect(names({ lanes: 1, features: ['shader-f16'] })).not.toContain(name);
    expect(names({ lanes: 1, lowPrecision: true })).not.toContain(name);
    const backward = { ...form, transposeA: true, transposeB: false };
    expect(names({ lanes: 1, features: ['shader-f16'], lowPrecision: true }, backward)).not.toContain(name);
  });

  test('differs from the code in 32 bits by the extension and the type alone; that code is right', async () => {
    const { code } = tileKernel(options, form);
    expect(code.trimStart().startsWith('enable f16;')).toBe(true);
    expect(code.match(/f16/g)).toHaveLength(2);
    for (const [open, close] of ['{}', '()', '[]']) {
      const count = (character = '') => code.split(character).length;
      expect(count(open)).toBe(count(close));
    }
    const singles = code.replace('enable f16;', '').replace('alias Number = f16;', 'alias Number = f32;');
    for (const sizes of [
      { m: 33, n: 70, k: 36 },
      { m: 130, n: 12, k: 16 },
    ]) {
      const [found, expected] = await both(sizes, form, (tensors) => [
        makeDispatch({ ...tileKernel(options, form), code: singles }, tensors, { ...sizes }, [
          Math.ceil(sizes.n / 64),
          Math.ceil(sizes.m / 64),
          1,
        ]),
      ]);
      expect(meanSquaredError(found, expected)).toBeLessThan(LIMIT);
    }
  });
});

describe('the tuner', () => {
  const form = { transposeA: false, transposeB: true, accumulate: false };
  const sizes = { m: 24, n: 20, k: 132 };

  test('measures every variant that it is given; all of them are right', async () => {
    const variants = HERE.filter((variant) => variant.fits(sizes, form));
    expect(variants.length).toBe(HERE.length);
    const found = await measureProduct(target, sizes, form, variants);
    expect(found.map(({ variant }) => variant).sort()).toEqual(variants.map(({ name }) => name).sort());
    const times = found.map(({ milliseconds }) => milliseconds ?? NaN);
    expect(times.every((time) => time > 0)).toBe(true);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('puts variants last that are wrong or refused, and goes on', async () => {
    const [first, second] = HERE as [ProductVariant, ProductVariant];
    const wrong: ProductVariant = {
      ...second,
      name: 'wrong',
      dispatches: (given, one, { a, b, c }, more) =>
        second.dispatches({ ...given, k: given.k - 4 }, one, { a, b, c }, more),
    };
    const refused: ProductVariant = {
      ...second,
      name: 'refused',
      dispatches: (...given) =>
        second
          .dispatches(...given)
          .map((one) => ({ ...one, kernel: { ...one.kernel, code: 'fn main( { ' } })),
    };
    const found = await measureProduct(target, sizes, form, [first, wrong, refused]);
    expect(found.map(({ variant }) => variant)).toEqual([first.name, 'wrong', 'refused']);
    expect(found.map(({ milliseconds }) => milliseconds !== undefined)).toEqual([true, false, false]);
    target.health.check();
  });

  function threeProducts() {
    const plan = new PlanBuilder();
    const input = (...shape: number[]) => makeTensor('x', shape, 'input');
    plan.append(product(input(30, 8), input(12, 8), makeTensor('c', [30, 12], 'output'), form));
    plan.append(product(input(31, 8), input(12, 8), makeTensor('d', [31, 12], 'output'), form));
    plan.append(product(input(30, 7), input(13, 7), makeTensor('e', [30, 13], 'output'), form));
    return plan.finish();
  }

  test('chooses for every class of products in a plan, once, and its choices are used', async () => {
    const plan = threeProducts();
    const kept: string[][] = [];
    const tuner = new KernelTuner(
      target,
      { 'NT 5* 4 3': 'vectors 4×4' },
      { onChoices: (choices) => kept.push(Object.keys(choices).sort()) },
    );
    const progress: number[][] = [];
    await tuner.tune(plan, { lanes: 1 }, (done, total) => progress.push([done, total]));
    expect(progress).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(kept).toEqual([['NT 5* 4 3', 'NT 5* 4* 3*']]);
    expect(tuner.productVariant({ m: 30, n: 12, k: 8 }, form)).toBe('vectors 4×4');
    const [dispatch] = plan.operations[0]?.wgsl({ lanes: 1, productVariant: tuner.productVariant }) ?? [];
    expect(dispatch?.kernel.name).toContain('vectors 4×4');
    await tuner.tune(plan, { lanes: 1 }, () => expect.unreachable());
  });

  test('without patience nothing is measured, then or later', async () => {
    const tuner = new KernelTuner(target, {}, { patience: 0, onChoices: () => expect.unreachable() });
    const progress: number[][] = [];
    await tuner.tune(threeProducts(), { lanes: 1 }, (done, total) => progress.push([done, total]));
    expect(progress).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
    ]);
    await tuner.tune(threeProducts(), { lanes: 1 }, () => expect.unreachable());
    expect(tuner.choices).toEqual({});
  });

  test('chooses between the forms of attention too, and both are right', async () => {
    const sizes = { tokens: 70, heads: 2, keyValueHeads: 1, headSize: 8 };
    const found = await measureAttention(target, sizes);
    expect(found.map(({ variant }) => variant).sort()).toEqual(['in tiles', 'one by one']);
    expect(found.every(({ milliseconds }) => (milliseconds ?? -1) >= 0)).toBe(true);
    const plan = new PlanBuilder();
    const input = (count: number) => makeTensor('x', [70, count], 'input');
    const range = makeTensor('range', [70], 'input', 'i32');
    const given = { q: input(16), k: input(8), v: input(8), first: range, last: range };
    plan.output(attention(plan, given, sizes));
    const tuner = new KernelTuner(target);
    expect(tuner.tilesAttention(sizes)).toBeUndefined();
    await tuner.tune(plan.finish(), { lanes: 1 });
    expect(Object.keys(tuner.choices)).toEqual(['attention 6 2:1 8']);
    expect(tuner.tilesAttention(sizes)).toBe(tuner.choices['attention 6 2:1 8'] === 'in tiles');
    const tiled = new KernelTuner(target, { 'attention 6 2:1 8': 'in tiles' });
    const [dispatch] = plan.finish().operations[0]?.wgsl({ lanes: 1, ...tiled }) ?? [];
    expect(dispatch?.kernel.name).toContain('attention in tiles');
  });

  test('an executor tunes before it compiles, with one progress over both', async () => {
    const tuner = new KernelTuner(target);
    const executor = new WgslExecutor(target, {}, tuner);
    const progress: number[][] = [];
    const prepared = await executor.prepare(threeProducts(), (done, total) => progress.push([done, total]));
    expect(Object.keys(tuner.choices).length).toBe(2);
    // Two classes are measured, of three products: one kernel for each is taken to follow.
    expect(progress.slice(0, 3)).toEqual([
      [0, 5],
      [1, 5],
      [2, 5],
    ]);
    const shares = progress.map(([done = 0, total = 0]) => done / total);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.indexOf(1)).toBe(shares.length - 1);
    // Measuring has compiled some of it.
    expect(progress.at(-1)?.[1]).toBeGreaterThanOrEqual(2);
    prepared.dispose();
    executor.dispose();
  });

  test('choices are kept as plain data, and read again for the same device and the same variants only', () => {
    const kernels = { 'NT 5 4 3': 'vectors 4×4' };
    const kept: unknown = JSON.parse(JSON.stringify(toTunedChoices(target, kernels)));
    expect(readTunedChoices(target, kept)).toEqual(kernels);
    expect(variantsVersion()).toMatch(/^[0-9a-f]{8}$/);
    const data = kept as object;
    expect(readTunedChoices(target, { ...data, version: 'another' })).toEqual({});
    expect(readTunedChoices(target, { ...data, device: 'another' })).toEqual({});
    const mixed = { a: 'no such variant', b: 7, c: 'singles 4×4' };
    expect(readTunedChoices(target, { ...data, kernels: mixed })).toEqual({ c: 'singles 4×4' });
    for (const other of [undefined, null, 3, 'text', {}, { ...data, kernels: null }]) {
      expect(readTunedChoices(target, other)).toEqual({});
    }
  });
});
