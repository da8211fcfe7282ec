/**
 * @file The safetensors format, read strictly: what the Rust reference implementation refuses is refused here too,
 * each with its reason. Format: https://github.com/huggingface/safetensors#format
 */
import { LosslightError } from '../errors';
import { parseHeader, refuse, type TensorEntry } from './safetensors-header';

/** Longest header that the format allows, in bytes. */
const MAX_HEADER = 100_000_000;

/** Bits of one element. Kinds that are known but not decoded are here so that a file's layout can still be checked. */
const BITS: ReadonlyMap<string, number> = new Map([
  ...(['F64', 'I64', 'U64', 'C64'] as const).map((name): [string, number] => [name, 64]),
  ...(['F32', 'I32', 'U32'] as const).map((name): [string, number] => [name, 32]),
  ...(['F16', 'BF16', 'I16', 'U16'] as const).map((name): [string, number] => [name, 16]),
  ...(['I8', 'U8', 'BOOL', 'F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'] as const).map(
    (name): [string, number] => [name, 8],
  ),
  ...(['F6_E2M3', 'F6_E3M2'] as const).map((name): [string, number] => [name, 6]),
  ['F4', 4],
]);

export interface SafetensorsFile {
  metadata: ReadonlyMap<string, string>;
  /** In the order of their data. */
  tensors: ReadonlyMap<string, StoredTensor>;
}

/** A tensor in the file: its declaration and a view of its bytes, which may start at any offset. */
export interface StoredTensor {
  name: string;
  dtype: string;
  shape: readonly number[];
  bytes: Uint8Array;
}

/**
 * Reads the layout of a safetensors file; no element is decoded and nothing is copied.
 *
 * @throws LosslightError `bad-model` with the reason: a header that is cut off, malformed or too long, a name twice, an
 * unknown dtype, offsets that disagree with the shape, or data that is not tiled exactly.
 */
export function parseSafetensors(file: Uint8Array): SafetensorsFile {
  if (file.byteLength < 8) refuse(`it has ${file.byteLength} bytes; the length of the header alone takes 8.`);
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER))
    refuse(`its header claims ${length} bytes; at most ${MAX_HEADER} are allowed.`);
  const start = 8 + Number(length);
  if (start > file.byteLength)
    refuse(`its header claims ${length} bytes, but only ${file.byteLength - 8} follow.`);

  const { metadata, tensors } = parseHeader(decodeText(file.subarray(8, start)));
  for (const entry of tensors) checkSize(entry);
  const data = file.subarray(start);
  checkTiling(tensors, data.byteLength);
  return {
    metadata,
    tensors: new Map(
      tensors.map(({ name, dtype, shape, begin, end }) => [
        name,
        { name, dtype, shape, bytes: data.subarray(begin, end) },
      ]),
    ),
  };
}

/**
 * The elements of a tensor as 32-bit floats, in a buffer of their own. F32, F16 and BF16 are exact.
 *
 * @throws LosslightError `bad-model`, naming tensor and dtype, for other dtypes.
 */
export function decodeTensor({ name, dtype, bytes }: StoredTensor): Float32Array {
  // A copy, because a typed array cannot start at an unaligned byte. Not `slice`: Node's Buffer overrides it with a view.
  const aligned = Uint8Array.from(bytes).buffer;
  switch (dtype) {
    case 'F32':
      return new Float32Array(aligned);
    case 'F16':
      return Float32Array.from(new Uint16Array(aligned), halfToFloat);
    case 'BF16':
      return new Float32Array(Uint32Array.from(new Uint16Array(aligned), (bits) => bits << 16).buffer);
    default:
      throw new LosslightError(
        'bad-model',
        `Tensor “${name}” is stored as ${dtype}; only F32, F16 and BF16 can be loaded.`,
        'Use an unquantized version of the model, or export it in one of these types.',
      );
  }
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

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    refuse('its header is not UTF-8 text.');
  }
}

function checkSize({ name, dtype, shape, begin, end }: TensorEntry): void {
  const bits = BITS.get(dtype);
  if (bits === undefined) refuse(`tensor “${name}” has the unknown dtype “${dtype}”.`);
  let total = bits;
  for (const size of shape) {
    total *= size;
    if (!Number.isSafeInteger(total)) refuse(`the shape of tensor “${name}” is too large.`);
  }
  if (total % 8 !== 0) refuse(`tensor “${name}” does not fill whole bytes.`);
  if (end < begin) refuse(`tensor “${name}” ends (${end}) before it begins (${begin}).`);
  if (end - begin !== total / 8) {
    refuse(
      `tensor “${name}” takes ${end - begin} bytes, but ${dtype} of shape [${shape.join(', ')}] needs ${total / 8}.`,
    );
  }
}

/** Sorted by offset, the tensors must cover the data from its first byte to its last, without hole or overlap. */
function checkTiling(tensors: TensorEntry[], length: number): void {
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of tensors) {
    if (begin > covered)
      refuse(`bytes ${covered} to ${begin}, before tensor “${name}”, belong to no tensor.`);
    if (begin < covered) refuse(`tensor “${name}” begins at byte ${begin}, inside the tensor before it.`);
    if (end > length) refuse(`tensor “${name}” ends at byte ${end}, but the data has only ${length}.`);
    covered = end;
  }
  if (covered < length) refuse(`${length - covered} bytes at its end belong to no tensor.`);
}
