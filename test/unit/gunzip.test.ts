/**
 * @file gzip of one and of several members, and what looks like a member and is none.
 */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../../src/conversation/byte-source';
import { gunzip } from '../../src/conversation/gunzip';

async function unpack(...members: Uint8Array[]): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const piece of gunzip(memorySource(Buffer.concat(members), 'a.gz'))) parts.push(piece);
  return Buffer.concat(parts).toString();
}

const noise = (length: number, seed = 1) => {
  const bytes = Buffer.alloc(length);
  for (let i = 0, state = seed; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes.toString('hex');
};

describe('members', () => {
  test('are joined in their order; empty ones are nothing', async () => {
    const texts = ['one\n', '', noise(40_000), 'four'];
    expect(await unpack(...texts.map((text) => gzipSync(text)))).toBe(texts.join(''));
    expect(await unpack(...texts.map((text) => gzipSync(text, { level: 1 })))).toBe(texts.join(''));
  });

  test('may begin anywhere, on the border of two reads too', async () => {
    for (let over = -12; over <= 12; over += 3) {
      const border = (1 << 20) + over;
      // Stored as it is, so that the length of the packed bytes can be chosen.
      const pack = (count: number) => gzipSync('x'.repeat(count), { level: 0 });
      let count = border;
      while (pack(count).length !== border) count += border - pack(count).length;
      expect(await unpack(pack(count), gzipSync('the end')), `${over}`).toBe(`${'x'.repeat(count)}the end`);
    }
  });

  test('bytes inside a member that look like another one are its own', async () => {
    const inner = gzipSync('inside');
    const text = Buffer.concat([Buffer.from('before '), inner, inner, Buffer.from(' after '), inner]);
    const parts: Uint8Array[] = [];
    const bytes = Buffer.concat([gzipSync(text, { level: 0 }), gzipSync(' next')]);
    for await (const piece of gunzip(memorySource(bytes, 'a.gz'))) parts.push(piece);
    expect(Buffer.concat(parts).equals(Buffer.concat([text, Buffer.from(' next')]))).toBe(true);
  });
});

describe('refused with `bad-gzip`', () => {
  const whole = gzipSync(noise(5_000));
  test.each<[string, Uint8Array[]]>([
    ['a member that is cut off', [whole.subarray(0, 4_000)]],
    ['one that is cut off before another', [whole.subarray(0, 4_000), gzipSync('next')]],
    ['a second one that is cut off', [gzipSync('first'), whole.subarray(0, 4_000)]],
    [
      'one without end that is full of headers',
      [
        gzipSync(Buffer.concat(Array.from({ length: 200 }, () => gzipSync('x'))), { level: 0 }).subarray(
          0,
          -8,
        ),
      ],
    ],
  ])('%s', async (_, members) => {
    await expect(unpack(...members)).rejects.toMatchObject({ code: 'bad-gzip' });
  });
});
