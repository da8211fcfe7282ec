/**
 * @file Models in several files: the index and the files must agree on every tensor; each disagreement has its own reason.
 */
import { describe, expect, test } from 'vitest';
import { blobFolder } from '../../src/model/byte-file';
import { openWeights } from '../../src/model/weight-source';
import { entry, file } from './safetensors-build';

const INDEX = 'model.safetensors.index.json';
const one = 'model-00001-of-00002.safetensors';
const two = 'model-00002-of-00002.safetensors';
const four = new Uint8Array(4);
const shardA = file(`{${entry('a', 'F32', '[1]', '[0,4]')}}`, four);
const shardB = file(`{${entry('b', 'F32', '[1]', '[0,4]')}}`, four);
const map = (weightMap: unknown, more = {}) => JSON.stringify({ ...more, weight_map: weightMap });
const good = map({ a: one, b: two }, { metadata: { total_size: 8 } });

function open(index: string | Uint8Array | undefined, files: Record<string, Uint8Array> = {}) {
  const all: Record<string, string | Uint8Array | undefined> = { [one]: shardA, [two]: shardB, ...files };
  if (index !== undefined) all[INDEX] = index;
  return openWeights(
    blobFolder(
      'm',
      Object.entries(all).flatMap(([name, data]) =>
        data === undefined
          ? []
          : [{ name, blob: new Blob([typeof data === 'string' ? data : Uint8Array.from(data)]) }],
      ),
    ),
  );
}

describe('indices that are right', () => {
  test.each([
    ['the usual one', good],
    ['no metadata', map({ a: one, b: two })],
    ['a total_size that is not that of the files', map({ a: one, b: two }, { metadata: { total_size: 7 } })],
    ['a total_size with a fraction', map({ a: one, b: two }, { metadata: { total_size: 8.0e1 } })],
    ['more in metadata', map({ a: one, b: two }, { metadata: { x: [null, true, -1.5e3, { y: '' }] } })],
    ['more beside it', map({ a: one, b: two }, { format: 'pt' })],
    ['white space', `\n${good}\n`],
  ])('%s', async (_, index) => {
    const source = await open(index);
    expect([...source.tensors.keys()]).toEqual(['a', 'b']);
    expect(source.files).toEqual([one, two]);
    expect(source.bytes).toBe(8);
  });

  test('model.safetensors wins over an index, as in transformers', async () => {
    const source = await open('broken', { 'model.safetensors': shardB });
    expect([...source.tensors.keys()]).toEqual(['b']);
  });
});

describe('indices and files that are refused', () => {
  const doubled = '{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}';
  const cases: [
    what: string,
    index: string | Uint8Array | undefined,
    files: Record<string, Uint8Array>,
    reason: RegExp,
  ][] = [
    ['neither weights nor an index', undefined, {}, /has neither model\.safetensors nor/],
    ['an empty index', '', {}, /“{” is missing in the index/],
    ['an index that is a list', '[]', {}, /“{” is missing in the index/],
    ['an index that is null', 'null', {}, /“{” is missing in the index/],
    ['an HTML page', '<!doctype html>', {}, /“{” is missing in the index/],
    ['an index cut off', good.slice(0, -3), {}, /missing in|must be a string/],
    ['text after the index', `${good}x`, {}, /something follows/],
    ['an index that is not UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), {}, /is not UTF-8 text/],
    ['no weight_map', '{"metadata":{}}', {}, /it has no weight_map/],
    ['an empty weight_map', map({}), {}, /its weight_map is empty/],
    ['a weight_map that is a list', map([]), {}, /“{” is missing in weight_map/],
    ['a weight_map that is null', map(null), {}, /“{” is missing in weight_map/],
    ['weight_map twice', `{"weight_map":{},"weight_map":{}}`, {}, /“weight_map” occurs twice/],
    ['metadata that is a number', map({ a: one }, { metadata: 1 }), {}, /“{” is missing in metadata/],
    ['metadata twice', '{"metadata":{},"metadata":{}}', {}, /“metadata” occurs twice/],
    ['metadata that is not JSON', '{"metadata":{"x":nul}}', {}, /is not valid JSON/],
    ['a number with a leading zero', '{"metadata":{"x":01}}', {}, /is not valid JSON/],
    ['lists in one another without end', `{"x":${'['.repeat(100_000)}`, {}, /more than 64 levels deep/],
    ['a tensor twice', doubled, {}, /“a” occurs twice in weight_map/],
    ['a tensor twice, once escaped', doubled.replace('"a"', '"\\u0061"'), {}, /“a” occurs twice/],
    ['an empty name', map({ '': one }), {}, /a tensor has an empty name/],
    ['the name __proto__', `{"weight_map":{"__proto__":"${one}"}}`, {}, /“__proto__” is not accepted/],
    ['half of a surrogate pair', `{"weight_map":{"\\ud800":"${one}"}}`, {}, /half of a surrogate pair/],
    ['a file that is a number', map({ a: 1 }), {}, /the file of tensor “a” must be a string/],
    ['a file that is null', map({ a: null }), {}, /must be a string/],
    ['a file in another folder', map({ a: `x/${one}` }), {}, /only files beside the index are read/],
    ['a file in the folder above', map({ a: `../${one}` }), {}, /only files beside the index are read/],
    ['a file by its full path', map({ a: '/etc/x.safetensors' }), {}, /only files beside the index are read/],
    ['a file behind a backslash', map({ a: `..\\${one}` }), {}, /only files beside the index are read/],
    ['a file behind an address', map({ a: 'https://x/y.safetensors' }), {}, /only files beside the index/],
    ['an empty file name', map({ a: '' }), {}, /is not the name of a \.safetensors file/],
    [
      'a file of another kind',
      map({ a: 'pytorch_model.bin' }),
      {},
      /is not the name of a \.safetensors file/,
    ],
    ['a hidden file', map({ a: '.safetensors' }), {}, /is not the name of a \.safetensors file/],
    ['a file name with a line break', map({ a: 'a\nb.safetensors' }), {}, /is not the name of a/],
    [
      'a file that is not there',
      map({ a: one, b: 'model-3.safetensors' }),
      {},
      /names the file model-3\.safetensors, which is not there/,
    ],
    [
      'a tensor that its file lacks',
      map({ a: one, b: two, c: two }),
      {},
      /names a tensor “c” in model-00002-of-00002\.safetensors, which does not hold it/,
    ],
    [
      'a tensor that the index lacks',
      map({ a: one }),
      {
        [one]: file(
          `{${entry('a', 'F32', '[1]', '[0,4]')},${entry('z', 'F32', '[1]', '[4,8]')}}`,
          new Uint8Array(8),
        ),
      },
      /holds a tensor “z” that .* does not name/,
    ],
    [
      'files that are exchanged',
      map({ a: two, b: one }),
      {},
      /Tensor “[ab]” is in model-0000\d.*; .* says in model-0000\d/,
    ],
    [
      'a tensor in both files',
      good,
      {
        [two]: file(
          `{${entry('a', 'F32', '[1]', '[0,4]')},${entry('b', 'F32', '[1]', '[4,8]')}}`,
          new Uint8Array(8),
        ),
      },
      /Tensor “a” is in model-00001-of-00002\.safetensors and in model-00002-of-00002\.safetensors/,
    ],
    [
      'a file that is damaged',
      good,
      { [two]: shardB.slice(0, -1) },
      /^model-00002-of-00002\.safetensors is not a valid safetensors file: tensor “b” ends at byte 4/,
    ],
    [
      'a file that is empty',
      good,
      { [one]: new Uint8Array() },
      /^model-00001-of-00002\.safetensors is not a valid safetensors file: it has 0 bytes/,
    ],
  ];

  test.each(cases)('%s', async (_, index, files, reason) => {
    await expect(open(index, files)).rejects.toMatchObject({
      code: 'bad-model',
      message: expect.stringMatching(reason) as string,
      remedy: expect.stringMatching(/./) as string,
    });
  });
});
