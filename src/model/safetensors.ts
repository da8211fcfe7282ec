/**
 * @file A whole safetensors file in memory, read strictly: what the Rust reference implementation refuses is refused here
 * too, each with its reason. Models are read in pieces instead, see weight-source.ts.
 */
import { decodeElements } from './elements';
import { headerLength, readHeader, refuser } from './safetensors-header';

export { halfToFloat } from './elements';

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
 * @param name of the file, for messages
 * @throws LosslightError `bad-model` with the reason: a header that is cut off, malformed or too long, a name twice, an
 * unknown dtype, offsets that disagree with the shape, or data that is not tiled exactly.
 */
export function parseSafetensors(file: Uint8Array, name = 'The file'): SafetensorsFile {
  const refuse = refuser(name);
  const start = 8 + headerLength(file.subarray(0, 8), file.byteLength, refuse);
  const data = file.subarray(start);
  const { metadata, tensors } = readHeader(file.subarray(8, start), data.byteLength, refuse);
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
export function decodeTensor({ name, dtype, shape, bytes }: StoredTensor): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  decodeElements(name, dtype, bytes, values);
  return values;
}
