/**
 * @file JSON in an address: there and back, against zlib, and links made to do harm.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFragment, encodeFragment, packFragment } from '../../src/state/fragment-codec';
import type { Json } from '../../src/conversation/types';

/** What zlib, which is not ours, makes of a text. */
const packed = (text: string) => deflateRawSync(text).toString('base64url');

describe('there and back', () => {
  test('what zlib deflates is read, and zlib inflates what is written', async () => {
    const value = { text: 'Wo ist Åse? 🌦 الطقس', list: [1, null, true] };
    expect(await decodeFragment(packed(JSON.stringify(value)))).toEqual(value);
    const text = await encodeFragment(value);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(JSON.parse(inflateRawSync(Buffer.from(text, 'base64url')).toString())).toEqual(value);
  });

  test('any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (value) => {
        // As JSON has it: no minus zero.
        const plain = JSON.parse(JSON.stringify(value)) as Json;
        expect(await decodeFragment(await packFragment(plain))).toEqual(plain);
      }),
      { numRuns: 50 },
    );
  });

  test('a field named __proto__ stays a field', async () => {
    const value = await decodeFragment(packed('{"__proto__":{"polluted":true}}'));
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('refused', () => {
  const good = packed(JSON.stringify({ text: 'a conversation '.repeat(40) + Math.PI }));

  test.each([
    ['empty', ''],
    ['cut off at the end', good.slice(0, -6)],
    ['cut off in the middle', good.slice(0, good.length / 2)],
    ['a character that does not belong', `${good}%3C`],
    ['white space', `${good.slice(0, 8)} ${good.slice(8)}`],
    ['no deflate stream', 'AAAAAAAAAAAA'],
    ['no JSON', packed('<script>alert(1)</script>')],
    ['no UTF-8', deflateRawSync(Buffer.from([0x22, 0xff, 0xfe, 0x22])).toString('base64url')],
    ['nested deeply', packed('['.repeat(5000) + ']'.repeat(5000))],
  ])('%s', async (_, text) => {
    await expect(decodeFragment(text)).rejects.toMatchObject({
      code: 'bad-link',
      remedy: expect.stringContaining('Copy the whole link again') as string,
    });
  });

  test('a bomb is left at the limit, long before it is unpacked', async () => {
    const bomb = packed(`"${'a'.repeat(40_000_000)}"`);
    expect(bomb.length).toBeLessThan(60_000);
    await expect(decodeFragment(bomb)).rejects.toMatchObject({ code: 'link-too-large' });
  });

  test('what is exactly as large as allowed is read', async () => {
    const text = packed(JSON.stringify('a'.repeat(998)));
    expect(await decodeFragment(text, { inflated: 1000 })).toHaveLength(998);
    await expect(decodeFragment(text, { inflated: 999 })).rejects.toMatchObject({ code: 'link-too-large' });
  });

  test('too long, both ways', async () => {
    await expect(decodeFragment('A'.repeat(60_001))).rejects.toMatchObject({ code: 'link-too-long' });
    const error = encodeFragment('x'.repeat(50), { characters: 5 });
    await expect(error).rejects.toMatchObject({
      code: 'link-too-long',
      message: expect.stringContaining('at most 5') as string,
    });
  });
});
