/**
 * @file Sums, means, maxima and softmax against plain loops, along every axis and past the longest row.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/model/random';
import type { TensorDevice } from '../../src/tensor/device';
import * as tf from '../../src/tensor/tf';
import { readBack } from '../../src/tensor/tfjs';
import { largestDifference, testDevice } from './support';

let target: TensorDevice;
beforeAll(async () => {
  target = await testDevice();
});

function numbers(count: number): Float32Array {
  const random = seededRandom(count);
  return Float32Array.from({ length: count }, () => 4 * random() - 2);
}

async function values(compute: () => tf.Tensor): Promise<{ values: Float32Array; shape: number[] }> {
  const tensor = tf.tidy(compute);
  const { shape } = tensor;
  const found = await readBack(target, tensor);
  tensor.dispose();
  return { values: found, shape };
}

/** Groups of elements that are reduced together, in the order of the result. */
function groups(x: Float32Array, shape: number[], axes: number[]): number[][] {
  const result = new Map<string, number[]>();
  x.forEach((value, index) => {
    let rest = index;
    const place = shape.map(() => 0);
    for (let i = shape.length - 1; i >= 0; i--) {
      place[i] = rest % (shape[i] ?? 1);
      rest = Math.floor(rest / (shape[i] ?? 1));
    }
    const key = place.filter((_, i) => !axes.includes(i)).join();
    result.set(key, [...(result.get(key) ?? []), value]);
  });
  return [...result.values()];
}

const sum = (row: number[]) => row.reduce((a, b) => a + b, 0);

describe.each<
  [string, (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor, (row: number[]) => number]
>([
  ['sum', (x, axes, keep) => x.sum(axes, keep), sum],
  ['mean', (x, axes, keep) => x.mean(axes, keep), (row) => sum(row) / row.length],
  ['max', (x, axes, keep) => x.max(axes, keep), (row) => Math.max(...row)],
])('%s', (_, compute, expected) => {
  test.each([[[2]], [[0]], [[1]], [[0, 1]], [[1, 2]], [[0, 2]], [[0, 1, 2]]])(
    'over the axes %j',
    async (axes) => {
      const shape = [3, 5, 7];
      const x = numbers(105);
      const rows = Float32Array.from(groups(x, shape, axes), expected);
      const plain = await values(() => compute(tf.tensor(x, shape), axes, false));
      expect(plain.shape).toEqual(shape.filter((_size, i) => !axes.includes(i)));
      expect(largestDifference(plain.values, rows)).toBeLessThan(1e-5);
      const kept = await values(() => compute(tf.tensor(x, shape), axes, true));
      expect(kept.shape).toEqual(shape.map((size, i) => (axes.includes(i) ? 1 : size)));
      expect(kept.values).toEqual(plain.values);
    },
  );

  test('over more elements than one invocation takes', async () => {
    const x = numbers(2 * 5000);
    const found = await values(() => compute(tf.tensor(x, [2, 5000]), [1], false));
    expect(
      largestDifference(found.values, Float32Array.from(groups(x, [2, 5000], [1]), expected)),
    ).toBeLessThan(1e-3);
  });
});

test('a sum of integers stays exact', async () => {
  const found = await values(() =>
    tf
      .tensor([1, 2, 2 ** 24, 1], [2, 2], 'int32')
      .sum(1)
      .toFloat(),
  );
  expect([...found.values]).toEqual([3, 2 ** 24 + 1].map(Math.fround));
});

test.each([[[4, 9]], [[2, 3, 64]], [[1, 5000]]])('softmax of %j', async (shape) => {
  const x = numbers(shape.reduce((a, b) => a * b, 1));
  x[1] = -1e9;
  x[2] = 80;
  const found = await values(() => tf.softmax(tf.tensor(x, shape)));
  expect(found.shape).toEqual(shape);
  const expected = groups(x, shape, [shape.length - 1]).flatMap((row) => {
    const top = Math.max(...row);
    const parts = row.map((value) => Math.exp(value - top));
    return parts.map((part) => part / sum(parts));
  });
  expect(largestDifference(found.values, Float32Array.from(expected))).toBeLessThan(1e-6);
  expect(found.values[1]).toBe(0);
});
