/**
 * @file Safetensors files that are malformed, each in one way, and some that are odd but right. Nothing but bytes, so that
 * tools/golden/safetensors_verdicts.py can ask Python about the very same files.
 */
import { entry, file } from './safetensors-build';

const four = new Uint8Array(4);
const eight = new Uint8Array(8);
const a4 = entry('a', 'F32', '[1]', '[0,4]');
const b4 = entry('b', 'F32', '[1]', '[4,8]');

/** What is wrong, the file, and the reason that is given. Python's verdicts on the same files: test/golden/safetensors. */
export const MALFORMED: readonly [what: string, bytes: Uint8Array, reason: RegExp][] = [
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
  ['a name twice, once escaped', file(`{${a4},${a4.replace('"a"', '"\\u0061"')}}`, four), /“a” occurs twice/],
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
  ['half of a surrogate pair', file(`{${a4.replace('"a"', '"\\ud800"')}}`, four), /half of a surrogate pair/],
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
  // More of the frame.
  ['one byte', new Uint8Array(1), /has 1 bytes/],
  ['eight bytes of a length and no header', file('', undefined, 2n), /claims 2 bytes, but only 0 follow/],
  ['a length in big-endian order', bigEndian(file('{}')), /at most 100000000 are allowed/],
  ['a header of 2⁶³ bytes', file('{}', undefined, 2n ** 63n), /claims 9223372036854775808 bytes/],
  ['a header of 2³² bytes', file('{}', undefined, 2n ** 32n), /claims 4294967296 bytes/],
  ['a length one too short', file(`{${a4}}`, four, BigInt(a4.length + 1)), /“}” is missing in the header/],
  ['a length one too long', file(`{${a4}}`, four, BigInt(a4.length + 3)), /something follows|not UTF-8/],
  ['a length that takes in the data', file(`{${a4}}`, four, BigInt(a4.length + 6)), /something follows/],
  ['a gzip file', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2), /claims \d+ bytes/],
  [
    'a zip file, as PyTorch writes',
    new TextEncoder().encode('PK\x03\x04\x00\x00\x08\x08data'),
    /claims \d+ bytes/,
  ],
  ['a file of zeros', new Uint8Array(64), /does not begin with “{”/],
  ['a GGUF file', new TextEncoder().encode('GGUF\x03\x00\x00\x00\x00\x00\x00\x00'), /claims \d+ bytes/],
  // More of the JSON.
  ['a header that is null', file('null'), /does not begin with “{”/],
  ['a header that is a string', file('"a"'), /does not begin with “{”/],
  ['a header that is a number', file('12'), /does not begin with “{”/],
  ['a line break before the header', file('\n{}'), /does not begin with “{”/],
  ['a comment in the header', file('{/* */}'), /a key of the header must be a string/],
  ['a comma before the first tensor', file(`{,${a4}}`, four), /a key of the header must be a string/],
  ['no comma between tensors', file(`{${a4} ${b4}}`, eight), /“}” is missing in the header/],
  ['a semicolon between tensors', file(`{${a4};${b4}}`, eight), /“}” is missing in the header/],
  ['an equals sign for a colon', file('{"a"={}}'), /“:” is missing in the header/],
  ['a name without a value', file('{"a"}'), /“:” is missing in the header/],
  ['a name with a colon alone', file('{"a":}'), /“{” is missing in tensor “a”/],
  ['a closing bracket for a brace', file(`{${a4}]`, four), /“}” is missing in the header/],
  ['one brace too many', file(`{${a4}}}`, four), /something follows the header's object/],
  ['a quotation mark that is not closed', file('{"a'), /a key of the header must be a string/],
  ['a backslash at the end', file('{"a\\'), /a key of the header must be a string/],
  ['an escape of three digits', file('{"\\u12g":{}}'), /a key of the header must be a string/],
  ['a tab in a name', file('{"a\t":{}}'), /a key of the header must be a string/],
  ['a zero byte in a name', file('{"a\0":{}}'), /a key of the header must be a string/],
  ['a no-break space between marks', file(`{\u00a0${a4}}`, four), /a key of the header must be a string/],
  ['a form feed between marks', file(`{\f${a4}}`, four), /a key of the header must be a string/],
  ['a zero byte as padding', file(`{${a4}}\0\0`, four), /something follows the header's object/],
  ['a tensor as padding', file(`{}${a4}`, four), /something follows the header's object/],
  [
    'the second half of a surrogate pair',
    file(`{${a4.replace('"a"', '"\\udc00"')}}`, four),
    /half of a surrogate pair/,
  ],
  [
    'a surrogate pair in the wrong order',
    file(`{${a4.replace('"a"', '"\\udc00\\ud800"')}}`, four),
    /half of a surrogate pair/,
  ],
  ['a surrogate in UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d)), /not UTF-8/],
  ['UTF-8 in too many bytes', file(Uint8Array.of(0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x7d)), /not UTF-8/],
  ['UTF-8 cut off', file(Uint8Array.of(0x7b, 0x22, 0xe2, 0x82, 0x22, 0x7d)), /not UTF-8/],
  ['UTF-16', utf16(`{${a4}}`), /not UTF-8|a key of the header must be a string/],
  ['NaN in a shape', file(`{${entry('a', 'F32', '[NaN]', '[0,4]')}}`, four), /must hold numbers only/],
  [
    'Infinity in a shape',
    file(`{${entry('a', 'F32', '[Infinity]', '[0,4]')}}`, four),
    /must hold numbers only/,
  ],
  // More of metadata.
  ['metadata that is a string', file('{"__metadata__":"pt"}'), /“{” is missing in __metadata__/],
  ['metadata with a list inside', file('{"__metadata__":{"k":["pt"]}}'), /__metadata__ “k” must be a string/],
  ['metadata with an object inside', file('{"__metadata__":{"k":{}}}'), /__metadata__ “k” must be a string/],
  ['metadata with null inside', file('{"__metadata__":{"k":null}}'), /__metadata__ “k” must be a string/],
  ['metadata with a flag inside', file('{"__metadata__":{"k":true}}'), /__metadata__ “k” must be a string/],
  [
    'metadata that is a tensor',
    file('{"__metadata__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', four),
    /must be a string/,
  ],
  // More of the entry of a tensor.
  ['a tensor that is a list', file('{"a":["F32",[1],[0,4]]}', four), /“{” is missing in tensor “a”/],
  ['a tensor that is a string', file('{"a":"F32"}', four), /“{” is missing in tensor “a”/],
  ['a tensor that is a flag', file('{"a":true}', four), /“{” is missing in tensor “a”/],
  ['a tensor without fields', file('{"a":{}}'), /tensor “a” has no dtype/],
  [
    'a dtype that is null',
    file('{"a":{"dtype":null,"shape":[1],"data_offsets":[0,4]}}', four),
    /must be a string/,
  ],
  ['a dtype that is empty', file(`{${entry('a', '', '[1]', '[0,4]')}}`, four), /unknown dtype “”/],
  [
    'a dtype of PyTorch',
    file(`{${entry('a', 'torch.float32', '[1]', '[0,4]')}}`, four),
    /unknown dtype “torch\.float32”/,
  ],
  [
    'a dtype that every object has',
    file(`{${entry('a', 'constructor', '[1]', '[0,4]')}}`, four),
    /unknown dtype “constructor”/,
  ],
  ['a dtype with a space', file(`{${entry('a', 'F32 ', '[1]', '[0,4]')}}`, four), /unknown dtype “F32 ”/],
  ['a shape that is null', file(`{${entry('a', 'F32', 'null', '[0,4]')}}`, four), /“\[” is missing in shape/],
  [
    'a shape that is an object',
    file(`{${entry('a', 'F32', '{}', '[0,4]')}}`, four),
    /“\[” is missing in shape/,
  ],
  [
    'a shape that is a string',
    file(`{${entry('a', 'F32', '"1"', '[0,4]')}}`, four),
    /“\[” is missing in shape/,
  ],
  ['a shape in a shape', file(`{${entry('a', 'F32', '[[1]]', '[0,4]')}}`, four), /must hold numbers only/],
  [
    'a shape with a comma at the end',
    file(`{${entry('a', 'F32', '[1,]', '[0,4]')}}`, four),
    /must hold numbers only/,
  ],
  [
    'a shape that is not closed',
    file('{"a":{"dtype":"F32","shape":[1,"data_offsets":[0,4]}}', four),
    /must hold numbers only/,
  ],
  [
    'a size of two numbers',
    file(`{${entry('a', 'F32', '[1 1]', '[0,4]')}}`, four),
    /“\]” is missing in shape/,
  ],
  [
    'a size with a plus sign',
    file(`{${entry('a', 'F32', '[+1]', '[0,4]')}}`, four),
    /must hold numbers only/,
  ],
  [
    'a size in hexadecimal',
    file(`{${entry('a', 'F32', '[0x1]', '[0,4]')}}`, four),
    /“\]” is missing in shape/,
  ],
  ['a size of null', file(`{${entry('a', 'F32', '[null]', '[0,4]')}}`, four), /must hold numbers only/],
  [
    'a size that is a flag',
    file(`{${entry('a', 'F32', '[true]', '[0,4]')}}`, four),
    /must hold numbers only/,
  ],
  [
    'a size with an exponent',
    file(`{${entry('a', 'F32', '[1e0]', '[0,4]')}}`, four),
    /holds 1e0, which is not/,
  ],
  ['a size of 2⁶⁴', file(`{${entry('a', 'F32', '[18446744073709551616]', '[0,4]')}}`, four), /too large/],
  [
    'offsets that are null',
    file(`{${entry('a', 'F32', '[1]', 'null')}}`, four),
    /“\[” is missing in data_offsets/,
  ],
  [
    'offsets that are an object',
    file(`{${entry('a', 'F32', '[1]', '{"0":0,"1":4}')}}`, four),
    /“\[” is missing in data_offsets/,
  ],
  ['no offset', file(`{${entry('a', 'F32', '[1]', '[]')}}`, four), /must be two numbers, not 0/],
  ['a negative offset', file(`{${entry('a', 'F32', '[1]', '[-4,0]')}}`, four), /holds -4, which is not/],
  [
    'an offset with a fraction',
    file(`{${entry('a', 'F32', '[1]', '[0,4.0]')}}`, four),
    /holds 4\.0, which is not/,
  ],
  ['an offset in quotes', file(`{${entry('a', 'F32', '[1]', '["0","4"]')}}`, four), /must hold numbers only/],
  ['an offset of 2⁶⁴', file(`{${entry('a', 'F32', '[1]', '[0,18446744073709551616]')}}`, four), /too large/],
  [
    'an offset of 1e400',
    file(`{${entry('a', 'F32', '[1]', '[0,1e400]')}}`, four),
    /holds 1e400, which is not/,
  ],
  // More of sizes and tiling.
  [
    'sizes that overflow to zero',
    file(`{${entry('a', 'F32', '[4294967296,4294967296,4294967296]', '[0,0]')}}`),
    /too large/,
  ],
  [
    'sizes that overflow before a zero',
    file(`{${entry('a', 'F32', '[9007199254740991,9007199254740991,0]', '[0,0]')}}`),
    /too large/,
  ],
  [
    'a scalar without bytes',
    file(`{${entry('a', 'F32', '[]', '[0,0]')}}`),
    /takes 0 bytes, but F32 of shape \[\] needs 4/,
  ],
  [
    'a size of zero with bytes',
    file(`{${entry('a', 'F32', '[0]', '[0,4]')}}`, four),
    /takes 4 bytes, but F32 of shape \[0\] needs 0/,
  ],
  [
    'a size of zero beyond the data',
    file(`{${a4},${entry('z', 'F32', '[0]', '[8,8]')}}`, four),
    /bytes 4 to 8, before tensor “z”/,
  ],
  [
    'a size of zero inside a tensor',
    file(`{${a4},${entry('z', 'F32', '[0]', '[2,2]')}}`, four),
    /“z” begins at byte 2, inside/,
  ],
  [
    'three F4 elements',
    file(`{${entry('a', 'F4', '[3]', '[0,2]')}}`, new Uint8Array(2)),
    /does not fill whole bytes/,
  ],
  [
    'two F6 elements',
    file(`{${entry('a', 'F6_E2M3', '[2]', '[0,2]')}}`, new Uint8Array(2)),
    /does not fill whole bytes/,
  ],
  ['data twice as long', file(`{${a4}}`, eight), /4 bytes at its end/],
  ['a tensor beyond the data', file(`{${a4},${b4}}`, four), /“b” ends at byte 8, but the data has only 4/],
  [
    'offsets from the start of the file',
    file(`{${entry('a', 'F32', '[1]', '[72,76]')}}`, four),
    /bytes 0 to 72/,
  ],
  [
    'a tensor inside another',
    file(`{${entry('a', 'F32', '[2]', '[0,8]')},${entry('b', 'F32', '[1]', '[4,8]')}}`, eight),
    /“b” begins at byte 4, inside/,
  ],
  [
    'tensors with a hole of one byte',
    file(`{${entry('a', 'U8', '[1]', '[0,1]')},${entry('b', 'U8', '[1]', '[2,3]')}}`, new Uint8Array(3)),
    /bytes 1 to 2/,
  ],
];

/** Files that are unusual and right. */
export const VALID: readonly [what: string, bytes: Uint8Array][] = [
  ['no tensors', file('{}')],
  ['no tensors, padded', file('{}      ')],
  ['padding of tabs and line breaks', file('{} \t\r\n')],
  ['metadata alone', file('{"__metadata__":{"format":"pt"}}')],
  ['empty metadata', file('{"__metadata__":{}}')],
  ['metadata with an empty key', file('{"__metadata__":{"":""}}')],
  ['metadata at the end', file(`{${a4},"__metadata__":{"a":"b"}}`, four)],
  ['a scalar', file(`{${entry('a', 'F32', '[]', '[0,4]')}}`, four)],
  ['a size of zero', file(`{${entry('a', 'F32', '[0]', '[0,0]')}}`)],
  ['a size of zero beside large ones', file(`{${entry('a', 'F32', '[0,1000000]', '[0,0]')}}`)],
  ['a size of zero at the end', file(`{${a4},${entry('z', 'F32', '[0,5]', '[4,4]')}}`, four)],
  [
    'two sizes of zero in one place',
    file(`{${entry('y', 'F32', '[0]', '[0,0]')},${entry('z', 'F16', '[0]', '[0,0]')},${a4}}`, four),
  ],
  ['many dimensions', file(`{${entry('a', 'F32', '[1,1,1,1,1,1,1,1,1]', '[0,4]')}}`, four)],
  [
    'tensors that begin at odd bytes',
    file(`{${entry('a', 'U8', '[1]', '[0,1]')},${entry('b', 'F32', '[1]', '[1,5]')}}`, new Uint8Array(5)),
  ],
  ['a header in another order than the data', file(`{${b4},${a4}}`, eight)],
  ['fields in another order', file('{"a":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}}', four)],
  [
    'white space everywhere',
    file('{ "a" : { "dtype" : "F32" , "shape" : [ 1 ] , "data_offsets" : [ 0 , 4 ] } }', four),
  ],
  ['line breaks in the header', file(`{\n${a4}\n}`, four)],
  ['an escaped name', file(`{${a4.replace('"a"', '"\\u0061\\n\\""')}}`, four)],
  ['a name beyond 16 bits', file(`{${entry('\u{1f600}é', 'F32', '[1]', '[0,4]')}}`, four)],
  ['a name with slashes and dots', file(`{${entry('../a/b.weight', 'F32', '[1]', '[0,4]')}}`, four)],
  ['a name that every object has', file(`{${entry('constructor', 'F32', '[1]', '[0,4]')}}`, four)],
  ['a name that is a number', file(`{${entry('1', 'F32', '[1]', '[0,4]')}}`, four)],
  ['a name of spaces', file(`{${entry('  ', 'F32', '[1]', '[0,4]')}}`, four)],
  ...[
    'F64',
    'I64',
    'U64',
    'F32',
    'I32',
    'U32',
    'F16',
    'BF16',
    'I16',
    'U16',
    'I8',
    'U8',
    'BOOL',
    'F8_E4M3',
    'F8_E5M2',
  ].map((dtype): [string, Uint8Array] => {
    const bytes = Number(/64|32|16/.exec(dtype)?.[0] ?? 8) / 8;
    return [
      `dtype ${dtype}`,
      file(`{${entry('a', dtype, '[2]', `[0,${2 * bytes}]`)}}`, new Uint8Array(2 * bytes)),
    ];
  }),
  ['two F4 elements', file(`{${entry('a', 'F4', '[2]', '[0,1]')}}`, new Uint8Array(1))],
  ['four F6 elements', file(`{${entry('a', 'F6_E3M2', '[4]', '[0,3]')}}`, new Uint8Array(3))],
];

/** Small files that were changed in one to three places by chance, the same ones every time. */
export function mutations(count: number): Uint8Array[] {
  const seeds = [
    file(`{"__metadata__":{"format":"pt"},${a4},${entry('b', 'BF16', '[2,1]', '[4,8]')}}  `, eight),
    file(`{${entry('c', 'F16', '[0,3]', '[0,0]')},${entry('d', 'U8', '[3]', '[0,3]')}}`, new Uint8Array(3)),
  ];
  const random = mulberry(20251122);
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: count }, () => {
    let bytes: number[] = [...(seeds[below(seeds.length)] as Uint8Array)];
    for (let changes = 1 + below(3); changes > 0; changes--) bytes = mutate(bytes, below);
    return Uint8Array.from(bytes);
  });
}

const MARKS = [...'{}[]:,"0123456789-. eF32BU\\'].map((mark) => mark.charCodeAt(0));

function mutate(bytes: number[], below: (limit: number) => number): number[] {
  const at = below(bytes.length + 1);
  const mark = MARKS[below(MARKS.length)] as number;
  switch (below(7)) {
    case 0:
      return bytes.with(Math.min(at, bytes.length - 1), below(256));
    case 1:
      return bytes.with(Math.min(at, bytes.length - 1), mark);
    case 2:
      return bytes.toSpliced(at, 0, mark);
    case 3:
      return bytes.toSpliced(at, 1 + below(4));
    case 4:
      return bytes.slice(0, Math.max(1, at));
    case 5:
      // One more byte in the header, and its length right: so that more than the frame is tested.
      return bytes
        .toSpliced(8 + below(Math.max(1, bytes.length - 12)), 0, mark)
        .with(0, ((bytes[0] as number) + 1) & 255);
    default:
      return [...bytes, ...bytes.slice(at, at + 8)];
  }
}

/** Mulberry32, uniform in [0, 1). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function bigEndian(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes.slice(0, 8).reverse(), ...bytes.slice(8)]);
}

function utf16(text: string): Uint8Array {
  const words = Uint16Array.from(text, (c) => c.charCodeAt(0));
  return file(new Uint8Array(words.buffer), four);
}
