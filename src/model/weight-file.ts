/**
 * @file One safetensors file that is read forwards: its header, and a reader at its data.
 */
import type { ByteFile, ByteReader } from './byte-file';
import { headerLength, readHeader, refuser, type TensorEntry } from './safetensors-header';

/** Bytes that memory grows by at first, while a header comes. */
const FIRST_PART = 2 ** 16;

/** A file whose header has been read. */
export interface WeightFile {
  file: ByteFile;
  entries: readonly TensorEntry[];
  /** Where the data begin. */
  start: number;
  /** At the data, where the file's first reader is kept: a download is not begun twice. */
  reader: ByteReader | undefined;
}

/**
 * Reads the header of a file.
 *
 * @param keep the reader stays open at the data; else another one is opened when they are read
 * @throws LosslightError `bad-model`, naming the file and the reason, where it is not valid.
 */
export async function openWeightFile(
  file: ByteFile,
  keep: boolean,
  signal?: AbortSignal,
): Promise<WeightFile> {
  const refuse = refuser(file.name);
  const reader = await file.open(0, signal);
  let kept = false;
  try {
    const first = new Uint8Array(8);
    const length = headerLength(first.subarray(0, await reader.read(first)), reader.size, refuse);
    const start = 8 + length;
    const header = await readUpTo(reader, length);
    if (header.length < length)
      refuse(`its header claims ${length} bytes, but only ${header.length} follow.`);
    const dataLength = reader.size === undefined ? undefined : reader.size - start;
    const { tensors } = readHeader(header, dataLength, refuse);
    kept = keep;
    return { file, entries: tensors, start, reader: kept ? reader : undefined };
  } finally {
    if (!kept) reader.close();
  }
}

/** So many bytes, or all that are left; memory grows as they come, and not by what a damaged file claims. */
async function readUpTo(reader: ByteReader, length: number): Promise<Uint8Array> {
  let bytes = new Uint8Array(Math.min(length, FIRST_PART));
  let had = await reader.read(bytes);
  while (had === bytes.length && had < length) {
    const larger = new Uint8Array(Math.min(length, 2 * bytes.length));
    larger.set(bytes);
    bytes = larger;
    had += await reader.read(bytes.subarray(had));
  }
  return bytes.subarray(0, had);
}
