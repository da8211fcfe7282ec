/**
 * @file The strict reading of safetensors: what is valid loads exactly, what is not is refused with its own reason.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LosslightError } from '../../src/errors';
import { decodeTensor, halfToFloat, parseSafetensors } from '../../src/model/safetensors';
import { bytesOf, entry, file } from './safetensors-build';

function refusal(bytes: Uint8Array): LosslightError {
  try {
    parseSafetensors(bytes);
  } catch (error) {
    if (error instanceof LosslightError) return error;
    throw error;
  }
  throw new Error('The file was accepted.');
}

const four = new Uint8Array(4);
const eight = new Uint8Array(8);
const a4 = entry('a', 'F32', '[1]', '[0,4]');

describe('malformed files are refused with a reason', () => {
  test('every cut of a valid file is refused', () => {
    const whole = file(`{${a4},${entry('b', 'BF16', '[2]', '[4,8]')}}  `, eight);
    for (let length = 0; length < whole.length; length++)
      expect(refusal(whole.subarray(0, length)).code).toBe('bad-model');
    expect(parseSafetensors(whole).tensors.size).toBe(2);
  });

  test('no file of random text ends in anything but tensors or a named refusal', () => {
    const parts = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      'a',
      '\\',
      '0',
      '4',
      '-',
      ' ',
      'F32',
      '"dtype"',
      '"shape"',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), (text) => {
        try {
          parseSafetensors(file(`{${text.join('')}`, four));
        } catch (error) {
          expect(error).toBeInstanceOf(LosslightError);
        }
      }),
    );
  });
});

describe('valid files', () => {
  test('no tensors, and nothing but padding after the object', () => {
    expect(parseSafetensors(file('{}   ')).tensors.size).toBe(0);
  });

  test('metadata, scalars and sizes of zero', () => {
    const header = `{"__metadata__":{"format":"pt","é":"\\u00e9\\n"},${entry('s', 'F32', '[]', '[0,4]')},${entry('z', 'F32', '[0,5]', '[4,4]')}}`;
    const { metadata, tensors } = parseSafetensors(file(header, bytesOf(Float32Array.of(2.5))));
    expect([...metadata]).toEqual([
      ['format', 'pt'],
      ['é', 'é\n'],
    ]);
    expect([...decodeTensor(tensors.get('s')!)]).toEqual([2.5]);
    expect(tensors.get('z')?.shape).toEqual([0, 5]);
    expect(decodeTensor(tensors.get('z')!)).toHaveLength(0);
  });

  test('tensors in any order of the header, starting at any byte', () => {
    const data = new Uint8Array(7);
    data[0] = 9;
    data.set(bytesOf(Float32Array.of(-1.5)), 1);
    data.set(bytesOf(Uint16Array.of(0x3c00)), 5);
    const header = `{${entry('h', 'F16', '[1]', '[5,7]')},${entry('f', 'F32', '[1]', '[1,5]')},${entry('b', 'U8', '[1]', '[0,1]')}}`;
    const { tensors } = parseSafetensors(file(header, data));
    expect([...tensors.keys()]).toEqual(['b', 'f', 'h']);
    expect([...decodeTensor(tensors.get('f')!)]).toEqual([-1.5]);
    expect([...decodeTensor(tensors.get('h')!)]).toEqual([1]);
  });

  test('names that are members of every object', () => {
    const { tensors } = parseSafetensors(file(`{${entry('constructor', 'F32', '[1]', '[0,4]')}}`, four));
    expect([...tensors.keys()]).toEqual(['constructor']);
  });

  test('a file inside a larger buffer', () => {
    const whole = file(`{${a4}}`, bytesOf(Float32Array.of(7)));
    const larger = new Uint8Array(whole.length + 10);
    larger.set(whole, 5);
    const { tensors } = parseSafetensors(larger.subarray(5, 5 + whole.length));
    expect([...decodeTensor(tensors.get('a')!)]).toEqual([7]);
  });
});

describe('elements', () => {
  const decode = (dtype: string, data: Uint8Array, count: number) =>
    decodeTensor(
      parseSafetensors(file(`{${entry('a', dtype, `[${count}]`, `[0,${data.length}]`)}}`, data)).tensors.get(
        'a',
      )!,
    );

  test('F16', () => {
    const bits = [
      0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3555, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00,
    ];
    const values = [
      0,
      -0,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      0.333251953125,
      1,
      -2,
      65504,
      Infinity,
      -Infinity,
      NaN,
    ];
    expect([...decode('F16', bytesOf(Uint16Array.from(bits)), bits.length)]).toEqual(values);
  });

  test('every F16 is its own distance from its neighbour', () => {
    for (let bits = 0; bits < 0x7c00; bits++) {
      const step = 2 ** (Math.max(bits >> 10, 1) - 25);
      expect(halfToFloat(bits + 1) === Infinity || halfToFloat(bits + 1) - halfToFloat(bits) === step).toBe(
        true,
      );
      expect(halfToFloat(bits | 0x8000)).toBe(-halfToFloat(bits));
    }
  });

  test('BF16 is the upper half of an F32', () => {
    const bits = Uint16Array.of(0x3f80, 0xc049, 0x0001, 0x7f80, 0x7fc0);
    expect([...decode('BF16', bytesOf(bits), bits.length)]).toEqual([1, -3.140625, 2 ** -133, Infinity, NaN]);
  });

  test.each(['F64', 'I64', 'I32', 'U8', 'BOOL', 'F8_E4M3', 'F8_E5M2'])('%s is refused by name', (dtype) => {
    const data = new Uint8Array({ F64: 8, I64: 8, I32: 4 }[dtype] ?? 1);
    expect(() => decode(dtype, data, 1)).toThrow(`Tensor “a” is stored as ${dtype}; only F32, F16 and BF16`);
  });
});
