/**
 * @file The JSON header of a safetensors file, read strictly. Format: https://github.com/huggingface/safetensors#format
 */
import { LosslightError } from '../errors';
import { StrictJson, type Refuse } from './strict-json';

/** One tensor as the header declares it; offsets count bytes from the end of the header. */
export interface TensorEntry {
  name: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

export interface Header {
  metadata: Map<string, string>;
  /** As the header has them, in the order of their data once `checkEntries` has seen them. */
  tensors: TensorEntry[];
}

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

/** A function that refuses a file by its name, in the same words everywhere. */
export function refuser(file: string): Refuse {
  return (reason) => {
    throw new LosslightError(
      'bad-model',
      `${file} is not a valid safetensors file: ${reason}`,
      'Download or export the file again; it may be incomplete or damaged.',
    );
  };
}

/**
 * The length of the header that a file's first 8 bytes claim.
 *
 * @param first the first bytes of the file, 8 or all that there are
 * @param size of the file in bytes, where it is known
 */
export function headerLength(first: Uint8Array, size: number | undefined, refuse: Refuse): number {
  if (first.byteLength < 8)
    refuse(`it has ${first.byteLength} bytes; the length of the header alone takes 8.`);
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER))
    refuse(`its header claims ${length} bytes; at most ${MAX_HEADER} are allowed.`);
  if (size !== undefined && 8 + Number(length) > size)
    refuse(`its header claims ${length} bytes, but only ${size - 8} follow.`);
  return Number(length);
}

/**
 * Reads a header: one object of tensors, each with `dtype`, `shape` and `data_offsets`, and optionally `__metadata__`, an
 * object of strings. Sorted by offset, the tensors must tile the data from its first byte on.
 *
 * @param dataLength bytes after the header, where they are known; the tensors must take all of them
 * @throws what `refuse` throws, with the reason: malformed text, a name twice, an unknown dtype, offsets that disagree with
 * the shape, or data that is not tiled exactly.
 */
export function readHeader(bytes: Uint8Array, dataLength: number | undefined, refuse: Refuse): Header {
  const header = parseHeader(decodeText(bytes, refuse), refuse);
  for (const entry of header.tensors) checkSize(entry, refuse);
  checkTiling(header.tensors, dataLength, refuse);
  return header;
}

function parseHeader(text: string, refuse: Refuse): Header {
  const json = new StrictJson(text, refuse);
  const header: Header = { metadata: new Map(), tensors: [] };
  if (text[0] !== '{') refuse('the header does not begin with “{”.');
  json.object('the header', (name) => {
    if (name === '__metadata__') {
      json.object('__metadata__', (key) => header.metadata.set(key, json.string(`__metadata__ “${key}”`)));
      return;
    }
    if (name === '') refuse('a tensor has an empty name.');
    if (name === '__proto__') refuse('“__proto__” is not accepted as the name of a tensor.');
    header.tensors.push(readEntry(json, name, refuse));
  });
  json.end();
  return header;
}

function readEntry(json: StrictJson, name: string, refuse: Refuse): TensorEntry {
  const what = `tensor “${name}”`;
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  json.object(what, (key) => {
    if (key === 'dtype') dtype = json.string(`dtype of ${what}`);
    else if (key === 'shape') shape = json.integers(`shape of ${what}`);
    else if (key === 'data_offsets') offsets = json.integers(`data_offsets of ${what}`);
    else refuse(`${what} has an unknown field “${key}”.`);
  });
  if (dtype === undefined) refuse(`${what} has no dtype.`);
  if (shape === undefined) refuse(`${what} has no shape.`);
  if (offsets === undefined) refuse(`${what} has no data_offsets.`);
  const [begin, end, ...rest] = offsets;
  if (begin === undefined || end === undefined || rest.length > 0) {
    refuse(`data_offsets of ${what} must be two numbers, not ${offsets.length}.`);
  }
  return { name, dtype, shape, begin, end };
}

function decodeText(bytes: Uint8Array, refuse: Refuse): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('its header is not UTF-8 text.');
  }
}

function checkSize({ name, dtype, shape, begin, end }: TensorEntry, refuse: Refuse): void {
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
function checkTiling(tensors: TensorEntry[], length: number | undefined, refuse: Refuse): void {
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of tensors) {
    if (begin > covered)
      refuse(`bytes ${covered} to ${begin}, before tensor “${name}”, belong to no tensor.`);
    if (begin < covered) refuse(`tensor “${name}” begins at byte ${begin}, inside the tensor before it.`);
    if (length !== undefined && end > length)
      refuse(`tensor “${name}” ends at byte ${end}, but the data has only ${length}.`);
    covered = end;
  }
  if (length !== undefined && covered < length)
    refuse(`${length - covered} bytes at its end belong to no tensor.`);
}
