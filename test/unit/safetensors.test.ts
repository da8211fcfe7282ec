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
  const cases: [what: string, bytes: Uint8Array, reason: RegExp][] = [
    // The frame.
    ['an empty file', new Uint8Array(), /has 0 bytes; the length of the header alone takes 8/],
    ['seven bytes', new Uint8Array(7), /has 7 bytes/],
    ['a header of length 0', file(''), /does not begin with “{”/],
    ['a header longer than the file', file('{}', undefined, 3n), /claims 3 bytes, but only 2 follow/],
    ['a header above the limit', file('{}', undefined, 100_000_001n), /at most 100000000 are allowed/],
    ['a header of 2⁶⁴ − 1 bytes', file('{}', undefined, 2n ** 64n - 1n), /claims 18446744073709551615 bytes/],
    ['a header cut in half', file(`{${a4}}`, four, 20n), /missing in|must be|follow/],
    ['text that is not UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /not UTF-8/],
    ['a byte order mark', file('\ufeff{}'), /does not begin with “{”/],
    ['spaces before the header', file(' {}'), /does not begin with “{”/],
    ['an HTML page', new TextEncoder().encode('<!doctype html><html></html>'), /claims \d+ bytes/],
    // The JSON.
    ['an array for a header', file('[]'), /does not begin with “{”/],
    ['a header that is not closed', file('{'), /must be a string|missing/],
    ['a comma at the end', file(`{${a4},}`, four), /a key of the header must be a string/],
    ['two objects', file('{}{}'), /something follows the header's object/],
    ['a zero byte after the object', file('{}\0'), /something follows the header's object/],
    ['a name twice', file(`{${a4},${a4}}`, four), /“a” occurs twice in the header/],
    [
      'a name twice, once escaped',
      file(`{${a4},${a4.replace('"a"', '"\\u0061"')}}`, four),
      /“a” occurs twice/,
    ],
    [
      'a field twice',
      file('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', four),
      /“dtype” occurs twice in tensor “a”/,
    ],
    ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), /“__metadata__” occurs twice/],
    [
      'a key of the metadata twice',
      file('{"__metadata__":{"k":"1","k":"2"}}'),
      /“k” occurs twice in __metadata__/,
    ],
    ['metadata that is a number', file('{"__metadata__":{"k":1}}'), /__metadata__ “k” must be a string/],
    ['metadata that is a list', file('{"__metadata__":[]}'), /“{” is missing in __metadata__/],
    ['an unquoted name', file('{a:{}}'), /a key of the header must be a string/],
    ['a single-quoted name', file("{'a':{}}"), /a key of the header must be a string/],
    ['a raw line break in a name', file('{"a\n":{}}'), /a key of the header must be a string/],
    ['an unknown escape', file('{"\\x61":{}}'), /a key of the header must be a string/],
    [
      'half of a surrogate pair',
      file(`{${a4.replace('"a"', '"\\ud800"')}}`, four),
      /half of a surrogate pair/,
    ],
    ['an empty name', file(`{${entry('', 'F32', '[1]', '[0,4]')}}`, four), /a tensor has an empty name/],
    [
      'the name __proto__',
      file(`{${entry('__proto__', 'F32', '[1]', '[0,4]')}}`, four),
      /“__proto__” is not accepted/,
    ],
    // The entry of a tensor.
    ['a tensor that is null', file('{"a":null}'), /“{” is missing in tensor “a”/],
    ['no dtype', file('{"a":{"shape":[1],"data_offsets":[0,4]}}', four), /tensor “a” has no dtype/],
    ['no shape', file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', four), /tensor “a” has no shape/],
    ['no offsets', file('{"a":{"dtype":"F32","shape":[1]}}', four), /tensor “a” has no data_offsets/],
    [
      'an unknown field',
      file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', four),
      /unknown field “x”/,
    ],
    ['an unknown dtype', file(`{${entry('a', 'F33', '[1]', '[0,4]')}}`, four), /unknown dtype “F33”/],
    ['a dtype in lower case', file(`{${entry('a', 'f32', '[1]', '[0,4]')}}`, four), /unknown dtype “f32”/],
    [
      'a dtype that is a number',
      file('{"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}', four),
      /dtype of tensor “a” must be a string/,
    ],
    [
      'a shape that is a number',
      file(`{${entry('a', 'F32', '1', '[0,4]')}}`, four),
      /“\[” is missing in shape/,
    ],
    [
      'a negative size',
      file(`{${entry('a', 'F32', '[-1]', '[0,4]')}}`, four),
      /holds -1, which is not a plain whole number/,
    ],
    [
      'a size with a fraction',
      file(`{${entry('a', 'F32', '[1.0]', '[0,4]')}}`, four),
      /holds 1\.0, which is not/,
    ],
    ['a size in quotes', file(`{${entry('a', 'F32', '["1"]', '[0,4]')}}`, four), /must hold numbers only/],
    [
      'an offset with an exponent',
      file(`{${entry('a', 'F32', '[1]', '[0,4e0]')}}`, four),
      /holds 4e0, which is not/,
    ],
    [
      'an offset with a leading zero',
      file(`{${entry('a', 'F32', '[1]', '[0,04]')}}`, four),
      /holds 04, which is not/,
    ],
    ['minus zero', file(`{${entry('a', 'F32', '[1]', '[-0,4]')}}`, four), /holds -0, which is not/],
    [
      'an offset beyond exact integers',
      file(`{${entry('a', 'F32', '[1]', '[0,9007199254740993]')}}`, four),
      /too large/,
    ],
    ['one offset', file(`{${entry('a', 'F32', '[1]', '[4]')}}`, four), /must be two numbers, not 1/],
    ['three offsets', file(`{${entry('a', 'F32', '[1]', '[0,4,8]')}}`, four), /must be two numbers, not 3/],
    [
      'offsets in the wrong order',
      file(`{${entry('a', 'F32', '[1]', '[4,0]')}}`, four),
      /ends \(0\) before it begins \(4\)/,
    ],
    [
      'a shape that is too large',
      file(`{${entry('a', 'F32', '[4294967296,4294967296]', '[0,4]')}}`, four),
      /shape of tensor “a” is too large/,
    ],
    [
      'a shape that overflows to the right size',
      file(`{${entry('a', 'F32', '[4611686018427387905]', '[0,4]')}}`, four),
      /too large/,
    ],
    // Sizes and tiling.
    [
      'fewer bytes than the shape needs',
      file(`{${entry('a', 'F32', '[2]', '[0,4]')}}`, four),
      /takes 4 bytes, but F32 of shape \[2\] needs 8/,
    ],
    [
      'more bytes than the shape needs',
      file(`{${entry('a', 'F16', '[1]', '[0,4]')}}`, four),
      /takes 4 bytes, but F16 of shape \[1\] needs 2/,
    ],
    [
      'bits that fill no byte',
      file(`{${entry('a', 'F4', '[1]', '[0,1]')}}`, Uint8Array.of(0)),
      /does not fill whole bytes/,
    ],
    ['data cut off', file(`{${a4}}`, new Uint8Array(3)), /ends at byte 4, but the data has only 3/],
    ['no data at all', file(`{${a4}}`), /ends at byte 4, but the data has only 0/],
    ['bytes at the end', file(`{${a4}}`, eight), /4 bytes at its end belong to no tensor/],
    ['bytes without any tensor', file('{}', four), /4 bytes at its end/],
    [
      'a hole at the start',
      file(`{${entry('a', 'F32', '[1]', '[4,8]')}}`, eight),
      /bytes 0 to 4, before tensor “a”/,
    ],
    [
      'a hole between tensors',
      file(`{${a4},${entry('b', 'F32', '[1]', '[8,12]')}}`, new Uint8Array(12)),
      /bytes 4 to 8, before tensor “b”/,
    ],
    [
      'an overlap',
      file(`{${a4},${entry('b', 'F32', '[1]', '[2,6]')}}`, new Uint8Array(6)),
      /“b” begins at byte 2, inside/,
    ],
    [
      'two tensors on the same bytes',
      file(`{${a4},${entry('b', 'F32', '[1]', '[0,4]')}}`, four),
      /begins at byte 0, inside/,
    ],
  ];

  test.each(cases)('%s', (_, bytes, reason) => {
    const error = refusal(bytes);
    expect(error.code).toBe('bad-model');
    expect(error.message).toMatch(reason);
    expect(error.remedy).not.toBe('');
  });

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
