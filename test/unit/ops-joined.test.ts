/**
 * @file Several products with one x on the CPU executor against tfjs's cpu backend, forward and backward.
 */
import '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import * as tf from '../../src/tensor/tf';
import { JOINED_CASES } from './ops-joined-cases';
import { meanSquaredError, runCase, valuesOf } from './ops-run';

test('every size, apart and together', async () => {
  await tf.setBackend('cpu');
  const executor = await CpuExecutor.create();
  expect(JOINED_CASES.filter(({ name }) => name.includes('together')).length).toBeGreaterThanOrEqual(10);
  for (const [i, one] of JOINED_CASES.entries()) {
    const found = await runCase(executor, one, i % 2 === 0);
    const names = Object.keys(one.inputs);
    const values = valuesOf(one);
    const tensors = names.map((name) => tf.tensor(values[name] as Float32Array, one.inputs[name]?.shape));
    const given = (all: tf.Tensor[]) =>
      Object.fromEntries(names.map((name, j) => [name, all[j] as tf.Tensor]));
    const expected = one.reference(given(tensors));
    found.outputs.forEach((output, j) => {
      const error = meanSquaredError(output, (expected[j] as tf.Tensor).dataSync());
      expect(error, one.name).toBeLessThan(1e-10);
    });
    const slopes = tf.grads((...all: tf.Tensor[]) =>
      one
        .reference(given(all))
        .map((output, j) => output.mul(tf.tensor(found.slopes[j] as Float32Array, output.shape)).sum())
        .reduce((sum, part) => sum.add(part)),
    )(tensors);
    names.forEach((name, j) => {
      const gradient = found.gradients[name];
      if (!gradient) return;
      expect(
        meanSquaredError(gradient, (slopes[j] as tf.Tensor).dataSync()),
        `${one.name}, ${name}`,
      ).toBeLessThan(1e-10);
    });
  }
});
