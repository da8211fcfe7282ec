/**
 * @file A folder as one zip archive to be downloaded: a browser saves one file at a time. Files are stored as they are;
 * weights hardly shrink. Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { crcOf } from '../crc32';
import { LosslightError } from '../errors';
import type { SavedFile } from '../model/save-model';
import { nextTask } from '../tensor/task';

/** Bytes that the format counts up to without its 64-bit extension. */
const MOST_BYTES = 2 ** 32 - 1;
/** Version of the format that folders need, and the flag for names in UTF-8. */
const VERSION = 20;
const UTF8 = 0x800;
/** The first day that the format knows: no clock, so that the same files give the same archive. */
const DATE = (1 << 5) | 1;

/**
 * An archive with the files in `folder`, which unpacks as a folder of that name. Chunks are handed to the browser as they
 * come, which may keep them on disk.
 *
 * @throws LosslightError `too-large` beyond 4 GiB; what making the files throws.
 */
export async function zipFolder(folder: string, files: Iterable<SavedFile>): Promise<Blob> {
  const encoder = new TextEncoder();
  const parts: BlobPart[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const { name, chunks } of files) {
    const path = encoder.encode(`${folder}/${name}`);
    const contents: Blob[] = [];
    let size = 0;
    let crc = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      expectSmall(at + size);
      crc = crcOf(chunk, crc);
      // A blob is a copy: the chunk is good until the next one is asked for.
      contents.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
      await nextTask();
    }
    // Signature, versions, flags, method 0 (stored), time and date, checksum, both sizes, length of the name.
    const common = [VERSION, UTF8, 0, 0, DATE, wide(crc), wide(size), wide(size), path.length, 0];
    const header = fields([wide(0x04034b50), ...common]);
    directory.push(
      fields([wide(0x02014b50), VERSION, ...common, 0, 0, 0, wide(0), wide(at)]),
      Uint8Array.from(path),
    );
    parts.push(header, path, ...contents);
    at += header.length + path.length + size;
    expectSmall(at);
  }
  const directorySize = directory.reduce((sum, { length }) => sum + length, 0);
  const count = directory.length / 2;
  const end = fields([wide(0x06054b50), 0, 0, count, count, wide(directorySize), wide(at), 0]);
  return new Blob([...parts, ...directory, end], { type: 'application/zip' });
}

function expectSmall(bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  throw new LosslightError(
    'too-large',
    'The tuned model takes more than 4 GiB, and an archive made here holds no more.',
    'Save the adapter, or train with “losslight train”, which writes a folder.',
  );
}

/** A number of 4 bytes where `fields` else writes 2. */
const wide = (value: number) => ({ wide: value });

/** Little-endian numbers one after the other. */
function fields(values: readonly (number | { wide: number })[]): Uint8Array<ArrayBuffer> {
  const bytes = values.flatMap((value) => {
    const number = typeof value === 'number' ? value : value.wide;
    const low = [number & 0xff, (number >>> 8) & 0xff];
    return typeof value === 'number' ? low : [...low, (number >>> 16) & 0xff, number >>> 24];
  });
  return Uint8Array.from(bytes);
}
