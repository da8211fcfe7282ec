/**
 * @file The byte ↔ character table of byte-level BPE, and character offsets from bytes.
 */

/**
 * Character → byte, as GPT-2's `bytes_to_unicode` assigns them: printable Latin-1 bytes stand for themselves, the rest
 * for the characters from U+0100 on, in order.
 */
export const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = (() => {
  const table = new Map<string, number>();
  let extra = 0;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    table.set(String.fromCharCode(printable ? byte : 0x100 + extra++), byte);
  }
  return table;
})();

/** Byte → character, the same table the other way round. */
export const CHARACTER_OF_BYTE: readonly string[] = (() => {
  const table: string[] = [];
  for (const [character, byte] of BYTE_OF_CHARACTER) table[byte] = character;
  return table;
})();

/** The bytes that a byte-level token stands for; undefined where it holds a character outside the table. */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF_CHARACTER.get(token.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/**
 * For each byte of `text` in UTF-8, the UTF-16 offset at which its character begins, and one entry more for the end.
 * A lone surrogate counts as the three bytes of U+FFFD, which is what `TextEncoder` writes for it.
 */
export function characterOfByte(text: string): Int32Array {
  const starts = new Int32Array(text.length * 3 + 1);
  let byte = 0;
  for (let i = 0; i < text.length;) {
    const point = text.codePointAt(i) ?? 0;
    const bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    starts.fill(i, byte, byte + bytes);
    byte += bytes;
    i += point > 0xffff ? 2 : 1;
  }
  starts[byte] = text.length;
  return starts.subarray(0, byte + 1);
}
