/**
 * @file The elements of a stored tensor as 32-bit floats. F32, F16 and BF16 are exact; nothing else is decoded.
 */
import { LosslightError } from '../errors';

const BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };

/**
 * Bytes of an element.
 *
 * @throws LosslightError `bad-model`, naming tensor and dtype, where it cannot be decoded.
 */
export function elementBytes(name: string, dtype: string): number {
  const bytes = Object.hasOwn(BYTES, dtype) ? BYTES[dtype] : undefined;
  if (bytes !== undefined) return bytes;
  throw new LosslightError(
    'bad-model',
    `Tensor “${name}” is stored as ${dtype}; only F32, F16 and BF16 can be loaded.`,
    'Use an unquantized version of the model, or export it in one of these types.',
  );
}

/**
 * Decodes little-endian elements into the first places of an array.
 *
 * @param bytes whole elements; they may begin at any offset of their buffer
 * @throws LosslightError `bad-model`, naming tensor and dtype, for dtypes that are not decoded.
 */
export function decodeElements(name: string, dtype: string, bytes: Uint8Array, into: Float32Array): void {
  const size = elementBytes(name, dtype);
  if (dtype === 'F32') {
    new Uint8Array(into.buffer, into.byteOffset, bytes.length).set(bytes);
    return;
  }
  // A typed array cannot start at an unaligned byte.
  const aligned = bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes);
  const words = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / size);
  if (dtype === 'F16') {
    const values = halfValues();
    for (let i = 0; i < words.length; i++) into[i] = values[words[i] as number] as number;
  } else {
    const bits = new Uint32Array(into.buffer, into.byteOffset, words.length);
    for (let i = 0; i < words.length; i++) bits[i] = (words[i] as number) << 16;
  }
}

/** Whether all numbers are finite. */
export function allFinite(values: Float32Array): boolean {
  // One multiplication an element and no branch: a model has hundreds of millions. 0 · x is NaN for infinities and NaN.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += 0 * (values[i] as number);
  return sum === 0;
}

/** Value of an IEEE 754 half-precision number, given its 16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let table: Float32Array | undefined;

/** Of all 65,536 halves, infinities and NaN included: files may hold them, and are then refused. */
function halfValues(): Float32Array {
  return (table ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToFloat(bits)));
}
