// @ts-check
/**
 * @file Files as one zip archive. Compressed where that helps; no clock, so that the same files give the same archive.
 * Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { crc32, deflateRawSync } from 'node:zlib';

/** Version of the format that folders and deflate need, and the flag for names in UTF-8. */
const VERSION = 20;
const UTF8 = 0x800;
/** The first day that the format knows. */
const DATE = (1 << 5) | 1;
/** Made on Unix, so that the permissions below are read. */
const UNIX = 3 << 8;
const MOST_BYTES = 2 ** 32 - 1;

/**
 * @param {readonly { name: string, bytes: Uint8Array }[]} files `name` with slashes
 * @returns {Buffer}
 * @throws {RangeError} beyond 4 GiB, or 65,535 files
 */
export function zip(files) {
  if (files.length > 0xffff) throw new RangeError('A zip archive of this kind holds 65,535 files at most.');
  /** @type {Buffer[]} */
  const parts = [];
  /** @type {Buffer[]} */
  const directory = [];
  let at = 0;
  for (const { name, bytes } of files) {
    const path = Buffer.from(name);
    const small = deflateRawSync(bytes, { level: 9 });
    const [method, contents] = small.length < bytes.length ? [8, small] : [0, Buffer.from(bytes)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(VERSION, 0);
    common.writeUInt16LE(UTF8, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt16LE(0, 6);
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(contents.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const entry = Buffer.alloc(14);
    // Comment, disk, internal attributes: none. Then a file's permissions, and where it begins.
    entry.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    if (at > MOST_BYTES) throw new RangeError('A zip archive of this kind holds 4 GiB at most.');
    entry.writeUInt32LE(at, 10);
    parts.push(signed(0x04034b50), common, path, contents);
    directory.push(signed(0x02014b50), short(VERSION | UNIX), common, entry, path);
    at += 4 + common.length + path.length + contents.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, ...directory, signed(0x06054b50), end]);
}

/** @param {number} value */
function signed(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** @param {number} value */
function short(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
