/**
 * @file Zip archives: those of Python's zipfile are read, what is written is what zlib understands, and damaged ones are refused.
 */
import { readFileSync } from 'node:fs';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { writeZip, ZipFile } from '../../src/state/zip-file';

const golden = readFileSync(new URL('../golden/session/python.zip', import.meta.url));
const LIMIT = 1e6;

async function bytesOf(blob: Blob): Promise<Buffer> {
  return Buffer.from(await blob.arrayBuffer());
}

test('an archive of Python, with a comment behind it', async () => {
  const zip = await ZipFile.open(new Blob([golden]));
  const text = await (await zip.read('session.json', LIMIT)).text();
  expect(JSON.parse(text)).toEqual({ losslightPage: 1, note: 'Åse 🌦 '.repeat(50) });
  expect(await (await zip.read('folder/stored.txt', LIMIT)).text()).toBe('as it is');
});

test('what is written is read again, and its bytes are zlib’s', async () => {
  const text = 'abc Åse '.repeat(100);
  const blob = await writeZip([
    { name: 'é.json', content: new Blob([text]), pack: true },
    { name: 'w.f32', content: new Blob([new Float32Array([1, -2.5])]), pack: false },
  ]);
  const bytes = await bytesOf(blob);
  expect(bytes.readUInt32LE(0)).toBe(0x04034b50);
  expect(bytes.readUInt32LE(14)).toBe(crc32(Buffer.from(text)));
  const from = 30 + bytes.readUInt16LE(26);
  const packed = bytes.subarray(from, from + bytes.readUInt32LE(18));
  expect(inflateRawSync(packed).toString()).toBe(text);
  const zip = await ZipFile.open(blob);
  expect(await (await zip.read('é.json', LIMIT)).text()).toBe(text);
  const floats = new Float32Array(await (await zip.read('w.f32', LIMIT)).arrayBuffer());
  expect([...floats]).toEqual([1, -2.5]);
  expect(zip.has('other')).toBe(false);
});

describe('refused', () => {
  const read = async (bytes: Uint8Array) => {
    const zip = await ZipFile.open(new Blob([Uint8Array.from(bytes)]));
    return zip.read('session.json', LIMIT);
  };

  test.each([
    ['no archive', Buffer.from('<html>')],
    ['empty', Buffer.alloc(0)],
    ['cut off', golden.subarray(0, golden.length - 60)],
    ['its beginning gone', golden.subarray(100)],
  ])('%s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'bad-archive' });
  });

  test('any byte of its content changed', async () => {
    const from = 30 + golden.readUInt16LE(26);
    for (let at = from; at < from + golden.readUInt32LE(18); at += 3) {
      const bytes = Buffer.from(golden);
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      await expect(read(bytes), String(at)).rejects.toMatchObject({ code: 'bad-archive' });
    }
  });

  test('a bomb, also where it lies about its size', async () => {
    const bomb = deflateRawSync(Buffer.alloc(50_000_000));
    const honest = await writeZip([
      { name: 'session.json', content: new Blob([Buffer.alloc(3_000_000)]), pack: true },
    ]);
    await expect(read(await bytesOf(honest))).rejects.toMatchObject({ code: 'too-large' });
    const small = await bytesOf(
      await writeZip([{ name: 'session.json', content: new Blob([new Uint8Array(bomb)]), pack: false }]),
    );
    // Method 8 and a size of 10 in the list: what is stored is then unpacked.
    const list = small.lastIndexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
    small.writeUInt16LE(8, list + 10);
    small.writeUInt32LE(10, list + 24);
    await expect(read(small)).rejects.toMatchObject({ code: 'too-large' });
  });

  test('an entry that is not there, encryption, another method', async () => {
    const zip = await ZipFile.open(new Blob([golden]));
    await expect(zip.read('weights.f32', LIMIT)).rejects.toMatchObject({ code: 'bad-archive' });
    const list = golden.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
    for (const [field, value] of [
      [8, 1],
      [10, 12],
    ] as const) {
      const bytes = Buffer.from(golden);
      bytes.writeUInt16LE(value, list + field);
      await expect(read(bytes)).rejects.toMatchObject({ code: 'bad-archive' });
    }
  });
});
