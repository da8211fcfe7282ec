/**
 * @file The vector kernels: each against the plain loop that it replaces, in odd sizes, and the exponential against the
 * exact one.
 */
import { describe, expect, test } from 'vitest';
import { adamW, SETTINGS, updateSettings } from '../../src/ops/adamw';
import { activate } from '../../src/ops/gated-unit';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { makeTensor } from '../../src/plan/tensor';
import { CASES } from './ops-cases';
import { meanSquaredError, randomNumbers, runCase } from './ops-run';

describe('vectors against loops', () => {
  for (const [name, cases] of Object.entries(CASES)) {
    test(name, async () => {
      const vectors = await CpuExecutor.create({ simd: true });
      const loops = await CpuExecutor.create({ simd: false });
      for (const one of cases) {
        for (const direct of [false, true]) {
          const [a, b] = [await runCase(vectors, one, direct), await runCase(loops, one, direct)];
          a.outputs.forEach((output, i) => {
            const error = meanSquaredError(output, b.outputs[i] as Float32Array);
            expect(error, `${one.name}, output ${i}`).toBeLessThan(1e-10);
          });
          for (const [input, gradient] of Object.entries(a.gradients)) {
            const error = meanSquaredError(gradient, b.gradients[input] as Float32Array);
            expect(error, `${one.name}, gradient of ${input}`).toBeLessThan(1e-10);
          }
        }
      }
    });
  }
});

/** silu on the vector kernels, of many numbers at once. */
async function silu(values: Float32Array): Promise<Float32Array> {
  const executor = await CpuExecutor.create({ simd: true });
  const plan = new PlanBuilder();
  const x = makeTensor('x', [values.length], 'input');
  const y = plan.output(activate(plan, x, 'silu'));
  const prepared = await executor.prepare(plan.finish());
  executor.write(x, values);
  await prepared.run();
  return executor.read(y);
}

describe('the exponential', () => {
  test('is right to 1e-6 over all exponents, and keeps what is not a number', async () => {
    // x / silu(x) − 1 = e⁻ˣ; for x ≪ 0 the quotient is e⁻ˣ itself to the last bit but one.
    const negative = Float32Array.from({ length: 70_000 }, (_, i) => -17 - i / 1000);
    const found = await silu(negative);
    let worst = 0;
    negative.forEach((x, i) => {
      const exact = x / (1 + Math.exp(-x));
      worst = Math.max(worst, Math.abs((found[i] as number) / exact - 1));
    });
    expect(worst).toBeLessThan(1e-6);
    const [low = 1, high = 0, zero = 1, nothing = 0] = await silu(Float32Array.of(-1e4, 1e4, 0, NaN));
    expect(Math.abs(low)).toBeLessThan(1e-30);
    expect(high).toBe(1e4);
    expect(zero).toBe(0);
    expect(nothing).toBeNaN();
  });
});

describe('the update', () => {
  const sizes = [1, 3, 5, 64, 255, 257, 1000, 300_001];

  async function updated(executor: CpuExecutor, size: number, gradients: Float32Array) {
    const tensor = (name: string, role: 'parameter' | 'gradient' | 'moment') =>
      makeTensor(name, [size], role);
    const pool = {
      parameters: tensor('parameters', 'parameter'),
      gradient: tensor('gradient', 'gradient'),
      first: tensor('first', 'moment'),
      second: tensor('second', 'moment'),
    };
    const settings = makeTensor('settings', [SETTINGS], 'input');
    const norm = makeTensor('norm', [4], 'output');
    const plan = new PlanBuilder();
    adamW(plan, [{ ...pool, decays: true }], settings, norm);
    const prepared = await executor.prepare(plan.finish());
    executor.write(pool.parameters, randomNumbers(size, 1));
    executor.write(pool.gradient, gradients);
    for (let step = 1; step <= 3; step++) {
      const all = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, clipNorm: 1 };
      executor.write(settings, updateSettings({ ...all, learningRate: 0.1, weightDecay: 0.1 }, step));
      await prepared.run();
    }
    return {
      parameters: await executor.read(pool.parameters),
      first: await executor.read(pool.first),
      norm: await executor.read(norm),
    };
  }

  test('is that of the loop, and so is the norm', async () => {
    const [vectors, loops] = [
      await CpuExecutor.create({ simd: true }),
      await CpuExecutor.create({ simd: false }),
    ];
    for (const size of sizes) {
      const gradients = randomNumbers(size, 2);
      const [a, b] = [await updated(vectors, size, gradients), await updated(loops, size, gradients)];
      expect(meanSquaredError(a.parameters, b.parameters), `${size}`).toBeLessThan(1e-12);
      expect(meanSquaredError(a.first, b.first), `${size}`).toBeLessThan(1e-12);
      a.norm.forEach((value, i) => expect(value / (b.norm[i] as number)).toBeCloseTo(1, 5));
    }
  });

  test('changes nothing where the gradient is not finite', async () => {
    const executor = await CpuExecutor.create({ simd: true });
    for (const bad of [NaN, Infinity]) {
      const gradients = randomNumbers(70, 3);
      gradients[69] = bad;
      const { parameters, norm } = await updated(executor, 70, gradients);
      expect(parameters).toEqual(randomNumbers(70, 1));
      expect(norm[3]).toBe(0);
    }
  });
});
