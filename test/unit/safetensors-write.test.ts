/**
 * @file Writing safetensors: byte for byte what Python's library writes, rounding to 16 bits, and what is refused.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeTensor, halfToFloat, parseSafetensors } from '../../src/model/safetensors';
import {
  safetensorsFile,
  safetensorsHeader,
  writeSafetensors,
  type SavedDtype,
} from '../../src/model/safetensors-write';

test('byte for byte what Python writes', () => {
  const tensors = new Map([
    ['b.weight', { shape: [2, 3], values: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) }],
    ['\u{1f600}', { shape: [], values: Float32Array.of(7) }],
    ['\uffee', { shape: [0, 4], values: new Float32Array() }],
    ['a.bias', { shape: [2], values: Float32Array.of(-1.5, 3.25) }],
  ]);
  const written = safetensorsFile(tensors);
  expect(Buffer.from(written).equals(readFileSync('test/golden/safetensors/written.safetensors'))).toBe(true);
});

describe('elements', () => {
  const roundTrip = (values: Float32Array, dtype: SavedDtype) =>
    decodeTensor(
      parseSafetensors(
        safetensorsFile(new Map([['a', { shape: [values.length], values }]]), { dtype }),
      ).tensors.get('a')!,
    );

  test('F32 keeps every bit', () => {
    fc.assert(
      fc.property(fc.float32Array(), (values) => {
        expect(roundTrip(values, 'F32')).toEqual(values);
      }),
    );
  });

  test('every half and every bfloat comes back as it was', () => {
    const halves = Float32Array.from({ length: 65536 }, (_, bits) => halfToFloat(bits));
    expect(roundTrip(halves, 'F16')).toEqual(halves);
    const bfloats = new Float32Array(Uint32Array.from({ length: 65536 }, (_, bits) => bits << 16).buffer);
    expect(roundTrip(bfloats, 'BF16')).toEqual(bfloats);
  });

  test('rounds to the nearest, ties to even', () => {
    const nearest = (value: number, bits: number) => {
      const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits);
      const low = Math.floor(value / step);
      const rest = value / step - low;
      return (rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low) * step;
    };
    const value = fc.float({ min: Math.fround(0.001), max: 60000, noNaN: true });
    const tie = fc.integer({ min: 2048, max: 4095 }).map((n) => n / 1024);
    fc.assert(
      fc.property(
        fc.oneof(
          value,
          tie,
          value.map((v) => -v),
        ),
        (v) => {
          const one = Float32Array.of(v);
          expect(roundTrip(one, 'F16')[0]).toBe(nearest(one[0] as number, 10));
          expect(roundTrip(one, 'BF16')[0]).toBe(nearest(one[0] as number, 7));
        },
      ),
    );
    expect(roundTrip(Float32Array.of(1 + 1 / 2048, 1 + 3 / 2048), 'F16')).toEqual(
      Float32Array.of(1, 1 + 2 / 1024),
    );
  });

  test('a number beyond the dtype is refused with its tensor; infinity stays', () => {
    expect(() => roundTrip(Float32Array.of(1, 65520), 'F16')).toThrow(
      'Tensor “a” holds 65520, which is beyond what F16',
    );
    expect(() => roundTrip(Float32Array.of(3.4e38), 'BF16')).toThrow(/beyond what BF16/);
    expect(roundTrip(Float32Array.of(65519, -Infinity, NaN), 'F16')).toEqual(
      Float32Array.of(65504, -Infinity, NaN),
    );
  });
});

describe('what cannot be written', () => {
  test('names that are given twice or mean something else', () => {
    const shape = [1];
    for (const names of [['a', 'a'], [''], ['__metadata__'], ['__proto__']]) {
      expect(() => safetensorsHeader(names.map((name) => ({ name, shape })))).toThrow(RangeError);
    }
  });

  test('rows in another order, too many or too few', async () => {
    const tensors = [
      { name: 'a', shape: [2, 2] },
      { name: 'b', shape: [1] },
    ];
    const two = Float32Array.of(1, 2);
    const write = async (rows: { name: string; firstRow?: number; values: Float32Array }[]) => {
      for await (const _ of writeSafetensors(tensors, rows)) void _;
    };
    const a = [
      { name: 'a', values: two },
      { name: 'a', firstRow: 1, values: two },
    ];
    await write([...a, { name: 'b', values: Float32Array.of(1) }]);
    await expect(write(a)).rejects.toThrow(/no rows of “b”/);
    await expect(write([{ name: 'b', values: two }])).rejects.toThrow(/Rows of “b” come where “a”/);
    await expect(write(a.slice(1))).rejects.toThrow(/Rows of “a” come where “a”/);
    await expect(write([...a, { name: 'b', values: two }])).rejects.toThrow(/Rows of “b”/);
    await expect(
      write([...a, { name: 'b', values: two.slice(1) }, { name: 'c', values: two }]),
    ).rejects.toThrow(/come where “nothing”/);
    expect(() => safetensorsFile(new Map([['a', { shape: [3], values: two }]]))).toThrow(/has 2 values/);
  });
});
