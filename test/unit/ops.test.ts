/**
 * @file Every operation on the CPU executor: against tfjs's cpu backend, forward and backward, in vector instructions and
 * in plain loops; and its backward against finite differences in 64 bits.
 */
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import * as tf from '../../src/tensor/tf';
import { CASES } from './ops-cases';
import {
  meanSquaredError,
  PreparedCase,
  randomNumbers,
  runCase,
  valuesOf,
  weightedSum,
  type OperationCase,
} from './ops-run';

/** 1e-7 is what ggml asks of its operations; these do better. */
const LIMIT = 1e-10;
/** Half the distance of a finite difference, for numbers around 1: its error is around the square of it. */
const STEP = 1e-5;

let vectors: CpuExecutor;
let loops: CpuExecutor;
let exact: CpuExecutor;

beforeAll(async () => {
  await tf.setBackend('cpu');
  vectors = await CpuExecutor.create({ simd: true });
  loops = await CpuExecutor.create({ simd: false });
  exact = await CpuExecutor.create({ bits: 64 });
});

function inTfjs(one: OperationCase, slopes: readonly Float32Array[]) {
  return tf.tidy(() => {
    const values = valuesOf(one);
    const tensors = Object.fromEntries(
      Object.entries(one.inputs).map(([name, { shape }]) => [
        name,
        tf.tensor(
          values[name] as Float32Array,
          shape,
          values[name] instanceof Int32Array ? 'int32' : 'float32',
        ),
      ]),
    );
    const names = Object.keys(one.inputs).filter((name) => one.inputs[name]?.trained);
    const loss = (...trained: tf.Tensor[]) => {
      const all = {
        ...tensors,
        ...Object.fromEntries(names.map((name, i) => [name, trained[i] as tf.Tensor])),
      };
      const terms = one
        .reference(all)
        .map((output, i) => output.mul(tf.tensor(slopes[i] as Float32Array, output.shape)));
      return tf.addN(terms.map((term) => term.sum()));
    };
    const gradients = tf.grads(loss)(names.map((name) => tensors[name] as tf.Tensor));
    return {
      outputs: one.reference(tensors).map((output) => output.dataSync()),
      gradients: Object.fromEntries(names.map((name, i) => [name, (gradients[i] as tf.Tensor).dataSync()])),
    };
  });
}

describe.each(Object.keys(CASES))('%s', (operation) => {
  const cases = CASES[operation] as OperationCase[];

  test('is tested in at least twenty shapes', () => {
    expect(cases.length).toBeGreaterThanOrEqual(20);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  test('against tfjs', async () => {
    for (const [i, one] of cases.entries()) {
      for (const executor of [vectors, loops]) {
        const found = await runCase(executor, one, i % 2 === 0);
        const expected = inTfjs(one, found.slopes);
        found.outputs.forEach((output, j) => {
          const error = meanSquaredError(output, expected.outputs[j] as Float32Array);
          expect(error, `${one.name}, output ${j}`).toBeLessThan(LIMIT);
        });
        for (const [name, gradient] of Object.entries(found.gradients)) {
          const error = meanSquaredError(gradient, expected.gradients[name] as Float32Array);
          expect(error, `${one.name}, gradient of ${name}`).toBeLessThan(LIMIT);
        }
      }
    }
  });

  test('the backward against finite differences', async () => {
    for (const [i, one] of cases.entries()) {
      const prepared = await PreparedCase.create(exact, one, i % 2 === 1);
      const values = valuesOf(one);
      const loss = async (changed: Record<string, Float64Array>) => {
        await prepared.run({ ...values, ...changed });
        return weightedSum(
          prepared.slopes,
          prepared.outputs.map((tensor) => exact.readExactly(tensor)),
        );
      };
      await loss({});
      const gradients = Object.fromEntries(
        Object.entries(prepared.gradients).map(([name, tensor]) => [name, exact.readExactly(tensor)]),
      );
      for (const [j, [name, gradient]] of Object.entries(gradients).entries()) {
        const direction = randomNumbers(gradient.length, 1000 + j);
        const moved = (step: number) =>
          Float64Array.from(direction, (d, at) => ((values[name] as Float32Array)[at] ?? NaN) + step * d);
        const slope = (await loss({ [name]: moved(STEP) })) - (await loss({ [name]: moved(-STEP) }));
        const terms = Array.from(gradient, (g, at) => g * (direction[at] as number));
        const size = Math.sqrt(terms.reduce((sum, term) => sum + term * term, 0));
        const difference = slope / (2 * STEP) - terms.reduce((sum, term) => sum + term, 0);
        expect(Math.abs(difference), `${one.name}, gradient of ${name}`).toBeLessThan(
          (one.differenceLimit ?? 1e-6) * size + 1e-8,
        );
      }
      prepared.dispose();
    }
  });
});
