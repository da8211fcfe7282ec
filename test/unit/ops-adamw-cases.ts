/**
 * @file AdamW over pools of odd sizes, on any executor, against the formula in 64 bits; for the tests of both executors.
 */
import { adamW, SETTINGS, updateSettings } from '../../src/ops/adamw';
import { zero } from '../../src/ops/zero';
import { PlanBuilder } from '../../src/plan/builder';
import type { Executor } from '../../src/plan/executor';
import { makeTensor } from '../../src/plan/tensor';
import { meanSquaredError } from './ops-run';

/** Elements of two pools, the first of which decays: with and without a rest by 4, below and above a workgroup and a sum. */
export const POOL_SIZES: [number, number][] = [
  ...([1, 2, 3, 4, 5, 7, 8, 31, 63, 64, 65, 127, 128].map((size) => [size, 2 * size + 1]) as [
    number,
    number,
  ][]),
  ...([255, 256, 257, 1000, 1023, 4096, 16_385, 65_540].map((size) => [size, 3]) as [number, number][]),
];

const SETTING = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 };
const STEPS = 3;

/** Numbers that follow from the place alone, between -1 and 1. */
const values = (size: number, salt: number) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + salt));

/** What three steps make of the pools by the formula, and each step's norm. */
function expected(sizes: readonly number[]) {
  const { learningRate, beta1, beta2, epsilon, weightDecay, clipNorm } = SETTING;
  const pools = sizes.map((size, i) => ({
    theta: Array.from(values(size, i)),
    m: new Array<number>(size).fill(0),
    v: new Array<number>(size).fill(0),
  }));
  const norms: number[] = [];
  for (let t = 1; t <= STEPS; t++) {
    const gradients = sizes.map((size, i) => values(size, 10 * t + i));
    const norm = Math.sqrt(gradients.reduce((sum, g) => g.reduce((part, x) => part + x * x, sum), 0));
    norms.push(norm);
    const clip = Math.min(1, clipNorm / (norm + 1e-6));
    pools.forEach(({ theta, m, v }, pool) => {
      gradients[pool]?.forEach((raw, i) => {
        const g = raw * clip;
        m[i] = beta1 * (m[i] ?? NaN) + (1 - beta1) * g;
        v[i] = beta2 * (v[i] ?? NaN) + (1 - beta2) * g * g;
        const kept = (theta[i] ?? NaN) * (pool === 0 ? 1 - learningRate * weightDecay : 1);
        const scale = Math.sqrt(v[i] / (1 - beta2 ** t)) + epsilon;
        theta[i] = kept - ((learningRate / (1 - beta1 ** t)) * m[i]) / scale;
      });
    });
  }
  return { pools, norms };
}

/**
 * Three steps, and what they are off by: normalised mean squared errors of parameters, moments and norms. Last, gradients
 * are set to zero, and one that is not finite is shown to change nothing.
 *
 * @returns the errors by name; `not cleared` counts gradients that are not 0, `changed` parameters that are others
 */
export async function adamwErrors(
  executor: Executor,
  sizes: readonly number[],
): Promise<Map<string, number>> {
  const settings = makeTensor('settings', [SETTINGS], 'input');
  const norm = makeTensor('norm', [4], 'output');
  const pools = sizes.map((size, i) => ({
    parameters: makeTensor(`parameters ${i}`, [size], 'parameter'),
    gradient: makeTensor(`gradient ${i}`, [size], 'gradient'),
    first: makeTensor(`first ${i}`, [size], 'moment'),
    second: makeTensor(`second ${i}`, [size], 'moment'),
    decays: i === 0,
  }));
  const plan = async (build: (builder: PlanBuilder) => void) => {
    const builder = new PlanBuilder();
    build(builder);
    return executor.prepare(builder.finish());
  };
  const update = await plan((builder) => adamW(builder, pools, settings, norm));
  const clear = await plan((builder) => {
    for (const { gradient } of pools) builder.append(zero(gradient));
  });
  pools.forEach(({ parameters }, i) => executor.write(parameters, values(sizes[i] ?? 0, i)));
  const norms: number[] = [];
  for (let t = 1; t <= STEPS; t++) {
    pools.forEach(({ gradient }, i) => executor.write(gradient, values(sizes[i] ?? 0, 10 * t + i)));
    executor.write(settings, updateSettings(SETTING, t));
    await update.run();
    norms.push((await executor.read(norm))[1] ?? NaN);
  }
  const errors = new Map<string, number>();
  const reference = expected(sizes);
  errors.set('norms', meanSquaredError(Float32Array.from(norms), Float32Array.from(reference.norms)));
  for (const [i, { parameters, first, second, gradient }] of pools.entries()) {
    const { theta = [], m = [], v = [] } = reference.pools[i] ?? {};
    const pairs = { parameters: [parameters, theta], first: [first, m], second: [second, v] } as const;
    for (const [what, [tensor, numbers]] of Object.entries(pairs)) {
      errors.set(`${what} ${i}`, meanSquaredError(await executor.read(tensor), Float32Array.from(numbers)));
    }
    const before = await executor.read(parameters);
    executor.write(gradient, values(sizes[i] ?? 0, 7).fill(NaN, -1));
    await update.run();
    const after = await executor.read(parameters);
    errors.set(`changed ${i}`, after.filter((value, n) => value !== before[n]).length);
    await clear.run();
    errors.set(`not cleared ${i}`, (await executor.read(gradient)).filter((value) => value !== 0).length);
  }
  for (const made of [update, clear]) made.dispose();
  executor.release(
    [
      settings,
      norm,
      ...pools.flatMap((pool) => [pool.parameters, pool.gradient, pool.first, pool.second]),
    ].map(({ buffer }) => buffer),
  );
  return errors;
}
