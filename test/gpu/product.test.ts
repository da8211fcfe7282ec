/**
 * @file The matrix product against sums in double precision: every transposition, sizes that fill its blocks, sizes that
 * do not, and sizes that go to tfjs's own product.
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

function numbers(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => random() - 0.5);
}

function expected(
  a: Float32Array,
  b: Float32Array,
  [batch, m, n, k]: Sizes,
  ta: boolean,
  tb: boolean,
): Float32Array {
  const result = new Float32Array(batch * m * n);
  for (let z = 0; z < batch; z++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let s = 0; s < k; s++) {
          const x = a[z * m * k + (ta ? s * m + i : i * k + s)] ?? NaN;
          sum += x * (b[z * k * n + (tb ? j * k + s : s * n + j)] ?? NaN);
        }
        result[(z * m + i) * n + j] = sum;
      }
    }
  }
  return result;
}

type Sizes = [batch: number, m: number, n: number, k: number];

const SIZES: Sizes[] = [
  [1, 64, 64, 64],
  [1, 8, 4, 4],
  [1, 12, 20, 36], // rows that do not fill a block, columns in fours
  [1, 1, 24, 12], // one row
  [1, 3, 200, 8],
  [1, 100, 8, 4],
  [6, 20, 16, 8], // batched
  [2, 1, 12, 64],
  [1, 7, 61, 10], // no whole vectors
  [3, 5, 6, 7],
  [1, 4, 8, 2500], // long enough for tfjs to split the sum
];

describe.each([
  ['A · B', false, false],
  ['A · Bᵀ', false, true],
  ['Aᵀ · B', true, false],
  ['Aᵀ · Bᵀ', true, true],
] as const)('%s', (_, ta, tb) => {
  test.each(SIZES)('%i × [%i, %i], inner %i', async (...sizes) => {
    const [batch, m, n, k] = sizes;
    const a = numbers(batch * m * k, 1);
    const b = numbers(batch * k * n, 2);
    const product = tf.tidy(() =>
      tf.matMul(
        tf.tensor3d(a, ta ? [batch, k, m] : [batch, m, k]),
        tf.tensor3d(b, tb ? [batch, n, k] : [batch, k, n]),
        ta,
        tb,
      ),
    );
    expect(product.shape).toEqual([batch, m, n]);
    const values = await readBack(target, product);
    product.dispose();
    expect(largestDifference(values, expected(a, b, sizes, ta, tb))).toBeLessThan(1e-6 * Math.max(k, 8));
  });
});

test('matrices without a batch, and with two batch dimensions', async () => {
  const a = numbers(2 * 3 * 4 * 8, 3);
  const b = numbers(2 * 3 * 8 * 4, 4);
  const flat = tf.tidy(() => tf.matMul(tf.tensor2d(a, [24, 8]), tf.tensor2d(b.subarray(0, 32), [8, 4])));
  expect(flat.shape).toEqual([24, 4]);
  const deep = tf.tidy(() => tf.matMul(tf.tensor4d(a, [2, 3, 4, 8]), tf.tensor4d(b, [2, 3, 8, 4])));
  expect(deep.shape).toEqual([2, 3, 4, 4]);
  expect(
    largestDifference(await readBack(target, deep), expected(a, b, [6, 4, 4, 8], false, false)),
  ).toBeLessThan(1e-5);
  tf.dispose([flat, deep]);
});

test('a boolean cast to float, which tfjs stores as integers', async () => {
  const product = tf.tidy(() => {
    const chosen = tf.equal(tf.tensor2d([0, 1, 2, 3], [4, 1]), tf.tensor2d([3, 3, 0, 1], [1, 4])).toFloat();
    return tf.matMul(
      chosen as tf.Tensor2D,
      tf.tensor2d(
        Float32Array.from({ length: 16 }, (_, i) => i),
        [4, 4],
      ),
    );
  });
  expect([...(await readBack(target, product))]).toEqual([
    8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 4, 6, 8, 10,
  ]);
  product.dispose();
});
