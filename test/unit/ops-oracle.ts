/**
 * @file What an operation's CPU loop is compared with: the same in tfjs with its automatic differentiation, and finite
 * differences in 64 bits.
 */
import { expect } from 'vitest';
import type { CpuExecutor } from '../../src/plan/cpu-executor';
import * as tf from '../../src/tensor/tf';
import {
  meanSquaredError,
  PreparedCase,
  randomNumbers,
  runCase,
  valuesOf,
  weightedSum,
  type OperationCase,
} from './ops-run';

/** Half the distance of a finite difference, for numbers around 1: its error is around the square of it. */
const STEP = 1e-5;

/** Outputs of a case and the gradients of Σ slopes · output, by tfjs. */
function inTfjs(one: OperationCase, slopes: readonly Float32Array[]) {
  return tf.tidy(() => {
    const values = valuesOf(one);
    const tensors = Object.fromEntries(
      Object.entries(one.inputs).map(([name, { shape }]) => {
        const dtype = values[name] instanceof Int32Array ? 'int32' : 'float32';
        return [name, tf.tensor(values[name] as Float32Array, shape, dtype)];
      }),
    );
    const names = Object.keys(one.inputs).filter((name) => one.inputs[name]?.trained);
    const outputs = one.reference(tensors).map((output) => output.dataSync());
    if (names.length === 0) return { outputs, gradients: {} };
    const loss = (...trained: tf.Tensor[]) => {
      const moved = Object.fromEntries(names.map((name, i) => [name, trained[i] as tf.Tensor]));
      const terms = one
        .reference({ ...tensors, ...moved })
        .map((output, i) => output.mul(tf.tensor(slopes[i] as Float32Array, output.shape)));
      return tf.addN(terms.map((term) => term.sum()));
    };
    const gradients = tf.grads(loss)(names.map((name) => tensors[name] as tf.Tensor));
    return {
      outputs,
      gradients: Object.fromEntries(names.map((name, i) => [name, (gradients[i] as tf.Tensor).dataSync()])),
    };
  });
}

/** Runs a case and expects tfjs's outputs and gradients within a normalized mean squared error. */
export async function expectAsTfjs(
  executor: CpuExecutor,
  one: OperationCase,
  direct: boolean,
  limit: number,
): Promise<void> {
  const found = await runCase(executor, one, direct);
  const expected = inTfjs(one, found.slopes);
  found.outputs.forEach((output, j) => {
    const error = meanSquaredError(output, expected.outputs[j] as Float32Array);
    expect(error, `${one.name}, output ${j}`).toBeLessThan(limit);
  });
  expect(Object.keys(found.gradients), one.name).toEqual(Object.keys(expected.gradients));
  for (const [name, gradient] of Object.entries(found.gradients)) {
    const error = meanSquaredError(gradient, expected.gradients[name] as Float32Array);
    expect(error, `${one.name}, gradient of ${name}`).toBeLessThan(limit);
  }
}

/** Expects every gradient of a case, along a random direction, to be what the outputs do there. */
export async function expectDifferences(
  exact: CpuExecutor,
  one: OperationCase,
  direct: boolean,
): Promise<void> {
  const prepared = await PreparedCase.create(exact, one, direct);
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
