/**
 * @file Bytes of byte-level tokens, and characters of bytes.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTE_OF_CHARACTER, bytesOfToken, characterOfByte } from '../../src/tokenizer/byte-level';

describe('BYTE_OF_CHARACTER', () => {
  it('has all 256 bytes, each once, as GPT-2 assigns them', () => {
    expect(new Set(BYTE_OF_CHARACTER.values()).size).toBe(256);
    const known: [string, number][] = [
      ['!', 33],
      ['~', 126],
      ['Ġ', 32],
      ['Ċ', 10],
      ['ĉ', 9],
      ['č', 13],
      ['Ń', 0xad],
      ['ÿ', 255],
    ];
    for (const [character, byte] of known) expect(BYTE_OF_CHARACTER.get(character), character).toBe(byte);
  });

  it('spells tokens', () => {
    expect(bytesOfToken('Ġhi')).toEqual(Uint8Array.of(32, 104, 105));
    expect(bytesOfToken('a b')).toBeUndefined();
  });
});

describe('characterOfByte', () => {
  it('counts UTF-16 units', () => {
    expect([...characterOfByte('aé👋b')]).toEqual([0, 1, 1, 2, 2, 2, 2, 4, 5]);
    expect([...characterOfByte('')]).toEqual([0]);
  });

  it('has one entry a byte of UTF-8, and one for the end, on any string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, lone) => {
        const full = lone ? `${text}\ud800` : text;
        const starts = characterOfByte(full);
        expect(starts.length).toBe(new TextEncoder().encode(full).length + 1);
        expect(starts.at(-1)).toBe(full.length);
      }),
    );
  });
});
