/**
 * @file Packed matrices and LoRA on the CPU executor: the error of each format within its bound, the operations against
 * tfjs and finite differences.
 */
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  errorBound,
  FROZEN_FORMATS,
  frozenBytes,
  frozenLayout,
  packMatrix,
  unpackRows,
  type GroupSize,
} from '../../src/ops/frozen-format';
import { frozenEmbedding } from '../../src/ops/frozen-embedding';
import { makeFrozen } from '../../src/ops/frozen-matrix';
import { fromHalf, toHalf } from '../../src/ops/half';
import { PlanBuilder } from '../../src/plan/builder';
import { CpuExecutor } from '../../src/plan/cpu-executor';
import { makeTensor } from '../../src/plan/tensor';
import * as tf from '../../src/tensor/tf';
import { decodePlainly, FROZEN_CASES } from './ops-frozen-cases';
import { expectAsTfjs, expectDifferences } from './ops-oracle';
import { randomNumbers, type OperationCase } from './ops-run';

const LIMIT = 1e-10;

let vectors: CpuExecutor;
let loops: CpuExecutor;
let exact: CpuExecutor;

beforeAll(async () => {
  await tf.setBackend('cpu');
  vectors = await CpuExecutor.create({ simd: true });
  loops = await CpuExecutor.create({ simd: false });
  exact = await CpuExecutor.create({ bits: 64 });
});

describe('halves', () => {
  test('every finite half keeps its bits', () => {
    for (let half = 0; half < 0x10000; half++) {
      if ((half & 0x7c00) === 0x7c00) continue;
      expect(toHalf(fromHalf(half))).toBe(half);
    }
  });

  test('ties go to even, and what is nearer wins', () => {
    for (let half = 0; half < 0x7bff; half++) {
      const [low, high] = [fromHalf(half), fromHalf(half + 1)];
      const middle = (low + high) / 2;
      expect(toHalf(middle)).toBe(half % 2 ? half + 1 : half);
      expect(toHalf(Math.fround(middle + (high - low) / 8))).toBe(half + 1);
      expect(toHalf(-Math.fround(middle - (high - low) / 8))).toBe(half | 0x8000);
    }
    expect([65519, 65520, Infinity, NaN].map(toHalf)).toEqual([0x7bff, 0x7c00, 0x7c00, 0x7e00]);
  });
});

describe.each(FROZEN_FORMATS)('the format %s', (format) => {
  const groups: (GroupSize | undefined)[] = format === 'f16' ? [undefined] : [32, 64, 128];

  test.each(groups)('in groups of %s: errors within the bound, at many scales', (group) => {
    for (const columns of [1, 7, 32, 65, 200]) {
      const rows = 24;
      const layout = frozenLayout(format, [rows, columns], group);
      const values = randomNumbers(rows * columns, columns);
      // From subnormal halves to large numbers; some rows of one sign.
      values.forEach((value, i) => {
        const row = Math.floor(i / columns);
        values[i] = (row % 4 === 3 ? Math.abs(value) + 1 : value) * 10 ** ((row % 12) - 8);
      });
      const packed = packMatrix(layout, values);
      expect(4 * (packed.words.length + (packed.scales?.length ?? 0))).toBe(frozenBytes(layout));
      const found = new Float32Array(rows * columns);
      unpackRows(layout, packed, 0, rows, found);
      expect(found).toEqual(decodePlainly(layout, packed));
      const shared = layout.group || 1;
      for (let row = 0; row < rows; row++) {
        for (let start = 0; start < columns; start += shared) {
          const place = row * columns + start;
          const group = values.subarray(place, place + Math.min(shared, columns - start));
          const bound = errorBound(format, Math.min(...group), Math.max(...group));
          group.forEach((value, i) =>
            expect(Math.abs((found[place + i] as number) - value), `${value}`).toBeLessThanOrEqual(bound),
          );
        }
      }
    }
  });

  test('its root mean square error on normal numbers, in parts of theirs', () => {
    const columns = 4096;
    const random = randomNumbers(24 * columns, 3);
    // Sums of twelve uniform numbers: variance 4.
    const values = new Float32Array(2 * columns).map((_, i) =>
      random.subarray(12 * i, 12 * i + 12).reduce((sum, x) => sum + x, 0),
    );
    const layout = frozenLayout(format, [2, columns]);
    const found = new Float32Array(2 * columns);
    unpackRows(layout, packMatrix(layout, values), 0, 2, found);
    let error = 0;
    let size = 0;
    values.forEach((value, i) => {
      error += (value - (found[i] as number)) ** 2;
      size += value ** 2;
    });
    const [least, most] = { f16: [1e-4, 3e-4], int8: [3e-3, 8e-3], int4: [0.05, 0.1] }[format] as [
      number,
      number,
    ];
    expect(Math.sqrt(error / size)).toBeGreaterThan(least);
    expect(Math.sqrt(error / size)).toBeLessThan(most);
  });

  test('zeros stay zeros; too many values and too large ones are refused', () => {
    const layout = frozenLayout(format, [2, 40]);
    const found = new Float32Array(80).fill(1);
    unpackRows(layout, packMatrix(layout, new Float32Array(80)), 0, 2, found);
    expect(found.every((value) => value === 0)).toBe(true);
    expect(() => packMatrix(layout, new Float32Array(79))).toThrow('no matrix of 2 × 40');
    const large = new Float32Array(80).fill(1e5);
    if (format === 'int8') expect(() => packMatrix(layout, large)).not.toThrow();
    else expect(() => packMatrix(layout, large)).toThrow('beyond 65504');
  });
});

test('bits a weight: 16, 8.5 and 5', () => {
  const bits = (format: 'f16' | 'int8' | 'int4') => frozenBytes(frozenLayout(format, [64, 1024])) / 8192;
  expect(FROZEN_FORMATS.map(bits)).toEqual([16, 8.5, 5]);
});

test.each(FROZEN_FORMATS)('%s: the vector kernels give the bits of the loops', async (format) => {
  for (const [rows, columns, group] of [
    [1, 8, 32],
    [3, 40, 32],
    [70, 64, 64],
    [33, 136, 128],
    [300, 520, 64],
  ] as const) {
    const matrix = makeFrozen('w', [rows, columns], format, format === 'f16' ? undefined : group);
    const values = randomNumbers(rows * columns, columns);
    values.forEach((value, i) => (values[i] = value * 10 ** ((i % 9) - 7)));
    const packed = packMatrix(matrix.layout, values);
    const ids = makeTensor('ids', [rows], 'input', 'i32');
    const found = [];
    for (const executor of [vectors, loops]) {
      const plan = new PlanBuilder();
      const y = plan.output(frozenEmbedding(plan, matrix, ids));
      const prepared = await executor.prepare(plan.finish());
      executor.write(
        ids,
        Int32Array.from({ length: rows }, (_, i) => i),
      );
      executor.write(matrix.words, packed.words);
      if (matrix.scales && packed.scales) executor.write(matrix.scales, packed.scales);
      await prepared.run();
      found.push(await executor.read(y));
    }
    expect(found[0]).toEqual(found[1]);
    const expected = new Float32Array(rows * columns);
    unpackRows(matrix.layout, packed, 0, rows, expected);
    expect(found[0]).toEqual(expected);
  }
});

describe.each(Object.keys(FROZEN_CASES))('%s', (operation) => {
  const cases = FROZEN_CASES[operation] as OperationCase[];

  test('is tested in at least twenty shapes', () => {
    expect(cases.length).toBeGreaterThanOrEqual(20);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  test('against tfjs', async () => {
    for (const [i, one] of cases.entries()) {
      for (const executor of [vectors, loops]) await expectAsTfjs(executor, one, i % 2 === 0, LIMIT);
    }
  });

  test('the backward against finite differences', async () => {
    for (const [i, one] of cases.entries()) await expectDifferences(exact, one, i % 2 === 1);
  });
});
