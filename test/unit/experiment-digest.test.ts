/**
 * @file Digests of experiments: SHA-256 with and without the browser's own, and those of older versions compared by their own function.
 */
import { createHash } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { crcOf } from '../../src/crc32';
import { digestOf, isOf } from '../../src/experiment/digest';
import { sha256 } from '../../src/experiment/sha256';

afterEach(() => vi.unstubAllGlobals());

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
const expected = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 70_001])('%d bytes', (length) => {
  const bytes = bytesOf(length);
  expect(Buffer.from(sha256(bytes)).toString('hex')).toBe(expected(bytes));
  // A part of a larger buffer.
  expect(Buffer.from(sha256(bytes.subarray(Math.min(3, length)))).toString('hex')).toBe(
    expected(bytes.subarray(Math.min(3, length))),
  );
});

test('a page that is not secure gives the digest that all others give', async () => {
  const bytes = bytesOf(5000);
  const secure = await digestOf(bytes);
  vi.stubGlobal('crypto', {});
  expect(await digestOf(bytes)).toBe(secure);
  expect(await isOf(expected(bytes), bytes)).toBe(true);
  expect(await isOf(expected(bytes), bytesOf(4999))).toBe(false);
});

test('a CRC-32 of an older version is compared as one, and with nothing else', async () => {
  const bytes = bytesOf(5000);
  const old = `crc32 ${crcOf(bytes).toString(16)}`;
  expect(await isOf(old, bytes)).toBe(true);
  expect(await isOf(old, bytesOf(4999))).toBe(false);
});
