/**
 * @file Writes safetensors files: tensors of one dtype, whole or as they come, row by row.
 * Format: https://github.com/huggingface/safetensors#format
 */
import { LosslightError } from '../errors';
import { toHalf } from '../ops/half';

/** How elements are stored: exactly, or rounded to the nearest number of 16 bits, ties to even. */
export type SavedDtype = 'F32' | 'F16' | 'BF16';

export interface SaveOptions {
  /** F32 where it is absent. */
  dtype?: SavedDtype;
  /** What `__metadata__` says; transformers asks for a `format`, `pt` where nothing else is given. */
  metadata?: Readonly<Record<string, string>>;
}

export interface TensorToSave {
  name: string;
  shape: readonly number[];
}

/** Some rows of a tensor, from `firstRow` of its first dimension on; all of it where that is absent. */
export interface RowsToSave {
  name: string;
  firstRow?: number;
  values: Float32Array;
}

const BYTES: Readonly<Record<SavedDtype, number>> = { F32: 4, F16: 2, BF16: 2 };
const FORMAT = { format: 'pt' };

/**
 * What a file begins with: the length of the header, and the header, padded with spaces to a multiple of 8.
 *
 * @param tensors in the order of their data
 * @throws RangeError where a name is empty, reserved or given twice.
 */
export function safetensorsHeader(
  tensors: readonly TensorToSave[],
  { dtype = 'F32', metadata = FORMAT }: SaveOptions = {},
): Uint8Array {
  const seen = new Set(['', '__metadata__', '__proto__']);
  let at = 0;
  // Put together by hand: an object would sort names that look like numbers to its front.
  const entries = [`"__metadata__":${JSON.stringify(metadata)}`];
  for (const { name, shape } of tensors) {
    if (seen.has(name)) throw new RangeError(`“${name}” cannot be the name of a tensor, or is given twice.`);
    seen.add(name);
    const end = at + BYTES[dtype] * sizeOf(shape);
    const entry = { dtype, shape, data_offsets: [at, end] };
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    at = end;
  }
  const text = new TextEncoder().encode(`{${entries.join(',')}}`);
  const bytes = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
  bytes.set(text, 8);
  return bytes;
}

/**
 * A file as it is made, chunk by chunk; a chunk is good until the next one is asked for.
 *
 * @param tensors in the order of their data
 * @param rows of the tensors, in the same order and without gaps
 * @throws RangeError where rows come in another order or do not fill the tensors; LosslightError `not-representable`, naming
 * the tensor, where a number is beyond the dtype.
 */
export async function* writeSafetensors(
  tensors: readonly TensorToSave[],
  rows: Iterable<RowsToSave> | AsyncIterable<RowsToSave>,
  options: SaveOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  yield safetensorsHeader(tensors, options);
  const left = tensors.filter(({ shape }) => sizeOf(shape) > 0);
  let had = 0;
  for await (const { name, firstRow = 0, values } of rows) {
    if (values.length === 0) continue;
    const [tensor] = left;
    const width = tensor ? sizeOf(tensor.shape.slice(1)) : 0;
    if (tensor?.name !== name || firstRow * width !== had || had + values.length > sizeOf(tensor.shape)) {
      throw new RangeError(`Rows of “${name}” come where “${tensor?.name ?? 'nothing'}” was to be written.`);
    }
    yield encodeElements(name, values, options.dtype ?? 'F32');
    had += values.length;
    if (had < sizeOf(tensor.shape)) continue;
    left.shift();
    had = 0;
  }
  if (left[0]) throw new RangeError(`There are no rows of “${left[0].name}”, or not all.`);
}

/**
 * A whole file in memory, its tensors in the order of their names: byte for byte what Python's `safetensors` writes. For
 * small ones, such as adapters.
 *
 * @throws as `writeSafetensors` does.
 */
export function safetensorsFile(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>,
  options: SaveOptions = {},
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort(([a], [b]) => compareBytes(a, b));
  const chunks = [
    safetensorsHeader(
      sorted.map(([name, { shape }]) => ({ name, shape })),
      options,
    ),
  ];
  for (const [name, { shape, values }] of sorted) {
    if (values.length !== sizeOf(shape)) {
      throw new RangeError(`“${name}” has ${values.length} values, not those of [${shape.join(', ')}].`);
    }
    chunks.push(encodeElements(name, values, options.dtype ?? 'F32'));
  }
  const file = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    file.set(chunk, at);
    at += chunk.length;
  }
  return file;
}

/** Little-endian elements. Infinity and NaN stay what they are; a finite number must stay finite. */
function encodeElements(name: string, values: Float32Array, dtype: SavedDtype): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const words = new Uint16Array(values.length);
  if (dtype === 'F16') for (let i = 0; i < words.length; i++) words[i] = toHalf(values[i] as number);
  else {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < words.length; i++) {
      const all = bits[i] as number;
      // Half of the lower bits' range, and one more where the upper ones are odd; NaN is kept one.
      words[i] = Number.isNaN(values[i]) ? (all >>> 16) | 0x40 : (all + 0x7fff + ((all >>> 16) & 1)) >>> 16;
    }
  }
  const infinity = dtype === 'F16' ? 0x7c00 : 0x7f80;
  const lost = words.findIndex((word, i) => (word & 0x7fff) === infinity && Number.isFinite(values[i]));
  if (lost >= 0) {
    throw new LosslightError(
      'not-representable',
      `Tensor “${name}” holds ${values[lost]}, which is beyond what ${dtype} can hold.`,
      'Save the model as F32.',
    );
  }
  return new Uint8Array(words.buffer);
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** By the bytes of UTF-8, as Rust compares strings; UTF-16 orders characters beyond 0xffff differently. */
function compareBytes(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => Array.from(text, (c) => c.codePointAt(0) ?? 0)) as [
    number[],
    number[],
  ];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return (left[i] as number) - (right[i] as number);
  }
  return left.length - right.length;
}
