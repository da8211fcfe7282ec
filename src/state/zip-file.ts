/**
 * @file Zip archives of a few entries, written and read. Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 *
 * Left out: encryption, archives in several files, and the 64-bit extension, so that an archive has at most 4 GiB.
 */
import { sessionFile } from '$strings/session-file';
import { crcOf } from '../crc32';
import { LosslightError } from '../errors';
import { inflateLimited } from './inflate';

const words = sessionFile.zip;

export interface ZipEntry {
  name: string;
  content: Blob;
  /** Whether it is worth packing: text is, weights hardly are. */
  pack: boolean;
}

const VERSION = 20;
const UTF8 = 0x800;
const STORED = 0;
const DEFLATED = 8;
/** The first day that the format knows: no clock, so that the same content gives the same archive. */
const DATE = (1 << 5) | 1;
const MOST_BYTES = 2 ** 32 - 1;
const MOST_ENTRIES = 1_000;
/** Bytes of the last record, and of the longest comment behind it. */
const END = 22;
const MOST_COMMENT = 65_535;
/** Bytes whose checksum is computed at once, so that the page stays quick. */
const SLICE = 2 ** 20;

/** @throws LosslightError `too-large` beyond 4 GiB. */
export async function writeZip(entries: readonly ZipEntry[]): Promise<Blob> {
  const parts: BlobPart[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const { name, content, pack } of entries) {
    const path = new TextEncoder().encode(name);
    const data = pack ? await deflated(content) : content;
    const crc = await checksum(content);
    if (at + data.size > MOST_BYTES - 2 ** 16) {
      throw new LosslightError('too-large', words.tooLarge, words.leaveWeights);
    }
    const method = pack ? DEFLATED : STORED;
    const common = [
      VERSION,
      UTF8,
      method,
      0,
      DATE,
      wide(crc),
      wide(data.size),
      wide(content.size),
      path.length,
      0,
    ];
    const header = fields([wide(0x04034b50), ...common]);
    directory.push(fields([wide(0x02014b50), VERSION, ...common, 0, 0, 0, wide(0), wide(at)]), path.slice());
    parts.push(header, path, data);
    at += header.length + path.length + data.size;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const count = entries.length;
  const end = fields([wide(0x06054b50), 0, 0, count, count, wide(size), wide(at), 0]);
  return new Blob([...parts, ...directory, end], { type: 'application/zip' });
}

interface Place {
  method: number;
  crc: number;
  packed: number;
  size: number;
  offset: number;
}

export class ZipFile {
  private constructor(
    private readonly blob: Blob,
    private readonly places: ReadonlyMap<string, Place>,
  ) {}

  /** @throws LosslightError `bad-archive` where it is no archive, or a damaged or an unusual one. */
  static async open(blob: Blob): Promise<ZipFile> {
    const from = Math.max(0, blob.size - END - MOST_COMMENT);
    const tail = await viewOf(blob, from, blob.size);
    let end = tail.byteLength - END;
    while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
    if (end < 0) throw bad(words.noArchive);
    const count = tail.getUint16(end + 10, true);
    const [size, offset] = [tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
    if (count > MOST_ENTRIES || offset + size > blob.size) throw bad(words.badDirectory);
    const directory = await viewOf(blob, offset, offset + size);
    const places = new Map<string, Place>();
    for (let entry = 0, at = 0; entry < count; entry++) {
      if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== 0x02014b50) {
        throw bad(words.badDirectory);
      }
      const length = directory.getUint16(at + 28, true);
      const rest = directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
      if (at + 46 + length > directory.byteLength) throw bad(words.badDirectory);
      if (directory.getUint16(at + 8, true) & 1) throw bad(words.encrypted);
      const bytes = new Uint8Array(directory.buffer, at + 46, length);
      places.set(new TextDecoder().decode(bytes), {
        method: directory.getUint16(at + 10, true),
        crc: directory.getUint32(at + 16, true),
        packed: directory.getUint32(at + 20, true),
        size: directory.getUint32(at + 24, true),
        offset: directory.getUint32(at + 42, true),
      });
      at += 46 + length + rest;
    }
    return new ZipFile(blob, places);
  }

  has(name: string): boolean {
    return this.places.has(name);
  }

  /**
   * The bytes of an entry, checked against its checksum.
   *
   * @param limit bytes that it may unpack to
   * @throws LosslightError `bad-archive` where it is missing or damaged, `too-large` beyond the limit.
   */
  async read(name: string, limit: number): Promise<Blob> {
    const place = this.places.get(name);
    if (!place) throw bad(words.missing(name));
    const { method, crc, packed, size, offset } = place;
    if (size > limit) throw tooLarge(name, limit);
    if (offset + 30 > this.blob.size) throw bad(words.cut(name));
    const header = await viewOf(this.blob, offset, offset + 30);
    if (header.getUint32(0, true) !== 0x04034b50) throw bad(words.misplaced(name));
    const start = offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
    if (start + packed > this.blob.size) throw bad(words.cut(name));
    const data = this.blob.slice(start, start + packed);
    const content = await unpacked(name, data, method, limit);
    if (content.size !== size || (await checksum(content)) !== crc) {
      throw bad(words.checksum(name));
    }
    return content;
  }
}

async function unpacked(name: string, data: Blob, method: number, limit: number): Promise<Blob> {
  if (method === STORED) return data;
  if (method !== DEFLATED) throw bad(words.method(name, method));
  let chunks: Uint8Array[] | undefined;
  try {
    chunks = await inflateLimited(data, limit);
  } catch (cause) {
    throw bad(words.damaged(name), cause);
  }
  if (!chunks) throw tooLarge(name, limit);
  return new Blob(chunks as Uint8Array<ArrayBuffer>[]);
}

async function deflated(content: Blob): Promise<Blob> {
  const stream = content.stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Blob([await new Response(stream).arrayBuffer()]);
}

async function checksum(content: Blob): Promise<number> {
  let crc = 0;
  for (let at = 0; at < content.size; at += SLICE) {
    crc = crcOf(new Uint8Array(await content.slice(at, at + SLICE).arrayBuffer()), crc);
  }
  return crc;
}

async function viewOf(blob: Blob, from: number, to: number): Promise<DataView<ArrayBuffer>> {
  return new DataView(await blob.slice(from, to).arrayBuffer());
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

function tooLarge(name: string, limit: number): LosslightError {
  return new LosslightError(
    'too-large',
    words.unpacksTooLarge(name, Math.round(limit / 1e6)),
    words.unpacksTooLargeRemedy,
  );
}

function bad(reason: string, cause?: unknown): LosslightError {
  return new LosslightError('bad-archive', words.unreadable(reason), words.copyAgain, { cause });
}
